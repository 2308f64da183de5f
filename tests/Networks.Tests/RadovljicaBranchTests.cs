namespace Library.Networks.Tests;

/// <summary>Radovljica's branches, hours and founders against the library's published tables, figure by figure.</summary>
public sealed class RadovljicaBranchTests
{
    public static TheoryData<string, string, string, string> Hours => new()
    {
        { "RAD", "Mon 8-19, Tue 8-19, Wed 8-19, Thu 10-19, Fri 8-19, Sat 8-13", "Mon 8-19, Tue 8-19, Wed 8-19, Thu 10-19, Fri 8-19, Sat 8-13", "8-14" },
        { "BEG", "Mon 9-14, Tue 14-19, Thu 14-19", "Mon 9-14, Tue 14-19", "9-14" },
        { "BRE", "Fri 15-19", "Fri 15-19", "9-13" },
        { "KRO", "Tue 9-14, Wed 14-19, Thu 14-19", "Tue 9-14, Wed 14-19", "9-14" },
        { "LES", "Mon 14-19, Wed 14-19, Fri 9-14", "Wed 14-19, Fri 9-14", "9-14" },
        { "BLE", "Mon 10-19, Tue 10-19, Wed 10-19, Thu 10-19, Fri 10-19, Sat 8-12", "Mon 10-19, Tue 8-14, Wed 8-14, Thu 10-19, Fri 8-14, Sat 8-12", "8-14" },
        { "GOR", "Tue 14-19, Wed 14-19, Fri 9-14", "Tue 14-19, Fri 9-14", "9-14" },
        { "BOH", "Mon 8-14, Tue 8-14, Wed 13-19, Thu 13-19, Fri 13-19", "Mon 8-14, Tue 8-14, Wed 13-19, Thu 13-19, Fri 8-14", "8-14" },
        { "SRV", "Tue 15-19", "Tue 15-19", "9-13" },
        { "STF", "Mon 15-19", "Mon 15-19", "9-13" },
    };

    [Theory]
    [MemberData(nameof(Hours))]
    public void Hours_are_those_of_the_annex(string branch, string regular, string summer, string preHoliday)
    {
        var hours = Files.Radovljica.Branches[branch].Hours!;
        Assert.Equal(regular, Calendars.Shown(hours.Regular));
        Assert.Equal(summer, Calendars.Shown(hours.Summer));
        Assert.Equal(preHoliday, Calendars.Shown(hours.PreHoliday));
    }

    [Fact]
    public void Only_the_three_smallest_branches_are_open_under_five_hours_a_week()
    {
        var small = Files.Radovljica.Branches.Values
            .Where(branch => branch.Hours is not null && branch.Hours.Regular.Values.SelectMany(day => day).Sum(interval => interval.Minutes) < 300)
            .Select(branch => branch.Code)
            .Order();
        Assert.Equal(["BRE", "SRV", "STF"], small);
        Assert.Equal(new HashSet<string> { "BRE", "SRV", "STF" }, Files.Radovljica.Rulebooks[0].Membership.SmallBranches);
    }

    public static TheoryData<string, string, string, string, string> Addresses => new()
    {
        { "RAD", "Radovljica", "Vurnikov trg 1", "4240", "Radovljica" },
        { "BEG", "Radovljica", "Begunje 15c", "4275", "Begunje na Gorenjskem" },
        { "BRE", "Radovljica", "Brezje 80c", "4243", "Brezje" },
        { "KRO", "Radovljica", "Kropa 3", "4245", "Kropa" },
        { "LES", "Radovljica", "Alpska cesta 58", "4248", "Lesce" },
        { "BLE", "Bled", "Ulica Jule Vovk Molnar 2", "4260", "Bled" },
        { "GOR", "Gorje", "Zgornje Gorje 43", "4247", "Zgornje Gorje" },
        { "BOH", "Bohinj", "Trg svobode 3a", "4264", "Bohinjska Bistrica" },
        { "SRV", "Bohinj", "Srednja vas 79", "4267", "Srednja vas v Bohinju" },
        { "STF", "Bohinj", "Stara Fužina 38", "4265", "Bohinjsko jezero" },
    };

