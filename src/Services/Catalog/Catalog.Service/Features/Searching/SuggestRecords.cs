using Library.Catalog.Domain;
using Library.Catalog.Domain.Search;
using Library.Catalog.V1;
using Library.ServiceDefaults.Data;
using Library.ServiceDefaults.Requests;
using Suggestion = Library.Catalog.V1.SuggestRecordsResponse.Types.Suggestion;

namespace Library.Catalog.Features.Searching;

/// <summary>
/// What somebody may mean who is still typing: among the best known records whose titles and names have all the words, the last of them
/// unfinished, those names and then those titles.
/// </summary>
public sealed class SuggestRecords([FromKeyedServices(SearchSetup.Database)] NpgsqlDataSource database)
{
    private const int Shortest = 2, Longest = 100, Looked = 40, MostNames = 3, Most = 10;

    public async Task<SuggestRecordsResponse> RunAsync(SuggestRecordsRequest request, CancellationToken cancellationToken)
    {
        var fields = new Fields();
        var query = fields.Text("query", request.Query, 0, Longest);
        fields.ThrowIfWrong();
        string[] words = [.. Words.Of(query).Take(SearchQuery.MaxWords)];
        var answer = new SuggestRecordsResponse();
        if (words.Length == 0 || (words is [{ Length: < Shortest } only] && !Words.IsIdeograph(only))) return answer;

        await using var command = database.Command("""
            SELECT r.id, r.title, r.authors
            FROM (SELECT x.record, x.weight FROM record_index x WHERE x.terms @@ $1::tsquery ORDER BY -x.weight, x.record LIMIT $2) best
            JOIN record r ON r.id = best.record ORDER BY -best.weight, r.id
            """, Query(words), Looked);
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        var (names, titles) = (new List<Suggestion>(), new List<Suggestion>());
        while (await row.ReadAsync(cancellationToken))
        {
            names.AddRange(row.GetFieldValue<string[]>(2).Where(name => Has(name, words)).Select(name => new Suggestion { Text = name }));
            titles.Add(new Suggestion { Text = row.GetString(1), Record = ResourceName.Of("records", row.GetGuid(0)) });
        }
        answer.Suggestions.Add(names.DistinctBy(name => TextFold.Fold(name.Text)).Take(MostNames));
        answer.Suggestions.Add(titles.DistinctBy(title => TextFold.Fold(title.Text)).Take(Most - answer.Suggestions.Count));
        return answer;
    }

    private static string Query(string[] words)
    {
        QueryNode[] nodes = [.. words.Select((word, index) => new WordNode(Zone.Any, word, IsPrefix: index == words.Length - 1))];
        return TextQuery.Of(nodes.Length == 1 ? nodes[0] : new AllNode(nodes), KnownWords.Plain, mainOnly: true);
    }

    private static bool Has(string name, string[] words)
    {
        string[] own = [.. Words.Of(name)];
        return words[..^1].All(own.Contains) && own.Any(word => word.StartsWith(words[^1], StringComparison.Ordinal));
    }
}
