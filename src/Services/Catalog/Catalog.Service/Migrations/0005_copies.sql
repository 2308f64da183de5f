-- What is known of every copy: its number in the register, its place on the shelf, whose it is and where it came from; what happened to it; what is
-- written off and sold, what is given, what goes by van and
-- in the boxes of a mobile library.
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

CREATE TABLE write_off (
    id           uuid        NOT NULL PRIMARY KEY,
    branch       text        NOT NULL,
    state        text        NOT NULL CHECK (state IN ('DRAFT', 'PROPOSED', 'EXECUTED', 'CANCELLED')),
    created_at   timestamptz NOT NULL,
    proposed_at  timestamptz NULL,
    ended_at     timestamptz NULL,
    method       text        NOT NULL DEFAULT '' CHECK (method IN ('', 'PURCHASE_PRICE', 'STRAIGHT_LINE')),
    standard     text        NOT NULL DEFAULT '',
    CONSTRAINT write_off_is_proposed_before_it_is_executed CHECK (state NOT IN ('PROPOSED', 'EXECUTED') OR (proposed_at IS NOT NULL AND method <> '')),
    CONSTRAINT write_off_end_is_known CHECK ((ended_at IS NULL) = (state IN ('DRAFT', 'PROPOSED')))
);
CREATE INDEX write_off_newest ON write_off (created_at DESC, id DESC);
COMMENT ON COLUMN write_off.branch IS 'Empty: of the whole network.';
COMMENT ON COLUMN write_off.standard IS 'The article or accounting standard by which it was valued.';

CREATE TABLE write_off_item (
    write_off         uuid    NOT NULL REFERENCES write_off (id),
    barcode           text    NOT NULL REFERENCES item (barcode),
    reason            text    NOT NULL CHECK (reason IN ('WORN', 'DAMAGED', 'LOST', 'OUTDATED', 'DUPLICATE')),
    open              boolean NOT NULL DEFAULT true,
    price_minor       bigint  NULL,
    book_value_minor  bigint  NULL CHECK (book_value_minor BETWEEN 0 AND price_minor),
    cost_centre       text    NULL,
    PRIMARY KEY (write_off, barcode),
    CONSTRAINT write_off_item_is_valued_whole CHECK ((price_minor IS NULL) = (book_value_minor IS NULL) AND (price_minor IS NULL) = (cost_centre IS NULL))
);
CREATE UNIQUE INDEX write_off_item_on_one_open_list ON write_off_item (barcode) WHERE open;
COMMENT ON COLUMN write_off_item.book_value_minor IS 'As of the proposal.';

CREATE TABLE write_off_signature (
    write_off  uuid    NOT NULL REFERENCES write_off (id),
    position   integer NOT NULL,
    role       text    NOT NULL CHECK (length(role) BETWEEN 1 AND 60),
    initials   text    NOT NULL CHECK (length(initials) BETWEEN 1 AND 5),
    signed_on  date    NOT NULL,
    PRIMARY KEY (write_off, position)
);

CREATE TABLE item_sale (
    barcode         text        NOT NULL CONSTRAINT item_is_sold_once PRIMARY KEY REFERENCES item (barcode),
    branch          text        NOT NULL,
    sold_at         timestamptz NOT NULL,
    sold_on         date        NOT NULL,
    price_code      text        NOT NULL,
    tariff_version  text        NOT NULL,
    price_minor     bigint      NOT NULL CHECK (price_minor >= 0),
    currency_code   text        NOT NULL CHECK (length(currency_code) = 3)
);
CREATE INDEX item_sale_of_branch ON item_sale (branch, sold_on, barcode);
COMMENT ON TABLE item_sale IS 'Written-off copies that were sold: to anybody, nothing is known of whom.';

CREATE TABLE donation (
    id           uuid        NOT NULL PRIMARY KEY,
    branch       text        NOT NULL,
    donor        text        NOT NULL CHECK (donor ~ '^[A-Z0-9-]{1,30}$'),
    received_on  date        NOT NULL,
    entered_at   timestamptz NOT NULL
);
CREATE INDEX donation_newest ON donation (received_on DESC, id DESC);
COMMENT ON COLUMN donation.donor IS 'Entry of the donors'' register: never a name.';

