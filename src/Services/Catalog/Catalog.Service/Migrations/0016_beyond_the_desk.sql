-- Lending beyond the desk: partner libraries and interlibrary requests; home delivery; parcel lockers.
-- Why: a copy is with one partner, reader or round at a time, and each fee is charged once, whoever presses twice (ADR 23).
-- Locks: new tables; item gets columns without or with a constant default (an instant). Recovery: end what is open at the desk, then drop the tables
-- and the columns. Versions before this one lend a partner's copy by our own period, and to anybody: they must not run beside it for long.

ALTER TABLE item
    ADD COLUMN lender_due_on date    NULL,
    ADD COLUMN lender_renews boolean NOT NULL DEFAULT true,
    ADD COLUMN kept_for      uuid    NULL;
COMMENT ON COLUMN item.lender_due_on IS 'Of a copy that a partner library lends to us: its last day with us, inclusive. NULL: our own.';
COMMENT ON COLUMN item.lender_renews IS 'Whether the partner lets loans of it be renewed until that day.';
COMMENT ON COLUMN item.kept_for IS 'Who alone may borrow it: the member for whom it was got or set aside; the partner library where it is to go back.';

CREATE TABLE partner_library (
    id         uuid NOT NULL PRIMARY KEY,
    agency_id  text NOT NULL CONSTRAINT partner_library_agency_is_unique UNIQUE CHECK (agency_id ~ '^[A-Za-z0-9:/-]{1,16}$'),
    name       text NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
    client     text NULL CONSTRAINT partner_library_client_is_unique UNIQUE CHECK (length(client) BETWEEN 1 AND 100)
);
COMMENT ON COLUMN partner_library.agency_id IS 'ISIL (ISO 15511), as ISO 18626 names a library.';
COMMENT ON COLUMN partner_library.client IS 'Subject of the tokens with which it signs in; NULL: it does not.';

CREATE TABLE interlibrary_request (
    id                     uuid        NOT NULL PRIMARY KEY,
    role                   text        NOT NULL CHECK (role IN ('REQUESTER', 'SUPPLIER')),
    state                  text        NOT NULL,
    branch                 text        NOT NULL,
    member                 uuid        NULL,
    partner                uuid        NULL REFERENCES partner_library (id),
    requesting_agency      text        NOT NULL,
    supplying_agency       text        NOT NULL,
    requesting_request_id  text        NOT NULL DEFAULT '' CHECK (length(requesting_request_id) <= 60),
    supplying_request_id   text        NOT NULL DEFAULT '' CHECK (length(supplying_request_id) <= 60),
    title                  text        NOT NULL CHECK (length(title) BETWEEN 1 AND 500),
    author                 text        NOT NULL CHECK (length(author) <= 200),
    year                   integer     NULL CHECK (year BETWEEN 1000 AND 2999),
    isbn                   text        NOT NULL CHECK (length(isbn) <= 13),
    material               text        NOT NULL,
    barcode                text        NULL REFERENCES item (barcode),
    due_on                 date        NULL,
    library_use_only       boolean     NOT NULL DEFAULT false,
    renews                 boolean     NOT NULL DEFAULT false,
    unfilled_reason        text        NULL CHECK (unfilled_reason IN ('NOT_HELD', 'NOT_AVAILABLE', 'NOT_LENT', 'NOT_IDENTIFIED', 'OTHER')),
    requested_at           timestamptz NOT NULL,
    changed_at             timestamptz NOT NULL,
    closed_at              timestamptz NULL,
    version                bigint      NOT NULL DEFAULT 1,
    CONSTRAINT interlibrary_request_states_of_its_role CHECK (state IN ('REQUESTED', 'CLOSED', 'UNFILLED', 'CANCELLED', 'LOST')
        OR (role = 'REQUESTER' AND state IN ('SUPPLIED', 'ARRIVED', 'LENT', 'RETURNED_BY_MEMBER', 'SENT_BACK')) OR (role = 'SUPPLIER' AND state IN ('SHIPPED', 'RETURNED'))),
    CONSTRAINT interlibrary_request_close_is_whole CHECK ((state IN ('CLOSED', 'UNFILLED', 'CANCELLED', 'LOST')) = (closed_at IS NOT NULL)),
    CONSTRAINT interlibrary_request_is_of_a_member CHECK (CASE role WHEN 'SUPPLIER' THEN member IS NULL ELSE member IS NOT NULL OR closed_at IS NOT NULL END),
    CONSTRAINT interlibrary_request_has_its_partner CHECK (partner IS NOT NULL OR (role = 'REQUESTER' AND state IN ('REQUESTED', 'UNFILLED', 'CANCELLED'))),
    CONSTRAINT interlibrary_request_has_its_copy CHECK (barcode IS NOT NULL OR state IN ('REQUESTED', 'SUPPLIED', 'UNFILLED', 'CANCELLED', 'LOST')),
    CONSTRAINT interlibrary_request_has_its_terms CHECK (due_on IS NOT NULL OR state IN ('REQUESTED', 'UNFILLED', 'CANCELLED')),
    CONSTRAINT interlibrary_request_says_why_unfilled CHECK ((state = 'UNFILLED') = (unfilled_reason IS NOT NULL))
) WITH (fillfactor = 80);
CREATE UNIQUE INDEX interlibrary_request_one_open_per_item ON interlibrary_request (barcode) WHERE state IN ('ARRIVED', 'LENT', 'RETURNED_BY_MEMBER', 'SHIPPED');
CREATE INDEX interlibrary_request_of_item ON interlibrary_request (barcode) WHERE barcode IS NOT NULL;
CREATE INDEX interlibrary_request_of_member ON interlibrary_request (member, id) WHERE member IS NOT NULL;
CREATE INDEX interlibrary_request_of_partner ON interlibrary_request (partner, id) WHERE partner IS NOT NULL;
CREATE INDEX interlibrary_request_by_state ON interlibrary_request (state, id);
CREATE INDEX interlibrary_request_linked_by_close ON interlibrary_request (closed_at) WHERE member IS NOT NULL AND closed_at IS NOT NULL;
COMMENT ON COLUMN interlibrary_request.branch IS 'Where the member picks it up; as SUPPLIER the branch that sends.';
COMMENT ON COLUMN interlibrary_request.member IS 'NULL once the link to the person is gone (ADR 9).';
COMMENT ON COLUMN interlibrary_request.requesting_agency IS 'Agency ids on both sides as ISO 18626 names them; our own is the code of the branch''s library. Empty: not known yet.';
COMMENT ON COLUMN interlibrary_request.due_on IS 'The lender''s last day, in the library''s time zone, inclusive.';

