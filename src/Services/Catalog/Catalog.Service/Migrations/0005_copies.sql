-- What is known of every copy: its number in the register, its place on the shelf, whose it is and where it came from; what happened to it.
-- Why: the shelf list, moves, write-off and stocktaking stand on this.
-- Locks: item and loan are locked while the columns and indexes are made (seconds for a million rows). Recovery: the columns and tables that are new
-- may go; versions before this one do not know them. A copy that is missing or in repair is LOST to those versions, which do not lend it either.

ALTER TABLE item
    ADD COLUMN accession_number text    NULL CHECK (length(accession_number) BETWEEN 1 AND 30),
    ADD COLUMN call_number      text    NOT NULL DEFAULT '' CHECK (length(call_number) <= 100),
    ADD COLUMN call_number_sort text    COLLATE "C" NOT NULL DEFAULT '' CHECK (length(call_number_sort) <= 400),
    ADD COLUMN collection       text    NOT NULL DEFAULT 'BASIC' CHECK (collection ~ '^[A-Z][A-Z0-9_]{0,29}$'),
    ADD COLUMN fund             text    NOT NULL DEFAULT '' CHECK (length(fund) <= 60),
    ADD COLUMN supplier         text    NOT NULL DEFAULT '' CHECK (length(supplier) <= 60),
    ADD COLUMN donor            text    NOT NULL DEFAULT '' CHECK (donor ~ '^[A-Z0-9-]{0,30}$'),
    ADD COLUMN deposit_owner    text    NOT NULL DEFAULT '' CHECK (length(deposit_owner) <= 60),
    ADD COLUMN cost_centre      text    NOT NULL DEFAULT '' CHECK (length(cost_centre) <= 60),
    ADD COLUMN acquired_on      date    NULL,
    ADD COLUMN stands_at        text    NULL,
    ADD COLUMN absence          text    NULL CHECK (absence IN ('MISSING', 'IN_REPAIR')),
    ADD CONSTRAINT item_absent_is_lost_to_the_desk CHECK (absence IS NULL OR state = 'LOST');
CREATE UNIQUE INDEX item_accession_number_is_unique ON item (accession_number) WHERE accession_number IS NOT NULL;
CREATE INDEX item_shelf ON item ((coalesce(stands_at, branch)), call_number_sort, barcode);
COMMENT ON COLUMN item.accession_number IS 'NULL for copies that came before there were numbers.';
COMMENT ON COLUMN item.call_number_sort IS 'CallNumber.SortKey of call_number.';
COMMENT ON COLUMN item.supplier IS 'A firm''s name or register entry, never a person.';
COMMENT ON COLUMN item.donor IS 'Entry of the donors'' register, which is kept on paper or elsewhere: never a name.';
COMMENT ON COLUMN item.cost_centre IS 'Municipality that bears it; empty: that of the branch.';
COMMENT ON COLUMN item.acquired_on IS 'NULL: on the day of created_at.';
COMMENT ON COLUMN item.stands_at IS 'Branch to whose collection it is lent for a time; NULL: it stands where it belongs.';
COMMENT ON COLUMN item.absence IS 'Why a LOST copy is out of reach; NULL where it is lost indeed.';

CREATE TABLE accession_counter (
    year  integer NOT NULL PRIMARY KEY,
    last  bigint  NOT NULL CHECK (last > 0)
);
COMMENT ON TABLE accession_counter IS 'A row, not a sequence: a number that was given out and rolled back would leave a gap.';

CREATE TABLE item_unit (
    barcode   text    NOT NULL REFERENCES item (barcode),
    position  integer NOT NULL CHECK (position BETWEEN 1 AND 200),
    title     text    NOT NULL CHECK (length(title) BETWEEN 1 AND 200),
    kind      text    NOT NULL CHECK (length(kind) BETWEEN 1 AND 60),
    PRIMARY KEY (barcode, position)
);

CREATE TABLE item_event (
    id          uuid        NOT NULL PRIMARY KEY,
    barcode     text        NOT NULL REFERENCES item (barcode),
    at          timestamptz NOT NULL,
    kind        text        NOT NULL CHECK (kind ~ '^[A-Z_]{1,30}$'),
    branch      text        NOT NULL,
    to_branch   text        NOT NULL DEFAULT '',
    role        text        NOT NULL,
    note        text        NOT NULL DEFAULT '' CHECK (length(note) <= 500),
    from_minor  bigint      NULL,
    to_minor    bigint      NULL
);
CREATE INDEX item_event_of_item ON item_event (barcode, at, id);
CREATE INDEX item_event_by_time ON item_event USING brin (at) WITH (pages_per_range = 32);
COMMENT ON TABLE item_event IS 'What happened to a copy besides loans, which stand in loan: the desk writes nothing here. The role of who did it, never the person.';

-- written at a return only; open loans have loan_one_open_per_item
CREATE INDEX loan_returned_of_item ON loan (barcode, returned_at) WHERE returned_at IS NOT NULL;
-- a few bytes for a hundred pages: what was lent or returned in a time is found without a cost to the desk
CREATE INDEX loan_by_time ON loan USING brin (lent_at, returned_at) WITH (pages_per_range = 32);
