-- What a service takes back of a charge that it made: a scan that was undone, an item that was found.
-- Why: the entry of the charge stands and is corrected by another (0001). Only what is open is taken back; what was paid already is owed to the
-- member and listed, never given back by itself. A withdrawal may come before its charge: it is kept, and applied when the charge is booked.
-- Locks: the column has a constant default, so that no row is rewritten; its constraint reads charge once (seconds for a million). A new table.
-- Recovery: before anything is withdrawn, drop the table and the column; afterwards never: book corrections. An older version beside this one books
-- charges and payments as before; a withdrawal that waits for a charge which it books is applied at the member's next booking.

ALTER TABLE charge
    ADD COLUMN withdrawn_minor bigint NOT NULL DEFAULT 0,
    ADD CONSTRAINT charge_withdrawn_is_not_paid CHECK (withdrawn_minor >= 0 AND open_minor + withdrawn_minor <= amount_minor);
COMMENT ON COLUMN charge.withdrawn_minor IS 'Taken back while it was open: amount = open + paid + withdrawn.';

CREATE TABLE withdrawal (
    id                uuid    NOT NULL CONSTRAINT withdrawal_applied_once PRIMARY KEY,
    charge_id         uuid    NOT NULL,
    member_id         uuid    NOT NULL REFERENCES account,
    amount_minor      bigint  NOT NULL CHECK (amount_minor > 0),
    currency_code     text    NOT NULL CHECK (currency_code ~ '^[A-Z]{3}$'),
    withdrawn_on      date    NOT NULL,
    branch            text    NOT NULL,
    reason            text    NOT NULL,
    withdrawn_minor   bigint  NULL CHECK (withdrawn_minor >= 0),
    refund_due_minor  bigint  NULL CHECK (refund_due_minor >= 0),
    CONSTRAINT withdrawal_adds_up CHECK ((withdrawn_minor IS NULL) = (refund_due_minor IS NULL) AND withdrawn_minor + refund_due_minor = amount_minor)
);
CREATE INDEX withdrawal_of_charge ON withdrawal (charge_id);
CREATE INDEX withdrawal_of_member ON withdrawal (member_id, withdrawn_on, id);
CREATE INDEX withdrawal_waiting ON withdrawal (member_id) WHERE withdrawn_minor IS NULL;
CREATE INDEX withdrawal_refund_due ON withdrawal (withdrawn_on, id) WHERE refund_due_minor > 0;
COMMENT ON COLUMN withdrawal.id IS 'Made by the service that takes back, so that being told it again finds it.';
COMMENT ON COLUMN withdrawal.charge_id IS 'Refers to nothing yet where it came before its charge.';
COMMENT ON COLUMN withdrawal.branch IS 'Where it was taken back; the correction is booked at the branch of the charge.';
COMMENT ON COLUMN withdrawal.withdrawn_minor IS 'What was open and is not any more; NULL: it waits for its charge.';
COMMENT ON COLUMN withdrawal.refund_due_minor IS 'What had been paid: owed to the member.';
