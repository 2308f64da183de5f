using System.Collections.Concurrent;
using System.Text.Json.Nodes;

namespace Library.Acceptance;

/// <summary>
/// Desks that never stop: members join, borrow, bring back, replace cards and pay until told to stop. What was acknowledged is
/// remembered; a refusal or a service that is away is part of the day.
/// </summary>
public sealed class SteadyDesk
{
    private readonly ConcurrentQueue<(string Table, Guid Id)> acknowledged = new();
    private readonly ConcurrentBag<string> strange = [];
    private int done;

    /// <summary>Commands that were answered with success.</summary>
    public int Done => Volatile.Read(ref done);

    /// <summary>Answers that neither are a success nor say why.</summary>
    public IReadOnlyCollection<string> Strange => strange;

    /// <summary>What has been acknowledged until now: rows of loan, member, payment.</summary>
    public IReadOnlyList<(string Table, Guid Id)> Acknowledged => [.. acknowledged];

    /// <summary>Works at one desk for each copy until <paramref name="stop"/>. A client is asked for each command: they may go to different doors.</summary>
    public Task RunAsync(IReadOnlyList<string> copies, Func<HttpClient> door, CancellationToken stop) =>
        Task.WhenAll(copies.Select(async copy =>
        {
            while (!stop.IsCancellationRequested) await DayAsync(copy, door);
        }));

    /// <summary>Until so many more commands have succeeded.</summary>
    public async Task GoesOnAsync(int more)
    {
        var until = Done + more;
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(3)); // processes start meanwhile, on small machines
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        while (Done < until)
            try
            {
                await timer.WaitForNextTickAsync(limit.Token);
            }
            catch (OperationCanceledException)
            {
                Assert.Fail($"The desks did not get on: {Done} of {until} commands. Among the answers: {string.Join('\n', strange.Take(3))}");
            }
    }

    private async Task DayAsync(string copy, Func<HttpClient> door)
    {
        if (await CommandAsync(door, "members", Desk.Person($"{Desk.Unique("steady")}@example.org"), "member") is not { } joined) return;
        var (member, card) = ((string)joined["name"]!, (string)joined["cardNumber"]!);
        await CommandAsync(door, "loans", Desk.Loan(copy, card), "loan");
        await CommandAsync(door, "returns", new JsonObject { ["barcode"] = copy, ["branch"] = "RAD" }, null);
        await CommandAsync(door, $"{member}:replaceCard", [], null);
        await CommandAsync(door, "payments", Desk.Payment(member, 500), "payment");
    }

    private async Task<JsonObject?> CommandAsync(Func<HttpClient> door, string path, JsonObject body, string? table)
    {
        try
        {
            var (code, answer) = await door().TryPostAsync(path, body, Desk.Unique("steady-"));
            if (code == 200)
            {
                if (table is not null) acknowledged.Enqueue((table, Guid.Parse(((string)answer["name"]!).Split('/')[1])));
                Interlocked.Increment(ref done);
                return answer;
            }
            if (code is not (400 or 404 or 503 or 504)) strange.Add($"{path}: {code} {answer}");
        }
        catch (HttpRequestException away)
        {
            strange.Add($"{path}: {away.Message}");
        }
        return null;
    }
}
