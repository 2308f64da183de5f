-- Sign-in: who may, with which password, the keys that tokens are signed with, and OpenIddict's own four tables (the only
-- ones that Entity Framework reads; it never makes or changes any).
-- Locks: new tables only. Recovery: drop them; everybody signs in anew.

CREATE TABLE sign_in (
    subject          text        NOT NULL PRIMARY KEY CHECK (subject ~ '^(members|staff)/.+$'),
    user_name        text        NULL,
    password_hash    text        NOT NULL,
    roles            text[]      NOT NULL,
    branch           text        NOT NULL DEFAULT '',
    disabled         boolean     NOT NULL DEFAULT false,
    failed_attempts  integer     NOT NULL DEFAULT 0 CHECK (failed_attempts >= 0),
    locked_until     timestamptz NULL,
    CONSTRAINT sign_in_user_name_once UNIQUE (user_name),
    CONSTRAINT sign_in_user_name_lower CHECK (user_name = lower(user_name)),
    CONSTRAINT sign_in_staff_has_a_user_name CHECK (user_name IS NOT NULL OR subject LIKE 'members/%')
);
COMMENT ON COLUMN sign_in.user_name IS 'Of staff; a member signs in with the number of the card that is good now.';
COMMENT ON COLUMN sign_in.password_hash IS 'Argon2id with its parameters and salt.';

CREATE TABLE signing_key (
    id           text        NOT NULL PRIMARY KEY,
    purpose      text        NOT NULL CHECK (purpose IN ('SIGN', 'ENCRYPT')),
    private_key  bytea       NOT NULL,
    created_at   timestamptz NOT NULL DEFAULT clock_timestamp()
);
COMMENT ON TABLE signing_key IS 'RSA, PKCS#8; shared by all instances. The newest of a purpose is used; all are accepted and published.';

CREATE TABLE protection_key (
    name   text NOT NULL PRIMARY KEY,
    value  text NOT NULL
);
COMMENT ON TABLE protection_key IS 'Of the cookies of the sign-in page, so that its two requests may reach two instances.';

CREATE TABLE openiddict_application (
    id                         text PRIMARY KEY,
    application_type           varchar(50),
    client_id                  varchar(100),
    client_secret              text,
    client_type                varchar(50),
    concurrency_token          varchar(50),
    consent_type               varchar(50),
    display_name               text,
    display_names              text,
    json_web_key_set           text,
    permissions                text,
    post_logout_redirect_uris  text,
    properties                 text,
    redirect_uris              text,
    requirements               text,
    settings                   text,
    CONSTRAINT openiddict_application_client_once UNIQUE (client_id)
);

CREATE TABLE openiddict_scope (
    id                 text PRIMARY KEY,
    concurrency_token  varchar(50),
    description        text,
    descriptions       text,
    display_name       text,
    display_names      text,
    name               varchar(200),
    properties         text,
    resources          text,
    CONSTRAINT openiddict_scope_name_once UNIQUE (name)
);

CREATE TABLE openiddict_authorization (
    id                 text PRIMARY KEY,
    application_id     text REFERENCES openiddict_application,
    concurrency_token  varchar(50),
    creation_date      timestamptz,
    properties         text,
    scopes             text,
    status             varchar(50),
    subject            varchar(400),
    type               varchar(50)
);
CREATE INDEX openiddict_authorization_lookup ON openiddict_authorization (application_id, status, subject, type);
CREATE INDEX openiddict_authorization_subject ON openiddict_authorization (subject);

CREATE TABLE openiddict_token (
    id                 text PRIMARY KEY,
    application_id     text REFERENCES openiddict_application,
    authorization_id   text REFERENCES openiddict_authorization,
    concurrency_token  varchar(50),
    creation_date      timestamptz,
    expiration_date    timestamptz,
    payload            text,
    properties         text,
    redemption_date    timestamptz,
    reference_id       varchar(100),
    status             varchar(50),
    subject            varchar(400),
    type               varchar(150),
    CONSTRAINT openiddict_token_reference_once UNIQUE (reference_id)
);
CREATE INDEX openiddict_token_lookup ON openiddict_token (application_id, status, subject, type);
CREATE INDEX openiddict_token_authorization ON openiddict_token (authorization_id);
CREATE INDEX openiddict_token_subject ON openiddict_token (subject);
CREATE INDEX openiddict_token_expiration ON openiddict_token (expiration_date);
