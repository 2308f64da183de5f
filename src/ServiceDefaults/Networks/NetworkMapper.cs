using System.Collections.Frozen;
using System.Collections.ObjectModel;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Library.ServiceDefaults.Networks;

/// <summary>Makes the typed network out of files in which no error was found: what the schemas require is there.</summary>
internal static class NetworkMapper
{
    public static Network Map(FileNode file, IReadOnlyList<FileNode> rulebooks, IReadOnlyList<FileNode> tariffs)
    {
        var language = file.Text("defaultLanguage");
        var network = new Network
        {
            Name = file.Text("name"),
            Title = Name(file["title"]!, language),
            Country = file.Text("country"),
            TimeZone = DateTimeZoneProviders.Tzdb[file.Text("timeZone")],
            CurrencyCode = file.Text("currency"),
            Languages = [.. file.List("languages").Select(item => item.Raw)],
            DefaultLanguage = language,
            HasDemoData = file["demo"]?.Flag ?? false,
            Libraries = file.List("libraries").Select(MapLibrary).InOrder(library => library.Code, library => library),
            Branches = file.List("branches").Select(MapBranch).InOrder(branch => branch.Code, branch => branch),
            Founders = [.. file.List("founders").Select(MapFounder)],
            Summer = file["summer"] is { } summer ? new Season(Reading.Annual(summer["from"])!.Value, Reading.Annual(summer["to"])!.Value) : null,
            ClosedSaturdays = [.. file.List("closedSaturdays").Select(day => Reading.Date(day)!.Value)],
            Holidays = [.. file.List("holidays").Select(holiday => MapHoliday(holiday, language))],
            EventCategories = file.List("eventCategories")
                .Select(category => new EventCategory(category.Text("code"), Name(category["name"]!, language)))
                .InOrder(category => category.Code, category => category),
            Rulebooks = [.. rulebooks.Select(RulebookMapper.Map).OrderBy(rulebook => rulebook.ValidFrom)],
            Tariffs = [.. tariffs.Select(tariff => MapTariff(tariff, language)).OrderBy(tariff => tariff.ValidFrom)],
            CalendarVersion = "",
        };
        return network with { CalendarVersion = CalendarVersion(network) };
    }

    private static MemberLibrary MapLibrary(FileNode library) =>
        new(library.Text("code"), library.Text("name"), library["sender"]!.Text("name"), library["sender"]!.Text("address"));

    private static Founder MapFounder(FileNode founder) =>
        new(founder.Text("code"), founder.Text("municipality"), founder.Text("name"), Reading.BasisPoints(founder["sharePercent"])!.Value);

    private static Branch MapBranch(FileNode branch) => new()
    {
        Code = branch.Text("code"),
        LibraryCode = branch.Text("library"),
        Name = branch.Text("name"),
        Kind = Reading.Enumerated<BranchKind>(branch.Text("kind")),
        Municipality = branch.Text("municipality"),
        Street = branch["address"]!.Text("street"),
        PostCode = branch["address"]!.Text("postCode"),
        City = branch["address"]!.Text("city"),
        Opening = Reading.Enumerated<BranchOpening>(branch.Text("opening")),
        Hours = branch["hours"] is { } hours
            ? new BranchHours(Week(hours["regular"]!), Week(hours["summer"] ?? hours["regular"]!), Intervals(hours.List("preHoliday")))
            : null,
        Visits = [.. branch.List("visits").Select(visit => new BranchVisit(Reading.Date(visit["firstOn"])!.Value, visit.Number("everyWeeks"), Intervals(visit.List("hours"))))],
        StopOf = branch["stopOf"]?.Raw,
    };

    private static ReadOnlyDictionary<IsoDayOfWeek, IReadOnlyList<OpenInterval>> Week(FileNode week) =>
        week.Entries.InOrder(day => Reading.Weekday(day.Key)!.Value, day => Intervals(day.Value.Items));

    private static IReadOnlyList<OpenInterval> Intervals(IReadOnlyList<FileNode> intervals) =>
        [.. intervals.Select(interval => Reading.Interval(interval)!.Value)];

    private static HolidayRule MapHoliday(FileNode holiday, string language) => new()
    {
        Date = Reading.Annual(holiday["date"]),
        DaysFromEaster = (int?)holiday["daysFromEaster"]?.Whole,
        On = Reading.Date(holiday["on"]),
        FromYear = (int?)holiday["fromYear"]?.Whole,
        ToYear = (int?)holiday["toYear"]?.Whole,
        ShortensDayBefore = holiday["shortensDayBefore"]?.Flag ?? false,
        Name = Name(holiday["name"]!, language),
    };

