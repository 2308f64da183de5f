-- Facts of circulation for statistics; the log of who read the archive of loans; the mark of a dispute on a loan (ADR 22).
-- Why: the yearly tables are drawn from what was counted when it happened, so that neither a cut link nor an erased member changes them. Facts are
-- appended, because a counter's row would make desks wait for each other; a job adds those of closed days to circulation_day.
-- Locks: new tables; the columns added to loan have constant defaults, so that no row is rewritten. Its two indexes keep writes to loan waiting while they are
-- built (seconds for a million loans). Loans that stand are counted by the first night's job, in batches.
-- Recovery: drop the tables, columns and indexes; loans can then be counted again, returns, renewals, visits and uses cannot.

CREATE TABLE circulation_fact (
    day           date    NOT NULL,
    kind          text    NOT NULL CHECK (kind ~ '^[A-Z_]{1,30}$'),
    branch        text    NOT NULL,
    material      text    NOT NULL,
    audience      text    NOT NULL CHECK (audience IN ('', 'YOUTH', 'ADULT')),
    category      text    NOT NULL,
    municipality  text    NOT NULL,
    purpose       text    NOT NULL,
    count         integer NOT NULL CHECK (count <> 0),
    CONSTRAINT circulation_fact_purpose_is_of_a_visit CHECK ((kind = 'VISIT') = (purpose <> ''))
);
CREATE INDEX circulation_fact_by_day ON circulation_fact (day);
COMMENT ON TABLE circulation_fact IS 'What happened, until the night after its day. No person, no copy, no instant. Only appended, and moved to circulation_day as a whole.';
COMMENT ON COLUMN circulation_fact.day IS 'Business date in the library''s time zone.';
COMMENT ON COLUMN circulation_fact.audience IS 'Section of the member (art. 18); empty where nobody is known.';
COMMENT ON COLUMN circulation_fact.count IS 'Below zero: what was counted by hand and is taken back.';

CREATE TABLE circulation_day (
    day           date    NOT NULL,
    kind          text    NOT NULL,
    branch        text    NOT NULL,
    material      text    NOT NULL,
    audience      text    NOT NULL,
    category      text    NOT NULL,
    municipality  text    NOT NULL,
    purpose       text    NOT NULL,
    count         bigint  NOT NULL,
    CONSTRAINT circulation_day_one_row_for_alike PRIMARY KEY (day, kind, branch, material, audience, category, municipality, purpose)
);
COMMENT ON TABLE circulation_day IS 'The facts of closed days, added up. With circulation_fact together it is all that was ever counted.';

ALTER TABLE loan
    ADD COLUMN counted     boolean     NOT NULL DEFAULT false,
    ADD COLUMN disputed_at timestamptz NULL;
CREATE INDEX loan_to_count ON loan (lent_at) WHERE NOT counted;
CREATE INDEX loan_returned_of_member ON loan (member, returned_at) WHERE member IS NOT NULL AND returned_at IS NOT NULL;
COMMENT ON COLUMN loan.counted IS 'Its fact LOAN stands. A loan that came in without one (an older version''s) is counted by the night''s job.';
COMMENT ON COLUMN loan.disputed_at IS 'Since when its dispute is open; the link to the person stays until it is closed.';

CREATE TABLE archive_reading (
    id       uuid        NOT NULL PRIMARY KEY,
    read_at  timestamptz NOT NULL,
    reader   text        NOT NULL CHECK (length(reader) BETWEEN 1 AND 200),
    purpose  text        NOT NULL CHECK (purpose IN ('DISPUTE', 'DAMAGE')),
    about    text        NOT NULL CONSTRAINT archive_reading_is_about_a_member_or_a_loan CHECK (about ~ '^(members|loans|licenceLoans)/[0-9a-f-]{36}$')
);
CREATE INDEX archive_reading_newest ON archive_reading (read_at DESC, id DESC);
COMMENT ON TABLE archive_reading IS 'Who read whose returned loans, or a returned loan with its reader, and why (art. 21–22).';
COMMENT ON COLUMN archive_reading.reader IS 'Subject of the token.';
COMMENT ON COLUMN archive_reading.about IS 'Either a member or a loan, never both: the log would else keep the link that is cut.';

CREATE FUNCTION refuse_change_of_archive_reading() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION USING ERRCODE = 'restrict_violation', CONSTRAINT = 'archive_reading_is_append_only', MESSAGE = 'The log of readings is neither changed nor emptied.';
END $$;
CREATE TRIGGER appended_only BEFORE UPDATE OR DELETE ON archive_reading FOR EACH ROW EXECUTE FUNCTION refuse_change_of_archive_reading();
CREATE TRIGGER never_emptied BEFORE TRUNCATE ON archive_reading FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_archive_reading();
-- the triggers stop a superuser too; the rights stop everybody else before them
REVOKE UPDATE, DELETE, TRUNCATE ON archive_reading FROM PUBLIC, CURRENT_USER;
