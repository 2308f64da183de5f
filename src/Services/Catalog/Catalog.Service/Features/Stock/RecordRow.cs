using Library.Catalog.V1;
using Library.ServiceDefaults.Data;
using Library.ServiceDefaults.Requests;

namespace Library.Catalog.Features.Stock;

/// <summary>A record as lists and its own page show it.</summary>
public static class RecordRow
{
    /// <summary>Of record r.</summary>
    public const string Columns = "r.id, r.control_number, r.source, r.title, r.authors, r.year, r.language, r.isbns, r.publisher, r.subjects, r.copies_total";

    public static Record Read(NpgsqlDataReader row) => new()
    {
        Name = ResourceName.Of("records", row.GetGuid(0)),
        ControlNumber = row.GetString(1),
        Source = row.GetString(2),
        Title = row.GetString(3),
        Authors = { row.GetFieldValue<string[]>(4) },
        Year = row.IsDBNull(5) ? 0 : row.GetInt32(5),
        Language = row.GetString(6),
        Isbns = { row.GetFieldValue<string[]>(7) },
        Publisher = row.GetString(8),
        Subjects = { row.GetFieldValue<string[]>(9) },
        CopiesTotal = row.GetInt32(10),
    };

    /// <summary>Copies by branch that are not withdrawn, of several records.</summary>
    public static NpgsqlBatchCommand Availability(Guid[] records) => DatabaseSetup.BatchCommand("""
        SELECT record, branch, count(*)::integer, (count(*) FILTER (WHERE state = 'AVAILABLE'))::integer
        FROM item WHERE record = ANY ($1) AND state <> 'WITHDRAWN' GROUP BY record, branch ORDER BY record, branch
        """, records);

    /// <summary>Reads what <see cref="Availability"/> gives, as the reader's next result.</summary>
    public static async Task AddAvailabilityAsync(NpgsqlDataReader row, IReadOnlyDictionary<Guid, Record> records, CancellationToken cancellationToken)
    {
        await row.NextResultAsync(cancellationToken);
        while (await row.ReadAsync(cancellationToken))
            if (records.TryGetValue(row.GetGuid(0), out var record))
            {
                record.Availability.Add(new Availability { Branch = row.GetString(1), CopiesTotal = row.GetInt32(2), CopiesAvailable = row.GetInt32(3) });
                record.CopiesAvailable += row.GetInt32(3);
            }
    }
}
