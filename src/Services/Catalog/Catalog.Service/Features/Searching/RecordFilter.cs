using Library.Catalog.Rules;
using Library.Catalog.V1;
using Library.ServiceDefaults.Requests;

namespace Library.Catalog.Features.Searching;

/// <summary>
/// The condition of a search over record r as SQL made of constants, and its parameters. Only what was asked for stands in it, so that
/// PostgreSQL plans each form for itself. What a caller sent is always a parameter.
/// </summary>
public sealed class RecordFilter
{
    private readonly List<string> conditions = ["true"];
    private readonly List<object> parameters = [];

    /// <summary>Of WHERE.</summary>
    public string Sql => string.Join(" AND ", conditions);

    /// <summary>$1 … in order; further ones of the statement come after.</summary>
    public IReadOnlyList<object> Parameters => parameters;

    /// <summary>What an exact match must equal; null without a query.</summary>
    public string? ExactTitle { get; private set; }

    /// <summary>2 for the very title, 1 where all words stand in the title, else 0.</summary>
    /// <param name="exactTitle">The place of <see cref="ExactTitle"/> among the statement's parameters.</param>
    public string Rank(int exactTitle) => ExactTitle is null
        ? "0"
        : $"CASE WHEN r.title_sort = ${exactTitle}::text COLLATE \"C\" THEN 2 WHEN r.title_words @@ $1::text::tsquery THEN 1 ELSE 0 END";

    /// <summary>Checks the request and makes the filter.</summary>
    /// <exception cref="ServiceDefaults.Errors.Failure">INVALID_ARGUMENT with every field that is wrong.</exception>
    public static RecordFilter Of(ListRecordsRequest request, NetworkRules rules, Fields fields)
    {
        var filter = new RecordFilter();
        var query = fields.Text("query", request.Query, 0, 200);
        if (request.Branch.Length > 0) fields.Branch("branch", request.Branch, rules);
        var language = fields.Text("language", request.Language, 0, 3).ToLowerInvariant();
        fields.Range("yearFrom", request.YearFrom, 0, 9999);
        fields.Range("yearTo", request.YearTo, 0, 9999);
        fields.ThrowIfWrong();

        if (query.Length > 0) filter.AddQuery(query);
        if (language.Length > 0) filter.Add("r.language = {0}", language);
        if (request.YearFrom > 0) filter.Add("r.year >= {0}", request.YearFrom);
        if (request.YearTo > 0) filter.Add("r.year <= {0}", request.YearTo);
        if (request.Material != Item.Types.Material.Unspecified)
            filter.Add(
                "(r.material = {0} OR EXISTS (SELECT FROM item i WHERE i.record = r.id AND i.material = {0} AND i.state <> 'WITHDRAWN'))",
                Names.Of(request.Material));
        filter.AddCopies(request.Branch, request.Available);
        return filter;
    }

    /// <summary>A query without a single letter or digit finds nothing.</summary>
    private void AddQuery(string query)
    {
        var words = SearchWords.OfQuery(query);
        if (words.Count == 0)
        {
            conditions.Add("false");
            return;
        }
        Add("r.search @@ {0}::text::tsquery", SearchWords.Query(words)); // the first condition: Rank names it $1
        ExactTitle = SearchWords.SortKey(query);
    }

    private void AddCopies(string branch, bool available)
    {
        const string state = "i.state = 'AVAILABLE'", inStock = "i.state <> 'WITHDRAWN'";
        var which = available ? state : inStock;
        if (branch.Length > 0) Add($"EXISTS (SELECT FROM item i WHERE i.record = r.id AND i.branch = {{0}} AND {which})", branch);
        else if (available) conditions.Add($"EXISTS (SELECT FROM item i WHERE i.record = r.id AND {which})");
    }

    private void Add(string condition, object parameter)
    {
        parameters.Add(parameter);
        conditions.Add(condition.Replace("{0}", $"${parameters.Count}", StringComparison.Ordinal));
    }
}
