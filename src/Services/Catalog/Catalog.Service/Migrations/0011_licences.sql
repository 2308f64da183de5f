-- Licences of e-books and e-audiobooks, their loans and waiting lists; covers by ISBN; an index for lists of new acquisitions.
-- Why: a licence is a number of seats; at most one open loan per seat is the invariant, and the seat is a row so that it cannot be lent twice (ADR 20).
-- Locks: new tables; the index on item keeps writes to item waiting while it is built (seconds for a quarter of a million copies).
-- Recovery: drop the tables and the index; licences and their loans must then be entered again, covers are fetched again.

CREATE TABLE licensed_title (
    record      uuid        NOT NULL PRIMARY KEY REFERENCES record (id),
    material    text        NOT NULL CHECK (material IN ('E_BOOK', 'E_AUDIOBOOK')),
    youth       boolean     NOT NULL,
    created_at  timestamptz NOT NULL
);
COMMENT ON TABLE licensed_title IS 'Its row is locked by whatever lends, ends or queues for the title: who comes first is decided there.';

CREATE TABLE licence_package (
    id             uuid        NOT NULL PRIMARY KEY,
    record         uuid        NOT NULL REFERENCES licensed_title (record),
    provider       text        NOT NULL CHECK (length(provider) BETWEEN 1 AND 40),
    reference      text        NOT NULL CHECK (length(reference) BETWEEN 1 AND 200),
    kind           text        NOT NULL CHECK (kind IN ('PERPETUAL', 'UNTIL_DATE', 'NUMBER_OF_LOANS')),
    seats          integer     NOT NULL CHECK (seats BETWEEN 1 AND 1000),
    loans_bought   integer     NULL CHECK (loans_bought BETWEEN 1 AND 1000000),
    loans_used     integer     NOT NULL DEFAULT 0 CHECK (loans_used >= 0),
    price_minor    bigint      NOT NULL CHECK (price_minor BETWEEN 0 AND 100000000),
    currency_code  text        NOT NULL CHECK (length(currency_code) = 3),
    valid_from     date        NOT NULL,
    valid_to       date        NULL,
    created_at     timestamptz NOT NULL,
    CONSTRAINT licence_package_has_what_its_kind_needs CHECK (
        (kind = 'NUMBER_OF_LOANS') = (loans_bought IS NOT NULL)
        AND (kind <> 'UNTIL_DATE' OR valid_to IS NOT NULL) AND (kind <> 'PERPETUAL' OR valid_to IS NULL)),
    CONSTRAINT licence_package_ends_after_it_begins CHECK (valid_to >= valid_from),
    CONSTRAINT licence_package_lends_what_was_bought CHECK (loans_used <= loans_bought)
);
CREATE INDEX licence_package_of_record ON licence_package (record, id);
COMMENT ON COLUMN licence_package.reference IS 'The title as the provider knows it; for the built-in one the name of a file.';
COMMENT ON COLUMN licence_package.price_minor IS 'Of the whole package, minor units of currency_code.';
COMMENT ON COLUMN licence_package.valid_to IS 'Last day in the library''s time zone, inclusive: no loan outlasts it.';

CREATE TABLE licence_seat (
    package  uuid    NOT NULL REFERENCES licence_package (id),
    number   integer NOT NULL CHECK (number BETWEEN 1 AND 1000),
    PRIMARY KEY (package, number)
);
COMMENT ON TABLE licence_seat IS 'One row for each loan that the licence allows at one time.';

CREATE TABLE licence_loan (
    id                    uuid        NOT NULL PRIMARY KEY,
    record                uuid        NOT NULL REFERENCES licensed_title (record),
    package               uuid        NOT NULL,
    seat                  integer     NOT NULL,
    member                uuid        NULL,
    state                 text        NOT NULL CHECK (state IN ('PENDING_ACCESS', 'OPEN', 'ENDED')),
    lent_at               timestamptz NOT NULL,
    ends_at               timestamptz NOT NULL,
    ended_at              timestamptz NULL,
    end_reason            text        NULL CHECK (end_reason IN ('EXPIRED', 'RETURNED', 'NO_ACCESS', 'MEMBERSHIP_ENDED')),
    rulebook_version      text        NOT NULL,
    link                  text        NULL CHECK (length(link) <= 2000),
    access_attempts       integer     NOT NULL DEFAULT 0,
    access_claimed_until  timestamptz NULL,
    access_withdrawn      boolean     NOT NULL DEFAULT false,
    category              text        NOT NULL,
    age_section           text        NOT NULL CHECK (age_section IN ('YOUTH', 'ADULT')),
    municipality          text        NOT NULL,
    version               bigint      NOT NULL DEFAULT 1,
    FOREIGN KEY (package, seat) REFERENCES licence_seat (package, number),
    CONSTRAINT licence_loan_end_is_whole CHECK ((state = 'ENDED') = (ended_at IS NOT NULL) AND (state = 'ENDED') = (end_reason IS NOT NULL)),
    CONSTRAINT licence_loan_open_has_a_member CHECK (ended_at IS NOT NULL OR member IS NOT NULL),
    CONSTRAINT licence_loan_link_only_while_open CHECK ((state = 'OPEN') = (link IS NOT NULL)),
    CONSTRAINT licence_loan_ends_after_it_begins CHECK (ends_at > lent_at)
) WITH (fillfactor = 80);
CREATE UNIQUE INDEX licence_loan_one_open_per_seat ON licence_loan (package, seat) WHERE ended_at IS NULL;
CREATE UNIQUE INDEX licence_loan_one_open_per_member_and_title ON licence_loan (record, member) WHERE ended_at IS NULL;
CREATE INDEX licence_loan_of_member ON licence_loan (member, lent_at, id) WHERE member IS NOT NULL;
CREATE INDEX licence_loan_open_by_end ON licence_loan (ends_at) WHERE ended_at IS NULL;
CREATE INDEX licence_loan_with_provider ON licence_loan (access_claimed_until)
    WHERE state = 'PENDING_ACCESS' OR (state = 'ENDED' AND access_attempts > 0 AND NOT access_withdrawn);
