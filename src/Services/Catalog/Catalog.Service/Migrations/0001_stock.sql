-- Bibliographic records and the copies of them.
-- Why: search, the desk and the import stand on these two tables.
-- Locks: new tables only. Recovery: drop them; nothing older refers to them.

CREATE TABLE record (
    id              uuid     NOT NULL PRIMARY KEY,
    source          text     NOT NULL CHECK (length(source) BETWEEN 1 AND 60),
    control_number  text     NOT NULL CHECK (length(control_number) BETWEEN 1 AND 200),
    format          text     NOT NULL CHECK (format IN ('MARC21', 'UNIMARC')),
    form            text     NOT NULL CHECK (form IN ('ISO2709', 'XML')),
    raw             bytea    NOT NULL,
    content_hash    bytea    NOT NULL,
    title           text     NOT NULL,
    title_sort      text     COLLATE "C" NOT NULL CHECK (length(title_sort) <= 100),
    authors         text[]   NOT NULL,
    year            integer  NULL,
    language        text     NOT NULL,
    isbns           text[]   NOT NULL,
    publisher       text     NOT NULL,
    subjects        text[]   NOT NULL,
    material        text     NOT NULL,
    title_words     tsvector NOT NULL,
    search          tsvector NOT NULL,
    copies_total    integer  NOT NULL DEFAULT 0 CHECK (copies_total >= 0),
    CONSTRAINT record_one_per_source_and_control_number UNIQUE (source, control_number)
);
CREATE INDEX record_search ON record USING gin (search);
CREATE INDEX record_browse ON record ((-copies_total), title_sort, id);
COMMENT ON COLUMN record.control_number IS 'Field 001; sha256:… of the record where it has none.';
COMMENT ON COLUMN record.raw IS 'Byte for byte as it came in.';
COMMENT ON COLUMN record.title_sort IS 'Folded (no case, no diacritics), the first 100 characters: what an exact match and the order of a list go by.';
COMMENT ON COLUMN record.search IS 'Folded words of title, authors, subjects and ISBNs; the query is folded in the same way (SearchWords).';
COMMENT ON COLUMN record.copies_total IS 'Copies that are not withdrawn. Kept here because lists are ordered by it; the desk never writes it.';

CREATE TABLE item (
    barcode        text        NOT NULL CONSTRAINT item_barcode_is_unique PRIMARY KEY CHECK (barcode ~ '^[A-Z0-9-]{1,30}$'),
    record         uuid        NOT NULL REFERENCES record (id),
    branch         text        NOT NULL,
    location       text        NOT NULL,
    material       text        NOT NULL,
    lending        text        NOT NULL CHECK (lending IN ('LENDABLE', 'READING_ROOM_ONLY', 'LATEST_ISSUE')),
    price_minor    bigint      NOT NULL CHECK (price_minor BETWEEN 0 AND 10000000),
    currency_code  text        NOT NULL CHECK (length(currency_code) = 3),
    acquisition    text        NOT NULL CHECK (acquisition IN ('PURCHASE', 'GIFT')),
    units          integer     NOT NULL CHECK (units BETWEEN 1 AND 200),
    youth          boolean     NOT NULL,
    state          text        NOT NULL CHECK (state IN ('AVAILABLE', 'ON_LOAN', 'IN_TRANSIT', 'ON_HOLD_SHELF', 'LOST', 'WITHDRAWN')),
    version        bigint      NOT NULL DEFAULT 1,
    created_at     timestamptz NOT NULL
) WITH (fillfactor = 80);
CREATE INDEX item_of_record ON item (record);
COMMENT ON COLUMN item.branch IS 'Code of the branch it belongs to.';
COMMENT ON COLUMN item.location IS 'Code of the branch where it is or, IN_TRANSIT, to which it is on its way.';
COMMENT ON COLUMN item.price_minor IS 'Minor units of currency_code; 0 where not known.';
