-- Losses and damages with what they cost (art. 42), and claims that go to a lawyer or a collection agency (art. 36).
-- Why: a lost copy is settled once, whoever settles it; what stands still until the reader may replace it is not overdue material; a claim is handed
-- over once in a spell of being overdue.
-- Locks: the column added to loan has no default, so that no row is rewritten; new tables. Versions before this one take a loan that was declared lost for
-- any other: they remind of it earlier, and take it back as usual; its case then stays open until it is settled by hand.
-- Recovery: drop the tables and the column; what was charged stands in Finance.

ALTER TABLE loan ADD COLUMN replace_until date NULL;
COMMENT ON COLUMN loan.replace_until IS 'Declared lost: the last day (inclusive) on which the reader may replace the copy; until then it is not overdue material. NULL: not declared, or handed in after all. A loan that ended with a day here ended without its copy.';

CREATE TABLE loss (
    id               uuid        NOT NULL PRIMARY KEY,
    loan             uuid        NOT NULL REFERENCES loan (id),
    barcode          text        NOT NULL REFERENCES item (barcode),
    branch           text        NOT NULL,
    cause            text        NOT NULL CHECK (cause IN ('LOST', 'DAMAGED')),
    state            text        NOT NULL CHECK (state IN ('OPEN', 'RETURNED', 'REPLACED', 'COMPENSATED')),
    declared_at      timestamptz NOT NULL,
    declared_on      date        NOT NULL,
    stopped_on       date        NOT NULL,
    replace_until    date        NOT NULL,
    ended_on         date        NULL,
    new_barcode      text        NULL REFERENCES item (barcode),
    assessed_minor   bigint      NULL CHECK (assessed_minor > 0),
    assessed_reason  text        NULL CHECK (assessed_reason IN ('RARE', 'OUT_OF_PRINT', 'PART_OF_A_SET', 'PURCHASE_PRICE', 'REPAIR_OFFER', 'WILFUL', 'OTHER')),
    assessed_by      text        NULL CHECK (length(assessed_by) BETWEEN 1 AND 200),
    found_on         date        NULL,
    version          bigint      NOT NULL DEFAULT 1,
    CONSTRAINT loss_end_is_known CHECK ((state = 'OPEN') = (ended_on IS NULL)),
    CONSTRAINT loss_new_copy_is_a_replacement CHECK (new_barcode IS NULL OR state = 'REPLACED'),
    CONSTRAINT loss_assessment_is_whole CHECK (
        (assessed_minor IS NULL) = (assessed_reason IS NULL) AND (assessed_minor IS NULL) = (assessed_by IS NULL)
        AND (assessed_minor IS NULL OR state = 'COMPENSATED')),
    CONSTRAINT loss_found_again_was_settled CHECK (found_on IS NULL OR (cause = 'LOST' AND state IN ('REPLACED', 'COMPENSATED')))
);
CREATE UNIQUE INDEX loss_one_open_per_loan ON loss (loan) WHERE state = 'OPEN';
CREATE INDEX loss_newest ON loss (declared_at DESC, id DESC);
CREATE INDEX loss_of_loan ON loss (loan, declared_at);
CREATE INDEX loss_of_copy ON loss (barcode);
COMMENT ON TABLE loss IS 'A copy that its reader lost or spoilt. Whose loan it was stands in the loan only, and goes with its link.';
COMMENT ON COLUMN loss.stopped_on IS 'The day until which the fine grew: of the declaration, or of the return of a damaged copy.';
COMMENT ON COLUMN loss.replace_until IS 'Inclusive, in the library''s time zone; by the rulebook that the loan was made under.';
COMMENT ON COLUMN loss.assessed_by IS 'Subject of the token.';
COMMENT ON COLUMN loss.found_on IS 'When the copy turned up after it was settled.';

CREATE TABLE loss_charge (
    loss          uuid   NOT NULL REFERENCES loss (id),
    kind          text   NOT NULL CHECK (kind IN ('FINE', 'COMPENSATION', 'REPROCESSING')),
    charge        uuid   NOT NULL UNIQUE,
    amount_minor  bigint NOT NULL CHECK (amount_minor > 0),
    withdrawn_on  date   NULL,
    CONSTRAINT loss_is_charged_once_by_kind PRIMARY KEY (loss, kind)
);
COMMENT ON COLUMN loss_charge.charge IS 'The charge of that id in Finance.';
COMMENT ON COLUMN loss_charge.withdrawn_on IS 'When what was not paid of it was withdrawn, because the copy was found again.';

CREATE TABLE damage (
    loan             uuid        NOT NULL REFERENCES loan (id),
    kind             text        NOT NULL CHECK (kind IN ('BINDING', 'BOX', 'KIT_FOLDER', 'CODE_LABEL', 'CLEANING', 'UNUSABLE')),
    count            integer     NOT NULL CHECK (count > 0),
    amount_minor     bigint      NOT NULL CHECK (amount_minor >= 0),
    branch           text        NOT NULL,
    assessed_at      timestamptz NOT NULL,
    assessed_by      text        NOT NULL CHECK (length(assessed_by) BETWEEN 1 AND 200),
    assessed_reason  text        NULL CHECK (assessed_reason IN ('RARE', 'OUT_OF_PRINT', 'PART_OF_A_SET', 'PURCHASE_PRICE', 'REPAIR_OFFER', 'WILFUL', 'OTHER')),
    CONSTRAINT damage_once_per_loan_and_kind PRIMARY KEY (loan, kind)
);
COMMENT ON TABLE damage IS 'What was charged for a copy that came back damaged. Who brought it stands in the loan only.';

CREATE TABLE claim (
    id                uuid        NOT NULL PRIMARY KEY,
    member            uuid        NULL,
    spell_started_on  date        NOT NULL,
    level             integer     NOT NULL CHECK (level > 0),
    branch            text        NOT NULL,
    handed_over_at    timestamptz NOT NULL,
    handed_over_on    date        NOT NULL,
    closed_at         timestamptz NULL,
    version           bigint      NOT NULL DEFAULT 1,
    CONSTRAINT claim_open_has_a_member CHECK (closed_at IS NOT NULL OR member IS NOT NULL)
);
CREATE UNIQUE INDEX claim_one_per_spell ON claim (member, spell_started_on);
CREATE INDEX claim_newest ON claim (handed_over_at DESC, id DESC);
CREATE INDEX claim_open ON claim (member) WHERE closed_at IS NULL;
COMMENT ON TABLE claim IS 'A member''s claim that goes to a lawyer or a collection agency, once in an unbroken spell of being overdue.';
COMMENT ON COLUMN claim.member IS 'NULL once the link to the person is gone (ADR 9).';
COMMENT ON COLUMN claim.closed_at IS 'When the spell was seen to be over.';

CREATE TABLE claim_loan (
    claim       uuid   NOT NULL REFERENCES claim (id),
    loan        uuid   NOT NULL REFERENCES loan (id),
    barcode     text   NOT NULL,
    due_on      date   NOT NULL,
    fine_minor  bigint NOT NULL CHECK (fine_minor >= 0),
    PRIMARY KEY (claim, loan)
);
COMMENT ON COLUMN claim_loan.fine_minor IS 'What being late had cost on the day of the handing over, in minor units; not charged by it.';
