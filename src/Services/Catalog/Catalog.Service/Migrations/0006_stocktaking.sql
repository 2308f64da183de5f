-- Stocktaking: what ought to stand on a shelf when one begins, what was read there, and the protocol at its end (ADR 18).
-- Why: lending goes on meanwhile, so what was expected is kept, and what was lent or returned is found in the loans.
-- Locks: new tables only. Recovery: drop them; nothing older refers to them.

CREATE TABLE stocktaking (
    id                uuid        NOT NULL PRIMARY KEY,
    branch            text        NOT NULL,
    collection        text        NOT NULL,
    call_number_from  text        NOT NULL,
    call_number_to    text        NOT NULL,
    first_key         text        COLLATE "C" NOT NULL,
    last_key          text        COLLATE "C" NOT NULL,
    state             text        NOT NULL CHECK (state IN ('FIRST_PASS', 'SECOND_PASS', 'CLOSED', 'CANCELLED')),
    opened_at         timestamptz NOT NULL,
    second_pass_at    timestamptz NULL,
    ended_at          timestamptz NULL,
    expected          bigint      NOT NULL DEFAULT 0,
    CONSTRAINT stocktaking_one_open_per_shelf EXCLUDE USING gist (
        text_range(branch, branch, '[]') WITH &&,
        text_range(nullif(collection, ''), nullif(collection, ''), '[]') WITH &&,
        text_range(first_key, nullif(last_key, ''), '[]') WITH &&) WHERE (state IN ('FIRST_PASS', 'SECOND_PASS')),
    CONSTRAINT stocktaking_closed_after_second_pass CHECK (state <> 'CLOSED' OR second_pass_at IS NOT NULL),
    CONSTRAINT stocktaking_end_is_known CHECK ((ended_at IS NULL) = (state IN ('FIRST_PASS', 'SECOND_PASS')))
);
CREATE INDEX stocktaking_of_branch ON stocktaking (branch, opened_at DESC, id DESC);
COMMENT ON COLUMN stocktaking.opened_at IS 'Business time: loans and returns from then on count as seen.';
COMMENT ON COLUMN stocktaking.collection IS 'Empty: all.';
COMMENT ON COLUMN stocktaking.last_key IS 'Empty: no end.';

CREATE TABLE stocktaking_copy (
    stocktaking       uuid        NOT NULL REFERENCES stocktaking (id),
    barcode           text        NOT NULL,
    call_number_sort  text        COLLATE "C" NOT NULL,
    outcome           text        NULL,
    seen_at           timestamptz NULL,
    PRIMARY KEY (stocktaking, barcode)
);
CREATE INDEX stocktaking_copy_on_shelf ON stocktaking_copy (stocktaking, call_number_sort, barcode);
COMMENT ON TABLE stocktaking_copy IS 'What ought to stand on the shelf when the stocktaking began; the outcome is written when it is closed.';

CREATE TABLE stocktaking_scan (
    stocktaking       uuid        NOT NULL REFERENCES stocktaking (id),
    barcode           text        NOT NULL CHECK (barcode ~ '^[A-Z0-9-]{1,30}$'),
    finding           text        NOT NULL,
    wrong_order       boolean     NOT NULL,
    found_again       boolean     NOT NULL,
    pass              smallint    NOT NULL CHECK (pass IN (1, 2)),
    seen_at           timestamptz NOT NULL,
    CONSTRAINT stocktaking_scan_counts_once PRIMARY KEY (stocktaking, barcode)
);
CREATE INDEX stocktaking_scan_odd ON stocktaking_scan (stocktaking, barcode) WHERE finding <> 'IN_PLACE' OR wrong_order;
COMMENT ON COLUMN stocktaking_scan.wrong_order IS 'Stands in the wrong order among those that were read with it.';

CREATE TABLE stocktaking_protocol (
    stocktaking       uuid        NOT NULL PRIMARY KEY REFERENCES stocktaking (id),
    content           text        NOT NULL,
    sha256            bytea       NOT NULL CHECK (length(sha256) = 32),
    CONSTRAINT stocktaking_protocol_hash_is_of_content CHECK (sha256 = sha256(convert_to(content, 'UTF8')))
);
COMMENT ON TABLE stocktaking_protocol IS 'What the commission signed, as canonical JSON.';

CREATE FUNCTION refuse_change_of_stocktaking() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION USING ERRCODE = 'restrict_violation', CONSTRAINT = 'stocktaking_is_signed', MESSAGE = 'What is signed is neither changed nor deleted.';
END $$;
CREATE TRIGGER signed BEFORE UPDATE OR DELETE ON stocktaking_protocol FOR EACH ROW EXECUTE FUNCTION refuse_change_of_stocktaking();
CREATE TRIGGER signed BEFORE UPDATE OR DELETE ON stocktaking FOR EACH ROW WHEN (OLD.state = 'CLOSED') EXECUTE FUNCTION refuse_change_of_stocktaking();
CREATE TRIGGER signed BEFORE UPDATE OR DELETE ON stocktaking_copy FOR EACH ROW WHEN (OLD.outcome IS NOT NULL)
    EXECUTE FUNCTION refuse_change_of_stocktaking();
CREATE TRIGGER never_emptied BEFORE TRUNCATE ON stocktaking_protocol FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_stocktaking();
CREATE TRIGGER never_emptied BEFORE TRUNCATE ON stocktaking_copy FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_stocktaking();
-- the triggers stop a superuser too; the rights stop everybody else before them
REVOKE UPDATE, DELETE, TRUNCATE ON stocktaking_protocol FROM PUBLIC, CURRENT_USER;
