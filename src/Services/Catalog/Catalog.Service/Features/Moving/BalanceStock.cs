using Library.Catalog.Domain.Stock;
using Library.Catalog.Rules;
using Library.Catalog.V1;
using Library.ServiceDefaults.Data;
using Library.ServiceDefaults.Networks;
using Library.ServiceDefaults.Requests;
using Library.ServiceDefaults.Time;

namespace Library.Catalog.Features.Moving;

/// <summary>Which copies of the floating collections had better stand elsewhere, one by one: of the branch that gives, those that are used least.</summary>
public sealed class BalanceStock(NpgsqlDataSource database, Network network, BusinessClock clock)
{
    public async Task<BalanceStockResponse> RunAsync(BalanceStockRequest request, CancellationToken cancellationToken)
    {
        var today = clock.Today;
        var rule = network.RulebookOn(today).Stock;
        var floating = rule.Collections.Values.Where(collection => collection.Floating).Select(collection => collection.Code).ToList();
        var fields = new Fields();
        if (request.Collection.Length > 0 && !floating.Contains(request.Collection))
            fields.Wrong("collection", "ENUM", ("expected", string.Join(", ", floating)));
        fields.ThrowIfWrong();
        var since = today.PlusDays(-rule.Balance.LoansOfDays);
        var answer = new BalanceStockResponse { LoansSince = since.Iso() };
        var left = rule.Balance.MovesAtMost;
        foreach (var collection in floating.Where(code => request.Collection.Length == 0 || code == request.Collection))
        {
            var from = since.AtStartOfDayInZone(clock.Zone).ToInstant();
            var moves = BalanceRules.Suggest(await ShelvesAsync(collection, from, cancellationToken), left);
            left -= moves.Sum(move => move.Copies);
            await AddAsync(answer, collection, moves, from, cancellationToken);
        }
        return answer;
    }

    /// <summary>Every branch that has copies or lent some: one without copies gets some where they are borrowed.</summary>
    private async Task<IReadOnlyList<BranchShelf>> ShelvesAsync(string collection, Instant since, CancellationToken cancellationToken)
    {
        await using var command = database.Command("""
            WITH held AS (
                SELECT branch, count(*) AS copies, count(*) FILTER (WHERE state = 'AVAILABLE' AND stands_at IS NULL AND location = branch) AS movable
                FROM item WHERE collection = $1 AND state NOT IN ('LOST', 'WITHDRAWN') GROUP BY branch),
            lent AS (
                SELECT l.branch, count(*) AS loans FROM loan l JOIN item i ON i.barcode = l.barcode
                WHERE i.collection = $1 AND l.lent_at >= $2 AND l.undone_at IS NULL GROUP BY l.branch)
            SELECT coalesce(held.branch, lent.branch), coalesce(held.copies, 0)::integer, coalesce(held.movable, 0)::integer, coalesce(lent.loans, 0)::integer
            FROM held FULL JOIN lent ON lent.branch = held.branch
            """, collection, since);
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        var shelves = new List<BranchShelf>();
        while (await row.ReadAsync(cancellationToken)) shelves.Add(new BranchShelf(row.GetString(0), row.GetInt32(1), row.GetInt32(2), row.GetInt32(3)));
        return shelves;
    }

    private async Task AddAsync(
        BalanceStockResponse answer, string collection, IReadOnlyList<SuggestedMove> moves, Instant since, CancellationToken cancellationToken)
    {
        foreach (var giver in moves.GroupBy(move => move.From.Branch))
        {
            var copies = await LeastUsedAsync(collection, giver.Key, giver.Sum(move => move.Copies), since, cancellationToken);
            var targets = giver.SelectMany(move => Enumerable.Repeat(move, move.Copies));
            answer.Moves.AddRange(copies.Zip(targets, (copy, move) => Explained(copy, collection, move)));
        }
    }

    private async Task<List<(string Barcode, string Title)>> LeastUsedAsync(
        string collection, string branch, int count, Instant since, CancellationToken cancellationToken)
    {
        await using var command = database.Command("""
            SELECT i.barcode, r.title FROM item i JOIN record r ON r.id = i.record
            LEFT JOIN (SELECT barcode, count(*) AS loans FROM loan WHERE lent_at >= $3 AND undone_at IS NULL GROUP BY barcode) AS used ON used.barcode = i.barcode
            WHERE i.collection = $1 AND i.branch = $2 AND i.state = 'AVAILABLE' AND i.stands_at IS NULL AND i.location = i.branch
            ORDER BY coalesce(used.loans, 0), i.barcode LIMIT $4
            """, collection, branch, since, count);
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        var copies = new List<(string, string)>();
        while (await row.ReadAsync(cancellationToken)) copies.Add((row.GetString(0), row.GetString(1)));
        return copies;
    }

    private static BalanceMove Explained((string Barcode, string Title) copy, string collection, SuggestedMove move) => new()
    {
        Barcode = copy.Barcode,
        Title = copy.Title,
        Collection = collection,
        FromBranch = move.From.Branch,
        ToBranch = move.To.Branch,
        FromHeld = move.From.Held,
        FromTarget = move.TargetOfGiver,
        FromLoans = move.From.Loans,
        ToHeld = move.To.Held,
        ToTarget = move.TargetOfTaker,
        ToLoans = move.To.Loans,
    };
}
