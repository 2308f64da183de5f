-- Borrowers as the desk sees them, loans, what is owed here and not yet booked, and the count of reminders.
-- Why: a loan is one local transaction (ADR 1); at most one open loan per item is the invariant that everything rests on.
-- Locks: new tables only. Recovery: drop them; borrowers are told again by Membership and Finance, loans are not.

CREATE TABLE borrower (
    member         uuid    NOT NULL PRIMARY KEY,
    version        bigint  NOT NULL,
    state          text    NOT NULL CHECK (state IN ('ACTIVE', 'LAPSED', 'LEFT', 'EXCLUDED', 'ERASED')),
    membership     text    NOT NULL CHECK (membership IN ('FULL', 'SMALL_BRANCH', 'E_ONLY')),
    branch         text    NOT NULL,
    term_ends_on   date    NOT NULL,
    restricted     boolean NOT NULL,
    youth_section  boolean NOT NULL,
    category       text    NOT NULL,
    municipality   text    NOT NULL
);
COMMENT ON TABLE borrower IS 'Snapshot of a member as Membership told it last; version guards against older ones. No name, no address.';

CREATE TABLE borrower_card (
    card_number  text    NOT NULL PRIMARY KEY,
    member       uuid    NOT NULL REFERENCES borrower (member),
    replaced     boolean NOT NULL
);
CREATE UNIQUE INDEX borrower_card_one_good_per_member ON borrower_card (member) WHERE NOT replaced;
CREATE INDEX borrower_card_of_member ON borrower_card (member);

CREATE TABLE borrower_debt (
    member          uuid   NOT NULL PRIMARY KEY,
    version         bigint NOT NULL,
    balance_minor   bigint NOT NULL CHECK (balance_minor >= 0),
    oldest_open_on  date   NULL
);
COMMENT ON TABLE borrower_debt IS 'Balance as Finance told it last. Apart from borrower, because it may be told before the member is.';

CREATE TABLE pending_charge (
    id            uuid   NOT NULL PRIMARY KEY,
    member        uuid   NOT NULL,
    amount_minor  bigint NOT NULL CHECK (amount_minor > 0),
    charged_on    date   NOT NULL
);
CREATE INDEX pending_charge_of_member ON pending_charge (member);
COMMENT ON TABLE pending_charge IS 'Charged here and not yet in a balance that Finance told: counted as debt until it is (ADR 5).';

CREATE TABLE reminder_spell (
    member            uuid    NOT NULL PRIMARY KEY,
    version           bigint  NOT NULL,
    level             integer NOT NULL CHECK (level >= 0),
    last_reminded_on  date    NULL,
    spell_started_on  date    NULL
);
COMMENT ON TABLE reminder_spell IS 'The unbroken spell of being overdue in which a member is (art. 36); level 0 and no start: none. The row stays, so that its version only grows.';

CREATE TABLE loan (
    id                   uuid        NOT NULL PRIMARY KEY,
    barcode              text        NOT NULL REFERENCES item (barcode),
    member               uuid        NULL,
    branch               text        NOT NULL,
    lent_at              timestamptz NOT NULL,
    due_on               date        NOT NULL,
    rulebook_version     text        NOT NULL,
    calendar_version     text        NOT NULL,
    renewals             integer     NOT NULL DEFAULT 0 CHECK (renewals >= 0),
    exceptional_renewals integer     NOT NULL DEFAULT 0 CHECK (exceptional_renewals BETWEEN 0 AND renewals),
    overdue_told_for     date        NULL,
    returned_at          timestamptz NULL,
    returned_branch      text        NULL,
    overdue_days         integer     NULL CHECK (overdue_days >= 0),
    fine_minor           bigint      NULL CHECK (fine_minor >= 0),
    category             text        NOT NULL,
    age_section          text        NOT NULL CHECK (age_section IN ('YOUTH', 'ADULT')),
    municipality         text        NOT NULL,
    version              bigint      NOT NULL DEFAULT 1,
    CONSTRAINT loan_return_is_whole CHECK ((returned_at IS NULL) = (returned_branch IS NULL)
        AND (returned_at IS NULL) = (overdue_days IS NULL) AND (returned_at IS NULL) = (fine_minor IS NULL)),
    CONSTRAINT loan_open_has_a_member CHECK (returned_at IS NOT NULL OR member IS NOT NULL)
) WITH (fillfactor = 80);
CREATE UNIQUE INDEX loan_one_open_per_item ON loan (barcode) WHERE returned_at IS NULL;
CREATE INDEX loan_of_member ON loan (member, lent_at, id) WHERE member IS NOT NULL;
CREATE INDEX loan_open_by_due_day ON loan (due_on, member) WHERE returned_at IS NULL;
CREATE INDEX loan_linked_by_return ON loan (returned_at) WHERE member IS NOT NULL AND returned_at IS NOT NULL;
COMMENT ON COLUMN loan.member IS 'NULL once the link to the person is gone (ADR 9): category, age section and municipality stay for statistics.';
COMMENT ON COLUMN loan.due_on IS 'Last day of the loan in the library''s time zone, inclusive.';
COMMENT ON COLUMN loan.renewals IS 'Free and paid together.';
COMMENT ON COLUMN loan.overdue_told_for IS 'The due day for which LoanBecameOverdue was told.';
COMMENT ON COLUMN loan.fine_minor IS 'Charged at the return, in minor units; what was charged at a renewal stands in that charge.';
