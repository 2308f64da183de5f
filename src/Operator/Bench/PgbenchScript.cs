namespace Library.Operator.Bench;

/// <summary>
/// The statements of CheckOutItem and ReturnItem in their order, with values of the same length. Ids are made of digits that only grow, because
/// those of the services grow with time.
/// </summary>
internal static class PgbenchScript
{
    internal static readonly IReadOnlyList<(string Name, string Text)> Values =
    [
        ("lent", """{"aggregate":"loans/0190b000-0000-7000-8000-000000000000","version":1,"member":"members/0190b000-0000-7000-8000-000000000000","barcode":"10000000","branch":"RAD","material":"BOOK","lentAt":"2026-01-05T10:00:00.0000000+00:00","dueOn":"2026-01-26"}"""),
        ("returned", """{"aggregate":"loans/0190b000-0000-7000-8000-000000000000","version":2,"member":"members/0190b000-0000-7000-8000-000000000000","barcode":"10000000","branch":"RAD","returnedAt":"2026-01-05T10:00:00.0000000+00:00","overdueDays":0,"fine":null}"""),
        ("trace", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"),
        ("hash", @"\x" + new string('a', 64)),
        ("answer", @"\x" + new string('b', 300)),
    ];

    internal const string Text = """
        \set n :n + 1
        \set copy random(0, :copies / :clients - 1) * :clients + :client_id
        \set barcode :barcodes + :copy
        \set card :cards + random(0, :members - 1)
        \set high 1000000000000000 + :n
        \set low 1000000000000000 + :client_id
        \set back 2000000000000000 + :n
        BEGIN;
        SELECT i.branch, i.material, i.lending, i.state, i.youth, r.title, i.lender_due_on, i.lender_renews, i.kept_for
        FROM item i JOIN record r ON r.id = i.record WHERE i.barcode = :barcode FOR UPDATE OF i;
        SELECT member FROM loan WHERE barcode = :barcode AND returned_at IS NULL;
        SELECT member FROM hold WHERE barcode = :barcode AND closed_at IS NULL;
        SELECT b.member, b.state, b.membership, b.branch, b.term_ends_on, b.restricted, b.youth_section, b.category, b.municipality,
        greatest(coalesce(d.balance_minor, 0) + p.amount_minor - w.amount_minor, 0) AS debt, least(d.oldest_open_on, p.charged_on) AS oldest, coalesce(s.level, 0) AS level,
        EXISTS (SELECT FROM loan l WHERE l.member = b.member AND l.returned_at IS NULL AND l.due_on < current_date AND (l.replace_until IS NULL OR l.replace_until < current_date)) AS overdue, c.replaced
        FROM borrower_card c JOIN borrower b ON b.member = c.member
        LEFT JOIN borrower_debt d ON d.member = b.member
        LEFT JOIN reminder_spell s ON s.member = b.member
        CROSS JOIN LATERAL (
            SELECT coalesce(sum(amount_minor), 0)::bigint AS amount_minor, min(charged_on) AS charged_on FROM pending_charge WHERE member = b.member) p
        CROSS JOIN LATERAL (SELECT coalesce(sum(amount_minor), 0)::bigint AS amount_minor FROM pending_withdrawal WHERE member = b.member) w
        WHERE c.card_number = :card \gset b_
        INSERT INTO loan (id, barcode, member, branch, lent_at, due_on, rulebook_version, calendar_version, category, age_section, municipality, counted, counted_from, due_rule)
        VALUES ((:high::text || :low::text)::uuid, :barcode, :b_member, :b_branch, now(), current_date + 21, '2024', '8a1f0c2b3d4e', :b_category, 'ADULT', :b_municipality, true, current_date, 'PERIOD');
        UPDATE item SET state = 'ON_LOAN', location = :b_branch, kept_for = NULL, version = version + 1 WHERE barcode = :barcode;
        INSERT INTO outbox (id, aggregate, type, body, trace_parent)
        VALUES ((:high::text || :low::text)::uuid, 'loans/' || :high::text || :low::text || 'aaaa', 'Library.Catalog.Messages.ItemLent', :lent, :trace);
        INSERT INTO circulation_fact (day, kind, branch, material, audience, category, municipality, purpose, count)
        SELECT current_date, fact.kind, l.branch, fact.material, l.age_section, l.category, l.municipality, fact.purpose, 1
        FROM loan l JOIN item i ON i.barcode = l.barcode CROSS JOIN LATERAL (VALUES ('LOAN', i.material, ''), ('VISIT', '', 'HOME_LOAN')) AS fact (kind, material, purpose)
        WHERE l.id = (:high::text || :low::text)::uuid AND (fact.kind <> 'VISIT' OR NOT (
            EXISTS (SELECT FROM loan o WHERE o.member = l.member AND o.lent_at >= current_date AND o.lent_at < current_date + 1 AND o.branch = l.branch AND o.id <> l.id)
            OR EXISTS (SELECT FROM loan o WHERE o.member = l.member AND o.returned_at >= current_date AND o.returned_at < current_date + 1 AND o.returned_branch = l.branch AND o.id <> l.id AND o.replace_until IS NULL)));
        WITH fulfilled AS (
            UPDATE hold SET state = 'FULFILLED', closed_at = now(), version = version + 1
            WHERE member = :b_member AND record = (SELECT record FROM item WHERE barcode = :barcode) AND closed_at IS NULL
            RETURNING record, member, pickup_branch)
        INSERT INTO circulation_fact (day, kind, branch, material, audience, category, municipality, purpose, count)
        SELECT current_date, 'HOLD_FULFILLED', h.pickup_branch, r.material, 'ADULT', b.category, b.municipality, '', 1
        FROM fulfilled h JOIN record r ON r.id = h.record LEFT JOIN borrower b ON b.member = h.member;
        INSERT INTO idempotency (caller, method, key, request_hash, resource, answer)
        VALUES ('operator', '/library.catalog.v1.CatalogService/CreateLoan', :high::text || :low::text, :hash, 'loans/' || :high::text || :low::text || 'aaaa', :answer);
        COMMIT;
        BEGIN;
        SELECT branch, location, state, lender_due_on IS NOT NULL AS of_lender FROM item WHERE barcode = :barcode FOR UPDATE;
        SELECT l.id, l.barcode, l.member, l.branch, l.lent_at, l.due_on, l.rulebook_version, l.renewals, l.exceptional_renewals, l.returned_at, l.version,
               r.title, i.branch AS home, i.material, i.lending, i.units, i.price_minor, l.disputed_at IS NOT NULL AS disputed, l.calendar_version AS calendar, l.counted_from, l.due_rule, i.lender_due_on, i.lender_renews,
               l.undone_at IS NOT NULL AS undone, l.claimed_returned_on, l.claim_outcome, l.replace_until
        FROM loan l JOIN item i ON i.barcode = l.barcode JOIN record r ON r.id = i.record
        WHERE l.barcode = :barcode AND l.returned_at IS NULL FOR UPDATE OF l \gset l_
        SELECT FROM hold_queue WHERE record = (SELECT record FROM item WHERE barcode = :barcode) FOR UPDATE;
        SELECT id, version, member, pickup_branch, prepared, state, ready_until, set_aside FROM (
            (SELECT h.*, true AS set_aside FROM hold h WHERE h.barcode = :barcode AND h.closed_at IS NULL)
            UNION ALL
            (SELECT h.*, false FROM hold h JOIN item i ON i.barcode = :barcode AND i.record = h.record JOIN borrower b ON b.member = h.member
             WHERE h.closed_at IS NULL AND h.state = 'WAITING' AND h.barcode IS NULL AND (h.suspended_until IS NULL OR h.suspended_until < current_date)
                AND i.kept_for IS NULL AND (h.only_barcode IS NULL OR h.only_barcode = :barcode) AND (i.youth OR NOT b.youth_section)
             ORDER BY h.number LIMIT 1)) h
        ORDER BY set_aside DESC LIMIT 1;
        UPDATE item SET state = 'AVAILABLE', location = :l_home, version = version + 1 WHERE barcode = :barcode;
        UPDATE loan SET returned_at = now(), returned_branch = :l_branch, overdue_days = 0, fine_minor = 0, fine_charge = NULL, replace_until = NULL, version = version + 1,
            claim_outcome = CASE WHEN claimed_returned_on IS NULL THEN claim_outcome ELSE 'FOUND' END
        WHERE id = :l_id;
        UPDATE reminder_spell SET level = 0, spell_started_on = NULL, ended_on = current_date, ended_level = level, ended_started_on = spell_started_on
        WHERE member = :l_member AND spell_started_on IS NOT NULL
          AND NOT EXISTS (SELECT FROM loan l WHERE l.member = :l_member AND l.returned_at IS NULL AND l.due_on < current_date AND (l.replace_until IS NULL OR l.replace_until < current_date))
          AND NOT EXISTS (SELECT FROM pending_charge WHERE member = :l_member)
          AND NOT EXISTS (SELECT FROM borrower_debt WHERE member = :l_member AND balance_minor > 0);
        INSERT INTO outbox (id, aggregate, type, body, trace_parent)
        VALUES ((:back::text || :low::text)::uuid, 'loans/' || :l_id::text, 'Library.Catalog.Messages.ItemReturned', :returned, :trace);
        INSERT INTO circulation_fact (day, kind, branch, material, audience, category, municipality, purpose, count)
        SELECT current_date, fact.kind, l.returned_branch, fact.material, l.age_section, l.category, l.municipality, fact.purpose, 1
        FROM loan l JOIN item i ON i.barcode = l.barcode CROSS JOIN LATERAL (VALUES ('RETURN', i.material, ''), ('VISIT', '', 'HOME_LOAN')) AS fact (kind, material, purpose)
        WHERE l.id = :l_id AND (fact.kind <> 'VISIT' OR NOT (
            EXISTS (SELECT FROM loan o WHERE o.member = l.member AND o.lent_at >= current_date AND o.lent_at < current_date + 1 AND o.branch = l.returned_branch)
            OR EXISTS (SELECT FROM loan o WHERE o.member = l.member AND o.returned_at >= current_date AND o.returned_at < current_date + 1 AND o.returned_branch = l.returned_branch AND o.id <> l.id AND o.replace_until IS NULL)));
        INSERT INTO idempotency (caller, method, key, request_hash, resource, answer)
        VALUES ('operator', '/library.catalog.v1.CatalogService/CreateReturn', :back::text || :low::text, :hash, 'loans/' || :l_id::text, :answer);
        COMMIT;
        """;
}
