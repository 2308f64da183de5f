using System.Collections.Frozen;
using System.Globalization;
using Library.Catalog.Rules;
using Library.Catalog.V1;
using Library.ServiceDefaults.Data;
using Library.ServiceDefaults.Errors;
using Library.ServiceDefaults.Requests;
using Grouping = Library.Catalog.V1.CirculationStatistics.Types.Grouping;
using Kind = Library.Catalog.V1.CirculationStatistics.Types.Kind;
using Row = Library.Catalog.V1.CirculationStatistics.Types.Row;

namespace Library.Catalog.Features.Counting;

/// <summary>What was counted in a period: what is added up and what is of today, in one statement, so that each fact counts once.</summary>
public sealed class ReportCirculation(NpgsqlDataSource database)
{
    private const int MostYears = 5, MostRows = 5_000, MostGroupings = 2;

    /// <summary>What is grouped by, as a column of the facts, and where its value goes.</summary>
    private static readonly FrozenDictionary<Grouping, (string Column, Action<Row, string> Set)> Groupings = new Dictionary<Grouping, (string, Action<Row, string>)>
    {
        [Grouping.Branch] = ("branch", (row, value) => row.Branch = value),
        [Grouping.Material] = ("material", (row, value) => row.Material = Of<Item.Types.Material>(value)),
        [Grouping.Audience] = ("audience", (row, value) => row.Audience = Of<Visit.Types.Audience>(value)),
        [Grouping.Municipality] = ("municipality", (row, value) => row.Municipality = value),
        [Grouping.Category] = ("category", (row, value) => row.Category = value),
        [Grouping.Day] = ("to_char(day, 'YYYY-MM-DD')", (row, value) => row.Day = value),
        [Grouping.Month] = ("to_char(day, 'YYYY-MM')", (row, value) => row.Month = value),
        [Grouping.Purpose] = ("purpose", (row, value) => row.Purpose = Of<Visit.Types.Purpose>(value)),
    }.ToFrozenDictionary();

    public async Task<CirculationStatistics> RunAsync(GetCirculationStatisticsRequest request, CancellationToken cancellationToken)
    {
        var fields = new Fields();
        var (from, to) = fields.Period(request.From, request.To, first => first.PlusYears(MostYears).PlusDays(-1));
        if (request.GroupBy.Count > MostGroupings || request.GroupBy.Distinct().Count() < request.GroupBy.Count)
            fields.Wrong("groupBy", "COUNT", ("expected", string.Create(CultureInfo.InvariantCulture, $"0–{MostGroupings}")));
        foreach (var (at, grouping) in request.GroupBy.Take(MostGroupings).Index()) fields.Enum($"groupBy[{at}]", grouping);
        if (request.Kind != Kind.Unspecified) fields.Enum("kind", request.Kind);
        fields.ThrowIfWrong();

        var groupings = request.GroupBy.Select(grouping => Groupings[grouping]).ToList();
        var keys = string.Concat(groupings.Select(grouping => $", {grouping.Column}"));
        await using var command = database.Command($"""
            SELECT sum(count)::bigint, kind{keys} FROM {CirculationFacts.Everything} AS c
            WHERE day >= $1 AND day <= $2 AND ($3 = '' OR kind = $3)
            GROUP BY kind{keys} HAVING sum(count) <> 0 ORDER BY kind{keys} LIMIT $4
            """, from, to, request.Kind == Kind.Unspecified ? "" : Names.Of(request.Kind), MostRows + 1);
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        var answer = new CirculationStatistics();
        while (await row.ReadAsync(cancellationToken))
        {
            var counted = new Row { Count = row.GetInt64(0), Kind = Of<Kind>(row.GetString(1)) };
            foreach (var (at, grouping) in groupings.Index()) grouping.Set(counted, row.GetString(at + 2));
            answer.Rows.Add(counted);
        }
        return answer.Rows.Count <= MostRows ? answer
            : throw Failure.Invalid(new Violation("groupBy", "TOO_MANY_ROWS", ("max", MostRows.ToString(CultureInfo.InvariantCulture))));
    }

    /// <summary>The contract's member; its zero for what has no value.</summary>
    private static T Of<T>(string code) where T : struct, Enum => Known<T>.ByCode.GetValueOrDefault(code);

    private static class Known<T> where T : struct, Enum
    {
        public static readonly FrozenDictionary<string, T> ByCode = Enum.GetValues<T>().ToFrozenDictionary(value => Names.Of(value), value => value);
    }
}
