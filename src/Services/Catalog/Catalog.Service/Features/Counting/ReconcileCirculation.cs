using Library.Catalog.Rules;
using Library.Catalog.V1;
using Library.ServiceDefaults.Data;
using Library.ServiceDefaults.Requests;
using Library.ServiceDefaults.Time;

namespace Library.Catalog.Features.Counting;

/// <summary>Compares what was counted as lent with the loans that stand, day by day and in one snapshot. They agree at every moment, or something is wrong.</summary>
public sealed class ReconcileCirculation(NpgsqlDataSource database, BusinessClock clock)
{
    private const int MostDays = 366;

    public async Task<CirculationReconciliation> RunAsync(GetCirculationReconciliationRequest request, CancellationToken cancellationToken)
    {
        var fields = new Fields();
        var (from, to) = fields.Period(request.From, request.To, first => first.PlusDays(MostDays - 1));
        fields.ThrowIfWrong();
        await using var command = database.Command($"""
            WITH stand AS (
                SELECT (lent_at AT TIME ZONE $5)::date AS day, count(*) FILTER (WHERE counted AND undone_at IS NULL) AS loans, count(*) FILTER (WHERE NOT counted) AS waiting
                FROM loan WHERE lent_at >= $3 AND lent_at < $4 GROUP BY 1),
            facts AS (
                SELECT day, sum(count)::bigint AS counted FROM {CirculationFacts.Everything} AS c WHERE kind = 'LOAN' AND day >= $1 AND day <= $2 GROUP BY day)
            SELECT day, coalesce(loans, 0), coalesce(counted, 0), coalesce(waiting, 0) FROM stand FULL JOIN facts USING (day) ORDER BY day
            """, from, to, from.AtStartOfDayInZone(clock.Zone).ToInstant(), to.PlusDays(1).AtStartOfDayInZone(clock.Zone).ToInstant(), clock.Zone.Id);
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        var answer = new CirculationReconciliation();
        while (await row.ReadAsync(cancellationToken))
        {
            var (loans, counted) = (row.GetInt64(1), row.GetInt64(2));
            answer.Loans += loans;
            answer.Counted += counted;
            answer.Waiting += row.GetInt64(3);
            if (loans != counted)
                answer.Differences.Add(new CirculationReconciliation.Types.Difference { Day = row.GetFieldValue<LocalDate>(0).Iso(), Loans = loans, Counted = counted });
        }
        return answer;
    }
}
