using Library.Catalog.Features.Loans;
using Library.Catalog.Features.Stock;
using Library.Catalog.Rules;
using Library.Catalog.V1;
using Library.ServiceDefaults.Data;
using Library.ServiceDefaults.Errors;
using Library.ServiceDefaults.Requests;
using Library.ServiceDefaults.Security;
using Library.ServiceDefaults.Time;
using Kind = Library.Catalog.V1.DeskVisit.Types.Kind;

namespace Library.Catalog.Features.Visiting;

/// <summary>
/// What a member did at a branch on a day, read from the loans themselves: nothing is kept of a visit. What is back is shown to who took it back, for that day and
/// while the loan names the member; later it is the archive's, which wants a reason (art. 22).
/// </summary>
public sealed class ReadVisit(NpgsqlDataSource database, NetworkRules rules, BusinessClock clock)
{
    private const int Most = 500;

    /// <summary>Today's, as staff at the branch and the member read it.</summary>
    public async Task<DeskVisit> RunAsync(GetVisitRequest request, Caller caller, CancellationToken cancellationToken)
    {
        var fields = new Fields();
        var member = fields.Name("name", "members", caller.MemberOr(request.Name));
        var branch = fields.Branch("branch", request.Branch, rules);
        fields.ThrowIfWrong();
        caller.MustBeAt(branch);
        return await OfAsync(member, branch, clock.Today, cancellationToken) ?? throw Failure.NotFound("member");
    }

    /// <summary>For the receipt by e-mail, at the moment of sending.</summary>
    public async Task<DeskVisit> RunAsync(GetVisitOfRequest request, CancellationToken cancellationToken)
    {
        var fields = new Fields();
        var member = fields.Name("member", "members", request.Member);
        var branch = fields.Branch("branch", request.Branch, rules);
        var day = fields.Date("day", request.Day);
        fields.ThrowIfWrong();
        return await OfAsync(member, branch, day, cancellationToken) ?? throw Failure.NotFound("member");
    }

    /// <summary>Null where the desk knows no such member.</summary>
    private async Task<DeskVisit?> OfAsync(Guid member, string branch, LocalDate day, CancellationToken cancellationToken)
    {
        var (from, to) = (day.AtStartOfDayInZone(clock.Zone).ToInstant(), day.PlusDays(1).AtStartOfDayInZone(clock.Zone).ToInstant());
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var batch = new NpgsqlBatch(connection)
        {
            BatchCommands =
            {
                DatabaseSetup.BatchCommand("SELECT EXISTS (SELECT FROM borrower WHERE member = $1)", member),
                DatabaseSetup.BatchCommand("""
                    SELECT t.kind, t.id, t.barcode, r.title, t.due_on, t.overdue_days, t.fine_minor FROM (
                        SELECT 1 AS kind, id, barcode, due_on, NULL::integer AS overdue_days, NULL::bigint AS fine_minor, lent_at AS at FROM loan
                        WHERE member = $1 AND branch = $2 AND lent_at >= $3 AND lent_at < $4 AND undone_at IS NULL
                        UNION ALL
                        SELECT 2, id, barcode, due_on, NULL, NULL, lent_at FROM loan
                        WHERE member = $1 AND returned_at IS NULL AND lent_at < $3 AND counted_from = $5 AND renewals > 0
                        UNION ALL
                        SELECT 3, id, barcode, due_on, overdue_days, fine_minor, returned_at FROM loan
                        WHERE member = $1 AND returned_branch = $2 AND returned_at >= $3 AND returned_at < $4 AND undone_at IS NULL
                            AND replace_until IS NULL AND claim_outcome IS DISTINCT FROM 'LIBRARY_LOST') t
                    JOIN item i ON i.barcode = t.barcode JOIN record r ON r.id = i.record
                    ORDER BY t.kind, t.at, t.id LIMIT $6
                    """, member, branch, from, to, day, Most + 1),
            },
        };
        await using var row = await batch.ExecuteReaderAsync(cancellationToken);
        await row.ReadAsync(cancellationToken);
        if (!row.GetBoolean(0)) return null;
        await row.NextResultAsync(cancellationToken);
        var lines = new List<DeskVisit.Types.Line>();
        while (await row.ReadAsync(cancellationToken)) lines.Add(Line(row));
        return Answer(ResourceName.Of("members", member), branch, day, lines);
    }

    private static DeskVisit.Types.Line Line(NpgsqlDataReader row)
    {
        var kind = (Kind)row.GetInt32(0);
        return new DeskVisit.Types.Line
        {
            Kind = kind,
            Loan = ResourceName.Of(LoanRow.Collection, row.GetGuid(1)),
            Barcode = row.GetString(2),
            Title = row.GetString(3),
            DueOn = kind == Kind.Returned ? "" : row.GetFieldValue<LocalDate>(4).Iso(),
            OverdueDays = row.IsDBNull(5) ? 0 : row.GetInt32(5),
            FineMinor = row.IsDBNull(6) ? 0 : row.GetInt64(6),
        };
    }

    private DeskVisit Answer(string member, string branch, LocalDate day, List<DeskVisit.Types.Line> lines)
    {
        var shown = lines.Take(Most).ToList();
        int Count(Kind kind) => shown.Count(line => line.Kind == kind);
        return new DeskVisit
        {
            Member = member,
            Branch = branch,
            Day = day.Iso(),
            Lines = { shown },
            Cut = lines.Count > Most,
            LentTotal = Count(Kind.Lent),
            RenewedTotal = Count(Kind.Renewed),
            ReturnedTotal = Count(Kind.Returned),
            FineTotalMinor = shown.Sum(line => line.FineMinor),
            CurrencyCode = rules.CurrencyCode,
        };
    }
}
