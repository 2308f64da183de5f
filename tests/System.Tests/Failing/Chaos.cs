using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Npgsql;

namespace Library.Acceptance.Failing;

/// <summary>
/// LIBRARY_CHAOS_KILLS and LIBRARY_CHAOS_SEED make it longer or repeat one (<c>./library test chaos</c>).
/// </summary>
public sealed class ChaosTests(RunningLibrary library)
{
    [Fact]
    public Task Whatever_is_killed_nothing_acknowledged_is_lost_or_happens_twice() => new Chaos(library, Chaos.Everything).RunAsync(
        Setting("LIBRARY_CHAOS_KILLS", Chaos.Everything.Count), Setting("LIBRARY_CHAOS_SEED", Random.Shared.Next(1, 1_000_000)));

    private static int Setting(string name, int otherwise) =>
        int.TryParse(Environment.GetEnvironmentVariable(name), CultureInfo.InvariantCulture, out var given) ? given : otherwise;
}

/// <summary>
/// Processes of a running network are killed again and again under a steady stream of commands; what was acknowledged is there afterwards, once, and
/// everything has been told to everybody.
/// </summary>
/// <param name="library">A running network.</param>
/// <param name="victims">Names of parts; <c>relay of NAME</c> is that service at a moment when a fact is committed and not published.</param>
public sealed class Chaos(RunningLibrary library, IReadOnlyList<string> victims)
{
    private const int Desks = 6;
    public static readonly IReadOnlyList<string> Services = ["membership", "catalog", "finance", "events", "notifications"];

    /// <summary>Services, the relay of each between commit and publish, the door, the broker, the databases.</summary>
    public static readonly IReadOnlyList<string> Everything = [.. Services, .. Services.Select(service => $"relay of {service}"), "gateway", "messaging", "postgres"];

    /// <summary>Fails with a report of every difference, its ids and the seed.</summary>
    public async Task RunAsync(int kills, int seed)
    {
        var began = Stopwatch.GetTimestamp();
        var parts = new Parts(library.Home);
        var acknowledged = new Acknowledged();
        var eventName = await AnnounceAsync();
        var record = await library.ImportAsync($"Pod ognjem {Desk.Unique("naslov")}");
        var desks = Enumerable.Range(0, Desks).Select(number => new DeskUnderFire(library, acknowledged, seed, number, eventName)).ToList();
        foreach (var desk in desks) await desk.PrepareAsync(record);
        using (var admin = await library.AsAsync("admin")) await admin.PostAsync("clock:advance", new JsonObject { ["days"] = 30 });

        using var stop = new CancellationTokenSource();
        var work = Task.WhenAll(desks.Select(desk => Task.Run(() => desk.WorkAsync(stop.Token))));
        var tally = new SortedDictionary<string, int>(StringComparer.Ordinal);
        try
        {
            await KillAsync(parts, new Random(seed), kills, tally, work);
        }
        finally
        {
            await stop.CancelAsync();
        }
        await work;
        await parts.AllAreHealthyAsync();

        // who lost the broker more than once asks for it again after pauses of up to a minute
        var (code, text) = await library.RunAsync("reconcile", "--wait", "180");
        var reconciled = new Reconciled(library, parts, acknowledged, eventName);
        string? unread = null;
        try
        {
            await reconciled.CompareAsync();
        }
        catch (Exception problem) when (problem is NpgsqlException or IOException)
        {
            // what was compared before is worth its report
            unread = $"the comparison could not be ended: {problem.Message}";
        }
        string[] stuck = [.. acknowledged.Stuck, .. code == 0 ? [] : text.Split('\n', StringSplitOptions.RemoveEmptyEntries), .. unread is null ? [] : new[] { unread }];
        var report = Report(seed, tally, Stopwatch.GetElapsedTime(began), acknowledged, reconciled, stuck, await parts.EndedThemselvesAsync());
        TestContext.Current.TestOutputHelper?.WriteLine(report);
        if (Environment.GetEnvironmentVariable("LIBRARY_CHAOS_REPORT") is { Length: > 0 } file) await File.WriteAllTextAsync(file, report);
        Assert.True(reconciled.Lost.Count + reconciled.Doubled.Count + stuck.Length + acknowledged.Wrong.Count == 0, report);
        Assert.True(acknowledged.Commands > kills, $"The desks hardly worked: {report}");
    }

