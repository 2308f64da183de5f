using Library.Catalog.Domain.Marc;
using Library.Catalog.Features.Interlibrary;
using Library.ServiceDefaults.Data;

namespace Library.Catalog.Features.Importing;

/// <summary>
/// Writes what is made of a record: the columns of record beside the raw one, the row of record_index, and the words that are known. An import,
/// a new mapping and a new copy come through here.
/// </summary>
public static class RecordIndex
{
    private const char Separator = '\u001F';

    /// <summary>The columns of record that are made of the raw one.</summary>
    public const string Columns = "title, title_sort, authors, year, language, isbns, publisher, subjects, material, description, indexed_as";

    /// <summary>The same as <see cref="Arrays"/> brings them, in the order of <see cref="Parameters"/>.</summary>
    public const string Names = "title, title_sort, authors, year, language, isbns, publisher, subjects, material, description";

    /// <summary>Of row t with <see cref="Names"/>, for <see cref="Columns"/>.</summary>
    public static readonly string Values = $"""
        t.title, t.title_sort, string_to_array(t.authors, E'\x1f'), nullif(t.year, 0), t.language, string_to_array(t.isbns, E'\x1f'), t.publisher,
        string_to_array(t.subjects, E'\x1f'), t.material, t.description, {NormalisedRecord.MappingVersion}
        """;

    /// <summary>Of an upsert.</summary>
    public static readonly string Assignments = string.Join(", ", Columns.Split(", ").Select(column => $"{column} = excluded.{column}"));

    /// <summary>The placeholders of <see cref="Parameters"/> as arguments of unnest.</summary>
    public static string Arrays(int first) => string.Join(", ", new[] { "text", "text", "text", "integer", "text", "text", "text", "text", "text", "bytea" }
        .Select((type, index) => $"${first + index}::{type}[]"));

    public static object[] Parameters(IReadOnlyList<IndexedRecord> records) =>
    [
        records.Select(r => r.Title).ToArray(), records.Select(r => r.TitleSort).ToArray(), records.Select(r => Joined(r.Authors)).ToArray(),
        records.Select(r => r.Year).ToArray(), records.Select(r => r.Language).ToArray(), records.Select(r => Joined(r.Isbns)).ToArray(),
        records.Select(r => r.Publisher).ToArray(), records.Select(r => Joined(r.Subjects)).ToArray(), records.Select(r => r.Material).ToArray(),
        records.Select(r => r.Description).ToArray(),
    ];

