using Library.Catalog.Rules;
using Library.Catalog.V1;
using Library.ServiceDefaults.Data;
using Library.ServiceDefaults.Requests;
using Library.ServiceDefaults.Time;
using Kind = Library.Catalog.V1.CirculationStatistics.Types.Kind;
using Purpose = Library.Catalog.V1.Visit.Types.Purpose;

namespace Library.Catalog.Features.Counting;

/// <summary>Counts visits as staff see them. Those for home loans come from the desk, those to events from Events.</summary>
public sealed class CountVisits(NpgsqlDataSource database, NetworkRules rules, BusinessClock clock)
{
    private static readonly string Seen = string.Join(", ", Enum.GetValues<Purpose>().Where(purpose => purpose > Purpose.HomeLoan).Select(Names.Of));

    public async Task<Visit> RunAsync(CreateVisitRequest request, CommandKey key, CancellationToken cancellationToken)
    {
        var fields = new Fields();
        var branch = fields.Branch("branch", request.Branch, rules);
        var purpose = fields.Enum("purpose", request.Purpose);
        if (purpose == Purpose.HomeLoan) fields.Wrong("purpose", "ENUM", ("expected", Seen));
        var audience = fields.Enum("audience", request.Audience);
        var count = fields.Count("count", request.Count);
        var day = fields.Day("date", request.Date, clock.Today);
        fields.ThrowIfWrong();

        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await CountByHand.AddAsync(transaction, day, Names.Of(Kind.Visit), branch, "", Names.Of(audience), Names.Of(purpose), count, cancellationToken);
        var visit = new Visit { Branch = branch, Purpose = purpose, Audience = audience, Count = count, Date = day.Iso() };
        await key.RecordAsync(transaction, "visits", visit, cancellationToken);
        await transaction.CommitTracedAsync(cancellationToken);
        return visit;
    }
}