CREATE TABLE donation_title (
    donation  uuid    NOT NULL REFERENCES donation (id),
    position  integer NOT NULL,
    title     text    NOT NULL CHECK (length(title) BETWEEN 1 AND 300),
    copies    integer NOT NULL CHECK (copies BETWEEN 1 AND 1000),
    accepted  boolean NOT NULL,
    note      text    NOT NULL CHECK (length(note) <= 200),
    PRIMARY KEY (donation, position)
);

CREATE TABLE van_run (
    id          uuid    NOT NULL PRIMARY KEY,
    planned_on  date    NOT NULL,
    route       text[]  NOT NULL CHECK (cardinality(route) BETWEEN 2 AND 50),
    open        boolean NOT NULL DEFAULT true
);
CREATE INDEX van_run_newest ON van_run (planned_on DESC, id DESC);

CREATE TABLE van_run_item (
    van_run      uuid        NOT NULL REFERENCES van_run (id),
    barcode      text        NOT NULL REFERENCES item (barcode),
    from_branch  text        NULL,
    to_branch    text        NOT NULL,
    loaded_at    timestamptz NULL,
    arrived_at   timestamptz NULL,
    strayed_to   text        NULL,
    under_way    boolean     NOT NULL,
    PRIMARY KEY (van_run, barcode),
    CONSTRAINT van_run_item_was_loaded_or_arrived CHECK ((loaded_at IS NULL) = (from_branch IS NULL) AND (loaded_at IS NOT NULL OR arrived_at IS NOT NULL)),
    CONSTRAINT van_run_item_under_way_was_loaded CHECK (NOT under_way OR (loaded_at IS NOT NULL AND arrived_at IS NULL))
);
CREATE UNIQUE INDEX van_run_item_on_one_van ON van_run_item (barcode) WHERE under_way;
COMMENT ON COLUMN van_run_item.from_branch IS 'Where it was loaded; NULL: it came out of the van without having been scanned into it.';
COMMENT ON COLUMN van_run_item.strayed_to IS 'Branch at which it was taken out though it was not for there.';

CREATE TYPE text_range AS RANGE (subtype = text, collation = "C");

CREATE TABLE mobile_stop (
    code         text     NOT NULL CONSTRAINT mobile_stop_code_is_unique PRIMARY KEY CHECK (code ~ '^[A-Z0-9-]{1,30}$'),
    branch       text     NOT NULL,
    name         text     NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
    first_on     date     NOT NULL,
    every_weeks  integer  NOT NULL CHECK (every_weeks BETWEEN 1 AND 52),
    opens        time     NOT NULL,
    closes       time     NOT NULL CHECK (closes > opens)
);
CREATE INDEX mobile_stop_of_branch ON mobile_stop (branch, code);
COMMENT ON COLUMN mobile_stop.branch IS 'The mobile library that stops there.';

CREATE TABLE box (
    code    text NOT NULL CONSTRAINT box_code_is_unique PRIMARY KEY CHECK (code ~ '^[A-Z0-9-]{1,30}$'),
    branch  text NOT NULL
);
CREATE INDEX box_of_branch ON box (branch, code);
COMMENT ON TABLE box IS 'A set of copies that goes round the stops of a mobile library as one.';

CREATE TABLE box_item (
    barcode  text NOT NULL CONSTRAINT box_item_in_one_box PRIMARY KEY REFERENCES item (barcode),
    box      text NOT NULL REFERENCES box (code)
);
CREATE INDEX box_item_of_box ON box_item (box, barcode);

CREATE TABLE box_stay (
    box    text      NOT NULL REFERENCES box (code),
    stop   text      NOT NULL REFERENCES mobile_stop (code),
    stays  daterange NOT NULL CHECK (NOT isempty(stays) AND NOT lower_inf(stays)),
    CONSTRAINT box_stay_one_box_at_a_stop EXCLUDE USING gist (text_range(stop, stop, '[]') WITH &&, stays WITH &&),
    CONSTRAINT box_stay_one_stop_for_a_box EXCLUDE USING gist (text_range(box, box, '[]') WITH &&, stays WITH &&)
);
COMMENT ON COLUMN box_stay.stays IS 'From the visit that brings it (inclusive) to the one that takes it away (exclusive).';

-- written at a return only; open loans have loan_one_open_per_item
CREATE INDEX loan_returned_of_item ON loan (barcode, returned_at) WHERE returned_at IS NOT NULL;
-- a few bytes for a hundred pages: what was lent or returned in a time is found without a cost to the desk
CREATE INDEX loan_by_time ON loan USING brin (lent_at, returned_at) WITH (pages_per_range = 32);
