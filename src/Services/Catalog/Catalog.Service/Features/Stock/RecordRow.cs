using Library.Catalog.V1;
using Library.ServiceDefaults.Requests;

namespace Library.Catalog.Features.Stock;

/// <summary>A record as lists and its own page show it.</summary>
public static class RecordRow
{
    /// <summary>Of record r.</summary>
    public const string Columns = """
        r.id, r.control_number, r.source, r.title, r.authors, r.year, r.language, r.isbns, r.publisher, r.subjects, r.copies_total,
        (SELECT count(*) FROM item i WHERE i.record = r.id AND i.state = 'AVAILABLE')::integer
        """;

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
        CopiesAvailable = row.GetInt32(11),
    };
}
