using System.Reflection;
using Library.Contracts;

namespace Library.Operator.Reconcile;

/// <summary>What must be so within one database: the statement gives what is not, one text a row.</summary>
internal sealed record OwnCheck(string What, string Service, string Sql);

/// <summary>
/// What must be so between two: every text that the first statement gives stands among the second's. <c>$1</c> in either is the least id
/// (UUIDv7, so a time) of what is young enough to be still in the outboxes.
/// </summary>
internal sealed record CrossCheck(string What, string Service, string Sql, string OtherService, string OtherSql);

/// <summary>Everything that must agree once all messages are handled (ADR 2): state, facts, money, notices. Ids and figures only.</summary>
internal static class Checks
{
    internal static readonly string[] Services = ["membership", "catalog", "finance", "events", "notifications"];

    internal static IReadOnlyList<OwnCheck> Own { get; } =
    [
        .. Services.Select(service => new OwnCheck("every fact is published", service, "SELECT type || ' ' || id FROM outbox WHERE published_at IS NULL")),
        .. Services.Select(service => new OwnCheck("no message has failed", service, "SELECT state || ' ' || type || ' ' || id FROM failed_message WHERE state <> 'DISCARDED'")),
        new("an item is on loan exactly while a loan is open that was not declared lost, or a partner library has it", "catalog", """
            SELECT i.barcode FROM item i LEFT JOIN loan l ON l.barcode = i.barcode AND l.returned_at IS NULL
            LEFT JOIN interlibrary_request q ON q.barcode = i.barcode AND q.state = 'SHIPPED'
            WHERE (i.state = 'ON_LOAN') <> ((l.id IS NOT NULL AND l.replace_until IS NULL) OR q.id IS NOT NULL)
            """),
        new("an open loan was declared lost exactly while it has an open case, and its copy is lost", "catalog", """
            SELECT 'loans/' || l.id FROM loan l JOIN item i ON i.barcode = l.barcode LEFT JOIN loss q ON q.loan = l.id AND q.state = 'OPEN' AND q.cause = 'LOST'
            WHERE l.returned_at IS NULL AND ((l.replace_until IS NULL) <> (q.id IS NULL) OR (q.id IS NOT NULL AND i.state <> 'LOST'))
            """),
        new("no copy is lent twice", "catalog", "SELECT barcode FROM loan WHERE returned_at IS NULL GROUP BY barcode HAVING count(*) > 1"),
        new("every loan is counted once for statistics", "catalog", """
            SELECT coalesce(stand.branch, counted.branch) || ' ' || coalesce(loans, 0) || ' ' || coalesce(facts, 0)
            FROM (SELECT branch, count(*) AS loans FROM loan WHERE counted AND undone_at IS NULL GROUP BY branch) AS stand
            FULL JOIN (
                SELECT branch, sum(count)::bigint AS facts
                FROM (SELECT branch, count FROM circulation_day WHERE kind = 'LOAN' UNION ALL SELECT branch, count FROM circulation_fact WHERE kind = 'LOAN') AS c
                GROUP BY branch) AS counted ON counted.branch = stand.branch
            WHERE loans IS DISTINCT FROM facts
            """),
        new("every charge made here is in a balance that Finance told", "catalog", "SELECT id::text FROM pending_charge"),
        new("every withdrawal made here is in a balance that Finance told", "catalog", "SELECT id::text FROM pending_withdrawal"),
        new("the ledger's entries are balanced", "finance", """
            SELECT entry_id::text FROM ledger_line GROUP BY entry_id, currency_code HAVING sum(debit_minor) <> sum(credit_minor)
            """),
        new("the ledger sums to zero", "finance", "SELECT currency_code FROM ledger_line GROUP BY currency_code HAVING sum(debit_minor) <> sum(credit_minor)"),
        new("a balance is the sum of what is open", "finance", """
            SELECT 'members/' || a.member_id FROM account a LEFT JOIN charge c ON c.member_id = a.member_id
            GROUP BY a.member_id, a.balance_minor HAVING a.balance_minor <> coalesce(sum(c.open_minor), 0)
            """),
        new("a balance is what the ledger says", "finance", """
            SELECT 'members/' || a.member_id FROM account a LEFT JOIN ledger_line l ON l.member_id = a.member_id
            GROUP BY a.member_id, a.balance_minor HAVING a.balance_minor <> coalesce(sum(l.debit_minor - l.credit_minor), 0)
            """),
        new("what is open of a charge is what was not paid of it", "finance", """
            SELECT 'charges/' || c.id FROM charge c LEFT JOIN allocation a ON a.charge_id = c.id
            GROUP BY c.id HAVING c.open_minor <> c.amount_minor - c.withdrawn_minor - coalesce(sum(a.amount_minor), 0)
            """),
        new("every withdrawal has found its charge", "finance", "SELECT 'withdrawals/' || id FROM withdrawal WHERE withdrawn_minor IS NULL"),
        new("what was taken back of a charge corrects its entry", "finance", """
            SELECT 'charges/' || c.id FROM charge c
            WHERE c.withdrawn_minor <> (SELECT coalesce(sum(w.withdrawn_minor), 0) FROM withdrawal w WHERE w.charge_id = c.id)
                OR c.withdrawn_minor <> (
                    SELECT coalesce(sum(l.credit_minor), 0) FROM ledger_entry e JOIN ledger_entry x ON x.corrects = e.id
                    JOIN ledger_line l ON l.entry_id = x.id AND l.member_id = c.member_id WHERE e.source = 'charges/' || c.id AND e.corrects IS NULL)
            """),
        new("a payment is allocated to the cent", "finance", """
            SELECT 'payments/' || p.id FROM payment p LEFT JOIN allocation a ON a.payment_id = p.id GROUP BY p.id HAVING p.amount_minor <> coalesce(sum(a.amount_minor), 0)
            """),
        new("every charge and payment is booked", "finance", """
            SELECT source FROM (SELECT 'charges/' || id AS source FROM charge UNION ALL SELECT 'payments/' || id FROM payment) AS known
            WHERE NOT EXISTS (SELECT FROM ledger_entry e WHERE e.source = known.source)
            """),
        new("every notice was sent, or its end is known", "notifications", "SELECT 'deliveries/' || id FROM delivery WHERE state = 'QUEUED'"),
        new("seats taken are seats confirmed", "events", """
            SELECT 'events/' || e.id FROM event e LEFT JOIN registration r ON r.event_id = e.id AND r.state = 'CONFIRMED'
            GROUP BY e.id HAVING e.seats_taken <> coalesce(sum(r.seats), 0)
            """),
    ];

