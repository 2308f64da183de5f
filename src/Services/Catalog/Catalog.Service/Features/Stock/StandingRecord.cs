using Library.ServiceDefaults.Data;
using Library.ServiceDefaults.Errors;

namespace Library.Catalog.Features.Stock;

/// <summary>A record that something is to hang on: a subscription, an order, licences. Copies see to it where they are added.</summary>
public static class StandingRecord
{
    /// <summary>Locks the records against being merged until the transaction ends.</summary>
    /// <exception cref="Failure">NOT_FOUND; FAILED_PRECONDITION MERGED_ELSEWHERE for one that another record stands for.</exception>
    public static async Task MustBeAsync(NpgsqlTransaction transaction, IReadOnlyCollection<Guid> records, CancellationToken cancellationToken)
    {
        await using var command = transaction.Command("SELECT merged_into IS NOT NULL FROM record WHERE id = ANY ($1) ORDER BY id FOR KEY SHARE", records.ToArray());
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        var (found, merged) = (0, false);
        for (; await row.ReadAsync(cancellationToken); found++) merged |= row.GetBoolean(0);
        if (found != records.Count) throw Failure.NotFound("record");
        if (merged) throw Failure.Refused("MERGED_ELSEWHERE");
    }
}
