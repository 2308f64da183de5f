using System.Globalization;
using System.Text.Json.Nodes;

namespace Library.Operator.Demo;

/// <summary>A made-up member as the demo data needs it.</summary>
internal sealed record DemoMember(string Name, string Card, string Branch, bool Youth, bool Borrows);

/// <summary>Two hundred members of every kind: each status, children with guardians, organisations, disabled, small-branch and e-only ones.</summary>
internal static class DemoPeople
{
    private const int Count = 200;

    private static readonly string[] GivenNames =
        ["Ana", "Luka", "Maja", "Jan", "Nina", "Marko", "Eva", "Žiga", "Zala", "Matej", "Lara", "Rok", "Sara", "Gašper", "Tina", "Jože", "Neža", "Andrej", "Špela", "Blaž"];

    private static readonly string[] FamilyNames =
        ["Novak", "Horvat", "Kovačič", "Krajnc", "Zupančič", "Potočnik", "Mlakar", "Kos", "Vidmar", "Golob", "Turk", "Božič", "Kralj", "Korošec", "Zupan", "Bizjak", "Hribar", "Kotnik", "Rozman", "Kavčič"];

    private static readonly (string Branch, string Street, string PostCode, string City, string Municipality)[] Places =
    [
        ("RAD", "Gorenjska cesta", "4240", "Radovljica", "Radovljica"), ("BLE", "Cesta svobode", "4260", "Bled", "Bled"),
        ("BOH", "Triglavska cesta", "4264", "Bohinjska Bistrica", "Bohinj"), ("LES", "Alpska cesta", "4248", "Lesce", "Radovljica"),
        ("GOR", "Zgornje Gorje", "4247", "Zgornje Gorje", "Gorje"), ("KRO", "Kropa", "4245", "Kropa", "Radovljica"),
        ("BEG", "Begunje", "4275", "Begunje na Gorenjskem", "Radovljica"), ("BRE", "Brezje", "4243", "Brezje", "Radovljica"),
        ("SRV", "Srednja vas", "4267", "Srednja vas v Bohinju", "Bohinj"), ("STF", "Stara Fužina", "4265", "Bohinjsko jezero", "Bohinj"),
    ];

    /// <summary>Status, youngest and oldest age in years.</summary>
    private static readonly (string Status, int From, int To)[] Statuses =
    [
        ("PRESCHOOL_CHILD", 3, 5), ("PRIMARY_PUPIL", 7, 14), ("SECONDARY_PUPIL", 15, 17), ("STUDENT", 19, 25),
        ("EMPLOYED", 26, 63), ("EMPLOYED", 26, 63), ("UNEMPLOYED", 20, 60), ("RETIRED", 65, 88),
    ];

    internal static async Task<IReadOnlyList<DemoMember>> EnrolAsync(Api api, int seed, int atOnce, CancellationToken cancellation)
    {
        var today = LocalDateOf((string)(await api.GetAsync("librarian", "clock", cancellation))["today"]!);
        var members = new DemoMember[Count];
        await Parallel.ForEachAsync(Enumerable.Range(0, Count), new ParallelOptions { MaxDegreeOfParallelism = atOnce, CancellationToken = cancellation }, async (index, token) =>
        {
            // a seed of its own for each, so that the order in which they are enrolled does not matter
            var random = new Random(seed + 10_000 + index);
            var kind = KindOf(index);
            var place = kind.SmallBranch ? Places[7 + index % 3] : Places[WeightedPlace(random)];
            var body = kind.Organisation ? Organisation(index, place) : Person(index, kind, place, today, random);
            body["branch"] = place.Branch;
            body["membership"] = kind.EOnly ? "E_ONLY" : kind.SmallBranch ? "SMALL_BRANCH" : "FULL";
            body["disabled"] = index % 25 == 7;
            body["language"] = index % 10 == 9 ? "en" : "sl";
            var desk = $"librarian@{place.Branch}";
            var joined = await api.PostAsync(desk, "members", body, $"demo-member-{index:D3}", token)
                ?? throw new OperatorException("A demo member's key was used for something else: ./library down --wipe begins anew.");
            var member = new DemoMember((string)joined["name"]!, (string)joined["cardNumber"]!, place.Branch, kind.Youth, !kind.EOnly);
            var fee = (long?)joined["feeMinor"] ?? 0;
            // every seventh owes the fee
            if (fee > 0 && index % 7 != 3)
                await api.PostAsync(desk, "payments", new JsonObject
                {
                    ["member"] = member.Name, ["amountMinor"] = fee, ["currencyCode"] = (string)joined["currencyCode"]!,
                    ["method"] = index % 2 == 0 ? "CASH" : "CARD", ["branch"] = place.Branch,
                }, $"demo-fee-{index:D3}", token);
            members[index] = member;
        });
        return members;
    }