CREATE TABLE home_reader (
    member          uuid NOT NULL PRIMARY KEY,
    round_code      text NOT NULL CHECK (round_code ~ '^[A-Z0-9-]{1,30}$'),
    entitled_from   date NOT NULL,
    entitled_until  date NULL,
    CONSTRAINT home_reader_is_entitled_for_a_time CHECK (entitled_until >= entitled_from)
);
CREATE INDEX home_reader_of_round ON home_reader (round_code, member);
COMMENT ON TABLE home_reader IS 'Members to whom copies are brought, by decision of the staff. Why, and where they live, does not stand here.';
COMMENT ON COLUMN home_reader.entitled_until IS 'Inclusive; NULL: until further notice.';

CREATE TABLE home_carrier (
    code     text    NOT NULL CONSTRAINT home_carrier_code_is_unique PRIMARY KEY CHECK (code ~ '^[A-Z0-9-]{1,30}$'),
    kind     text    NOT NULL CHECK (kind IN ('STAFF', 'VOLUNTEER')),
    retired  boolean NOT NULL DEFAULT false
);
COMMENT ON TABLE home_carrier IS 'Entries of the carriers'' register, which is kept elsewhere: never a name.';

CREATE TABLE home_round (
    id          uuid        NOT NULL PRIMARY KEY,
    branch      text        NOT NULL,
    planned_on  date        NOT NULL,
    carrier     text        NOT NULL REFERENCES home_carrier (code),
    created_at  timestamptz NOT NULL,
    closed_at   timestamptz NULL
);
CREATE INDEX home_round_of_branch ON home_round (branch, planned_on, id);

CREATE TABLE home_stop (
    id         uuid        NOT NULL PRIMARY KEY,
    round      uuid        NOT NULL REFERENCES home_round (id),
    position   integer     NOT NULL CHECK (position BETWEEN 1 AND 60),
    member     uuid        NULL,
    closed_at  timestamptz NULL,
    version    bigint      NOT NULL DEFAULT 1,
    CONSTRAINT home_stop_in_its_place UNIQUE (round, position),
    CONSTRAINT home_stop_once_per_reader UNIQUE (round, member),
    CONSTRAINT home_stop_open_has_a_member CHECK (closed_at IS NOT NULL OR member IS NOT NULL)
);
CREATE INDEX home_stop_linked_by_close ON home_stop (closed_at) WHERE member IS NOT NULL AND closed_at IS NOT NULL;
COMMENT ON COLUMN home_stop.member IS 'NULL once the link to the person is gone (ADR 9).';

CREATE TABLE home_stop_item (
    stop       uuid    NOT NULL REFERENCES home_stop (id),
    barcode    text    NOT NULL REFERENCES item (barcode),
    kind       text    NOT NULL CHECK (kind IN ('BRING', 'FETCH')),
    state      text    NOT NULL CHECK (state IN ('PENDING', 'DONE', 'REFUSED', 'NOT_DONE')),
    reasons    text[]  NOT NULL DEFAULT '{}',
    set_aside  boolean NOT NULL,
    CONSTRAINT home_stop_item_once PRIMARY KEY (stop, barcode),
    CONSTRAINT home_stop_item_refused_for_a_reason CHECK (state = 'REFUSED' OR reasons = '{}')
);
CREATE UNIQUE INDEX home_stop_item_on_one_open_round ON home_stop_item (barcode) WHERE state IN ('PENDING', 'REFUSED');
COMMENT ON COLUMN home_stop_item.set_aside IS 'Taken from the shelf for this round: it goes back there if it is not lent.';
COMMENT ON COLUMN home_stop_item.reasons IS 'Of the desk''s rules, in order of precedence.';

