-- Lending beyond the desk: partner libraries and interlibrary requests.
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
