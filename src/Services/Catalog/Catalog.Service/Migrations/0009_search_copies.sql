-- Search knows collections and call numbers of copies.
-- Why: local history, the mobile library and the shelf are looked for by what stands on the copies.
-- Locks: item is locked for writing while its index is made (seconds for a million rows). Recovery: put back the function of 0004, drop the index.

CREATE OR REPLACE FUNCTION item_facets(of_record uuid) RETURNS text[]
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN (SELECT coalesce(array_agg(DISTINCT value ORDER BY value), '{}')
            FROM item, LATERAL (VALUES ('b:' || item.branch), ('m:' || item.material), ('c:' || item.collection)) AS facet (value)
            WHERE item.record = of_record AND item.state <> 'WITHDRAWN');
COMMENT ON FUNCTION item_facets IS 'b:branch, c:collection and m:material of the copies that are not withdrawn.';

CREATE INDEX item_by_call_number ON item (call_number_sort) WHERE call_number_sort <> '';
