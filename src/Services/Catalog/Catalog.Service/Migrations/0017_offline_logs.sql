-- What desks recorded while the system was down (art. 28): the log, its lines in order, and what became of each (ADR 25).
-- Why: a line is applied once, in a transaction of its own that moves the log's position; whatever cannot be applied, or should be looked at, stays listed.
-- Locks: new tables only. Recovery: drop them; loans and returns that were applied stand, lines that wait or are listed are lost.

CREATE TABLE offline_log (
    id            uuid        NOT NULL CONSTRAINT offline_log_is_taken_once PRIMARY KEY,
    branch        text        NOT NULL,
    device        text        NOT NULL CHECK (length(device) BETWEEN 1 AND 30),
    content_hash  bytea       NOT NULL CHECK (length(content_hash) = 32),
    received_at   timestamptz NOT NULL,
    line_count    integer     NOT NULL CHECK (line_count BETWEEN 1 AND 5000),
    position      integer     NOT NULL DEFAULT 0,
    CONSTRAINT offline_log_position_is_a_line CHECK (position BETWEEN 0 AND line_count)
);
CREATE INDEX offline_log_open ON offline_log (received_at, id) WHERE position < line_count;
CREATE INDEX offline_log_of_branch ON offline_log (branch, received_at DESC, id DESC);
COMMENT ON COLUMN offline_log.id IS 'Made by the device, once for each recording.';
COMMENT ON COLUMN offline_log.received_at IS 'Business time.';
COMMENT ON COLUMN offline_log.position IS 'The last line that is done; the next is the one after it.';

CREATE TABLE offline_line (
    log          uuid        NOT NULL REFERENCES offline_log (id),
    number       integer     NOT NULL CHECK (number >= 1),
    at           timestamptz NOT NULL,
    kind         text        NOT NULL CHECK (kind IN ('LOAN', 'RETURN')),
    barcode      text        NOT NULL CHECK (barcode ~ '^[A-Z0-9-]{1,30}$'),
    card_number  text        NULL,
    state        text        NOT NULL CHECK (state IN ('PENDING', 'APPLIED', 'NOT_APPLIED')),
    reasons      text[]      NOT NULL DEFAULT '{}',
    loan         uuid        NULL REFERENCES loan (id),
    resolution   text        NULL CHECK (resolution ~ '^[A-Z_]{1,30}$'),
    resolved_at  timestamptz NULL,
    CONSTRAINT offline_line_is_there_once PRIMARY KEY (log, number),
    CONSTRAINT offline_line_card_is_of_a_loan CHECK (card_number IS NULL OR kind = 'LOAN'),
    CONSTRAINT offline_line_card_is_cut_when_applied CHECK (card_number IS NULL OR state <> 'APPLIED'),
    CONSTRAINT offline_line_not_applied_has_a_reason CHECK (state <> 'NOT_APPLIED' OR cardinality(reasons) > 0),
    CONSTRAINT offline_line_pending_has_no_outcome CHECK (state <> 'PENDING' OR (cardinality(reasons) = 0 AND loan IS NULL)),
    CONSTRAINT offline_line_resolved_was_listed CHECK ((resolution IS NULL) = (resolved_at IS NULL) AND (resolution IS NULL OR cardinality(reasons) > 0))
);
CREATE INDEX offline_line_listed ON offline_line (log, number) WHERE cardinality(reasons) > 0;
CREATE INDEX offline_line_with_card ON offline_line (log) WHERE card_number IS NOT NULL AND state <> 'PENDING';
COMMENT ON COLUMN offline_line.at IS 'Business time at which it was done.';
COMMENT ON COLUMN offline_line.card_number IS 'Until the line is applied or resolved, at the latest for the days that a loan keeps its reader (ADR 9).';
COMMENT ON COLUMN offline_line.reasons IS 'Why it is listed, for an applied line what to look at; in order of precedence.';