    private async Task<string> AnnounceAsync()
    {
        using var organiser = await library.AsAsync("organiser");
        var now = DateTimeOffset.Parse((string)(await organiser.FetchAsync("clock"))["now"]!, CultureInfo.InvariantCulture);
        return (string)(await organiser.PostAsync("events", new JsonObject
        {
            ["title"] = "Večer pod ognjem", ["category"] = "TALK", ["audience"] = "ALL", ["branch"] = "RAD", ["capacity"] = 10_000,
            ["startsAt"] = Rest.Instant(now.AddDays(90)), ["endsAt"] = Rest.Instant(now.AddDays(90).AddHours(2)),
        }))["name"]!;
    }

    /// <summary>In rounds of all victims, each round in another order; one in five takes a second with it.</summary>
    private async Task KillAsync(Parts parts, Random random, int kills, SortedDictionary<string, int> tally, Task work)
    {
        var round = new Queue<string>();
        for (var done = 0; done < kills && !work.IsCompleted;)
        {
            var together = new List<Part>();
            for (var many = random.Next(5) == 0 ? 2 : 1; many > 0 && done < kills; many--)
            {
                if (round.Count == 0)
                {
                    var order = victims.ToArray();
                    random.Shuffle(order);
                    round = new Queue<string>(order);
                }
                var victim = round.Dequeue();
                var name = victim.Split(' ')[^1];
                if (together.Any(part => part.Name == name)) continue;
                if (victim.StartsWith("relay", StringComparison.Ordinal) && together.Count == 0) await CommittedAndNotPublishedAsync(parts, name);
                var replicas = parts.All().Where(part => part.Name == name && part is { Healthy: true, Pid: not null }).ToList();
                if (replicas.Count == 0) continue;
                var part = replicas[random.Next(replicas.Count)];
                Parts.Kill(part);
                together.Add(part);
                tally[victim] = tally.GetValueOrDefault(victim) + 1;
                done++;
            }
            foreach (var part in together) await parts.IsBackAsync(part);
            await Task.Delay(random.Next(0, 700)); // the load goes on for a moment of its own length; nothing waits for this
        }
    }

    /// <summary>Returns at a moment when a fact stands in the outbox and is not published; after two seconds without one anyhow.</summary>
    private static async Task CommittedAndNotPublishedAsync(Parts parts, string service)
    {
        await using var database = parts.Database(service);
        await using var connection = await database.OpenConnectionAsync();
        await using var command = new NpgsqlCommand("SELECT EXISTS (SELECT FROM outbox WHERE published_at IS NULL)", connection);
        var began = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(began) < TimeSpan.FromSeconds(2) && await command.ExecuteScalarAsync() is false)
        {
            // looked for as fast as the database answers: the moment is short
        }
    }

    private static string Report(int seed, SortedDictionary<string, int> tally, TimeSpan took, Acknowledged acknowledged, Reconciled reconciled, IReadOnlyCollection<string> stuck, IReadOnlyList<string> ended)
    {
        var report = new StringBuilder();
        report.AppendLine(CultureInfo.InvariantCulture, $"seed {seed}, {tally.Values.Sum()} kills in {took.TotalMinutes:0.0} min: {string.Join(", ", tally.Select(kill => $"{kill.Key} {kill.Value}"))}");
        report.AppendLine(CultureInfo.InvariantCulture, $"acknowledged: {acknowledged.Commands} commands ({acknowledged.LoansByName.Count} loans, {acknowledged.FinesByReturnedLoan.Count} returns, {acknowledged.FinesByReturnedLoan.Count(fine => fine.Value > 0)} with a fine, {acknowledged.AmountsByPayment.Count} payments, {acknowledged.CardsByMember.Count} members, {acknowledged.CardsByMember.Values.Sum()} cards, {acknowledged.GuestsByRegistration.Count} registrations)");
        report.AppendLine(CultureInfo.InvariantCulture, $"sent again: {acknowledged.Retries}, refused by a rule: {acknowledged.Refusals}, mails repeated with the same Message-ID: {reconciled.RepeatedMails}");
        report.AppendLine(CultureInfo.InvariantCulture, $"lost {reconciled.Lost.Count}, doubled {reconciled.Doubled.Count}, stuck {stuck.Count}, wrong {acknowledged.Wrong.Count}");
        foreach (var line in ended) report.AppendLine(CultureInfo.InvariantCulture, $"  ended itself: {line}");
        foreach (var (kind, lines) in new (string, IEnumerable<string>)[] { ("lost", reconciled.Lost), ("doubled", reconciled.Doubled), ("stuck", stuck), ("wrong", acknowledged.Wrong) })
            foreach (var line in lines.Take(40)) report.AppendLine(CultureInfo.InvariantCulture, $"  {kind}: {line}");
        return report.ToString();
    }
}
