using System.Globalization;
using System.Text.Json.Nodes;

namespace Library.Operator.Demo;

/// <summary>A made-up member as the demo data needs it.</summary>
internal sealed record DemoMember(string Name, string Card, string Branch, bool Youth, bool Borrows);

/// <summary>Members of every kind: each status, children with guardians, organisations, disabled, small-branch and e-only ones.</summary>
internal static class DemoPeople
{
    /// <summary>Status, youngest and oldest age in years.</summary>
    private static readonly (string Status, int From, int To)[] Statuses =
    [
        ("PRESCHOOL_CHILD", 3, 5), ("PRIMARY_PUPIL", 7, 14), ("SECONDARY_PUPIL", 15, 17), ("STUDENT", 19, 25),
        ("EMPLOYED", 26, 63), ("EMPLOYED", 26, 63), ("UNEMPLOYED", 20, 60), ("RETIRED", 65, 88),
    ];

    internal static async Task<IReadOnlyList<DemoMember>> EnrolAsync(Api api, DemoPlan plan, int seed, int atOnce, CancellationToken cancellation)
    {
        var today = LocalDateOf((string)(await api.GetAsync("librarian", "clock", cancellation))["today"]!);
        var members = new DemoMember[plan.Members];
        DemoPlace[] small = [.. plan.Places.Where(place => place.SmallFee)];
        await Parallel.ForEachAsync(Enumerable.Range(0, plan.Members), new ParallelOptions { MaxDegreeOfParallelism = atOnce, CancellationToken = cancellation }, async (index, token) =>
        {
            // a seed of its own for each, so that the order in which they are enrolled does not matter
            var random = new Random(seed + 10_000 + index);
            var kind = KindOf(index, small.Length > 0);
            var place = kind.SmallBranch ? small[index % small.Length] : Weighted(plan.Places, random);
            var body = kind.Organisation ? Organisation(plan, index, place) : Person(plan, index, kind, place, today, random);
            body["branch"] = place.Branch;
            body["membership"] = kind.EOnly ? "E_ONLY" : kind.SmallBranch ? "SMALL_BRANCH" : "FULL";
            body["disabled"] = index % 25 == 7;
            body["language"] = index % 10 == 9 ? plan.OtherLanguage : plan.Language;
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

    private static Kind KindOf(int index, bool hasSmallFee)
    {
        var (status, from, to) = Statuses[index % Statuses.Length];
        var age = from + index / Statuses.Length * 7 % (to - from + 1);
        var organisation = index % 33 == 12; // they join with the full fee only
        return new Kind(status, age, organisation, hasSmallFee && !organisation && index % 20 == 4, !organisation && index % 40 == 13);
    }

    private static JsonObject Person(DemoPlan plan, int index, Kind kind, DemoPlace place, DateOnly today, Random random)
    {
        var names = plan.Names[index / Statuses.Length % plan.Names.Count];
        var family = names.Family[random.Next(names.Family.Count)];
        var person = new JsonObject
        {
            ["givenName"] = names.Given[random.Next(names.Given.Count)],
            ["familyName"] = family,
            ["birthDate"] = today.AddYears(-kind.Age).AddDays(-random.Next(1, 300)).ToString("O", CultureInfo.InvariantCulture),
            ["street"] = string.Create(CultureInfo.InvariantCulture, $"{place.Street} {1 + random.Next(90)}"),
            ["postCode"] = place.PostCode,
            ["city"] = place.City,
            ["municipality"] = place.Municipality,
            ["email"] = string.Create(CultureInfo.InvariantCulture, $"member{index:D3}@example.org"),
            ["phone"] = string.Create(CultureInfo.InvariantCulture, $"{plan.Phone} 000 {index:D3}"),
            ["status"] = kind.Status,
        };
        if (kind.Age < 18)
            person["guardian"] = new JsonObject
            {
                ["givenName"] = names.Given[random.Next(names.Given.Count)],
                ["familyName"] = family,
                ["email"] = string.Create(CultureInfo.InvariantCulture, $"guardian{index:D3}@example.org"),
                ["phone"] = string.Create(CultureInfo.InvariantCulture, $"{plan.Phone} 001 {index:D3}"),
            };
        return new JsonObject { ["person"] = person };
    }

    private static JsonObject Organisation(DemoPlan plan, int index, DemoPlace place) => new()
    {
        ["organisation"] = new JsonObject
        {
            ["name"] = string.Create(CultureInfo.InvariantCulture, $"{plan.Organisation} {place.City} {index}"),
            ["taxNumber"] = string.Create(CultureInfo.InvariantCulture, $"{10_000_000 + index}"),
            ["vatPayer"] = false,
            ["street"] = $"{place.Street} 1",
            ["postCode"] = place.PostCode,
            ["city"] = place.City,
            ["email"] = string.Create(CultureInfo.InvariantCulture, $"organisation{index:D3}@example.org"),
            ["phone"] = string.Create(CultureInfo.InvariantCulture, $"{plan.Phone} 002 {index:D3}"),
            ["authorised"] = new JsonObject { ["givenName"] = plan.Authorised.Given, ["familyName"] = plan.Authorised.Family, ["email"] = string.Create(CultureInfo.InvariantCulture, $"authorised{index:D3}@example.org") },
        },
    };

    private static DemoPlace Weighted(IReadOnlyList<DemoPlace> places, Random random)
    {
        var at = random.Next(places.Sum(place => place.Weight));
        return places.First(place => (at -= place.Weight) < 0);
    }

    private static DateOnly LocalDateOf(string date) => DateOnly.ParseExact(date, "O", CultureInfo.InvariantCulture);
}
