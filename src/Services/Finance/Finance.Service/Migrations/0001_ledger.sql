-- Members' accounts and the ledger behind them. The database itself holds what must never break: an entry balances, nothing booked is
-- changed or deleted, a balance is never negative, a charge is booked once and never overpaid, receipts are numbered without a gap.
-- Locks: new tables only. Recovery: before anything is booked, drop these tables and functions; afterwards never: book corrections.

CREATE TABLE account (
    member_id      uuid        NOT NULL PRIMARY KEY,
    currency_code  text        NOT NULL CHECK (currency_code ~ '^[A-Z]{3}$'),
    balance_minor  bigint      NOT NULL CONSTRAINT account_balance_never_negative CHECK (balance_minor >= 0),
    version        bigint      NOT NULL CHECK (version >= 0)
);
COMMENT ON TABLE account IS 'What a member owes, in minor units. Its row is locked by whoever books on it; it equals the open charges and the member''s lines of receivable:member.';

CREATE TABLE charge (
    id             uuid        NOT NULL CONSTRAINT charge_booked_once PRIMARY KEY,
    position       bigint      NOT NULL GENERATED ALWAYS AS IDENTITY,
    member_id      uuid        NOT NULL REFERENCES account,
    kind           text        NOT NULL,
    amount_minor   bigint      NOT NULL CHECK (amount_minor > 0),
    open_minor     bigint      NOT NULL CONSTRAINT charge_never_overpaid CHECK (open_minor BETWEEN 0 AND amount_minor),
    currency_code  text        NOT NULL CHECK (currency_code ~ '^[A-Z]{3}$'),
    posted_on      date        NOT NULL,
    branch         text        NOT NULL,
    subject        text        NOT NULL,
    derivation     jsonb       NOT NULL
);
CREATE INDEX charge_open ON charge (member_id, posted_on, position) WHERE open_minor > 0;
CREATE INDEX charge_newest ON charge (member_id, position);
COMMENT ON COLUMN charge.id IS 'Made by the service that charges, so that booking the same charge again finds it.';
COMMENT ON COLUMN charge.posted_on IS 'Business date in the library''s zone.';

CREATE TABLE payment (
    id                   uuid        NOT NULL PRIMARY KEY,
    member_id            uuid        NOT NULL REFERENCES account,
    amount_minor         bigint      NOT NULL CHECK (amount_minor BETWEEN 1 AND 1000000),
    currency_code        text        NOT NULL CHECK (currency_code ~ '^[A-Z]{3}$'),
    method               text        NOT NULL,
    branch               text        NOT NULL,
    receipt_number       text        NOT NULL CONSTRAINT payment_receipt_number_used_once UNIQUE,
    paid_at              timestamptz NOT NULL,
    balance_after_minor  bigint      NOT NULL CHECK (balance_after_minor >= 0)
);
CREATE INDEX payment_of_member ON payment (member_id, paid_at);
COMMENT ON COLUMN payment.paid_at IS 'Business time.';

CREATE TABLE allocation (
    payment_id     uuid        NOT NULL REFERENCES payment,
    line           integer     NOT NULL CHECK (line >= 1),
    charge_id      uuid        NOT NULL REFERENCES charge,
    amount_minor   bigint      NOT NULL CHECK (amount_minor > 0),
    PRIMARY KEY (payment_id, line),
    CONSTRAINT allocation_once_for_each_charge UNIQUE (payment_id, charge_id)
);
CREATE INDEX allocation_of_charge ON allocation (charge_id);

CREATE TABLE receipt_counter (
    branch         text        NOT NULL,
    year           integer     NOT NULL,
    last_number    bigint      NOT NULL CHECK (last_number >= 1),
    PRIMARY KEY (branch, year)
);
COMMENT ON TABLE receipt_counter IS 'Counted on in the transaction of the payment, whose rollback takes it back: no gap. A sequence would leave some.';

