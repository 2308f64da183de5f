using System.Globalization;
using Library.Catalog.Features.ReceivingIssues;
using Library.Catalog.Rules;
using Library.Catalog.V1;
using Library.ServiceDefaults.Data;
using Library.ServiceDefaults.Errors;
using Library.ServiceDefaults.Requests;
using NodaTime.Text;

namespace Library.Catalog.Features.ClaimingIssues;

/// <summary>What was claimed from a supplier.</summary>
public sealed class ListIssueClaims(NpgsqlDataSource database)
{
    public async Task<ListIssueClaimsResponse> RunAsync(ListIssueClaimsRequest request, CancellationToken cancellationToken)
    {
        var fields = new Fields();
        var supplier = fields.Name("supplier", "suppliers", request.Supplier);
        var size = fields.PageSize(request.PageSize, absent: 50, max: 200);
        fields.ThrowIfWrong();
        var (day, id, level) = After(request.PageToken);

        await using var command = database.Command("""
            SELECT i.id, r.title, i.branch, i.issued_on, i.volume, i.number, c.level, c.claimed_on, i.state
            FROM issue_claim c JOIN issue i ON i.id = c.issue JOIN record r ON r.id = i.record
            WHERE c.supplier = $1 AND (NOT $2 OR i.state IN ('EXPECTED', 'MISSING')) AND (c.claimed_on, c.issue, c.level) > ($3, $4, $5)
            ORDER BY c.claimed_on, c.issue, c.level LIMIT $6
            """, supplier, request.Open, day, id, level, size + 1);
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        var found = new List<IssueClaim>();
        while (await row.ReadAsync(cancellationToken)) found.Add(Read(row));
        var answer = new ListIssueClaimsResponse();
        answer.NextPageToken = Pages.Cut(found, size, last => PageToken.Write(
            last.ClaimedOn, last.Issue[$"{IssueRow.Collection}/".Length..], last.Level.ToString(CultureInfo.InvariantCulture)));
        answer.IssueClaims.AddRange(found);
        return answer;
    }

    private static IssueClaim Read(NpgsqlDataReader row) => new()
    {
        Issue = ResourceName.Of(IssueRow.Collection, row.GetGuid(0)),
        Title = row.GetString(1),
        Branch = row.GetString(2),
        IssuedOn = row.GetFieldValue<LocalDate>(3).Iso(),
        Volume = row.GetInt32(4),
        Number = row.GetInt32(5),
        Level = row.GetInt32(6),
        ClaimedOn = row.GetFieldValue<LocalDate>(7).Iso(),
        IssueState = Names.Parse<Issue.Types.State>(row.GetString(8)) ?? default,
    };

    private static (LocalDate Day, Guid Issue, int Level) After(string token) =>
        PageToken.Read(token, 3) is not { } key ? (new LocalDate(1, 1, 1), Guid.Empty, 0)
        : LocalDatePattern.Iso.Parse(key[0]) is { Success: true } day && Guid.TryParseExact(key[1], "D", out var issue)
            && int.TryParse(key[2], NumberStyles.None, CultureInfo.InvariantCulture, out var level)
        ? (day.Value, issue, level) : throw Failure.Invalid(new Violation("pageToken", "PAGE_TOKEN"));
}
