namespace Library.Networks.Tests;

/// <summary>Ignalina's branches and languages, as the library's annual report 2023 names them; hours are examples.</summary>
public sealed class IgnalinaBranchTests
{
    private static Network Network => Files.Ignalina;

    [Fact]
    public void There_are_a_central_library_twenty_branches_and_four_service_points()
    {
        Assert.Equal(["IGN"], Codes(BranchKind.Central));
        Assert.Equal(
            ["Ceikiniai", "Didžiasalis", "Dietkauščizna", "Dysna", "Dūkštas", "Gilūtos", "Grybėnai", "Kazitiškis", "Kazokinė", "Linkmenys", "Mažėnai", "Meikštai",
             "Mielagėnai", "Naujasis Daugėliškis", "Palūšė", "Rimšė", "Strigailiškis", "Šiūlėnai", "Tverečius", "Vidiškės"],
            Network.Branches.Values.Where(branch => branch.Kind == BranchKind.Local).Select(branch => branch.City));
        Assert.Equal(["ANT", "RUB", "SVE", "TAU"], Codes(BranchKind.ServicePoint));
        Assert.Equal(25, Network.Branches.Count);

        static IEnumerable<string> Codes(BranchKind kind) => Network.Branches.Values.Where(branch => branch.Kind == kind).Select(branch => branch.Code);
    }

    [Theory]
    [InlineData("ANT", BranchOpening.Fixed, "Tue 13-16")]
    [InlineData("RUB", BranchOpening.Fixed, "Thu 13-16")]
    [InlineData("SVE", BranchOpening.OnRequest, null)]
    [InlineData("TAU", BranchOpening.HomeDelivery, null)]
    public void Two_service_points_keep_hours_one_opens_on_request_one_has_become_home_delivery(string code, BranchOpening opening, string? hours)
    {
        var point = Network.Branches[code];
        Assert.Equal(opening, point.Opening);
        Assert.Equal(hours, point.Hours is { } known ? Calendars.Shown(known.Regular) : null);
    }

    [Fact]
    public void The_central_library_closes_on_summer_Saturdays_and_early_before_a_holiday()
    {
        var hours = Network.Branches["IGN"].Hours!;
        Assert.Equal("Mon 10-18, Tue 10-18, Wed 10-18, Thu 10-18, Fri 10-18, Sat 10-15", Calendars.Shown(hours.Regular));
        Assert.Equal("Mon 9-17, Tue 9-17, Wed 9-17, Thu 9-17, Fri 9-17", Calendars.Shown(hours.Summer));
        Assert.Equal("10-15", Calendars.Shown(hours.PreHoliday));
        Assert.Equal("Mon 9-13+14-17, Tue 9-13+14-17, Wed 9-13+14-17, Thu 9-13+14-17", Calendars.Shown(Network.Branches["DID"].Hours!.Regular));
    }

    /// <summary>Mother's Day and Father's Day are Sundays, and have no rule for that reason.</summary>
    [Fact]
    public void No_branch_is_open_on_a_Sunday() => Assert.DoesNotContain(
        Network.Branches.Values.Select(branch => branch.Hours).OfType<BranchHours>(),
        hours => hours.Regular.ContainsKey(IsoDayOfWeek.Sunday) || hours.Summer.ContainsKey(IsoDayOfWeek.Sunday));

    [Fact]
    public void The_network_speaks_Lithuanian_and_English_and_counts_in_euros()
    {
        Assert.Equal(("ignalina", "LT", "Europe/Vilnius"), (Network.Name, Network.Country, Network.TimeZone.Id));
        Assert.Equal(("EUR", "lt"), (Network.CurrencyCode, Network.DefaultLanguage));
        Assert.Equal(["lt", "en"], Network.Languages);
        Assert.Equal("Žodinis renginys", Network.EventCategories["SPOKEN"].Name.In("sl"));
    }

    [Fact]
    public void One_municipality_bears_all_costs_and_letters_come_from_an_address_that_nobody_has()
    {
        var founder = Assert.Single(Network.Founders);
        Assert.Equal(("Ignalinos rajonas", 100_00), (founder.Municipality, founder.ShareBasisPoints));
        Assert.EndsWith(".example", Assert.Single(Network.Libraries.Values).SenderAddress, StringComparison.Ordinal);
    }
}