    internal static IReadOnlyList<CrossCheck> Cross { get; } =
    [
        .. Handled(),
        new("every charge that was decided is booked", "catalog", ChargesOf, "finance", "SELECT id || ' ' || amount_minor FROM charge"),
        new("every charge that was decided is booked", "membership", ChargesOf, "finance", "SELECT id || ' ' || amount_minor FROM charge"),
        new("every fine of a return is booked", "catalog", "SELECT 'loans/' || id || ' ' || fine_minor FROM loan WHERE fine_minor > 0",
            "finance", "SELECT subject || ' ' || amount_minor FROM charge WHERE kind = 'FINE'"),
        new("the desk knows every member as Membership does", "membership", "SELECT id || ' ' || version || ' ' || state FROM member",
            "catalog", "SELECT member || ' ' || version || ' ' || state FROM borrower"),
        new("the desk knows every debt as Finance does", "finance", "SELECT member_id || ' ' || balance_minor FROM account WHERE balance_minor > 0",
            "catalog", "SELECT member || ' ' || balance_minor FROM borrower_debt"),
        new("the desk knows of no debt that is paid", "catalog", "SELECT member || ' ' || balance_minor FROM borrower_debt WHERE balance_minor > 0",
            "finance", "SELECT member_id || ' ' || balance_minor FROM account"),
        new("every loan was told", "catalog", "SELECT 'loans/' || id FROM loan WHERE id >= $1", "catalog", "SELECT aggregate FROM outbox WHERE type LIKE '%.ItemLent'"),
        new("every loan that was told stands", "catalog", "SELECT aggregate FROM outbox WHERE type LIKE '%.ItemLent'", "catalog", "SELECT 'loans/' || id FROM loan"),
        new("every return was told", "catalog", "SELECT 'loans/' || id FROM loan WHERE id >= $1 AND returned_at IS NOT NULL AND replace_until IS NULL",
            "catalog", "SELECT aggregate FROM outbox WHERE type ~ '[.](ItemReturned|LoanUndone|ReturnClaimSettled)$'"),
        new("every settled loss was told", "catalog", "SELECT 'losses/' || id FROM loss WHERE id >= $1 AND state <> 'OPEN'",
            "catalog", "SELECT aggregate FROM outbox WHERE type LIKE '%.LossSettled'"),
        new("every return that was told stands", "catalog", "SELECT aggregate FROM outbox WHERE type LIKE '%.ItemReturned'",
            "catalog", "SELECT 'loans/' || id FROM loan WHERE returned_at IS NOT NULL OR return_undone_at IS NOT NULL"),
        new("every registration has its notice", "events", "SELECT id::text FROM outbox WHERE type ~ '[.]Registration(Confirmed|Waitlisted|Promoted)$'",
            "notifications", "SELECT message_id::text FROM delivery"),
        new("every reminder has its notice", "catalog", "SELECT id::text FROM outbox WHERE type LIKE '%.ReminderDue'", "notifications", "SELECT message_id::text FROM delivery"),
        new("every receipt that was asked for has its notice", "catalog", "SELECT id::text FROM outbox WHERE type LIKE '%.VisitReceiptAsked'",
            "notifications", "SELECT message_id::text FROM delivery"),
    ];

    /// <summary>Charges in the facts of an outbox: id and amount of each; a free one is not booked.</summary>
    private const string ChargesOf = """
        SELECT (charge ->> 'id') || ' ' || (charge ->> 'amountMinor')
        FROM outbox, jsonb_path_query(body::jsonb, '$.* ? (exists (@.amountMinor) && exists (@.id) && @.amountMinor > 0)') AS charge
        """;

    /// <summary>Every published message stands in the inbox of each service that must hear of it.</summary>
    private static IEnumerable<CrossCheck> Handled() =>
        from service in Services
        from message in Assembly.Load($"{char.ToUpperInvariant(service[0])}{service[1..]}.Contracts").GetExportedTypes()
        from handler in message.GetCustomAttribute<HandledByAttribute>()?.Services ?? []
        select new CrossCheck($"every {message.Name} is handled", service, $"SELECT id::text FROM outbox WHERE type = '{message.FullName}' AND published_at IS NOT NULL",
            handler, "SELECT message_id::text FROM inbox");
}
