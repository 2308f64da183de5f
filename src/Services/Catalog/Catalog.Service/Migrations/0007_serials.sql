-- Suppliers and funds as the desk knows them; subscriptions of serials, their issues, claims, and the latest issue of each branch.
-- Why: issues are expected by a rule and not by memory; one issue is planned, claimed and received once, whoever does it and how often (ADR 19).
-- Locks: new tables only. Recovery: drop them in reverse order; items of issues stay in stock, expected issues follow from the patterns again.

CREATE TABLE supplier (
    id          uuid    NOT NULL PRIMARY KEY,
    name        text    NOT NULL CHECK (length(name) BETWEEN 1 AND 200) CONSTRAINT supplier_name_is_unique UNIQUE,
    email       text    NOT NULL CHECK (length(email) <= 254),
    vat_number  text    NOT NULL CHECK (length(vat_number) <= 20)
);
COMMENT ON TABLE supplier IS 'Companies: whom serials are claimed from, books ordered and invoices taken from.';

CREATE TABLE fund (
    code          text    NOT NULL CONSTRAINT fund_code_is_unique PRIMARY KEY CHECK (code ~ '^[A-Z0-9-]{1,30}$'),
    municipality  text    NOT NULL,
    closed        boolean NOT NULL DEFAULT false
);
COMMENT ON TABLE fund IS 'Codes that orders may name. The fund itself, its budget and its bookings are Finance''s.';
COMMENT ON COLUMN fund.municipality IS 'Whose money it is; empty where it is not one municipality''s (ministry, own income).';

CREATE TABLE subscription (
    id               uuid    NOT NULL PRIMARY KEY,
    record           uuid    NOT NULL REFERENCES record (id),
    branch           text    NOT NULL,
    supplier         uuid    NOT NULL REFERENCES supplier (id),
    lending          text    NOT NULL CHECK (lending IN ('LATEST_ISSUE', 'READING_ROOM_ONLY')),
    grace_days       integer NOT NULL CHECK (grace_days BETWEEN 1 AND 180),
    ends_on          date    NOT NULL,
    ended            boolean NOT NULL DEFAULT false,
    planned_through  date    NOT NULL,
    version          bigint  NOT NULL DEFAULT 1
);
CREATE INDEX subscription_to_plan ON subscription (planned_through) WHERE planned_through < ends_on;
CREATE INDEX subscription_of_record ON subscription (record);
CREATE INDEX subscription_of_branch ON subscription (branch, id);
COMMENT ON COLUMN subscription.ends_on IS 'Last day of the last term, or the earlier day on which it was ended.';
COMMENT ON COLUMN subscription.planned_through IS 'Up to this day its issues stand in issue.';

CREATE TABLE subscription_term (
    subscription   uuid    NOT NULL REFERENCES subscription (id),
    number         integer NOT NULL CHECK (number >= 1),
    starts_on      date    NOT NULL,
    ends_on        date    NOT NULL,
    price_minor    bigint  NOT NULL CHECK (price_minor BETWEEN 0 AND 10000000),
    currency_code  text    NOT NULL CHECK (length(currency_code) = 3),
    fund           text    NOT NULL REFERENCES fund (code),
    pattern        jsonb   NOT NULL,
    CONSTRAINT subscription_term_once PRIMARY KEY (subscription, number),
    CONSTRAINT subscription_term_has_days CHECK (starts_on <= ends_on)
);
COMMENT ON COLUMN subscription_term.price_minor IS 'Minor units, tax included.';
COMMENT ON COLUMN subscription_term.pattern IS 'PublicationPattern of the contract, as JSON.';

CREATE TABLE issue (
    id            uuid    NOT NULL PRIMARY KEY,
    subscription  uuid    NOT NULL REFERENCES subscription (id),
    record        uuid    NOT NULL REFERENCES record (id),
    branch        text    NOT NULL,
    kind          text    NOT NULL CHECK (kind IN ('PLANNED', 'UNEXPECTED', 'SPECIAL')),
    state         text    NOT NULL CHECK (state IN ('EXPECTED', 'RECEIVED', 'MISSING', 'NOT_PUBLISHED', 'BOUND')),
    issued_on     date    NOT NULL,
    volume        integer NOT NULL CHECK (volume >= 0),
    number        integer NOT NULL CHECK (number >= 0),
    last_volume   integer NOT NULL,
    last_number   integer NOT NULL,
    barcode       text    NULL CONSTRAINT issue_one_per_barcode UNIQUE REFERENCES item (barcode),
    bound_as      text    NULL REFERENCES item (barcode),
    received_on   date    NULL,
    claim_level   integer NOT NULL DEFAULT 0 CHECK (claim_level >= 0),
    claim_due_on  date    NULL,
    CONSTRAINT issue_has_an_item_when_it_came CHECK ((state IN ('RECEIVED', 'BOUND')) = (barcode IS NOT NULL) AND (barcode IS NULL) = (received_on IS NULL)),
    CONSTRAINT issue_is_bound_once CHECK ((state = 'BOUND') = (bound_as IS NOT NULL)),
    CONSTRAINT issue_is_claimed_while_expected CHECK (claim_due_on IS NULL OR state = 'EXPECTED')
) WITH (fillfactor = 80);
CREATE UNIQUE INDEX issue_planned_once ON issue (subscription, issued_on) WHERE kind = 'PLANNED';
CREATE INDEX issue_of_subscription ON issue (subscription, issued_on, id);
CREATE INDEX issue_of_branch ON issue (branch, issued_on, id);
CREATE INDEX issue_to_claim ON issue (claim_due_on, id) WHERE claim_due_on IS NOT NULL;
CREATE INDEX issue_on_shelf ON issue (record, branch) WHERE state = 'RECEIVED';
COMMENT ON COLUMN issue.claim_due_on IS 'From this day on the next claim is due, or after the last one the issue is missing.';

CREATE TABLE issue_claim (
    issue       uuid    NOT NULL REFERENCES issue (id),
    level       integer NOT NULL CHECK (level >= 1),
    supplier    uuid    NOT NULL REFERENCES supplier (id),
    claimed_on  date    NOT NULL,
    CONSTRAINT issue_claim_once_per_level PRIMARY KEY (issue, level)
);
CREATE INDEX issue_claim_of_supplier ON issue_claim (supplier, claimed_on, issue);

CREATE TABLE serial_shelf (
    record     uuid    NOT NULL REFERENCES record (id),
    branch     text    NOT NULL,
    issue      uuid    NOT NULL REFERENCES issue (id) DEFERRABLE INITIALLY DEFERRED,
    issued_on  date    NOT NULL,
    volume     integer NOT NULL,
    number     integer NOT NULL,
    CONSTRAINT serial_shelf_one_latest_per_title_and_branch PRIMARY KEY (record, branch)
);
CREATE INDEX serial_shelf_of_branch ON serial_shelf (branch, record);
COMMENT ON TABLE serial_shelf IS 'The latest issue. Its row is locked by whoever receives or binds an issue of the title at the branch, before any item.';
