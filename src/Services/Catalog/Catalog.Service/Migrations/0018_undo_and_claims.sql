-- What is taken back and what is claimed (ADR 26): loans, renewals and returns that were wrong scans; copies that the reader says are back; charges.
-- Why: a loan that was undone is over and counts nowhere. It bears returned_at too, so that whatever asks for open loans, older versions with it, sees
-- none. What a renewal and the end of a spell overwrite is kept beside, so that it can be put back. A charge that was taken back counts against the debt
-- until Finance holds the withdrawal.
-- Locks: the columns have no defaults, so that no row is rewritten; the constraints read loan once (seconds for a million), and the index keeps writes to
-- loan waiting while it is built (it finds no row). A new table.
-- Recovery: drop table and columns; loans that were undone would count as returned, and claims be forgotten. An older version beside this one leaves
-- a pending_withdrawal standing whose balance it is told; ./library reconcile names it, and it may be deleted.

CREATE TABLE pending_withdrawal (
    id            uuid   NOT NULL PRIMARY KEY,
    member        uuid   NOT NULL,
    amount_minor  bigint NOT NULL CHECK (amount_minor > 0),
    withdrawn_on  date   NOT NULL
);
CREATE INDEX pending_withdrawal_of_member ON pending_withdrawal (member);
COMMENT ON TABLE pending_withdrawal IS 'Taken back here and not yet in a balance that Finance told: counted against the debt until it is (ADR 26).';

ALTER TABLE loan
    ADD COLUMN undone_at           timestamptz NULL,
    ADD COLUMN return_undone_at    timestamptz NULL,
    ADD COLUMN fine_charge         uuid        NULL,
    ADD COLUMN renewed_at          timestamptz NULL,
    ADD COLUMN renewal_undone_at   timestamptz NULL,
    ADD COLUMN before_renewal      jsonb       NULL,
    ADD COLUMN claimed_returned_on date        NULL,
    ADD COLUMN claim_outcome       text        NULL CHECK (claim_outcome IN ('FOUND', 'LIBRARY_LOST', 'REJECTED')),
    ADD CONSTRAINT loan_undone_is_over_and_free CHECK (undone_at IS NULL OR (returned_at IS NOT NULL AND returned_at = undone_at AND fine_minor = 0)),
    ADD CONSTRAINT loan_renewal_that_can_be_undone_is_whole CHECK ((renewed_at IS NULL) = (before_renewal IS NULL)),
    ADD CONSTRAINT loan_claim_rejected_was_never_made CHECK (claim_outcome <> 'REJECTED' OR claimed_returned_on IS NULL),
    ADD CONSTRAINT loan_lost_by_the_library_is_over CHECK (claim_outcome <> 'LIBRARY_LOST' OR returned_at IS NOT NULL);
CREATE INDEX loan_claimed_returned ON loan (branch, claimed_returned_on, id) WHERE claimed_returned_on IS NOT NULL AND returned_at IS NULL;
COMMENT ON COLUMN loan.undone_at IS 'The check-out was a wrong scan: the loan counts nowhere. The same instant as returned_at.';
COMMENT ON COLUMN loan.return_undone_at IS 'When a return of it was last undone, so that doing so again gives the same answer.';
COMMENT ON COLUMN loan.fine_charge IS 'The charge that fine_minor was charged by; NULL: none, or an older version''s return.';
COMMENT ON COLUMN loan.renewed_at IS 'When it was last renewed, while that can be undone.';
COMMENT ON COLUMN loan.renewal_undone_at IS 'As return_undone_at, of a renewal.';
COMMENT ON COLUMN loan.before_renewal IS 'What the last renewal overwrote, and what it charged.';
COMMENT ON COLUMN loan.claimed_returned_on IS 'The day on which the reader said that it was back: the fine stops there. NULL: never said, or rejected.';
COMMENT ON COLUMN loan.claim_outcome IS 'How the last claim ended; NULL: none was made, or it is open.';

ALTER TABLE reminder_spell
    ADD COLUMN ended_on          date    NULL,
    ADD COLUMN ended_level       integer NULL,
    ADD COLUMN ended_started_on  date    NULL;
COMMENT ON COLUMN reminder_spell.ended_on IS 'When the last spell ended, and what it was: put back where the return that ended it was a wrong scan.';
