-- The programme, its registrations and the guests among them: the first tables of this service.
-- Locks: new tables only. Recovery: drop guest, registration and event, in this order; nothing else refers to them.

CREATE TABLE event (
    id            uuid        NOT NULL PRIMARY KEY,
    version       bigint      NOT NULL CHECK (version >= 1),
    title         text        NOT NULL CHECK (length(title) BETWEEN 1 AND 200),
    category      text        NOT NULL,
    audience      text        NOT NULL CONSTRAINT event_audience_known CHECK (audience IN ('YOUTH', 'ADULTS', 'ALL')),
    branch        text        NOT NULL,
    starts_at     timestamptz NOT NULL,
    ends_at       timestamptz NOT NULL,
    capacity      integer     NOT NULL CONSTRAINT event_capacity_within_bounds CHECK (capacity BETWEEN 1 AND 10000),
    seats_taken   integer     NOT NULL DEFAULT 0,
    announced_at  timestamptz NOT NULL,
    CONSTRAINT event_ends_after_it_starts CHECK (ends_at > starts_at),
    -- the backstop of every registration: the row is locked while seats are given, and this holds even where a rule errs
    CONSTRAINT event_seats_within_capacity CHECK (seats_taken BETWEEN 0 AND capacity)
);
CREATE INDEX event_by_start ON event (starts_at, id);
CREATE INDEX event_by_branch ON event (branch, starts_at, id);
CREATE INDEX event_by_end ON event (ends_at);
COMMENT ON COLUMN event.seats_taken IS 'Seats of its CONFIRMED registrations; changed only together with them, under this row''s lock.';
COMMENT ON COLUMN event.announced_at IS 'Business time.';

CREATE TABLE registration (
    id            uuid        NOT NULL PRIMARY KEY,
    event_id      uuid        NOT NULL REFERENCES event,
    version       bigint      NOT NULL CHECK (version >= 1),
    state         text        NOT NULL CONSTRAINT registration_state_known CHECK (state IN ('CONFIRMED', 'WAITLISTED', 'CANCELLED')),
    member        text        NULL,
    seats         integer     NOT NULL CONSTRAINT registration_seats_within_bounds CHECK (seats BETWEEN 1 AND 20),
    waiting_order bigint      NULL,
    registered_at timestamptz NOT NULL,
    cancelled_at  timestamptz NULL,
    CONSTRAINT registration_waits_in_order CHECK ((state = 'WAITLISTED') = (waiting_order IS NOT NULL)),
    CONSTRAINT registration_cancelled_once CHECK ((state = 'CANCELLED') = (cancelled_at IS NOT NULL))
);
CREATE UNIQUE INDEX registration_one_open_per_member ON registration (event_id, member) WHERE member IS NOT NULL AND state <> 'CANCELLED';
CREATE UNIQUE INDEX registration_one_at_a_place_in_the_queue ON registration (event_id, waiting_order) WHERE waiting_order IS NOT NULL;
COMMENT ON COLUMN registration.member IS 'members/ID; NULL for a guest.';
COMMENT ON COLUMN registration.waiting_order IS 'Grows; the position is how many wait up to and including this one.';

CREATE TABLE guest (
    registration_id uuid NOT NULL PRIMARY KEY REFERENCES registration ON DELETE CASCADE,
    name            text NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
    email           text NOT NULL CHECK (length(email) BETWEEN 3 AND 254),
    language        text NOT NULL
);
COMMENT ON TABLE guest IS 'Personal data of guests, and nowhere else; forgotten 30 days after the event (ADR 9).';