    [Theory]
    [MemberData(nameof(Addresses))]
    public void Addresses_are_those_of_the_annex(string code, string municipality, string street, string postCode, string city)
    {
        var branch = Files.Radovljica.Branches[code];
        Assert.Equal((municipality, street, postCode, city), (branch.Municipality, branch.Street, branch.PostCode, branch.City));
        Assert.Equal(code == "RAD" ? BranchKind.Central : BranchKind.Local, branch.Kind);
        Assert.Equal(BranchOpening.Fixed, branch.Opening);
    }

    [Fact]
    public void The_mobile_collection_is_a_branch_without_hours()
    {
        var mobile = Files.Radovljica.Branches["MOB"];
        Assert.Equal((BranchKind.Mobile, BranchOpening.Route), (mobile.Kind, mobile.Opening));
        Assert.Null(mobile.Hours);
        Assert.Equal(11, Files.Radovljica.Branches.Count);
    }

    [Fact]
    public void Founders_share_by_inhabitants()
    {
        Assert.Equal(
            [("Radovljica", 5300), ("Bled", 2370), ("Bohinj", 1500), ("Gorje", 830)],
            Files.Radovljica.Founders.Select(founder => (founder.Municipality, founder.ShareBasisPoints)));
    }

    [Fact]
    public void The_network_speaks_Slovenian_and_English_and_counts_in_euros()
    {
        var network = Files.Radovljica;
        Assert.Equal(("radovljica", "SI", "Europe/Ljubljana"), (network.Name, network.Country, network.TimeZone.Id));
        Assert.Equal(("EUR", "sl"), (network.CurrencyCode, network.DefaultLanguage));
        Assert.Equal(["sl", "en"], network.Languages);
        Assert.Equal("Story hour", network.EventCategories["STORY_HOUR"].Name.In("en"));
        Assert.Equal("Pravljična ura", network.EventCategories["STORY_HOUR"].Name.In("pl"));
    }

    [Fact]
    public void Event_categories_are_those_of_the_contract()
    {
        string[] contract =
        [
            "LITERARY_EVENING", "TRAVEL_TALK", "TALK", "READING_CLUB", "EXHIBITION", "BETWEEN_THE_LINES", "STORY_HOUR", "PUPPET_SHOW", "WORKSHOP",
            "HOLIDAY_BOOKS",
            "SCHOOL_HOUR_IN_LIBRARY", "SCHOOL_HOUR_AT_SCHOOL", "BACKPACK", "ADULT_BADGE", "TREASURE_UNIVERSE", "QUIZ", "BLIND_DATE", "SURPRISE_BOOK",
            "SUMMER_READERS", "CRAFT_WORKSHOP", "OTHER",
        ];
        Assert.Equal(contract, Files.Radovljica.EventCategories.Keys);
    }

    /// <summary>Another country's network: a point open on request, a branch turned into home delivery, a price that nobody has published.</summary>
    [Fact]
    public void The_format_serves_libraries_with_less_to_say()
    {
        using var copy = new NetworkCopy();
        const string hours = "    hours:\n      regular:\n        TUE: [\"15:00-19:00\"]\n" +
            "      summer:\n        TUE: [\"15:00-19:00\"]\n      preHoliday: [\"09:00-13:00\"]\n";
        copy.Replace("network.yaml", "opening: FIXED\n" + hours, "opening: ON_REQUEST\n");
        copy.Replace("network.yaml", "opening: ROUTE", "opening: HOME_DELIVERY");
        copy.Replace("network.yaml", "kind: MOBILE", "kind: SERVICE_POINT");
        copy.Replace("tariff-2024.yaml", "fine.week, minor: 35", "fine.week, minor: 0, assumed: true");
        var network = copy.Load();
        Assert.Equal((BranchOpening.OnRequest, null), (network.Branches["SRV"].Opening, network.Branches["SRV"].Hours));
        Assert.Equal((BranchKind.ServicePoint, BranchOpening.HomeDelivery), (network.Branches["MOB"].Kind, network.Branches["MOB"].Opening));
        Assert.True(network.Tariffs[0].Prices[PriceCodes.FineWeek].Assumed);
    }
}
