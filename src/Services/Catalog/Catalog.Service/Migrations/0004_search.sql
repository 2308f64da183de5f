-- What search reads, beside the records: terms, facets and what lists are ordered by; known words; what loans say of a record's renown;
-- what an import repaired.
-- Why: search needs rows without the raw record and an index over terms; the record itself is wide and is read for one page only (ADR 17).
-- Locks: new tables; the columns added to record have constant defaults, so that no row is rewritten. Records that stand are indexed by the
-- service in the background (record.indexed_as). Recovery: drop the tables and set record.indexed_as to 0; the service fills them again.

CREATE EXTENSION IF NOT EXISTS pg_trgm;

ALTER TABLE record
    ADD COLUMN description bytea   NOT NULL DEFAULT '',
    ADD COLUMN indexed_as  integer NOT NULL DEFAULT 0,
    ALTER COLUMN title_words SET DEFAULT '',
    ALTER COLUMN search SET DEFAULT '';
CREATE INDEX record_to_index ON record (indexed_as);
COMMENT ON COLUMN record.description IS 'What the record''s own page shows and lists do not: a library.catalog.v1.Description (protobuf), made of the raw record.';
COMMENT ON COLUMN record.indexed_as IS 'Version of the mapping that the columns here and the row of record_index were made by; an older one is made again.';

-- the logarithm: the hundredth loan says less than the tenth
CREATE FUNCTION record_weight(popularity real, copies integer) RETURNS integer
    LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN (1000 * ln(1 + popularity) + 300 * ln(1 + copies))::integer;

CREATE TABLE record_index (
    record      uuid     NOT NULL PRIMARY KEY REFERENCES record (id) ON DELETE CASCADE,
    terms       tsvector NOT NULL,
    own_facets  text[]   NOT NULL,
    facets      text[]   NOT NULL,
    popularity  real     NOT NULL DEFAULT 0 CHECK (popularity >= 0),
    weight      integer  NOT NULL DEFAULT 0 CHECK (weight >= 0),
    title_sort  text     COLLATE "C" NOT NULL CHECK (length(title_sort) <= 100),
    name_sort   text     COLLATE "C" NOT NULL CHECK (length(name_sort) <= 201),
    year_sort   integer  NOT NULL
);
ALTER TABLE record_index ALTER COLUMN terms SET STATISTICS 1000;
CREATE INDEX record_index_terms ON record_index USING gin (terms);
-- apart: in one index with the terms it would be read for facets that most records have
CREATE INDEX record_index_facets ON record_index USING gin (facets);
CREATE INDEX record_index_by_weight ON record_index ((-weight), record);
CREATE INDEX record_index_by_title ON record_index (title_sort, record);
CREATE INDEX record_index_by_name ON record_index (name_sort, record);
CREATE INDEX record_index_by_year ON record_index ((-year_sort), record);
COMMENT ON COLUMN record_index.terms IS 'Made by IndexTerms: words, zone/word, stems, pairs_of_words, =whole title. No positions.';
COMMENT ON COLUMN record_index.own_facets IS 'Of the record itself: a:audience, l:language, m:material, y:year.';
COMMENT ON COLUMN record_index.facets IS 'own_facets, and b:branch and m:material of the copies that are not withdrawn.';
COMMENT ON COLUMN record_index.popularity IS 'Loans, halved for each year that has passed.';
COMMENT ON COLUMN record_index.weight IS 'record_weight: what comes first among records that match alike.';
COMMENT ON COLUMN record_index.name_sort IS 'The first maker, a control character, the title.';
COMMENT ON COLUMN record_index.year_sort IS '0 where not known.';

CREATE FUNCTION item_facets(of_record uuid) RETURNS text[]
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN (SELECT coalesce(array_agg(DISTINCT value ORDER BY value), '{}')
            FROM item, LATERAL (VALUES ('b:' || item.branch), ('m:' || item.material)) AS facet (value)
            WHERE item.record = of_record AND item.state <> 'WITHDRAWN');

CREATE TABLE search_word (
    word     text    COLLATE "C" NOT NULL PRIMARY KEY,
    is_whole boolean NOT NULL
);
CREATE INDEX search_word_like ON search_word USING gin (word gin_trgm_ops) WHERE is_whole;
COMMENT ON TABLE search_word IS 'Words that stand or stood in records. is_whole false: only the stem of one, never offered to a reader.';

CREATE TABLE record_loans (
    record   uuid    NOT NULL REFERENCES record (id) ON DELETE CASCADE,
    year     integer NOT NULL CHECK (year BETWEEN 1900 AND 2999),
    own      bigint  NOT NULL DEFAULT 0 CHECK (own >= 0),
    earlier  bigint  NOT NULL DEFAULT 0 CHECK (earlier >= 0),
    PRIMARY KEY (record, year)
);
COMMENT ON TABLE record_loans IS 'Loans by record and year. No person.';
COMMENT ON COLUMN record_loans.own IS 'Counted here, day by day.';
COMMENT ON COLUMN record_loans.earlier IS 'Brought from the system before this one; bringing them again replaces them.';

CREATE TABLE record_loans_counted (
    day  date NOT NULL PRIMARY KEY
);
COMMENT ON TABLE record_loans_counted IS 'Business days whose loans stand in record_loans: a day is counted once, whoever counts it.';

CREATE FUNCTION record_popularity(of_record uuid, in_year integer) RETURNS real
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN (SELECT coalesce(sum((own + earlier) * 0.5 ^ greatest(in_year - year, 0)), 0) FROM record_loans WHERE record = of_record)::real;
COMMENT ON FUNCTION record_popularity IS 'Loans, halved for each year that has passed.';

ALTER TABLE import_operation ADD COLUMN repaired bigint NOT NULL DEFAULT 0;
CREATE TABLE import_repair (
    operation    uuid   NOT NULL REFERENCES import_operation (id) ON DELETE CASCADE,
    position     bigint NOT NULL,
    byte_offset  bigint NOT NULL,
    record_id    text   NOT NULL,
    notes        text[] NOT NULL,
    PRIMARY KEY (operation, position)
);
COMMENT ON TABLE import_repair IS 'The first 1,000 records of each operation that were taken although something was wrong with them.';