    /// <summary>Makes or renews the rows of record_index, but for merged duplicates and what partners lend to us, and adds the words that were not known.</summary>
    public static async Task SaveAsync(NpgsqlTransaction transaction, IReadOnlyList<(Guid Id, IndexedRecord Index)> records, CancellationToken cancellationToken)
    {
        if (records.Count == 0) return;
        await using var batch = new NpgsqlBatch(transaction.Open(), transaction) { BatchCommands = { Rows(records), Vocabulary([.. records.Select(r => r.Index)]) }, Timeout = 120 };
        await batch.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>Makes a record's row anew from its raw bytes, in the caller's transaction: merged duplicates have come or gone.</summary>
    public static async Task RenewAsync(NpgsqlTransaction transaction, Guid record, CancellationToken cancellationToken)
    {
        var renewed = new List<(Guid, IndexedRecord)>();
        await using (var command = transaction.Command($"SELECT {RawRecord.Columns} FROM record WHERE id = $1", record))
        await using (var row = await command.ExecuteReaderAsync(cancellationToken))
            while (await row.ReadAsync(cancellationToken)) renewed.Add(await RawRecord.IndexAsync(row, cancellationToken));
        await SaveAsync(transaction, renewed, cancellationToken);
    }

    /// <summary>Brings facets and weight up to date after copies of records have come, moved, changed or gone, in the caller's transaction.</summary>
    public static Task NoteCopiesAsync(NpgsqlTransaction transaction, IReadOnlyCollection<Guid> records, CancellationToken cancellationToken) =>
        NoteAsync(transaction, "$1::uuid[]", records.ToArray(), cancellationToken);

    /// <summary>The same for the records of these copies.</summary>
    public static Task NoteCopiesAsync(NpgsqlTransaction transaction, IReadOnlyCollection<string> barcodes, CancellationToken cancellationToken) =>
        NoteCopiesOfAsync(transaction, "SELECT record FROM item WHERE barcode = ANY ($1)", barcodes.ToArray(), cancellationToken);

    /// <summary>The same for the records that a query finds.</summary>
    public static Task NoteCopiesOfAsync(NpgsqlTransaction transaction, string records, object parameter, CancellationToken cancellationToken) =>
        NoteAsync(transaction, $"ARRAY({records})", parameter, cancellationToken);

    // in one order, so that two who change copies of the same records do not wait for each other in a circle
    private static async Task NoteAsync(NpgsqlTransaction transaction, string records, object parameter, CancellationToken cancellationToken)
    {
        await using var command = transaction.Command($"""
            WITH changed AS (
                SELECT x.record, x.own_facets || item_facets(x.record) AS facets, record_weight(x.popularity, r.copies_total) AS weight
                FROM record_index x JOIN record r ON r.id = x.record WHERE x.record = ANY ({records}) ORDER BY x.record FOR UPDATE OF x)
            UPDATE record_index x SET facets = changed.facets, weight = changed.weight FROM changed
            WHERE x.record = changed.record AND (x.facets <> changed.facets OR x.weight <> changed.weight)
            """, parameter);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    private static NpgsqlBatchCommand Rows(IReadOnlyList<(Guid Id, IndexedRecord Index)> records) => DatabaseSetup.BatchCommand("""
        INSERT INTO record_index AS known (record, terms, own_facets, facets, weight, title_sort, name_sort, year_sort)
        SELECT t.record, t.terms::tsvector || coalesce((
                SELECT array_to_tsvector(array_agg(DISTINCT 'i/' || isbn)) FROM record d, unnest(d.isbns) AS isbn WHERE d.merged_into = t.record), ''), string_to_array(t.facets, E'\x1f'), string_to_array(t.facets, E'\x1f') || item_facets(t.record),
            record_weight(0, r.copies_total), t.title_sort, t.name_sort, t.year_sort
        FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::integer[]) AS t (record, terms, facets, title_sort, name_sort, year_sort)
        JOIN record r ON r.id = t.record AND r.merged_into IS NULL AND r.source <> $7
        ON CONFLICT (record) DO UPDATE SET terms = excluded.terms, own_facets = excluded.own_facets, facets = excluded.facets,
            weight = record_weight(known.popularity, (SELECT copies_total FROM record WHERE id = known.record)),
            title_sort = excluded.title_sort, name_sort = excluded.name_sort, year_sort = excluded.year_sort
        """,
        records.Select(r => r.Id).ToArray(), records.Select(r => r.Index.Terms).ToArray(), records.Select(r => Joined(r.Index.Facets)).ToArray(),
        records.Select(r => r.Index.TitleSort).ToArray(), records.Select(r => r.Index.NameSort).ToArray(), records.Select(r => r.Index.Year).ToArray(),
        LenderCopy.RecordSource);

    // in one order, as above
    private static NpgsqlBatchCommand Vocabulary(IReadOnlyList<IndexedRecord> records)
    {
        var words = records.SelectMany(record => record.Vocabulary).ToHashSet(StringComparer.Ordinal);
        var stems = records.SelectMany(record => record.Vocabulary.SelectMany(record.StemsOf)).Where(stem => !words.Contains(stem)).ToHashSet(StringComparer.Ordinal);
        return DatabaseSetup.BatchCommand("""
            INSERT INTO search_word AS known (word, is_whole) SELECT * FROM unnest($1::text[], $2::boolean[]) AS t (word, is_whole)
            WHERE NOT EXISTS (SELECT FROM search_word w WHERE w.word = t.word AND (w.is_whole OR NOT t.is_whole)) ORDER BY word COLLATE "C"
            ON CONFLICT (word) DO UPDATE SET is_whole = true WHERE excluded.is_whole AND NOT known.is_whole
            """, words.Concat(stems).ToArray(), words.Select(_ => true).Concat(stems.Select(_ => false)).ToArray());
    }

    private static string Joined(IReadOnlyList<string> values) => string.Join(Separator, values);
}
