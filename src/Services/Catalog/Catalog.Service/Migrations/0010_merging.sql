-- Duplicates of a record are merged into it and can be taken apart again.
-- Why: two libraries bring the same title; readers want one entry with all copies, cataloguers want to undo a mistake.
-- Locks: record gets a column without a default (an instant). Recovery: unmerge everything, drop the tables and the column.

ALTER TABLE record
    ADD COLUMN merged_into uuid NULL REFERENCES record (id),
    ADD CONSTRAINT record_is_not_merged_into_itself CHECK (merged_into <> id);
CREATE INDEX record_merged ON record (merged_into) WHERE merged_into IS NOT NULL;
COMMENT ON COLUMN record.merged_into IS 'The record that stands for it: its copies are there, search does not find it by itself.';

CREATE TABLE record_merge (
    id         uuid        NOT NULL PRIMARY KEY,
    target     uuid        NOT NULL REFERENCES record (id),
    duplicate  uuid        NOT NULL REFERENCES record (id),
    merged_at  timestamptz NOT NULL,
    role       text        NOT NULL,
    undone_at  timestamptz NULL,
    CONSTRAINT record_merge_is_of_two CHECK (target <> duplicate)
);
CREATE UNIQUE INDEX record_merge_one_at_a_time ON record_merge (duplicate) WHERE undone_at IS NULL;
CREATE INDEX record_merge_of_target ON record_merge (target, merged_at);
COMMENT ON TABLE record_merge IS 'The history: a merge that was undone stays. The role of who did it, never the person.';

CREATE TABLE record_merge_item (
    merge    uuid NOT NULL REFERENCES record_merge (id),
    barcode  text NOT NULL REFERENCES item (barcode),
    PRIMARY KEY (merge, barcode)
);
COMMENT ON TABLE record_merge_item IS 'The copies that came over; those that are still there go back when it is undone.';

CREATE OR REPLACE FUNCTION record_popularity(of_record uuid, in_year integer) RETURNS real
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN (SELECT coalesce(sum((l.own + l.earlier) * 0.5 ^ greatest(in_year - l.year, 0)), 0)
            FROM record_loans l WHERE l.record = of_record OR l.record IN (SELECT d.id FROM record d WHERE d.merged_into = of_record))::real;
COMMENT ON FUNCTION record_popularity IS 'Loans, halved for each year that has passed; those of merged duplicates too.';
