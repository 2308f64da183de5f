using Library.Catalog.Rules;
using Library.Catalog.V1;
using Library.ServiceDefaults.Data;
using Library.ServiceDefaults.Errors;
using Library.ServiceDefaults.Requests;

namespace Library.Catalog.Features.ReceivingIssues;

/// <summary>Issues, and the latest one of each serial.</summary>
public sealed class ReadIssues(NpgsqlDataSource database, NetworkRules rules)
{
    public async Task<Issue> GetAsync(string name, CancellationToken cancellationToken)
    {
        await using var command = database.Command(IssueRow.Select + " WHERE i.id = $1", ResourceName.Parse(IssueRow.Collection, name, "issue"));
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        return await row.ReadAsync(cancellationToken) ? IssueRow.Read(row).Answer() : throw Failure.NotFound("issue");
    }

    public async Task<ListIssuesResponse> ListAsync(ListIssuesRequest request, CancellationToken cancellationToken)
    {
        var fields = new Fields();
        var bySubscription = request.Subscription.Length > 0;
        if (bySubscription == request.Branch.Length > 0) fields.Wrong("subscription", "ONE_OF", ("expected", "subscription, branch"));
        var subscription = bySubscription ? fields.Name("subscription", "subscriptions", request.Subscription) : Guid.Empty;
        if (request.Branch.Length > 0) fields.Branch("branch", request.Branch, rules);
        var from = fields.OptionalDate("from", request.From);
        var to = fields.OptionalDate("to", request.To);
        var size = fields.PageSize(request.PageSize, absent: 50, max: 200);
        fields.ThrowIfWrong();
        var (day, id) = Pages.AfterDay(request.PageToken);

        await using var command = database.Command($"""
            {IssueRow.Select}
            WHERE {(bySubscription ? "i.subscription = $1" : "i.branch = $1")} AND (i.issued_on, i.id) > ($2, $3) AND ($4 = '' OR i.state = $4)
              AND ($5::date IS NULL OR i.issued_on >= $5) AND ($6::date IS NULL OR i.issued_on <= $6)
            ORDER BY i.issued_on, i.id LIMIT $7
            """, bySubscription ? subscription : request.Branch, day, id,
            request.State == Issue.Types.State.Unspecified ? "" : Names.Of(request.State), from, to, size + 1);
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        var found = new List<IssueRow>();
        while (await row.ReadAsync(cancellationToken)) found.Add(IssueRow.Read(row));
        var answer = new ListIssuesResponse();
        answer.NextPageToken = Pages.Cut(found, size, last => PageToken.Write(last.IssuedOn.Iso(), last.Id.ToString("D")));
        answer.Issues.AddRange(found.Select(issue => issue.Answer()));
        return answer;
    }

    public async Task<ListLatestIssuesResponse> ListLatestAsync(ListLatestIssuesRequest request, CancellationToken cancellationToken)
    {
        var fields = new Fields();
        if (request.Branch.Length == 0 && request.Record.Length == 0) fields.Wrong("branch", "ONE_OF", ("expected", "branch, record"));
        if (request.Branch.Length > 0) fields.Branch("branch", request.Branch, rules);
        var record = request.Record.Length > 0 ? fields.Name("record", "records", request.Record) : (Guid?)null;
        var size = fields.PageSize(request.PageSize, absent: 50, max: 200);
        fields.ThrowIfWrong();
        var (branch, after) = After(request.PageToken);

        await using var command = database.Command("""
            SELECT h.record, r.title, h.branch, h.issue, h.issued_on, h.volume, h.number FROM serial_shelf h JOIN record r ON r.id = h.record
            WHERE ($1 = '' OR h.branch = $1) AND ($2::uuid IS NULL OR h.record = $2) AND (h.branch, h.record) > ($3, $4)
            ORDER BY h.branch, h.record LIMIT $5
            """, request.Branch, record, branch, after, size + 1);
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        var found = new List<LatestIssue>();
        while (await row.ReadAsync(cancellationToken))
            found.Add(new LatestIssue
            {
                Record = ResourceName.Of("records", row.GetGuid(0)),
                Title = row.GetString(1),
                Branch = row.GetString(2),
                Issue = ResourceName.Of(IssueRow.Collection, row.GetGuid(3)),
                IssuedOn = row.GetFieldValue<LocalDate>(4).Iso(),
                Volume = row.GetInt32(5),
                Number = row.GetInt32(6),
            });
        var answer = new ListLatestIssuesResponse();
        answer.NextPageToken = Pages.Cut(found, size, last => PageToken.Write(last.Branch, last.Record["records/".Length..]));
        answer.LatestIssues.AddRange(found);
        return answer;
    }

    private static (string Branch, Guid Record) After(string token) => PageToken.Read(token, 2) is not { } key ? ("", Guid.Empty)
        : Guid.TryParseExact(key[1], "D", out var record) ? (key[0], record) : throw Failure.Invalid(new Violation("pageToken", "PAGE_TOKEN"));
}
