using Library.Catalog.Domain;
using Library.Catalog.Domain.Marc;
using Library.ServiceDefaults.Data;

namespace Library.Catalog.Features.Importing;

/// <summary>What became of records.</summary>
public readonly record struct Outcome(long Created, long Updated, long Unchanged, long Rejected)
{
    public static Outcome operator +(Outcome left, Outcome right) => new(
        left.Created + right.Created, left.Updated + right.Updated, left.Unchanged + right.Unchanged, left.Rejected + right.Rejected);
}

/// <summary>
/// Stores records of one file in one statement. A record is known again by source and control number; one with the same content is left
/// alone.
/// </summary>
public static class SaveBatch
{
    /// <summary>
    /// Stores the records and adds to <paramref name="rejects"/> those that the database refuses; the rest is stored all the same.
    /// Where several have one key the last wins: the others count as updated, or as unchanged where it is what the database held before.
    /// </summary>
    public static async Task<Outcome> RunAsync(
        NpgsqlTransaction transaction, OpenOperation operation, IReadOnlyList<IncomingRecord> records, List<Reject> rejects,
        CancellationToken cancellationToken)
    {
        if (records.Count == 0) return default;
        await transaction.SaveAsync("records", cancellationToken);
        try
        {
            var outcome = await UpsertAsync(transaction, operation, records, cancellationToken);
            await transaction.ReleaseAsync("records", cancellationToken);
            return outcome;
        }
        catch (PostgresException refused) when (refused.SqlState[..2] is "22" or "54")
        {
            await transaction.RollbackAsync("records", cancellationToken);
        }
        // data that cannot be stored: find the one by halves, or it would stop the file for ever
        if (records.Count == 1)
        {
            rejects.Add(Reject.NotStorable(records[0]));
            return new Outcome(0, 0, 0, 1);
        }
        var half = records.Count / 2;
        return await RunAsync(transaction, operation, [.. records.Take(half)], rejects, cancellationToken)
            + await RunAsync(transaction, operation, [.. records.Skip(half)], rejects, cancellationToken);
    }

    private static async Task<Outcome> UpsertAsync(
        NpgsqlTransaction transaction, OpenOperation operation, IReadOnlyList<IncomingRecord> records, CancellationToken cancellationToken)
    {
        var groups = records.GroupBy(record => record.ControlNumber).ToDictionary(group => group.Key, group => group.Count());
        var last = records.GroupBy(record => record.ControlNumber).ToDictionary(group => group.Key, group => group.Last());
        // xmax is 0 on a row that the statement inserted; a row that the WHERE left alone is not returned
        await using var command = transaction.Command($"""
            INSERT INTO record AS known (id, source, control_number, format, form, raw, content_hash, {RecordIndex.Columns})
            SELECT t.id, $1, t.control_number, $2, $3, t.raw, t.content_hash, {RecordIndex.Values}
            FROM unnest($4::uuid[], $5::text[], $6::bytea[], $7::bytea[], {RecordIndex.Arrays(8)})
                AS t (id, control_number, raw, content_hash, {RecordIndex.Names})
            ON CONFLICT (source, control_number) DO UPDATE SET format = excluded.format, form = excluded.form, raw = excluded.raw,
                content_hash = excluded.content_hash, {RecordIndex.Assignments}
            WHERE known.content_hash <> excluded.content_hash
            RETURNING control_number, xmax = 0, id
            """,
            [
                operation.Source, ContractCode.Of(operation.Format), ContractCode.Of(operation.Form),
                last.Select(_ => Guid.CreateVersion7()).ToArray(), last.Keys.ToArray(), last.Values.Select(r => r.Raw).ToArray(),
                last.Values.Select(r => r.ContentHash).ToArray(), .. RecordIndex.Parameters([.. last.Values.Select(r => r.Index)]),
            ]);
        command.CommandTimeout = 120;
        var outcome = default(Outcome);
        var saved = new List<(Guid Id, IndexedRecord Index)>();
        await using (var row = await command.ExecuteReaderAsync(cancellationToken))
            while (await row.ReadAsync(cancellationToken))
            {
                var controlNumber = row.GetString(0);
                groups.Remove(controlNumber, out var times);
                saved.Add((row.GetGuid(2), last[controlNumber].Index));
                outcome += row.GetBoolean(1) ? new Outcome(1, times - 1, 0, 0) : new Outcome(0, times, 0, 0);
            }
        await RecordIndex.SaveAsync(transaction, saved, cancellationToken);
        return outcome + new Outcome(0, 0, groups.Values.Sum(times => (long)times), 0);
    }
}

/// <summary>An import that is not done.</summary>
/// <param name="Id">Of operations/ID.</param>
/// <param name="Source">With the control number, the identity of a record.</param>
/// <param name="Format">As the sender says.</param>
/// <param name="Form">As the sender says.</param>
/// <param name="Position">How far it was read.</param>
public sealed record OpenOperation(Guid Id, string Source, MarcFormat Format, MarcForm Form, long Position);