CREATE INDEX licence_loan_linked_by_end ON licence_loan (ended_at) WHERE member IS NOT NULL AND ended_at IS NOT NULL;
COMMENT ON COLUMN licence_loan.ends_at IS 'At this instant it is over, whether or not anything has run since; ended_at and state follow.';
COMMENT ON COLUMN licence_loan.link IS 'The provider''s; gone when the loan is.';
COMMENT ON COLUMN licence_loan.access_claimed_until IS 'Real time: until then whoever asked the provider last may still be asking.';
COMMENT ON COLUMN licence_loan.access_withdrawn IS 'The provider has been told that the loan is over.';

CREATE TABLE licence_hold (
    id             uuid        NOT NULL PRIMARY KEY,
    record         uuid        NOT NULL REFERENCES licensed_title (record),
    number         bigint      NOT NULL GENERATED ALWAYS AS IDENTITY,
    member         uuid        NULL,
    state          text        NOT NULL CHECK (state IN ('WAITING', 'OFFERED', 'FULFILLED', 'CANCELLED', 'EXPIRED')),
    placed_at      timestamptz NOT NULL,
    offered_until  timestamptz NULL,
    closed_at      timestamptz NULL,
    version        bigint      NOT NULL DEFAULT 1,
    CONSTRAINT licence_hold_offered_for_a_time CHECK (state <> 'OFFERED' OR offered_until IS NOT NULL),
    CONSTRAINT licence_hold_close_is_whole CHECK ((state IN ('WAITING', 'OFFERED')) = (closed_at IS NULL)),
    CONSTRAINT licence_hold_open_has_a_member CHECK (closed_at IS NOT NULL OR member IS NOT NULL)
);
CREATE UNIQUE INDEX licence_hold_one_open_per_member_and_title ON licence_hold (record, member) WHERE closed_at IS NULL;
CREATE INDEX licence_hold_in_order ON licence_hold (record, number) WHERE closed_at IS NULL;
CREATE INDEX licence_hold_offered ON licence_hold (offered_until) WHERE state = 'OFFERED';
CREATE INDEX licence_hold_of_member ON licence_hold (member, number) WHERE member IS NOT NULL;
CREATE INDEX licence_hold_linked_by_close ON licence_hold (closed_at) WHERE member IS NOT NULL AND closed_at IS NOT NULL;
COMMENT ON COLUMN licence_hold.number IS 'The order of placing: given while the title''s row is locked.';

CREATE TABLE cover (
    isbn        text        NOT NULL PRIMARY KEY CHECK (isbn ~ '^[0-9]{13}$'),
    media_type  text        NULL CHECK (media_type IN ('image/jpeg', 'image/png', 'image/webp')),
    bytes       bytea       NULL,
    size        integer     NOT NULL CHECK (size >= 0),
    fetched_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
    expires_at  timestamptz NOT NULL,
    CONSTRAINT cover_is_whole CHECK ((bytes IS NULL) = (media_type IS NULL) AND size = coalesce(length(bytes), 0))
);
-- pictures are compressed already
ALTER TABLE cover ALTER COLUMN bytes SET STORAGE EXTERNAL;
CREATE INDEX cover_newest_first ON cover (fetched_at DESC, isbn) INCLUDE (size);
CREATE INDEX cover_by_expiry ON cover (expires_at);
COMMENT ON TABLE cover IS 'Cache of what a cover provider answered; without bytes: it has none.';

CREATE INDEX item_by_arrival ON item (branch, created_at);
