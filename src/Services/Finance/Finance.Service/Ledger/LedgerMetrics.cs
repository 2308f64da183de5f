using System.Diagnostics.Metrics;
using Library.ServiceDefaults.Data;
using Library.ServiceDefaults.Metrics;

namespace Library.Finance.Ledger;

/// <summary>
/// Whether the books agree with themselves: looked at once an hour, in one statement and thus at one moment. The database refuses what would
/// break this, so a difference means that somebody went past it, or that a backup was put back in parts.
/// </summary>
public sealed class LedgerMetrics
{
    private static readonly TimeSpan Every = TimeSpan.FromHours(1), Limit = TimeSpan.FromSeconds(30);
    private readonly NpgsqlDataSource database;
    private readonly SampledGauge imbalance;

    public LedgerMetrics(NpgsqlDataSource database, TimeProvider time, IMeterFactory meters)
    {
        this.database = database;
        imbalance = new(
            meters.Create("Library.Finance"), "library.ledger.imbalance", "{minor}", "Minor units by which the books disagree with themselves; 0 is right.",
            time, tag: "between", life: Every * 3);
    }

    public Sample Sample => new("The ledger", Every, Limit, TakeAsync);

    private async Task TakeAsync(CancellationToken cancellationToken)
    {
        await using var command = database.Command("""
            WITH line AS (
                SELECT currency_code, account, sum(debit_minor - credit_minor) AS minor FROM ledger_line GROUP BY currency_code, account
            ), owed AS (
                SELECT currency_code, sum(balance_minor) AS minor FROM account GROUP BY currency_code
            ), unpaid AS (
                SELECT currency_code, sum(open_minor) AS minor FROM charge GROUP BY currency_code
            ), claim AS (
                SELECT currency_code, minor FROM line WHERE account = 'receivable:member'
            )
            SELECT (SELECT coalesce(sum(abs(minor)), 0) FROM (SELECT sum(minor) AS minor FROM line GROUP BY currency_code) AS total)::float8,
                   (SELECT coalesce(sum(abs(coalesce(owed.minor, 0) - coalesce(unpaid.minor, 0))), 0) FROM owed FULL JOIN unpaid USING (currency_code))::float8,
                   (SELECT coalesce(sum(abs(coalesce(owed.minor, 0) - coalesce(claim.minor, 0))), 0) FROM owed FULL JOIN claim USING (currency_code))::float8
            """);
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        await row.ReadAsync(cancellationToken);
        imbalance.Set(row.GetDouble(0), "debits and credits");
        imbalance.Set(row.GetDouble(1), "accounts and charges");
        imbalance.Set(row.GetDouble(2), "accounts and claims");
    }
}