    private static Tariff MapTariff(FileNode tariff, string language) => new()
    {
        Version = tariff.Text("version"),
        ValidFrom = Reading.Date(tariff["validFrom"])!.Value,
        AdoptedBy = tariff.Text("adoptedBy"),
        CurrencyCode = tariff.Text("currency"),
        VatPayer = tariff["vatPayer"]!.Flag!.Value,
        Prices = tariff.List("prices").Select(price => MapPrice(price, language)).InOrder(price => price.Code, price => price),
        Discounts = tariff.List("discounts").Select(discount => MapDiscount(discount, language)).InOrder(discount => discount.Code, discount => discount),
    };

    private static PriceItem MapPrice(FileNode price, string language) => new()
    {
        Code = price.Text("code"),
        Minor = price["minor"]?.Whole,
        MinorFrom = price["minorFrom"]?.Whole,
        MinorTo = price["minorTo"]?.Whole,
        AtCost = price["atCost"]?.Flag ?? false,
        Assumed = price["assumed"]?.Flag ?? false,
        Per = Reading.Enumerated<PriceUnit>(price.Text("per")),
        Article = price["article"]?.Raw,
        Name = Name(price["name"]!, language),
    };

    private static Discount MapDiscount(FileNode discount, string language) => new(
        discount.Text("code"),
        discount.Number("percent"),
        discount.List("on").Select(code => code.Raw).ToFrozenSet(StringComparer.Ordinal),
        discount["article"]?.Raw,
        Name(discount["name"]!, language));

    private static LocalizedName Name(FileNode names, string language) =>
        new(names.Entries.InOrder(entry => entry.Key, entry => entry.Value.Raw), language);

    /// <summary>Over what decides whether a branch is open, and nothing else: a corrected name leaves it as it is.</summary>
    private static string CalendarVersion(Network network)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"{network.TimeZone.Id};{network.Summer?.From}..{network.Summer?.To}\n");
        foreach (var branch in network.Branches.Values.OrderBy(branch => branch.Code, StringComparer.Ordinal))
        {
            text.Append(CultureInfo.InvariantCulture, $"{branch.Code} {branch.Opening} {Text(branch.Hours?.Regular)}/{Text(branch.Hours?.Summer)}/");
            text.Append(CultureInfo.InvariantCulture, $"{Text(branch.Hours?.PreHoliday ?? [])}");
            // nothing where there are none: the version of a network without them stays
            foreach (var visit in branch.Visits)
            {
                text.Append(CultureInfo.InvariantCulture, $" {visit.FirstOn:uuuu-MM-dd}+{visit.EveryWeeks}={Text(visit.Hours)}");
            }

            text.Append(branch.StopOf is { } mobile ? $" of {mobile}\n" : "\n");
        }

        foreach (var day in network.ClosedSaturdays.Order())
        {
            text.Append(CultureInfo.InvariantCulture, $"{day:uuuu-MM-dd}\n");
        }

        foreach (var holiday in network.Holidays)
        {
            text.Append(CultureInfo.InvariantCulture, $"{holiday.Date}|{holiday.DaysFromEaster}|{holiday.On:uuuu-MM-dd}|");
            text.Append(CultureInfo.InvariantCulture, $"{holiday.FromYear}|{holiday.ToYear}|{holiday.ShortensDayBefore}\n");
        }

        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString())))[..12];
    }

    private static string Text(IReadOnlyDictionary<IsoDayOfWeek, IReadOnlyList<OpenInterval>>? week) =>
        week is null ? "" : string.Join(';', week.OrderBy(day => day.Key).Select(day => $"{(int)day.Key}={Text(day.Value)}"));

    private static string Text(IReadOnlyList<OpenInterval> intervals) =>
        string.Join(',', intervals.Select(interval => string.Create(CultureInfo.InvariantCulture, $"{interval.From:HH:mm}-{interval.To:HH:mm}")));
}

/// <summary>Reads what the schema requires.</summary>
internal static class RequiredValues
{
    public static string Text(this FileNode map, string name) => map[name]!.Raw;

    public static int Number(this FileNode map, string name) => checked((int)map[name]!.Whole!.Value);

    public static long Minor(this FileNode map, string name) => map[name]!.Whole!.Value;

    public static IsoDayOfWeek Day(this FileNode map, string name) => Reading.Weekday(map.Text(name))!.Value;

    /// <summary>A read-only dictionary that keeps the order of the file, which is the order for people too.</summary>
    public static ReadOnlyDictionary<TKey, TValue> InOrder<TSource, TKey, TValue>(
        this IEnumerable<TSource> source, Func<TSource, TKey> key, Func<TSource, TValue> value)
        where TKey : notnull => new(new OrderedDictionary<TKey, TValue>(source.Select(item => KeyValuePair.Create(key(item), value(item)))));
}
