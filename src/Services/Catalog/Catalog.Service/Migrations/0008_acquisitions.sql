-- Suggestions, orders, arrivals, suppliers' invoices and the year's plan.
-- Why: what is ordered, came and is owed must agree to the copy and to the cent, whoever writes at once (ADR 3, ADR 19).
-- Locks: new tables and functions only. Recovery: drop them in reverse order; items that came on orders stay in stock.

CREATE TABLE suggestion (
    id            uuid    NOT NULL PRIMARY KEY,
    member        uuid    NULL,
    slot          integer NULL,
    title         text    NOT NULL CHECK (length(title) BETWEEN 1 AND 500),
    authors       text    NOT NULL CHECK (length(authors) <= 500),
    isbn          text    NOT NULL CHECK (length(isbn) <= 13),
    material      text    NOT NULL,
    branch        text    NOT NULL,
    state         text    NOT NULL CHECK (state IN ('SUGGESTED', 'ACCEPTED', 'DECLINED', 'ORDERED', 'ARRIVED')),
    reason        text    NULL,
    suggested_on  date    NOT NULL,
    CONSTRAINT suggestion_declined_for_a_reason CHECK ((state = 'DECLINED') = (reason IS NOT NULL)),
    CONSTRAINT suggestion_open_within_limit CHECK (slot BETWEEN 1 AND 5),
    CONSTRAINT suggestion_of_a_member_counts_while_open CHECK ((slot IS NOT NULL) = (member IS NOT NULL AND state IN ('SUGGESTED', 'ACCEPTED', 'ORDERED')))
);
CREATE UNIQUE INDEX suggestion_slot_of_member ON suggestion (member, slot) WHERE slot IS NOT NULL;
CREATE INDEX suggestion_of_member ON suggestion (member, id) WHERE member IS NOT NULL;
CREATE INDEX suggestion_by_state ON suggestion (state, id);
COMMENT ON COLUMN suggestion.member IS 'NULL: the library''s own, or the member is erased. No name.';
COMMENT ON COLUMN suggestion.slot IS 'Which of the member''s open suggestions this is: there are five, so that no more can be open however many are made at once.';

CREATE TABLE purchase_order (
    id             uuid    NOT NULL PRIMARY KEY,
    supplier       uuid    NOT NULL REFERENCES supplier (id),
    currency_code  text    NOT NULL CHECK (length(currency_code) = 3),
    created_on     date    NOT NULL,
    sent_on        date    NULL,
    version        bigint  NOT NULL DEFAULT 1
);
CREATE INDEX purchase_order_of_supplier ON purchase_order (supplier, id);
CREATE INDEX purchase_order_by_sending ON purchase_order (sent_on) WHERE sent_on IS NOT NULL;
COMMENT ON TABLE purchase_order IS 'Its row is locked by whoever sends, cancels, receives or takes an invoice of it. NULL sent_on: a draft.';

CREATE TABLE order_line (
    order_id               uuid    NOT NULL REFERENCES purchase_order (id),
    line                   integer NOT NULL CHECK (line BETWEEN 1 AND 200),
    record                 uuid    NULL REFERENCES record (id),
    draft                  jsonb   NULL,
    material               text    NOT NULL,
    lending                text    NOT NULL CHECK (lending IN ('LENDABLE', 'READING_ROOM_ONLY', 'LATEST_ISSUE')),
    youth                  boolean NOT NULL,
    units                  integer NOT NULL CHECK (units BETWEEN 1 AND 200),
    price_minor            bigint  NOT NULL CHECK (price_minor BETWEEN 0 AND 10000000),
    discount_basis_points  integer NOT NULL CHECK (discount_basis_points BETWEEN 0 AND 10000),
    cost_minor             bigint  NOT NULL CHECK (cost_minor BETWEEN 0 AND price_minor),
    fund                   text    NOT NULL REFERENCES fund (code),
    suggestion             uuid    NULL CONSTRAINT order_line_one_per_suggestion UNIQUE REFERENCES suggestion (id),
    PRIMARY KEY (order_id, line),
    CONSTRAINT order_line_names_a_title CHECK (record IS NOT NULL OR draft IS NOT NULL)
);
COMMENT ON COLUMN order_line.price_minor IS 'Of one copy, minor units, tax included.';
COMMENT ON COLUMN order_line.cost_minor IS 'Of one copy after the discount.';
COMMENT ON COLUMN order_line.draft IS 'DraftRecord of the contract, as JSON; stays when the record is known.';

CREATE TABLE order_copies (
    order_id   uuid    NOT NULL,
    line       integer NOT NULL,
    branch     text    NOT NULL,
    ordered    integer NOT NULL CHECK (ordered BETWEEN 1 AND 100),
    cancelled  integer NOT NULL DEFAULT 0 CHECK (cancelled >= 0),
    arrived    integer NOT NULL DEFAULT 0 CHECK (arrived >= 0),
    invoiced   integer NOT NULL DEFAULT 0 CHECK (invoiced >= 0),
    PRIMARY KEY (order_id, line, branch),
    FOREIGN KEY (order_id, line) REFERENCES order_line (order_id, line),
    CONSTRAINT order_copies_never_more_arrive_than_ordered CHECK (arrived + cancelled <= ordered),
    CONSTRAINT order_copies_never_more_invoiced_than_ordered CHECK (invoiced + cancelled <= ordered)
);
CREATE INDEX order_copies_outstanding ON order_copies (order_id) WHERE arrived + cancelled < ordered;

