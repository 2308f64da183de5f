using System.Globalization;
using Library.Catalog.Domain.Search;
using Library.Catalog.Features.Stock;
using Library.Catalog.Rules;
using Library.Catalog.V1;
using Library.ServiceDefaults.Data;
using Library.ServiceDefaults.Errors;
using Library.ServiceDefaults.Requests;
using Library.ServiceDefaults.Time;
using Order = Library.Catalog.V1.ListRecordsRequest.Types.Order;

namespace Library.Catalog.Features.Searching;

/// <summary>
/// Search (ADR 17). Best first: the very title, then all words in titles and names, then the rest; within each the best known. A page is made of
/// three ranges of one index, each in the order of renown, so that a common word costs no more than a rare one; a page token is a place in that
/// order, so that a deep page costs no more than the first.
/// </summary>
public sealed class ListRecords(
    [FromKeyedServices(SearchSetup.Database)] NpgsqlDataSource database, NetworkRules rules, BusinessClock clock, Vocabulary vocabulary)
{
    /// <summary>Totals are exact up to this many matches; fewer where a second index has to be read for each of the other conditions.</summary>
    private const int MostCountedOfWords = 10_000, MostCountedOfNarrowed = 5_000;

    /// <summary>Facets are exact up to this many matches; for them rows and copies are read. Of more matches they are those of some.</summary>
    private const int MostFaceted = 2_000, Sampled = 1_000;

    /// <summary>How far the order of a list is walked for matches before they are looked up.</summary>
    private const int MostWalked = 4_000;
    private const int MostValuesOfFacet = 50, MostPageSize = 100, UsualPageSize = 20;

    private static int MostCounted(RecordFilter filter) => filter.IsNarrowed ? MostCountedOfNarrowed : MostCountedOfWords;

    /// <summary>What a search found.</summary>
    private sealed record Found(IReadOnlyList<Place> Places, long Counted, IReadOnlyList<(string Facet, long Count)> Facets);

    public async Task<ListRecordsResponse> RunAsync(ListRecordsRequest request, CancellationToken cancellationToken)
    {
        var fields = new Fields();
        var size = fields.PageSize(request.PageSize, UsualPageSize, MostPageSize);
        if (request.OrderBy != Order.Unspecified) fields.Enum("orderBy", request.OrderBy);
        var filter = RecordFilter.Of(request, rules, clock.Today, fields);
        var search = new Search(filter, request.OrderBy, Place.Read(request.PageToken), size);
        if (filter.FindsNothing) return new ListRecordsResponse { TotalIsExact = true };

        var known = filter.Words is null ? KnownWords.Plain : await vocabulary.OfAsync(filter.Words, cancellationToken);
        var found = await FindAsync(search, known, cancellationToken);
        if (found.Places.Count == 0 && search.After is null && filter.Words is not null)
        {
            var wider = await vocabulary.WiderAsync(filter.Words, known, cancellationToken);
            if (wider.Instead.Count > known.Instead.Count && await FindAsync(search, wider, cancellationToken) is { Places.Count: > 0 } more) (found, known) = (more, wider);
        }
        return await AnswerAsync(request, search, found, known, cancellationToken);
    }

    /// <param name="Filter">What is asked for.</param>
    /// <param name="Order">By what the list goes.</param>
    /// <param name="After">Where the last page ended; null: the first page.</param>
    /// <param name="Size">Of a page.</param>
    private sealed record Search(RecordFilter Filter, Order Order, Place? After, int Size);

    /// <summary>What rows are ordered by: a key or a text, the other being a constant.</summary>
    private static (string Place, string Key, string Text) Keys(Order order) => order switch
    {
        Order.ByTitle => ("x.title_sort", "0", "x.title_sort"),
        Order.ByName => ("x.name_sort", "0", "x.name_sort"),
        Order.NewestFirst => ("-x.year_sort", "-x.year_sort", "''"),
        _ => ("-x.weight", "-x.weight", "''"),
    };

    private async Task<Found> FindAsync(Search search, KnownWords known, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        var found = search.After is { } after ? new Found([], after.Counted, []) : await CountAsync(connection, search, known, cancellationToken);
        if (search.After is null && found.Counted <= MostFaceted) return found;
        await using var command = Page(connection, search, known, isRare: found.Counted <= MostFaceted);
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        var places = new List<Place>();
        while (await row.ReadAsync(cancellationToken)) places.Add(ReadPlace(search.Order, row, first: 0));
        return found with { Places = places };
    }

    /// <summary>The total and the facets; what is rare has its first page with them.</summary>
    private static async Task<Found> CountAsync(NpgsqlConnection connection, Search search, KnownWords known, CancellationToken cancellationToken)
    {
        await using var command = Counts(connection, search, known);
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        var (counted, facets, places) = (0L, new List<(string, long)>(), new List<Place>());
        while (await row.ReadAsync(cancellationToken))
            if (!row.IsDBNull(2)) places.Add(ReadPlace(search.Order, row, first: 2));
            else if (row.IsDBNull(0)) counted = row.GetInt64(1);
            else facets.Add((row.GetString(0), row.GetInt64(1)));
        return new Found(places, counted, facets);
    }

    private static Place ReadPlace(Order order, NpgsqlDataReader row, int first) =>
        new(order, row.GetInt32(first), row.GetInt32(first + 1), row.GetString(first + 2), row.GetGuid(first + 3));

    /// <summary>
    /// The ranges one after the other, each in order; the limit stops before a range that is not needed. What is rare is taken from the indexes of what is
    /// asked for and sorted. For what is common the order is walked, but not far: where that does not fill the page it is taken from the indexes
    /// all the same. So no search hangs on how well the planner guesses how many there are.
    /// </summary>
    private static NpgsqlCommand Page(NpgsqlConnection connection, Search search, KnownWords known, bool isRare)
    {
        var parameters = new List<object>();
        string Next(object value)
        {
            parameters.Add(value);
            return $"${parameters.Count}";
        }

        var limit = Next(search.Size + 1);
        var conditions = search.Filter.Sql(parameters);
        var (place, key, text) = Keys(search.Order);
        var ranges = Ranges(search, known).Select((range, index) => (range.Words, range.IsWholeTitle, Rank: index)).Where(range => search.After is null || range.Rank >= search.After.Rank)
            .Select(range =>
            {
                var matches = range.Words is null ? "true" : $"x.terms @@ {Next(range.Words)}::tsquery";
                var goesOn = search.After is { } after && after.Rank == range.Rank
                    ? text == "''"
                        ? $" AND ({key}, x.record) > ({Next(after.Key)}::integer, {Next(after.Id)}::uuid)"
                        : $" AND ({text}, x.record) > ({Next(after.Text)}::text COLLATE \"C\", {Next(after.Id)}::uuid)"
                    : "";
                // OFFSET 0 keeps the planner from walking the order
                var all = $"SELECT {place} AS place, {key} AS key, {text}::text AS text, x.record FROM record_index x WHERE {matches}{conditions}{goesOn} OFFSET 0";
                if (isRare || range.IsWholeTitle) return $"(SELECT {range.Rank} AS rank, key, text, record FROM ({all}) x ORDER BY place, record LIMIT {limit})";
                return $"""
                    (WITH walked AS MATERIALIZED (
                        SELECT x.place, {key} AS key, {text}::text AS text, x.record
                        FROM (SELECT x.*, {place} AS place FROM record_index x WHERE true{goesOn} ORDER BY place, record LIMIT {MostWalked}) x
                        WHERE {matches}{conditions} ORDER BY place, record LIMIT {limit})
                    SELECT {range.Rank} AS rank, key, text, record FROM (
                        SELECT * FROM walked WHERE (SELECT count(*) FROM walked) = {limit}
                        UNION ALL SELECT * FROM ({all}) x WHERE (SELECT count(*) FROM walked) < {limit}) x
                    ORDER BY place, record LIMIT {limit})
                    """;
            });
        return connection.Command($"SELECT * FROM (\n{string.Join("\nUNION ALL\n", ranges)}\n) found LIMIT {limit}", [.. parameters]);
    }

    /// <summary>Each range leaves out what stands in those before it.</summary>
    private static IReadOnlyList<(string? Words, bool IsWholeTitle)> Ranges(Search search, KnownWords known)
    {
        if (search.Filter.Words is not { } words) return [(null, false)];
        var anywhere = TextQuery.Of(words, known);
        if (search.Order != Order.Unspecified) return [(anywhere, false)];
        var main = TextQuery.Of(words, known, mainOnly: true);
        return search.Filter.WholeTitle is { } title
            ? [($"'{title}' & {anywhere}", true), ($"{main} & !'{title}'", false), ($"{anywhere} & !'{title}' & !{main}", false)]
            : [(main, false), ($"{anywhere} & !{main}", false)];
    }

    private static NpgsqlCommand Counts(NpgsqlConnection connection, Search search, KnownWords known)
    {
        var parameters = new List<object>();
        var conditions = search.Filter.Sql(parameters);
        var matches = "true";
        if (search.Filter.Words is { } words)
        {
            parameters.Add(TextQuery.Of(words, known));
            matches = $"x.terms @@ ${parameters.Count}::tsquery";
        }
        var (place, key, text) = Keys(search.Order);
        var ranges = Ranges(search, known);
        var rank = string.Concat(ranges.SkipLast(1).Select((range, index) =>
        {
            parameters.Add(range.Words!);
            return $" WHEN x.terms @@ ${parameters.Count}::tsquery THEN {index}";
        }));
        rank = rank.Length == 0 ? "0" : $"CASE{rank} ELSE {ranges.Count - 1} END";
        // one scan for the total, the facets and the page: to find what matches costs more than to read some of it. Rows are wide: only those that may
        // come on the page are read again, by their place in the table
        return connection.Command($"""
            WITH matched AS MATERIALIZED (SELECT x.ctid AS at, x.record, x.facets FROM record_index x WHERE {matches}{conditions} LIMIT {MostCounted(search.Filter) + 1}),
                 counted AS MATERIALIZED (SELECT count(*) AS records FROM matched),
                 faceted AS MATERIALIZED (SELECT record, facets FROM matched LIMIT (SELECT CASE WHEN records > {MostFaceted} THEN {Sampled} ELSE {MostFaceted} END FROM counted)),
                 page AS (
                    SELECT {rank} AS rank, {key} AS key, {text}::text AS text, x.record FROM matched m JOIN record_index x ON x.ctid = m.at
                    WHERE (SELECT records FROM counted) <= {MostFaceted} ORDER BY rank, {place}, x.record LIMIT {search.Size + 1})
            SELECT NULL, records, NULL::integer, NULL::integer, NULL::text, NULL::uuid FROM counted
            UNION ALL (SELECT facet, count(*), NULL, NULL, NULL, NULL FROM faceted, unnest(facets) AS facet GROUP BY facet)
            UNION ALL SELECT 'v:true', count(*), NULL, NULL, NULL, NULL
                FROM faceted, LATERAL (SELECT FROM item i WHERE i.record = faceted.record AND i.state = 'AVAILABLE' LIMIT 1) AS available
            UNION ALL SELECT NULL, NULL, rank, key, text, record FROM page
            """, [.. parameters]);
    }

    private async Task<ListRecordsResponse> AnswerAsync(
        ListRecordsRequest request, Search search, Found found, KnownWords known, CancellationToken cancellationToken)
    {
        var mostCounted = MostCounted(search.Filter);
        var answer = new ListRecordsResponse
        {
            TotalSize = Math.Min(found.Counted, mostCounted),
            TotalIsExact = found.Counted <= mostCounted,
            FacetsAreExact = request.PageToken.Length == 0 && found.Counted <= MostFaceted,
            CorrectedQuery = known.Instead.Count > 0 && found.Places.Count > 0 ? TextQuery.Corrected(request.Query, known) : "",
        };
        // the ranges come in order; sorted once more, because SQL promises that of none but the outermost
        Place[] page = [.. found.Places.Order().Take(search.Size)];
        if (found.Places.Count > search.Size) answer.NextPageToken = (page[^1] with { Counted = found.Counted }).Write();
        answer.Records.Add(await ReadAsync([.. page.Select(place => place.Id)], cancellationToken));
        foreach (var facet in found.Facets.GroupBy(value => value.Facet[0]))
            answer.Facets.Add(new Facet
            {
                Field = facet.Key switch { 'a' => "audience", 'b' => "branch", 'c' => "collection", 'l' => "language", 'm' => "material", 'v' => "available", _ => "year" },
                Values =
                {
                    facet.Where(value => value.Count > 0).OrderByDescending(value => value.Count).ThenBy(value => value.Facet, StringComparer.Ordinal)
                        .Take(MostValuesOfFacet).Select(value => new FacetValue { Value = value.Facet[2..], Count = value.Count }),
                },
            });
        return answer;
    }

    private async Task<IReadOnlyList<Record>> ReadAsync(Guid[] ids, CancellationToken cancellationToken)
    {
        if (ids.Length == 0) return [];
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var batch = new NpgsqlBatch(connection)
        {
            BatchCommands =
            {
                DatabaseSetup.BatchCommand($"SELECT {RecordRow.Columns} FROM record r WHERE r.id = ANY ($1)", ids),
                RecordRow.Availability(ids),
            },
        };
        await using var row = await batch.ExecuteReaderAsync(cancellationToken);
        var records = new Dictionary<Guid, Record>();
        while (await row.ReadAsync(cancellationToken)) records.Add(row.GetGuid(0), RecordRow.Read(row));
        await RecordRow.AddAvailabilityAsync(row, records, cancellationToken);
        // one that was deleted between the two statements is left out
        return [.. ids.Where(records.ContainsKey).Select(id => records[id])];
    }

    /// <summary>A place in the order of a list: what comes next does not move when records are added before it.</summary>
    private sealed record Place(Order Order, int Rank, int Key, string Text, Guid Id) : IComparable<Place>
    {
        /// <summary>What the first page counted, at most one more than totals are exact to: the token carries it, so that no page counts again.</summary>
        public long Counted { get; init; }

        public static Place? Read(string token)
        {
            if (PageToken.Read(token, 6) is not { } key) return null;
            return Enum.TryParse<Order>(key[0], out var order) && int.TryParse(key[1], NumberStyles.None, CultureInfo.InvariantCulture, out var rank)
                && int.TryParse(key[2], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var place) && Guid.TryParseExact(key[4], "D", out var id)
                && long.TryParse(key[5], NumberStyles.None, CultureInfo.InvariantCulture, out var counted)
                ? new Place(order, rank, place, key[3], id) { Counted = counted }
                : throw Failure.Invalid(new Violation("pageToken", "PAGE_TOKEN"));
        }

        public string Write() => PageToken.Write(
            Order.ToString(), Rank.ToString(CultureInfo.InvariantCulture), Key.ToString(CultureInfo.InvariantCulture), Text, Id.ToString("D"),
            Counted.ToString(CultureInfo.InvariantCulture));

        public int CompareTo(Place? other) => other is null ? 1
            : Rank != other.Rank ? Rank.CompareTo(other.Rank)
            : Key != other.Key ? Key.CompareTo(other.Key)
            : string.CompareOrdinal(Text, other.Text) is not 0 and var text ? text
            : string.CompareOrdinal(Id.ToString("D"), other.Id.ToString("D"));
    }
}