CREATE TABLE ledger_entry (
    id             uuid        NOT NULL PRIMARY KEY,
    position       bigint      NOT NULL GENERATED ALWAYS AS IDENTITY,
    source         text        NOT NULL,
    business_date  date        NOT NULL,
    booked_at      timestamptz NOT NULL DEFAULT clock_timestamp(),
    branch         text        NOT NULL,
    corrects       uuid        NULL CONSTRAINT ledger_entry_corrects_an_entry REFERENCES ledger_entry,
    CONSTRAINT ledger_entry_not_its_own_correction CHECK (corrects <> id)
);
CREATE UNIQUE INDEX ledger_entry_source_booked_once ON ledger_entry (source) WHERE corrects IS NULL;
CREATE INDEX ledger_entry_day ON ledger_entry (business_date, branch);
COMMENT ON COLUMN ledger_entry.source IS 'What it books: charges/ID or payments/ID.';
COMMENT ON COLUMN ledger_entry.booked_at IS 'Real time.';
COMMENT ON COLUMN ledger_entry.corrects IS 'The entry that this one corrects; nothing else may change what was booked.';

CREATE TABLE ledger_line (
    entry_id       uuid        NOT NULL REFERENCES ledger_entry,
    line           integer     NOT NULL CHECK (line >= 1),
    account        text        NOT NULL CHECK (account ~ '^[a-z]+:[A-Za-z0-9-]+$'),
    member_id      uuid        NULL,
    debit_minor    bigint      NOT NULL CHECK (debit_minor >= 0),
    credit_minor   bigint      NOT NULL CHECK (credit_minor >= 0),
    currency_code  text        NOT NULL CHECK (currency_code ~ '^[A-Z]{3}$'),
    PRIMARY KEY (entry_id, line),
    CONSTRAINT ledger_line_is_debit_or_credit CHECK ((debit_minor = 0) <> (credit_minor = 0)),
    CONSTRAINT ledger_line_claim_names_member CHECK ((account = 'receivable:member') = (member_id IS NOT NULL))
);
CREATE INDEX ledger_line_of_member ON ledger_line (member_id) WHERE member_id IS NOT NULL;

-- looked at when the transaction ends, because an entry's lines are written one after the other
CREATE FUNCTION check_entry_is_balanced() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    entry uuid;
BEGIN
    IF TG_TABLE_NAME = 'ledger_entry' THEN entry := NEW.id; ELSE entry := NEW.entry_id; END IF;
    IF NOT EXISTS (SELECT FROM ledger_line WHERE entry_id = entry)
        OR EXISTS (SELECT FROM ledger_line WHERE entry_id = entry GROUP BY currency_code HAVING sum(debit_minor) <> sum(credit_minor)) THEN
        RAISE EXCEPTION USING ERRCODE = 'check_violation', CONSTRAINT = 'entry_is_balanced', MESSAGE = 'Debits and credits of the entry differ.';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER entry_is_balanced AFTER INSERT ON ledger_entry
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION check_entry_is_balanced();
CREATE CONSTRAINT TRIGGER line_keeps_entry_balanced AFTER INSERT ON ledger_line
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION check_entry_is_balanced();

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION USING ERRCODE = 'restrict_violation', CONSTRAINT = 'booked_is_append_only',
        MESSAGE = 'What is booked is neither changed nor deleted: book a correction that refers to it.';
END $$;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON ledger_entry FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON ledger_line FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON payment FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON allocation FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER never_deleted BEFORE DELETE ON charge FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER only_settled BEFORE UPDATE ON charge FOR EACH ROW
    WHEN ((OLD.id, OLD.member_id, OLD.kind, OLD.amount_minor, OLD.currency_code, OLD.posted_on, OLD.branch, OLD.subject, OLD.derivation)
        IS DISTINCT FROM (NEW.id, NEW.member_id, NEW.kind, NEW.amount_minor, NEW.currency_code, NEW.posted_on, NEW.branch, NEW.subject, NEW.derivation))
    EXECUTE FUNCTION refuse_change();
CREATE TRIGGER never_emptied BEFORE TRUNCATE ON ledger_entry FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER never_emptied BEFORE TRUNCATE ON ledger_line FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER never_emptied BEFORE TRUNCATE ON payment FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER never_emptied BEFORE TRUNCATE ON allocation FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- the triggers stop a superuser too; the rights stop everybody else before them
REVOKE UPDATE, DELETE, TRUNCATE ON ledger_entry, ledger_line, payment, allocation FROM PUBLIC, CURRENT_USER;
-- a foreign key locks the row that it refers to, for which PostgreSQL asks for UPDATE on some column; the triggers still refuse to change it
GRANT UPDATE (id) ON ledger_entry, payment TO CURRENT_USER;