CREATE TABLE order_arrival (
    barcode     text    NOT NULL CONSTRAINT order_arrival_one_per_item PRIMARY KEY REFERENCES item (barcode),
    order_id    uuid    NOT NULL,
    line        integer NOT NULL,
    branch      text    NOT NULL,
    arrived_on  date    NOT NULL,
    FOREIGN KEY (order_id, line, branch) REFERENCES order_copies (order_id, line, branch)
);
CREATE INDEX order_arrival_by_day ON order_arrival (arrived_on);

CREATE TABLE supplier_invoice (
    id             uuid    NOT NULL PRIMARY KEY,
    supplier       uuid    NOT NULL REFERENCES supplier (id),
    number         text    NOT NULL CHECK (length(number) BETWEEN 1 AND 60),
    issued_on      date    NOT NULL,
    due_on         date    NOT NULL,
    net_minor      bigint  NOT NULL CHECK (net_minor >= 0),
    vat_minor      bigint  NOT NULL CHECK (vat_minor >= 0),
    total_minor    bigint  NOT NULL,
    currency_code  text    NOT NULL CHECK (length(currency_code) = 3),
    CONSTRAINT supplier_invoice_number_used_once UNIQUE (supplier, number),
    CONSTRAINT supplier_invoice_total_is_net_and_tax CHECK (total_minor = net_minor + vat_minor),
    CONSTRAINT supplier_invoice_due_after_issue CHECK (due_on >= issued_on)
);
CREATE INDEX supplier_invoice_by_day ON supplier_invoice (issued_on, id);

CREATE TABLE supplier_invoice_line (
    invoice           uuid    NOT NULL REFERENCES supplier_invoice (id),
    line              integer NOT NULL CHECK (line BETWEEN 1 AND 500),
    order_id          uuid    NULL,
    order_line        integer NULL,
    subscription      uuid    NULL REFERENCES subscription (id),
    branch            text    NOT NULL,
    material          text    NOT NULL,
    fund              text    NOT NULL REFERENCES fund (code),
    copies            integer NOT NULL CHECK (copies >= 0),
    net_minor         bigint  NOT NULL CHECK (net_minor >= 0),
    vat_basis_points  integer NOT NULL CHECK (vat_basis_points BETWEEN 0 AND 10000),
    vat_minor         bigint  NOT NULL CHECK (vat_minor >= 0),
    PRIMARY KEY (invoice, line),
    FOREIGN KEY (order_id, order_line, branch) REFERENCES order_copies (order_id, line, branch),
    CONSTRAINT supplier_invoice_line_is_about_one_thing CHECK ((order_id IS NULL) = (order_line IS NULL) AND (order_id IS NULL OR subscription IS NULL)),
    CONSTRAINT supplier_invoice_line_counts_copies_of_orders CHECK ((copies > 0) = (order_id IS NOT NULL))
);
COMMENT ON COLUMN supplier_invoice_line.material IS 'Empty for a cost beside the material.';

-- looked at when the transaction ends, because the lines are written one after the other
CREATE FUNCTION check_supplier_invoice_adds_up() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    wanted uuid;
BEGIN
    IF TG_TABLE_NAME = 'supplier_invoice' THEN wanted := NEW.id; ELSE wanted := NEW.invoice; END IF;
    IF NOT EXISTS (
        SELECT FROM supplier_invoice i JOIN supplier_invoice_line l ON l.invoice = i.id WHERE i.id = wanted
        GROUP BY i.id HAVING sum(l.net_minor) = i.net_minor AND sum(l.vat_minor) = i.vat_minor) THEN
        RAISE EXCEPTION USING ERRCODE = 'check_violation', CONSTRAINT = 'supplier_invoice_adds_up', MESSAGE = 'The lines of the invoice do not add up to it.';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER supplier_invoice_adds_up AFTER INSERT OR UPDATE ON supplier_invoice
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION check_supplier_invoice_adds_up();
CREATE CONSTRAINT TRIGGER supplier_invoice_line_adds_up AFTER INSERT OR UPDATE ON supplier_invoice_line
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION check_supplier_invoice_adds_up();

CREATE TABLE acquisition_plan (
    year          integer NOT NULL CHECK (year BETWEEN 2000 AND 2100),
    branch        text    NOT NULL,
    material      text    NOT NULL,
    fund          text    NOT NULL REFERENCES fund (code),
    copies        integer NOT NULL CHECK (copies BETWEEN 0 AND 1000000),
    amount_minor  bigint  NOT NULL CHECK (amount_minor BETWEEN 0 AND 100000000000),
    CONSTRAINT acquisition_plan_one_row_each PRIMARY KEY (year, branch, material, fund)
);
