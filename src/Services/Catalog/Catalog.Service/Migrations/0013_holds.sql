-- Holds: the queue of each title, and the copy that is set aside for a place in it.
-- Why: reservations of material (art. 31, 33); two holds never get one copy, and a member never waits twice for one title.
-- Locks: new tables only. Recovery: drop them; versions before this one know no holds.

CREATE TABLE hold_queue (
    record  uuid  NOT NULL PRIMARY KEY REFERENCES record (id) ON DELETE CASCADE
);
COMMENT ON TABLE hold_queue IS 'A title that somebody has ever waited for. Its row is locked by whoever changes the queue: that is what puts them in order.';

CREATE TABLE hold (
    id               uuid        NOT NULL PRIMARY KEY,
    number           bigint      NOT NULL GENERATED ALWAYS AS IDENTITY CONSTRAINT hold_number_is_unique UNIQUE,
    record           uuid        NOT NULL REFERENCES hold_queue (record),
    only_barcode     text        NULL REFERENCES item (barcode),
    member           uuid        NULL,
    pickup_branch    text        NOT NULL,
    placed_at        timestamptz NOT NULL,
    state            text        NOT NULL CHECK (state IN ('WAITING', 'IN_TRANSIT', 'READY', 'FULFILLED', 'CANCELLED', 'EXPIRED')),
    barcode          text        NULL REFERENCES item (barcode),
    prepared         boolean     NOT NULL DEFAULT false,
    suspended_until  date        NULL,
    ready_at         timestamptz NULL,
    ready_until      date        NULL,
    expiry_told_for  date        NULL,
    closed_at        timestamptz NULL,
    version          bigint      NOT NULL DEFAULT 1,
    CONSTRAINT hold_open_has_a_member CHECK (closed_at IS NOT NULL OR member IS NOT NULL),
    CONSTRAINT hold_closed_by_its_state CHECK ((closed_at IS NULL) = (state IN ('WAITING', 'IN_TRANSIT', 'READY'))),
    CONSTRAINT hold_on_its_way_has_a_copy CHECK (state NOT IN ('IN_TRANSIT', 'READY') OR barcode IS NOT NULL),
    CONSTRAINT hold_ready_has_an_end CHECK (state <> 'READY' OR (ready_at IS NOT NULL AND ready_until IS NOT NULL)),
    CONSTRAINT hold_suspended_has_no_copy CHECK (suspended_until IS NULL OR state = 'WAITING' AND barcode IS NULL OR closed_at IS NOT NULL)
) WITH (fillfactor = 80);
CREATE UNIQUE INDEX hold_one_open_per_member_and_title ON hold (member, record) WHERE closed_at IS NULL;
CREATE UNIQUE INDEX hold_one_per_copy ON hold (barcode) WHERE closed_at IS NULL AND barcode IS NOT NULL;
CREATE INDEX hold_waiting ON hold (record, number) WHERE closed_at IS NULL;
CREATE INDEX hold_of_member ON hold (member, number) WHERE member IS NOT NULL;
CREATE INDEX hold_at_branch ON hold (pickup_branch, ready_until, number) WHERE state = 'READY';
CREATE INDEX hold_linked_by_end ON hold (closed_at) WHERE member IS NOT NULL AND closed_at IS NOT NULL;
CREATE INDEX item_on_hold_shelf ON item (location, barcode) WHERE state = 'ON_HOLD_SHELF';
COMMENT ON COLUMN hold.number IS 'Order of placing: the queue goes by it.';
COMMENT ON COLUMN hold.only_barcode IS 'Wanted is this copy and no other; NULL: any of the title.';
COMMENT ON COLUMN hold.barcode IS 'The copy set aside for it: to be fetched (WAITING), on its way (IN_TRANSIT), on the hold shelf (READY).';
COMMENT ON COLUMN hold.prepared IS 'The copy stood on the pick-up branch''s own shelf (art. 33): it waits for the shorter time.';
COMMENT ON COLUMN hold.suspended_until IS 'Last day, inclusive, on which the hold is passed over; it keeps its place.';
COMMENT ON COLUMN hold.ready_until IS 'Last day of waiting at the pick-up branch, inclusive, in the library''s time zone.';
COMMENT ON COLUMN hold.member IS 'NULL once the link to the person is gone (ADR 9).';
