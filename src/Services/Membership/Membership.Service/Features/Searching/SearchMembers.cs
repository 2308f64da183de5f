using System.Globalization;
using Library.Membership.Members;
using Library.Membership.V1;
using Library.ServiceDefaults.Data;
using Library.ServiceDefaults.Errors;
using Library.ServiceDefaults.Requests;

namespace Library.Membership.Features.Searching;

/// <summary>
/// By a card, also a replaced one; or by registration number, e-mail, or the beginnings of names without regard to case and
/// diacritics. In the order of enrolment: a page token bears no name.
/// </summary>
public sealed class SearchMembers(NpgsqlDataSource database, MemberReader reader)
{
    public async Task<SearchMembersResponse> RunAsync(SearchMembersRequest request, CancellationToken cancellationToken)
    {
        var fields = new Fields();
        var size = fields.PageSize(request.PageSize, 20, 100);
        if (request.Card.Length > 0 == request.Query.Length > 0) fields.Wrong("query", "ONE_OF", ("expected", "card, query"));
        else if (request.Card.Length > 0) fields.Code("card", request.Card);
        else fields.Text("query", request.Query, 2, 100);
        fields.ThrowIfWrong();
        var after = PageToken.Read(request.PageToken, 1) is { } key
            ? Guid.TryParseExact(key[0], "D", out var id) ? id : throw Failure.Invalid(new Violation("pageToken", "PAGE_TOKEN"))
            : Guid.Empty;

        var ids = request.Card.Length > 0
            ? await IdsAsync(database.Command("SELECT member_id FROM card WHERE number = $1 AND member_id > $2 LIMIT $3", request.Card, after, size + 1), cancellationToken)
            : await IdsAsync(Query(request.Query.Trim(), after, size + 1), cancellationToken);
        var response = new SearchMembersResponse();
        response.Members.AddRange(await reader.ManyAsync([.. ids.Take(size)], cancellationToken));
        if (ids.Count > size) response.NextPageToken = PageToken.Write(ids[size - 1].ToString("D"));
        return response;
    }

    private NpgsqlCommand Query(string query, Guid after, int limit)
    {
        if (query.Contains('@', StringComparison.Ordinal))
            return database.Command("""
                SELECT member_id FROM (SELECT member_id FROM person WHERE lower(email) = lower($1) AND email <> ''
                                       UNION SELECT member_id FROM organisation WHERE lower(email) = lower($1) AND email <> '') found
                WHERE member_id > $2 ORDER BY member_id LIMIT $3
                """, query, after, limit);
        if (long.TryParse(query, NumberStyles.None, CultureInfo.InvariantCulture, out var number))
            return database.Command("SELECT id FROM member WHERE registration_number = $1 AND id > $2 AND state <> 'ERASED' ORDER BY id LIMIT $3", number, after, limit);
        // no word at all, for example only hyphens: nothing is found
        return database.Command("""
            SELECT member_id FROM (SELECT member_id FROM person WHERE search_words @@ $1::tsquery
                                   UNION SELECT member_id FROM organisation WHERE search_words @@ $1::tsquery) found
            WHERE member_id > $2 ORDER BY member_id LIMIT $3
            """, SearchWords.PrefixQuery(query) ?? "", after, limit);
    }

    private static async Task<List<Guid>> IdsAsync(NpgsqlCommand query, CancellationToken cancellationToken)
    {
        await using var command = query;
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        var ids = new List<Guid>();
        while (await row.ReadAsync(cancellationToken)) ids.Add(row.GetGuid(0));
        return ids;
    }
}
