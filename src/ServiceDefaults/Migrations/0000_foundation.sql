-- What every service's database has: messages out and in, answers to repeated commands, leases, jobs, the business clock.
-- Locks: new tables only. Recovery: drop them; nothing else refers to them.

CREATE TABLE outbox (
    id            uuid        NOT NULL PRIMARY KEY,
    position      bigint      NOT NULL GENERATED ALWAYS AS IDENTITY,
    aggregate     text        NOT NULL,
    type          text        NOT NULL,
    body          text        NOT NULL,
    trace_parent  text        NULL,
    written_at    timestamptz NOT NULL DEFAULT clock_timestamp(),
    published_at  timestamptz NULL
);
CREATE INDEX outbox_unpublished ON outbox (position) WHERE published_at IS NULL;
CREATE INDEX outbox_published ON outbox (published_at) WHERE published_at IS NOT NULL;
COMMENT ON TABLE outbox IS 'Facts written in the transaction that made them true; a relay publishes them in order (ADR 2).';

CREATE TABLE inbox (
    message_id    uuid        NOT NULL,
    consumer      text        NOT NULL,
    handled_at    timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT inbox_message_handled_once PRIMARY KEY (message_id, consumer)
);
CREATE INDEX inbox_handled ON inbox (handled_at);

CREATE TABLE idempotency (
    caller        text        NOT NULL,
    method        text        NOT NULL,
    key           text        NOT NULL CHECK (length(key) BETWEEN 1 AND 64),
    request_hash  bytea       NOT NULL,
    resource      text        NOT NULL,
    answer        bytea       NOT NULL,
    written_at    timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT idempotency_key_used_once PRIMARY KEY (caller, method, key)
);
CREATE INDEX idempotency_written ON idempotency (written_at);
COMMENT ON COLUMN idempotency.answer IS 'Empty where the answer bears personal data: then the resource is read again (ADR 2).';

CREATE TABLE lease (
    name          text        NOT NULL PRIMARY KEY,
    holder        uuid        NOT NULL,
    held_until    timestamptz NOT NULL
);

CREATE TABLE job_state (
    job           text        NOT NULL PRIMARY KEY,
    done_through  date        NOT NULL
);
COMMENT ON COLUMN job_state.done_through IS 'Business date; the job has run for every day up to and including it.';

CREATE TABLE business_clock (
    only_row      boolean     NOT NULL PRIMARY KEY DEFAULT true CHECK (only_row),
    offset_ms     bigint      NOT NULL CHECK (offset_ms >= 0)
);
INSERT INTO business_clock (offset_ms) VALUES (0);
COMMENT ON TABLE business_clock IS 'Business time minus real time; zero outside Development, and only ever growing (ADR 6).';
