using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;

namespace Library.Operator.Demo;

/// <summary>
/// <c>demo</c>: fills a running network with real records, copies by their real popularity, and made-up people, loans,
/// debts and events, all through the public API. The same seed gives the same data; an interrupted load is repeated without harm.
/// </summary>
internal static class DemoVerb
{
    private const int Seed = 2024, AtOnce = 8, MostCopies = 8, LoansForAnotherCopy = 500;

    private sealed record Title(string ControlNumber, string Kind, bool Youth, int Loans);
    private sealed record Copy(string Barcode, string Branch, bool Youth);

    internal static async Task<int> RunAsync(string[] args, CancellationToken cancellation)
    {
        var network = RunningNetwork.OfThisFolder();
        var state = await network.StateAsync(cancellation);
        var folder = DemoPlan.FolderOf(state.Network);
        var plan = DemoPlan.Read(folder);
        using var api = new Api(network, new Uri(await AddressVerbs.UrlOfAsync(network, "gateway", cancellation) + "/"));
        var clock = Stopwatch.StartNew();

        var records = await ImportAsync(api, folder, plan.Source, cancellation);
        var copies = await AddCopiesAsync(api, folder, plan.Shelves, records, cancellation);
        Console.WriteLine($"  {records.Count} records, {copies.Count} copies");
        var members = await DemoPeople.EnrolAsync(api, plan, Seed, AtOnce, cancellation);
        Console.WriteLine($"  {members.Count} members");
        var loans = await LendAsync(api, members, copies, cancellation);
        Console.WriteLine($"  {loans} loans");
        var events = await DemoProgramme.AnnounceAsync(api, plan, members, cancellation);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  {events} events; all in {clock.Elapsed.TotalSeconds:F0} s"));
        return Exit.Done;
    }

    /// <summary>Imports the records and gives their names by control number.</summary>
    internal static async Task<IReadOnlyDictionary<string, string>> ImportAsync(Api api, string folder, string source, CancellationToken cancellation)
    {
        await using var file = File.OpenRead(Path.Combine(folder, "records.mrc"));
        var operation = await api.UploadAsync("librarian", $"records:import?format=marc21&source={source}", "application/marc", file, "demo-records", cancellation);
        var limit = Stopwatch.StartNew();
        while (!((bool?)(await api.GetAsync("librarian", operation, cancellation))["done"] ?? false))
        {
            if (limit.Elapsed > TimeSpan.FromMinutes(5)) throw new OperatorException("The import of the demo records did not end within five minutes.");
            await Task.Delay(200, cancellation);
        }
        var names = new Dictionary<string, string>();
        var page = "";
        do
        {
            var answer = await api.GetAsync("librarian", $"records?pageSize=100&pageToken={page}", cancellation);
            foreach (var record in answer["records"]!.AsArray()) names[(string)record!["controlNumber"]!] = (string)record["name"]!;
            page = (string?)answer["nextPageToken"] ?? "";
        }
        while (page.Length > 0);
        return names;
    }

    private static async Task<IReadOnlyList<Copy>> AddCopiesAsync(
        Api api, string folder, IReadOnlyList<DemoShelf> shelves, IReadOnlyDictionary<string, string> records, CancellationToken cancellation)
    {
        var random = new Random(Seed);
        var wanted = File.ReadLines(Path.Combine(folder, "popularity.csv")).Skip(1)
            .Select(line => line.Split(','))
            .Select(cells => new Title(cells[0], cells[1], cells[2] == "youth", int.Parse(cells[3], CultureInfo.InvariantCulture)))
            .Where(title => records.ContainsKey(title.ControlNumber))
            .SelectMany(title => Enumerable.Range(1, Math.Min(MostCopies, 1 + title.Loans / LoansForAnotherCopy)).Select(number => (Title: title, Number: number, Branch: Choose(shelves, random))))
            .ToList();
        await Parallel.ForEachAsync(wanted, Limits(cancellation), async (copy, token) =>
            await api.PostAsync($"librarian@{copy.Branch}", "items", new JsonObject
            {
                ["barcode"] = BarcodeOf(copy.Title, copy.Number),
                ["record"] = records[copy.Title.ControlNumber],
                ["branch"] = copy.Branch,
                ["material"] = copy.Title.Kind == "print" ? "BOOK" : "AUDIO_VISUAL",
                ["lending"] = copy.Title.Loans < 20 ? "READING_ROOM_ONLY" : "LENDABLE",
                ["priceMinor"] = 900 + copy.Title.Loans % 2_500,
                ["acquisition"] = copy.Number == MostCopies ? "GIFT" : "PURCHASE",
                ["youth"] = copy.Title.Youth,
            }, $"demo-item-{BarcodeOf(copy.Title, copy.Number)}", token));
        return [.. wanted.Where(copy => copy.Title.Loans >= 20).Select(copy => new Copy(BarcodeOf(copy.Title, copy.Number), copy.Branch, copy.Title.Youth))];
    }

    /// <summary>Members who may borrow take up to four copies at their branch; every eighth brings one back.</summary>
    private static async Task<int> LendAsync(Api api, IReadOnlyList<DemoMember> members, IReadOnlyList<Copy> copies, CancellationToken cancellation)
    {
        var random = new Random(Seed + 2);
        var shelves = copies.GroupBy(copy => (copy.Branch, copy.Youth)).ToDictionary(group => group.Key, group => new Queue<Copy>(group.OrderBy(_ => random.Next())));
        var loans = members.Where(member => member.Borrows)
            .SelectMany(member => Enumerable.Range(0, random.Next(0, 5)).Select(_ => member))
            .Select(member => (Member: member, Copy: shelves.GetValueOrDefault((member.Branch, member.Youth))?.TryDequeue(out var copy) == true ? copy : null))
            .Where(loan => loan.Copy is not null)
            .ToList();
        await Parallel.ForEachAsync(loans.Select((loan, index) => (loan.Member, Copy: loan.Copy!, Index: index)), Limits(cancellation), async (loan, token) =>
        {
            var desk = $"librarian@{loan.Copy.Branch}";
            await api.PostAsync(desk, "loans", new JsonObject { ["barcode"] = loan.Copy.Barcode, ["cardNumber"] = loan.Member.Card, ["branch"] = loan.Copy.Branch },
                $"demo-loan-{loan.Copy.Barcode}", token);
            if (loan.Index % 8 == 0)
                await api.PostAsync(desk, "returns", new JsonObject { ["barcode"] = loan.Copy.Barcode, ["branch"] = loan.Copy.Branch }, $"demo-return-{loan.Copy.Barcode}", token);
        });
        return loans.Count;
    }

    private static string BarcodeOf(Title title, int number) => string.Create(CultureInfo.InvariantCulture, $"{title.ControlNumber.ToUpperInvariant()}-{number}");

    private static string Choose(IReadOnlyList<DemoShelf> shelves, Random random)
    {
        var at = random.Next(shelves.Sum(shelf => shelf.Weight));
        return shelves.First(shelf => (at -= shelf.Weight) < 0).Branch;
    }

    private static ParallelOptions Limits(CancellationToken cancellation) => new() { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancellation };
}
