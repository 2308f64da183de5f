using Library.Catalog.Domain;
using Library.Catalog.Domain.Policies;
using Library.Catalog.Domain.Serials;
using Library.Catalog.Features.Stock;
using Library.Catalog.Rules;
using Library.Catalog.V1;
using Library.ServiceDefaults.Data;
using Library.ServiceDefaults.Security;
using Library.ServiceDefaults.Time;

namespace Library.Catalog.Features.ReceivingIssues;

/// <summary>
/// Puts an issue that came on its branch's shelf. The row of the title's latest issue there is locked first: of two issues that come at once one
/// waits for the other, and the newer is the latest whichever was first (art. 26–35). Locks: issue, shelf, items, record.
/// </summary>
public sealed class Shelf(NetworkRules rules, BusinessClock clock)
{
    private sealed record Lent(string Barcode, ShelvedIssue Issue);

    /// <summary>Makes the issue an item within the caller's transaction; the former latest issue is lent as older ones are from then on.</summary>
    /// <exception cref="ServiceDefaults.Errors.Failure">ALREADY_EXISTS for a barcode in use.</exception>
    internal async Task PutAsync(NpgsqlTransaction transaction, IssueRow issue, string barcode, long priceMinor, Caller caller, CancellationToken cancellationToken)
    {
        var act = Act.Of(clock, caller);
        var lending = issue.Kind == Issue.Types.Kind.Special
            ? LendingClass.Lendable
            : await BecomeLatestAsync(transaction, issue, rules.LatestIssueScopeAt(issue.Branch, act.On), cancellationToken);
        var staysIn = Codes.LendingRuleOf(issue.Lending) == LendingClass.ReadingRoomOnly;
        await StockEntry.AddAsync(transaction, new Item
        {
            Barcode = barcode,
            Branch = issue.Branch,
            Material = Item.Types.Material.SerialIssue,
            Lending = Codes.LendingOf(ContractCode.Of(staysIn ? LendingClass.ReadingRoomOnly : lending)),
            PriceMinor = priceMinor,
            CurrencyCode = rules.CurrencyCode,
            Acquisition = Item.Types.Acquisition.Purchase,
            Units = 1,
        }, issue.Record, act, cancellationToken);
    }

    /// <summary>Locks the title's row at the branch, or makes it. Gives what is the latest there now.</summary>
    private static async Task<ShelvedIssue> LockAsync(NpgsqlTransaction transaction, IssueRow issue, CancellationToken cancellationToken)
    {
        await using var batch = new NpgsqlBatch(transaction.Open(), transaction)
        {
            BatchCommands =
            {
                DatabaseSetup.BatchCommand("""
                    INSERT INTO serial_shelf (record, branch, issue, issued_on, volume, number) VALUES ($1, $2, $3, $4, $5, $6)
                    ON CONFLICT (record, branch) DO NOTHING
                    """, issue.Record, issue.Branch, issue.Id, issue.IssuedOn, issue.Last.Volume, issue.Last.Number),
                DatabaseSetup.BatchCommand(
                    "SELECT issued_on, volume FROM serial_shelf WHERE record = $1 AND branch = $2 FOR UPDATE", issue.Record, issue.Branch),
            },
        };
        await using var row = await batch.ExecuteReaderAsync(cancellationToken);
        await row.ReadAsync(cancellationToken);
        return new ShelvedIssue(row.GetFieldValue<LocalDate>(0), row.GetInt32(1));
    }

    private static async Task<LendingClass> BecomeLatestAsync(
        NpgsqlTransaction transaction, IssueRow issue, LatestIssueScope scope, CancellationToken cancellationToken)
    {
        var before = await LockAsync(transaction, issue, cancellationToken);
        var latest = LatestIssueRules.Latest(issue.Shelved, before);
        await using (var shelf = transaction.Command("""
            UPDATE serial_shelf SET issue = $3, issued_on = $4, volume = $5, number = $6 WHERE record = $1 AND branch = $2 AND issued_on < $4
            """, issue.Record, issue.Branch, issue.Id, issue.IssuedOn, issue.Last.Volume, issue.Last.Number))
            await shelf.ExecuteNonQueryAsync(cancellationToken);

        var older = (await LentAsLatestAsync(transaction, issue, cancellationToken))
            .Where(lent => LatestIssueRules.LendingOf(lent.Issue, latest, scope) == LendingClass.Lendable).Select(lent => lent.Barcode).ToArray();
        await using (var release = transaction.Command(
            "UPDATE item SET lending = 'LENDABLE', version = version + 1 WHERE barcode = ANY ($1) AND lending = 'LATEST_ISSUE'", (object)older))
            await release.ExecuteNonQueryAsync(cancellationToken);
        return LatestIssueRules.LendingOf(issue.Shelved, latest, scope);
    }

    private static async Task<List<Lent>> LentAsLatestAsync(NpgsqlTransaction transaction, IssueRow issue, CancellationToken cancellationToken)
    {
        await using var command = transaction.Command("""
            SELECT c.barcode, i.issued_on, i.last_volume FROM issue i JOIN item c ON c.barcode = i.barcode
            WHERE i.record = $1 AND i.branch = $2 AND i.state = 'RECEIVED' AND c.lending = 'LATEST_ISSUE' ORDER BY c.barcode FOR UPDATE OF c
            """, issue.Record, issue.Branch);
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        var lent = new List<Lent>();
        while (await row.ReadAsync(cancellationToken))
            lent.Add(new Lent(row.GetString(0), new ShelvedIssue(row.GetFieldValue<LocalDate>(1), row.GetInt32(2))));
        return lent;
    }
}
