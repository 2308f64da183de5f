-- Messages that could not be handled: kept here, tried again with growing pauses, and in the end left to a decision (ADR 14).
-- Why here and not in a queue of the broker's: they can be listed, shown, decided and backed up like everything else.
-- And the keys by which tokens are checked, so that a service that starts while Membership is away still knows its callers (ADR 8).
-- Locks: new tables only. Recovery: drop them; a dropped row is a message that was not handled.

CREATE TABLE failed_message (
    id              uuid        NOT NULL PRIMARY KEY,
    type            text        NOT NULL,
    aggregate       text        NOT NULL,
    content_type    text        NOT NULL,
    body            bytea       NULL,
    problem         text        NOT NULL,
    attempts        integer     NOT NULL DEFAULT 1 CHECK (attempts >= 1),
    state           text        NOT NULL CHECK (state IN ('WAITING', 'DEAD', 'DISCARDED')),
    first_failed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    last_failed_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
    next_try_at     timestamptz NULL,
    decided_by      text        NULL,
    decided_at      timestamptz NULL,
    reason          text        NULL,
    CONSTRAINT failed_message_waits_for_a_time CHECK ((state = 'WAITING') = (next_try_at IS NOT NULL)),
    CONSTRAINT failed_message_not_kept_is_not_tried CHECK (state <> 'WAITING' OR body IS NOT NULL),
    CONSTRAINT failed_message_decided_with_a_reason CHECK ((decided_by IS NULL) = (reason IS NULL) AND (decided_by IS NULL) = (decided_at IS NULL)
        AND (state <> 'DISCARDED' OR decided_by IS NOT NULL))
);
CREATE INDEX failed_message_due ON failed_message (next_try_at) WHERE state = 'WAITING';
CREATE INDEX failed_message_in_order ON failed_message (first_failed_at, id);
COMMENT ON COLUMN failed_message.id IS 'The message''s id; made of its body where it bears none.';
COMMENT ON COLUMN failed_message.body IS 'As the broker delivered it; NULL where it was larger than any message of ours.';
COMMENT ON COLUMN failed_message.next_try_at IS 'While it is being tried: when it is taken to be lost and tried again.';

CREATE TABLE known_keys (
    only_row        boolean     NOT NULL PRIMARY KEY DEFAULT true CHECK (only_row),
    key_set         text        NOT NULL,
    fetched_at      timestamptz NOT NULL DEFAULT clock_timestamp()
);
COMMENT ON TABLE known_keys IS 'The public keys (a JSON Web Key Set) as Membership published them last.';
