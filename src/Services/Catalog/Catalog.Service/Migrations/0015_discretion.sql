-- What a loan's due date rests on, and what staff allowed beyond the rules.
-- Why: a due date is explained to who asks; who lends against a refusal gives a reason, which is kept (art. 9, 32).
-- Locks: the columns have no defaults, so that no row is rewritten; a new table. Recovery: drop them; older versions do not know them.

ALTER TABLE loan
    ADD COLUMN counted_from date    NULL,
    ADD COLUMN due_rule     text    NULL CHECK (due_rule IN ('PERIOD', 'OVER_CLOSED_DAYS', 'DISCRETION', 'KEPT'));
COMMENT ON COLUMN loan.counted_from IS 'The day of the loan or of its last renewal, from which due_on was counted; NULL: an older version''s loan.';
COMMENT ON COLUMN loan.due_rule IS 'What gave due_on; NULL: an older version''s loan.';

CREATE TABLE loan_discretion (
    loan             uuid        NOT NULL PRIMARY KEY REFERENCES loan (id),
    at               timestamptz NOT NULL,
    branch           text        NOT NULL,
    actor            text        NOT NULL CHECK (length(actor) BETWEEN 1 AND 200),
    role             text        NOT NULL,
    reason           text        NOT NULL CHECK (reason IN ('ILLNESS', 'STUDY', 'ACCESSIBILITY', 'DIRECTORS_PERMISSION', 'AGREED_SETTLEMENT', 'SYSTEM_FAULT', 'OTHER')),
    passed_over      text[]      NOT NULL,
    due_on           date        NOT NULL,
    ordinary_due_on  date        NULL,
    CONSTRAINT loan_discretion_allowed_something CHECK (cardinality(passed_over) > 0 OR due_on IS DISTINCT FROM ordinary_due_on)
);
CREATE INDEX loan_discretion_newest ON loan_discretion (at DESC, loan DESC);
COMMENT ON TABLE loan_discretion IS 'What was allowed beyond the rules, by whom and why. The person who borrowed stands in the loan only, and goes with its link.';
COMMENT ON COLUMN loan_discretion.actor IS 'Subject of the token.';
COMMENT ON COLUMN loan_discretion.ordinary_due_on IS 'By the rules; NULL: they do not lend the copy.';

CREATE FUNCTION refuse_change_of_loan_discretion() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION USING ERRCODE = 'restrict_violation', CONSTRAINT = 'loan_discretion_is_append_only', MESSAGE = 'What was allowed is neither changed nor emptied.';
END $$;
CREATE TRIGGER appended_only BEFORE UPDATE OR DELETE ON loan_discretion FOR EACH ROW EXECUTE FUNCTION refuse_change_of_loan_discretion();
CREATE TRIGGER never_emptied BEFORE TRUNCATE ON loan_discretion FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_loan_discretion();
REVOKE UPDATE, DELETE, TRUNCATE ON loan_discretion FROM PUBLIC, CURRENT_USER;
