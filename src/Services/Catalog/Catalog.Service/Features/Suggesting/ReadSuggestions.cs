using Library.Catalog.V1;
using Library.ServiceDefaults.Data;
using Library.ServiceDefaults.Errors;
using Library.ServiceDefaults.Requests;
using Library.ServiceDefaults.Security;

namespace Library.Catalog.Features.Suggesting;

/// <summary>Suggestions as staff read them all and members their own.</summary>
public sealed class ReadSuggestions(NpgsqlDataSource database)
{
    public async Task<Suggestion> GetAsync(string name, Caller caller, CancellationToken cancellationToken)
    {
        await using var command = database.Command(SuggestionRow.Select + " WHERE id = $1", ResourceName.Parse(SuggestionRow.Collection, name, "suggestion"));
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        var suggestion = await row.ReadAsync(cancellationToken) ? SuggestionRow.Read(row) : throw Failure.NotFound("suggestion");
        caller.MustOwn(suggestion.Member, "suggestion");
        return suggestion;
    }

    public async Task<ListSuggestionsResponse> ListAsync(ListSuggestionsRequest request, Caller caller, CancellationToken cancellationToken)
    {
        var fields = new Fields();
        var of = caller.MemberOr(request.Member);
        var member = of.Length > 0 ? fields.Name("member", "members", of) : (Guid?)null;
        var size = fields.PageSize(request.PageSize, absent: 50, max: 200);
        fields.ThrowIfWrong();
        await using var command = database.Command($"""
            {SuggestionRow.Select} WHERE id > $1 AND ($2::uuid IS NULL OR member = $2) AND ($3 = '' OR state = $3) ORDER BY id LIMIT $4
            """, Pages.AfterId(request.PageToken), member,
            request.State == Suggestion.Types.State.Unspecified ? "" : Names.Of(request.State), size + 1);
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        var found = new List<Suggestion>();
        while (await row.ReadAsync(cancellationToken)) found.Add(SuggestionRow.Read(row));
        var answer = new ListSuggestionsResponse();
        answer.NextPageToken = Pages.Cut(found, size, last => PageToken.Write(last.Name[$"{SuggestionRow.Collection}/".Length..]));
        answer.Suggestions.AddRange(found);
        return answer;
    }
}
