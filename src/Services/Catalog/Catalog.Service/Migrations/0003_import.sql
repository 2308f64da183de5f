-- Imports of MARC files: what came in, how far it was read, what was rejected.
-- Why: a file outlives the process that received it; another instance goes on where one stopped.
-- Locks: new tables only. Recovery: drop them; the files must then be sent again.

CREATE TABLE import_operation (
    id              uuid        NOT NULL PRIMARY KEY,
    source          text        NOT NULL,
    format          text        NOT NULL CHECK (format IN ('MARC21', 'UNIMARC')),
    form            text        NOT NULL CHECK (form IN ('ISO2709', 'XML')),
    byte_count      bigint      NOT NULL CHECK (byte_count > 0),
    received_at     timestamptz NOT NULL DEFAULT clock_timestamp(),
    done            boolean     NOT NULL DEFAULT false,
    position        bigint      NOT NULL DEFAULT 0,
    read            bigint      NOT NULL DEFAULT 0,
    created         bigint      NOT NULL DEFAULT 0,
    updated         bigint      NOT NULL DEFAULT 0,
    unchanged       bigint      NOT NULL DEFAULT 0,
    rejected        bigint      NOT NULL DEFAULT 0,
    CONSTRAINT import_counts_add_up CHECK (read = created + updated + unchanged + rejected)
);
CREATE INDEX import_operation_open ON import_operation (received_at) WHERE NOT done;
COMMENT ON COLUMN import_operation.position IS 'Place in the file, counted from 1, of the last record that was dealt with.';

CREATE TABLE import_chunk (
    operation  uuid    NOT NULL REFERENCES import_operation (id) ON DELETE CASCADE,
    number     integer NOT NULL CHECK (number >= 0),
    bytes      bytea   NOT NULL,
    PRIMARY KEY (operation, number)
);
-- the file is read once and deleted: compressing it would cost more than it saves
ALTER TABLE import_chunk ALTER COLUMN bytes SET STORAGE EXTERNAL;

CREATE TABLE import_reject (
    operation    uuid   NOT NULL REFERENCES import_operation (id) ON DELETE CASCADE,
    position     bigint NOT NULL,
    byte_offset  bigint NOT NULL,
    record_id    text   NOT NULL,
    reason       text   NOT NULL,
    PRIMARY KEY (operation, position)
);
COMMENT ON TABLE import_reject IS 'The first 1,000 of each operation.';
