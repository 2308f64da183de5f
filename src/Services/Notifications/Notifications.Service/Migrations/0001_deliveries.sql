-- What was sent to whom, and what became of it: the first table of this service. Neither texts nor addresses are kept (ADR 9).
-- Locks: a new table only. Recovery: drop it; nothing else refers to it.

CREATE TABLE delivery (
    id              uuid        NOT NULL PRIMARY KEY,
    message_id      uuid        NOT NULL,
    version         bigint      NOT NULL DEFAULT 1,
    kind            text        NOT NULL,
    channel         text        NOT NULL CONSTRAINT delivery_channel_known CHECK (channel IN ('EMAIL', 'SMS')),
    state           text        NOT NULL DEFAULT 'QUEUED'
        CONSTRAINT delivery_state_known CHECK (state IN ('QUEUED', 'SENT', 'DELIVERED', 'FAILED', 'SUPPRESSED')),
    member          text        NULL,
    subject         text        NOT NULL,
    figures         jsonb       NOT NULL,
    language        text        NOT NULL DEFAULT '',
    attempts        integer     NOT NULL DEFAULT 0,
    lease           uuid        NULL,
    next_attempt_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    problem         text        NULL,
    trace_parent    text        NULL,
    created_at      timestamptz NOT NULL,
    sent_at         timestamptz NULL,
    -- a message that is delivered twice makes its notice once, even if the inbox has forgotten it
    CONSTRAINT delivery_made_once_per_message_and_channel UNIQUE (message_id, channel),
    CONSTRAINT delivery_sent_has_its_time CHECK ((state IN ('SENT', 'DELIVERED')) = (sent_at IS NOT NULL)),
    CONSTRAINT delivery_leased_only_while_queued CHECK (lease IS NULL OR state = 'QUEUED'),
    CONSTRAINT delivery_not_sent_has_its_reason CHECK (state NOT IN ('FAILED', 'SUPPRESSED') OR problem IS NOT NULL)
);
CREATE INDEX delivery_due ON delivery (next_attempt_at) WHERE state = 'QUEUED';
CREATE INDEX delivery_by_member ON delivery (member, created_at DESC, id DESC) WHERE member IS NOT NULL;
COMMENT ON COLUMN delivery.member IS 'members/ID; NULL for a guest.';
COMMENT ON COLUMN delivery.subject IS 'Resource name of what it is about.';
COMMENT ON COLUMN delivery.figures IS 'Level, amount, branch and the like, by which the letter is written; never a name or an address.';
COMMENT ON COLUMN delivery.attempts IS 'Counted when an attempt begins.';
COMMENT ON COLUMN delivery.lease IS 'Set while an attempt runs; who holds it may write the outcome.';
COMMENT ON COLUMN delivery.next_attempt_at IS 'Real time. While an attempt runs: when another process may take it for dead.';
COMMENT ON COLUMN delivery.created_at IS 'Business time, as sent_at.';