    private sealed record Kind(string Status, int Age, bool Organisation, bool SmallBranch, bool EOnly)
    {
        internal bool Youth => !Organisation && Age < 15;
    }

    private static Kind KindOf(int index)
    {
        var (status, from, to) = Statuses[index % Statuses.Length];
        var age = from + index / Statuses.Length * 7 % (to - from + 1);
        var organisation = index % 33 == 12; // they join with the full fee only
        return new Kind(status, age, organisation, !organisation && index % 20 == 4, !organisation && index % 40 == 13);
    }

    private static JsonObject Person(int index, Kind kind, (string Branch, string Street, string PostCode, string City, string Municipality) place, DateOnly today, Random random)
    {
        var family = FamilyNames[random.Next(FamilyNames.Length)];
        var person = new JsonObject
        {
            ["givenName"] = GivenNames[random.Next(GivenNames.Length)],
            ["familyName"] = family,
            ["birthDate"] = today.AddYears(-kind.Age).AddDays(-random.Next(1, 300)).ToString("O", CultureInfo.InvariantCulture),
            ["street"] = string.Create(CultureInfo.InvariantCulture, $"{place.Street} {1 + random.Next(90)}"),
            ["postCode"] = place.PostCode,
            ["city"] = place.City,
            ["municipality"] = place.Municipality,
            ["email"] = string.Create(CultureInfo.InvariantCulture, $"member{index:D3}@example.org"),
            ["phone"] = string.Create(CultureInfo.InvariantCulture, $"+386 4 000 {index:D3}"),
            ["status"] = kind.Status,
        };
        if (kind.Age < 18)
            person["guardian"] = new JsonObject
            {
                ["givenName"] = GivenNames[random.Next(GivenNames.Length)],
                ["familyName"] = family,
                ["email"] = string.Create(CultureInfo.InvariantCulture, $"guardian{index:D3}@example.org"),
                ["phone"] = string.Create(CultureInfo.InvariantCulture, $"+386 4 001 {index:D3}"),
            };
        return new JsonObject { ["person"] = person };
    }

    private static JsonObject Organisation(int index, (string Branch, string Street, string PostCode, string City, string Municipality) place) => new()
    {
        ["organisation"] = new JsonObject
        {
            ["name"] = string.Create(CultureInfo.InvariantCulture, $"Vrtec in šola {place.City} {index}"),
            ["taxNumber"] = string.Create(CultureInfo.InvariantCulture, $"{10_000_000 + index}"),
            ["vatPayer"] = false,
            ["street"] = $"{place.Street} 1",
            ["postCode"] = place.PostCode,
            ["city"] = place.City,
            ["email"] = string.Create(CultureInfo.InvariantCulture, $"organisation{index:D3}@example.org"),
            ["phone"] = string.Create(CultureInfo.InvariantCulture, $"+386 4 002 {index:D3}"),
            ["authorised"] = new JsonObject { ["givenName"] = "Irena", ["familyName"] = "Zupan", ["email"] = string.Create(CultureInfo.InvariantCulture, $"authorised{index:D3}@example.org") },
        },
    };

    /// <summary>Half of them in Radovljica and Bled.</summary>
    private static int WeightedPlace(Random random) => random.Next(10) switch { < 4 => 0, < 6 => 1, < 7 => 2, var other => other - 4 };

    private static DateOnly LocalDateOf(string date) => DateOnly.ParseExact(date, "O", CultureInfo.InvariantCulture);
}