CREATE TABLE locker (
    id      uuid NOT NULL PRIMARY KEY,
    branch  text NOT NULL,
    name    text NOT NULL CHECK (length(name) BETWEEN 1 AND 100),
    client  text NULL CONSTRAINT locker_client_is_unique UNIQUE CHECK (length(client) BETWEEN 1 AND 100)
);
COMMENT ON COLUMN locker.client IS 'Subject of the tokens with which the device signs in; NULL: staff open it.';

CREATE TABLE locker_compartment (
    locker     uuid    NOT NULL REFERENCES locker (id),
    number     integer NOT NULL CHECK (number BETWEEN 1 AND 200),
    size       text    NOT NULL CHECK (size IN ('SMALL', 'MEDIUM', 'LARGE')),
    condition  text    NOT NULL DEFAULT 'WORKING' CHECK (condition IN ('WORKING', 'JAMMED', 'OUT_OF_ORDER')),
    PRIMARY KEY (locker, number)
);
COMMENT ON TABLE locker_compartment IS 'Its row is locked by whatever puts something in, takes it out or opens it.';

CREATE TABLE locker_deposit (
    id              uuid        NOT NULL PRIMARY KEY,
    locker          uuid        NOT NULL,
    compartment     integer     NOT NULL,
    purpose         text        NOT NULL CHECK (purpose IN ('COLLECTION', 'RETURN')),
    member          uuid        NULL,
    state           text        NOT NULL CHECK (state IN ('WAITING', 'NOT_COLLECTED', 'COLLECTED', 'TAKEN_OUT', 'EMPTIED')),
    deposited_at    timestamptz NOT NULL,
    collect_until   date        NULL,
    generation      integer     NOT NULL DEFAULT 1,
    wrong_attempts  integer     NOT NULL DEFAULT 0 CHECK (wrong_attempts BETWEEN 0 AND 5),
    blocked_until   timestamptz NULL,
    opening_until   timestamptz NULL,
    closed_at       timestamptz NULL,
    version         bigint      NOT NULL DEFAULT 1,
    FOREIGN KEY (locker, compartment) REFERENCES locker_compartment (locker, number),
    CONSTRAINT locker_deposit_close_is_whole CHECK ((state IN ('WAITING', 'NOT_COLLECTED')) = (closed_at IS NULL)),
    CONSTRAINT locker_deposit_is_for_a_member CHECK (CASE purpose WHEN 'RETURN' THEN member IS NULL ELSE member IS NOT NULL OR closed_at IS NOT NULL END),
    CONSTRAINT locker_deposit_waits_until_a_day CHECK ((purpose = 'COLLECTION') = (collect_until IS NOT NULL))
);
CREATE UNIQUE INDEX locker_deposit_one_open_per_compartment ON locker_deposit (locker, compartment) WHERE closed_at IS NULL;
CREATE INDEX locker_deposit_of_member ON locker_deposit (member, id) WHERE member IS NOT NULL;
CREATE INDEX locker_deposit_of_locker ON locker_deposit (locker, id);
CREATE INDEX locker_deposit_waiting ON locker_deposit (collect_until) WHERE state = 'WAITING' AND collect_until IS NOT NULL;
CREATE INDEX locker_deposit_linked_by_close ON locker_deposit (closed_at) WHERE member IS NOT NULL AND closed_at IS NOT NULL;
COMMENT ON COLUMN locker_deposit.generation IS 'The code is a keyed hash of the deposit and this: it stands nowhere, and a new one makes the old one useless.';
COMMENT ON COLUMN locker_deposit.blocked_until IS 'Real time: until then no code opens.';
COMMENT ON COLUMN locker_deposit.opening_until IS 'Real time: until then whoever typed the right code may still be lending what is in it.';
COMMENT ON COLUMN locker_deposit.member IS 'NULL for a return, whose copies say whose they are, and once the link to the person is gone (ADR 9).';

CREATE TABLE locker_deposit_item (
    deposit    uuid    NOT NULL REFERENCES locker_deposit (id),
    barcode    text    NOT NULL REFERENCES item (barcode),
    set_aside  boolean NOT NULL,
    open       boolean NOT NULL DEFAULT true,
    CONSTRAINT locker_deposit_item_once PRIMARY KEY (deposit, barcode)
);
CREATE UNIQUE INDEX locker_deposit_item_in_one_compartment ON locker_deposit_item (barcode) WHERE open;
