-- People and legal persons who have joined, their cards, terms and fees. Personal data stands in person, organisation and
-- card, and nowhere else: an erasure deletes those rows, and what is left counts for statistics only.
-- Locks: new tables only. Recovery: drop them; nothing else refers to them.

-- a term may not overlap another one of the same member (uuid in an exclusion constraint)
CREATE EXTENSION IF NOT EXISTS btree_gist;

CREATE TABLE registration (
    library        text    NOT NULL PRIMARY KEY,
    last_number    bigint  NOT NULL CHECK (last_number > 0)
);
COMMENT ON TABLE registration IS 'Registration numbers are counted within a library, in the transaction of the enrolment, so that none is left out.';

CREATE SEQUENCE card_serial;
COMMENT ON SEQUENCE card_serial IS 'Never goes back: a number that an erased member had is never on another card.';

CREATE TABLE member (
    id                   uuid    NOT NULL PRIMARY KEY,
    library              text    NOT NULL,
    registration_number  bigint  NOT NULL CHECK (registration_number > 0),
    subject              text    NOT NULL CHECK (subject IN ('PERSON', 'ORGANISATION')),
    state                text    NOT NULL CHECK (state IN ('ACTIVE', 'LAPSED', 'LEFT', 'EXCLUDED', 'ERASED')),
    membership           text    NOT NULL CHECK (membership IN ('FULL', 'SMALL_BRANCH', 'E_ONLY')),
    branch               text    NOT NULL,
    enrolled_on          date    NOT NULL,
    term_starts_on       date    NOT NULL,
    term_ends_on         date    NOT NULL,
    restricted           boolean NOT NULL DEFAULT false,
    restriction_reason   text    NOT NULL DEFAULT '' CHECK (length(restriction_reason) <= 200),
    youth_section        boolean NOT NULL,
    category             text    NOT NULL,
    municipality         text    NOT NULL,
    disabled             boolean NOT NULL,
    language             text    NOT NULL,
    notices              jsonb   NOT NULL,
    version              bigint  NOT NULL CHECK (version > 0),
    CONSTRAINT member_registration_number_given_once UNIQUE (library, registration_number),
    CONSTRAINT member_term_in_order CHECK (term_starts_on <= term_ends_on),
    CONSTRAINT member_reason_only_when_restricted CHECK (restricted OR restriction_reason = ''),
    CONSTRAINT member_erased_keeps_nothing CHECK (state <> 'ERASED' OR (NOT restricted AND notices = '{}'::jsonb))
);
CREATE INDEX member_term_running ON member (term_ends_on) WHERE state = 'ACTIVE';
COMMENT ON COLUMN member.category IS 'Status of a person, or ORGANISATION: what statistics keep.';
COMMENT ON COLUMN member.notices IS 'Kind of notice to channels; a kind that is absent has the network''s default.';
COMMENT ON COLUMN member.term_ends_on IS 'Inclusive, of the last term bought; business date.';

CREATE TABLE person (
    member_id             uuid     NOT NULL PRIMARY KEY REFERENCES member,
    given_name            text     NOT NULL,
    family_name           text     NOT NULL,
    birth_date            date     NOT NULL,
    street                text     NOT NULL,
    post_code             text     NOT NULL,
    city                  text     NOT NULL,
    email                 text     NOT NULL,
    phone                 text     NOT NULL,
    status                text     NOT NULL,
    guardian_member_id    uuid     NULL REFERENCES member,
    guardian_given_name   text     NOT NULL DEFAULT '',
    guardian_family_name  text     NOT NULL DEFAULT '',
    guardian_email        text     NOT NULL DEFAULT '',
    guardian_phone        text     NOT NULL DEFAULT '',
    search_words          tsvector NOT NULL
);
CREATE INDEX person_search ON person USING gin (search_words);
CREATE INDEX person_email ON person (lower(email)) WHERE email <> '';
CREATE INDEX person_birth_date ON person (birth_date);
COMMENT ON COLUMN person.search_words IS 'Words of the names without case and diacritics.';

CREATE TABLE organisation (
    member_id               uuid     NOT NULL PRIMARY KEY REFERENCES member,
    name                    text     NOT NULL,
    tax_number              text     NOT NULL,
    vat_payer               boolean  NOT NULL,
    street                  text     NOT NULL,
    post_code               text     NOT NULL,
    city                    text     NOT NULL,
    email                   text     NOT NULL,
    phone                   text     NOT NULL,
    authorised_given_name   text     NOT NULL,
    authorised_family_name  text     NOT NULL,
    authorised_email        text     NOT NULL,
    search_words            tsvector NOT NULL
);
CREATE INDEX organisation_search ON organisation USING gin (search_words);
CREATE INDEX organisation_email ON organisation (lower(email)) WHERE email <> '';

CREATE TABLE card (
    number       text   NOT NULL,
    member_id    uuid   NOT NULL REFERENCES member,
    issued_on    date   NOT NULL,
    replaced_on  date   NULL,
    serial       bigint NOT NULL,
    CONSTRAINT card_number_given_once PRIMARY KEY (number),
    CONSTRAINT card_number_has_its_form CHECK (number ~ '^[A-Z0-9-]{1,30}$')
);
CREATE UNIQUE INDEX card_one_good_per_member ON card (member_id) WHERE replaced_on IS NULL;
CREATE INDEX card_of_member ON card (member_id);

CREATE TABLE term (
    member_id    uuid NOT NULL REFERENCES member,
    starts_on    date NOT NULL,
    ends_on      date NOT NULL,
    membership   text NOT NULL CHECK (membership IN ('FULL', 'SMALL_BRANCH', 'E_ONLY')),
    PRIMARY KEY (member_id, starts_on),
    CONSTRAINT term_in_order CHECK (starts_on <= ends_on),
    CONSTRAINT term_one_at_a_time EXCLUDE USING gist (member_id WITH =, daterange(starts_on, ends_on, '[]') WITH &&)
);

CREATE TABLE fee (
    charge_id      uuid   NOT NULL PRIMARY KEY,
    member_id      uuid   NOT NULL REFERENCES member,
    kind           text   NOT NULL,
    amount_minor   bigint NOT NULL CHECK (amount_minor >= 0),
    currency_code  text   NOT NULL,
    charged_on     date   NOT NULL
);
CREATE INDEX fee_of_member ON fee (member_id);
COMMENT ON TABLE fee IS 'What was told to Finance, which keeps the account; nothing is changed or deleted here.';

CREATE FUNCTION fee_is_never_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'A fee is corrected by Finance, never here.';
END $$;
CREATE TRIGGER fee_append_only BEFORE UPDATE OR DELETE ON fee FOR EACH ROW EXECUTE FUNCTION fee_is_never_changed();
