using Library.Catalog.Domain.Serials;
using Library.Catalog.V1;
using Library.ServiceDefaults.Data;
using Library.ServiceDefaults.Errors;
using Library.ServiceDefaults.Requests;
using Library.ServiceDefaults.Security;
using Library.ServiceDefaults.Time;

namespace Library.Catalog.Features.ReceivingIssues;

/// <summary>Checks in an issue that the pattern did not foresee.</summary>
public sealed class CreateIssue(NpgsqlDataSource database, Shelf shelf, BusinessClock clock)
{
    private const int MostDaysApart = 3_660, MostVolume = 10_000, MostNumber = 1_000_000;

    public async Task<Issue> RunAsync(CreateIssueRequest request, Caller caller, CommandKey key, CancellationToken cancellationToken)
    {
        var today = clock.Today;
        var (subscription, issuedOn) = Check(request, today);
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        var issue = await OfAsync(transaction, subscription, request, issuedOn, today, cancellationToken) ?? throw Failure.NotFound("subscription");
        await shelf.PutAsync(transaction, issue, issue.Barcode, request.PriceMinor, caller, cancellationToken);
        await using (var insert = transaction.Command("""
            INSERT INTO issue (id, subscription, record, branch, kind, state, issued_on, volume, number, last_volume, last_number, barcode, received_on)
            VALUES ($1, $2, $3, $4, $5, 'RECEIVED', $6, $7, $8, $7, $8, $9, $10)
            """, issue.Id, subscription, issue.Record, issue.Branch, Names.Of(issue.Kind), issuedOn, request.Volume, request.Number, issue.Barcode, today))
            await insert.ExecuteNonQueryAsync(cancellationToken);

        var answer = issue.Answer();
        await key.RecordAsync(transaction, answer.Name, answer, cancellationToken);
        await transaction.CommitTracedAsync(cancellationToken);
        return answer;
    }

    private static (Guid Subscription, LocalDate IssuedOn) Check(CreateIssueRequest request, LocalDate today)
    {
        var fields = new Fields();
        var subscription = fields.Name("subscription", "subscriptions", request.Subscription);
        fields.Code("barcode", request.Barcode);
        if (fields.Enum("kind", request.Kind) == Issue.Types.Kind.Planned) fields.Wrong("kind", "ENUM", ("expected", "UNEXPECTED, SPECIAL"));
        var issuedOn = fields.Date("issuedOn", request.IssuedOn);
        if (issuedOn != default) fields.Range("issuedOn", Period.DaysBetween(today, issuedOn), -MostDaysApart, MostDaysApart);
        fields.Range("volume", request.Volume, 0, MostVolume);
        fields.Range("number", request.Number, request.Kind == Issue.Types.Kind.Unexpected ? 1 : 0, MostNumber);
        fields.Range("priceMinor", request.PriceMinor, 0, ReceiveIssue.MostMinor);
        fields.ThrowIfWrong();
        return (subscription, issuedOn);
    }

    private static async Task<IssueRow?> OfAsync(
        NpgsqlTransaction transaction, Guid subscription, CreateIssueRequest request, LocalDate issuedOn, LocalDate today, CancellationToken cancellationToken)
    {
        await using var command = transaction.Command("""
            SELECT s.record, r.title, s.supplier, s.lending FROM subscription s JOIN record r ON r.id = s.record WHERE s.id = $1 AND s.branch = $2
            """, subscription, request.Branch);
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        return !await row.ReadAsync(cancellationToken) ? null : new IssueRow
        {
            Id = Guid.CreateVersion7(),
            Subscription = subscription,
            Record = row.GetGuid(0),
            Title = row.GetString(1),
            Branch = request.Branch,
            Kind = request.Kind,
            State = Issue.Types.State.Received,
            IssuedOn = issuedOn,
            First = new IssueNumber(request.Volume, request.Number),
            Last = new IssueNumber(request.Volume, request.Number),
            Barcode = request.Barcode,
            ReceivedOn = today,
            Supplier = row.GetGuid(2),
            Lending = row.GetString(3),
        };
    }
}
