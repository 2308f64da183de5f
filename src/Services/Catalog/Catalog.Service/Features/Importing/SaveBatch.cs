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
    private const char Separator = '\u001F';

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
        IncomingRecord[] last = [.. records.GroupBy(record => record.ControlNumber).Select(group => group.Last())];
        // xmax is 0 on a row that the statement inserted; a row that the WHERE left alone is not returned
        await using var command = transaction.Command($"""
            INSERT INTO record AS known (id, source, control_number, format, form, raw, content_hash, title, title_sort, authors, year, language, isbns,
                publisher, subjects, material, title_words, search)
            SELECT id, $1, control_number, $2, $3, raw, content_hash, title, title_sort, string_to_array(authors, E'\x1f'), nullif(year, 0), language,
                string_to_array(isbns, E'\x1f'), publisher, string_to_array(subjects, E'\x1f'), material, title_words::tsvector, search::tsvector
            FROM unnest($4::uuid[], $5::text[], $6::bytea[], $7::bytea[], $8::text[], $9::text[], $10::text[], $11::integer[], $12::text[], $13::text[],
                $14::text[], $15::text[], $16::text[], $17::text[], $18::text[])
                AS t (id, control_number, raw, content_hash, title, title_sort, authors, year, language, isbns, publisher, subjects, material,
                    title_words, search)
            ON CONFLICT (source, control_number) DO UPDATE SET format = excluded.format, form = excluded.form, raw = excluded.raw,
                content_hash = excluded.content_hash, title = excluded.title, title_sort = excluded.title_sort, authors = excluded.authors,
                year = excluded.year, language = excluded.language, isbns = excluded.isbns, publisher = excluded.publisher,
                subjects = excluded.subjects, material = excluded.material, title_words = excluded.title_words, search = excluded.search
            WHERE known.content_hash <> excluded.content_hash
            RETURNING control_number, xmax = 0
            """,
            operation.Source, ContractCode.Of(operation.Format), ContractCode.Of(operation.Form),
            last.Select(_ => Guid.CreateVersion7()).ToArray(), last.Select(r => r.ControlNumber).ToArray(), last.Select(r => r.Raw).ToArray(),
            last.Select(r => r.ContentHash).ToArray(), last.Select(r => r.Title).ToArray(), last.Select(r => r.SortKey).ToArray(),
            last.Select(r => Joined(r.Brief.Authors)).ToArray(), last.Select(r => r.Brief.Year ?? 0).ToArray(),
            last.Select(r => r.Brief.Language ?? "").ToArray(),
            last.Select(r => Joined(r.Brief.Isbns)).ToArray(), last.Select(r => r.Brief.Publisher ?? "").ToArray(),
            last.Select(r => Joined(r.Brief.Subjects)).ToArray(), last.Select(r => r.MaterialCode).ToArray(),
            last.Select(r => r.TitleVector).ToArray(), last.Select(r => r.SearchVector).ToArray());
        command.CommandTimeout = 120;
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        var outcome = default(Outcome);
        while (await row.ReadAsync(cancellationToken))
        {
            groups.Remove(row.GetString(0), out var times);
            outcome += row.GetBoolean(1) ? new Outcome(1, times - 1, 0, 0) : new Outcome(0, times, 0, 0);
        }
        return outcome + new Outcome(0, 0, groups.Values.Sum(times => (long)times), 0);
    }

    private static string Joined(IReadOnlyList<string> values) => string.Join(Separator, values);
}

/// <summary>An import that is not done.</summary>
/// <param name="Id">Of operations/ID.</param>
/// <param name="Source">With the control number, the identity of a record.</param>
/// <param name="Format">As the sender says.</param>
/// <param name="Form">As the sender says.</param>
/// <param name="Position">How far it was read.</param>
public sealed record OpenOperation(Guid Id, string Source, MarcFormat Format, MarcForm Form, long Position);
