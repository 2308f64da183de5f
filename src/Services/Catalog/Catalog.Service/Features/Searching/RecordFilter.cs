using Library.Catalog.Domain.Search;
using Library.Catalog.Domain.Stock;
using Library.Catalog.Rules;
using Library.Catalog.V1;
using Library.ServiceDefaults.Errors;
using Library.ServiceDefaults.Requests;

namespace Library.Catalog.Features.Searching;

/// <summary>
/// What a search asks for, checked: the words, and conditions over record_index x as SQL made of constants. Only what was asked for stands in it,
/// so that PostgreSQL plans each form for itself. What a caller sent is always a parameter.
/// </summary>
public sealed class RecordFilter
{
    private const int MostCharacters = 500;
    private readonly List<string> conditions = [];
    private readonly List<object> parameters = [];

    /// <summary>Null: no words were asked for, or only such as nothing is found by.</summary>
    public QueryNode? Words { get; private init; }

    /// <summary>Words were asked for, but none of them is a word.</summary>
    public bool FindsNothing { get; private init; }

    /// <summary>The whole of the box as the term of a title; null where a zone or a sign makes it something else.</summary>
    public string? WholeTitle { get; private init; }

    /// <summary>More is asked for than words.</summary>
    public bool IsNarrowed => conditions.Count > 0;

    /// <summary>Appends the conditions to WHERE; their parameters are added to <paramref name="all"/>.</summary>
    public string Sql(List<object> all)
    {
        var sql = string.Concat(conditions.Select(condition => " AND " + condition));
        for (var i = parameters.Count - 1; i >= 0; i--) sql = sql.Replace($"{{{i}}}", $"${all.Count + i + 1}", StringComparison.Ordinal);
        all.AddRange(parameters);
        return sql;
    }

    /// <summary>Checks the request and makes the filter.</summary>
    /// <exception cref="Failure">INVALID_ARGUMENT with every field that is wrong.</exception>
    public static RecordFilter Of(ListRecordsRequest request, NetworkRules rules, LocalDate today, Fields fields)
    {
        var asked = new (string Field, string Text, Zone Zone)[]
        {
            ("query", request.Query, Zone.Any), ("title", request.Title, Zone.Title), ("name", request.Name, Zone.Name),
            ("subject", request.Subject, Zone.Subject), ("series", request.Series, Zone.Series), ("isbn", request.Isbn, Zone.Number),
        };
        var query = new SearchQuery(null, null);
        foreach (var (field, text, zone) in asked) query = SearchQuery.Both(query, Parsed(fields, field, fields.Text(field, text, 0, MostCharacters), zone));
        var filter = new RecordFilter
        {
            Words = query.Root,
            FindsNothing = query.Root is null && asked.Any(part => part.Text.Length > 0),
            WholeTitle = request.Query.AsSpan().IndexOfAny("\"*|():") < 0 ? IndexTerms.WholeTitle(request.Query) : null,
        };
        filter.AddFacets(request, rules, today, fields);
        fields.ThrowIfWrong();
        return filter;
    }

    private static SearchQuery Parsed(Fields fields, string field, string text, Zone zone)
    {
        var query = text.Length > MostCharacters ? new SearchQuery(null, null) : SearchQuery.Parse(text, zone);
        switch (query.Fault)
        {
            case QueryFault.TooManyWords:
                fields.Wrong(field, "QUERY_TOO_MANY_WORDS", ("max", Text(SearchQuery.MaxWords)));
                break;
            case QueryFault.TooManyWildcards:
                fields.Wrong(field, "QUERY_TOO_MANY_WILDCARDS", ("max", Text(SearchQuery.MaxWildcards)));
                break;
            case QueryFault.PrefixTooShort:
                fields.Wrong(field, "QUERY_PREFIX_TOO_SHORT", ("min", Text(SearchQuery.MinPrefix)));
                break;
            case QueryFault.TooDeep:
                fields.Wrong(field, "QUERY_TOO_DEEP", ("max", Text(SearchQuery.MaxDepth)));
                break;
            case QueryFault.OnlyExcludes:
                fields.Wrong(field, "QUERY_ONLY_EXCLUDES");
                break;
            case null:
                break;
        }
        return query;
    }

    private static string Text(int figure) => figure.ToString(System.Globalization.CultureInfo.InvariantCulture);

    private void AddFacets(ListRecordsRequest request, NetworkRules rules, LocalDate today, Fields fields)
    {
        var facets = new List<string>();
        if (request.Branch.Length > 0) facets.Add("b:" + fields.Branch("branch", request.Branch, rules));
        if (fields.Text("language", request.Language, 0, 3).ToLowerInvariant() is { Length: > 0 } language) facets.Add("l:" + language);
        if (request.Material != Item.Types.Material.Unspecified) facets.Add("m:" + Names.Of(fields.Enum("material", request.Material)));
        if (request.Audience != Record.Types.Audience.Unspecified) facets.Add("a:" + Names.Of(fields.Enum("audience", request.Audience)));
        if (request.Collection.Length > 0)
        {
            if (!rules.IsCollection(request.Collection, today)) fields.Wrong("collection", "UNKNOWN");
            facets.Add("c:" + request.Collection);
        }
        if (facets.Count > 0) Add("x.facets @> {0}", facets.ToArray());
        var (from, to) = (fields.Range("yearFrom", request.YearFrom, 0, 9999), fields.Range("yearTo", request.YearTo, 0, 9999));
        if (from > 0) Add("x.year_sort >= {0}", (int)from);
        if (to > 0) Add("x.year_sort BETWEEN 1 AND {0}", (int)to);
        if (fields.Text("callNumber", request.CallNumber, 0, CallNumber.MaxLength) is { Length: > 0 } number)
            AddBetween(CallNumber.First(number), CallNumber.Last(number));
        if (!request.Available) return;
        if (request.Branch.Length > 0) Add("EXISTS (SELECT FROM item i WHERE i.record = x.record AND i.state = 'AVAILABLE' AND i.branch = {0})", request.Branch);
        else conditions.Add("EXISTS (SELECT FROM item i WHERE i.record = x.record AND i.state = 'AVAILABLE')");
    }

    private void AddBetween(string first, string last)
    {
        Add("EXISTS (SELECT FROM item i WHERE i.record = x.record AND i.state <> 'WITHDRAWN' AND i.call_number_sort <> '' AND i.call_number_sort >= {0}", first);
        conditions[^1] += $" AND i.call_number_sort <= {{{parameters.Count}}})";
        parameters.Add(last);
    }

    private void Add(string condition, object parameter)
    {
        conditions.Add(condition.Replace("{0}", $"{{{parameters.Count}}}", StringComparison.Ordinal));
        parameters.Add(parameter);
    }
}
