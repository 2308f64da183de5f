using Library.ServiceDefaults.Data;
using Library.ServiceDefaults.Jobs;
using Library.ServiceDefaults.Time;

namespace Library.Catalog.Features.Renown;

/// <summary>
/// Each night: counts the loans of the day before by record, once whoever runs it, and reckons the renown of those records; on the first day of a
/// year, when the years before lose half, that of all. A record counts by its copies; nobody's name is in it.
/// </summary>
public sealed class CountLoans(NpgsqlDataSource database, BusinessClock clock) : IPeriodicJob
{
    private const int Batch = 2_000;

    public string Name => "count-loans";
    public LocalTime DueAt => new(3, 30);

    public async Task RunAsync(LocalDate day, CancellationToken cancellationToken)
    {
        var counted = day.PlusDays(-1);
        await CountAsync(counted, day.Year, cancellationToken);
        if (day is { Month: 1, Day: 1 }) await ReckonAllAsync(day.Year, cancellationToken);
    }

    private async Task CountAsync(LocalDate counted, int year, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await using var mark = transaction.Command("INSERT INTO record_loans_counted (day) VALUES ($1) ON CONFLICT DO NOTHING", counted);
        if (await mark.ExecuteNonQueryAsync(cancellationToken) == 0) return;
        var (from, to) = (counted.AtStartOfDayInZone(clock.Zone).ToInstant(), counted.PlusDays(1).AtStartOfDayInZone(clock.Zone).ToInstant());
        await using var count = transaction.Command("""
            INSERT INTO record_loans AS known (record, year, own)
            SELECT i.record, $3, count(*) FROM loan l JOIN item i ON i.barcode = l.barcode WHERE l.lent_at >= $1 AND l.lent_at < $2 AND l.undone_at IS NULL GROUP BY i.record ORDER BY i.record
            ON CONFLICT (record, year) DO UPDATE SET own = known.own + excluded.own
            RETURNING record
            """, from, to, counted.Year);
        var records = new List<Guid>();
        await using (var row = await count.ExecuteReaderAsync(cancellationToken))
            while (await row.ReadAsync(cancellationToken)) records.Add(row.GetGuid(0));
        foreach (var part in records.Chunk(Batch)) await Renown.ReckonAsync(transaction, year, part, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
    }

    /// <summary>In batches, each a transaction of its own: reckoned twice it is the same.</summary>
    private async Task ReckonAllAsync(int year, CancellationToken cancellationToken)
    {
        var last = Guid.Empty;
        while (true)
        {
            await using var connection = await database.OpenConnectionAsync(cancellationToken);
            await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
            await using var next = transaction.Command("SELECT DISTINCT record FROM record_loans WHERE record > $1 ORDER BY record LIMIT $2", last, Batch);
            var records = new List<Guid>();
            await using (var row = await next.ExecuteReaderAsync(cancellationToken))
                while (await row.ReadAsync(cancellationToken)) records.Add(row.GetGuid(0));
            if (records.Count == 0) return;
            await Renown.ReckonAsync(transaction, year, [.. records], cancellationToken);
            await transaction.CommitAsync(cancellationToken);
            last = records[^1];
        }
    }
}
