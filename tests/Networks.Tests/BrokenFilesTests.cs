using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;

namespace Library.Networks.Tests;

/// <summary>Every mistake is reported once, at its file, line and key; all of them at once; and nothing that merely follows from one.</summary>
public sealed class BrokenFilesTests
{
    [Fact]
    public void Three_mistakes_in_three_files_are_three_errors()
    {
        using var copy = new NetworkCopy();
        var hours = copy.Replace("network.yaml", "FRI: [\"15:00-19:00\"]", "FRI: [\"19:00-15:00\"]");
        var days = copy.Replace("rulebook.yaml", "E_BOOK: { lendingDays: 14", "E_BOOK: { lendingDays: fourteen");
        var price = copy.Replace("tariff-2024.yaml", "fine.day, minor: 30", "fine.day, minor: -30");
        Assert.Equal(
            [
                ("network.yaml", hours, "branches[2].hours.regular.FRI[0]"),
                ("rulebook.yaml", days, "materials.E_BOOK.lendingDays"),
                ("tariff-2024.yaml", price, "prices[9].minor"),
            ],
            copy.Errors().Select(error => (error.File, error.Line, error.Key)));
    }

    [Fact]
    public void Three_mistakes_in_one_file_are_three_errors_of_schema_and_sense_alike()
    {
        using var copy = new NetworkCopy();
        var founders = copy.Replace("network.yaml", "founders:", "founders:");
        copy.Replace("network.yaml", "sharePercent: 23.7", "sharePercent: 23.8");
        var kind = copy.Replace("network.yaml", "kind: MOBILE", "kind: BUS");
        var holiday = copy.Replace("network.yaml", "date: \"02-08\"", "date: \"02-30\"");
        var errors = copy.Errors();
        Assert.Equal(
            [("network.yaml", founders, "founders"), ("network.yaml", kind, "branches[10].kind"), ("network.yaml", holiday, "holidays[2].date")],
            errors.Select(error => (error.File, error.Line, error.Key)));
        Assert.Equal($"network.yaml:{founders}: founders: the shares add up to 100.1 %, not to 100 %", errors[0].ToString());
    }

    [Theory]
    // names and references
    [InlineData("network.yaml", "code: BRE", "code: BEG", "branches[2].code")]
    [InlineData("network.yaml", "code: BRE", "code: bre", "branches[2].code")]
    [InlineData("network.yaml", "municipality: Gorje\n", "municipality: Gorja\n", "branches[6].municipality")]
    [InlineData("network.yaml", "code: BLED,", "code: RADOVLJICA,", "founders[1].code")]
    [InlineData("network.yaml", "library: LINHART", "library: LINHARD", "branches[0].library")]
    [InlineData("network.yaml", "code: TALK,", "code: QUIZ,", "eventCategories[15].code", false)]
    [InlineData("network.yaml", "kind: LOCAL", "kind: CENTRAL", "branches[1].kind")]
    [InlineData("network.yaml", "timeZone: Europe/Ljubljana", "timeZone: Europe/Radovljica", "timeZone")]
    [InlineData("network.yaml", "defaultLanguage: sl", "defaultLanguage: de", "defaultLanguage")]
    [InlineData("network.yaml", "en: Easter Sunday", "de: Ostersonntag", "holidays[3].name.de", true, 2)]
    [InlineData("network.yaml", ", en: Easter Sunday", "", "holidays[3].name.en")]
    [InlineData("network.yaml", "country: SI\n", "", "country", false)]
    [InlineData("network.yaml", "country: SI", "country: SI\nstate: none", "state", false)]
    [InlineData("network.yaml", "postCode: \"4275\"", "postCode: 4275", "branches[1].address.postCode")]
    // copies
    [InlineData("rulebook.yaml", "code: BASIC", "code: BASICS", "stock.collections", false)]
    [InlineData("rulebook.yaml", "code: MOBILE", "code: DEPOSIT", "stock.collections[4].code", false)]
    [InlineData("rulebook.yaml", "floating: true", "floating: sometimes", "stock.collections[5].floating")]
    [InlineData("rulebook.yaml", "bookValue: PURCHASE_PRICE", "bookValue: STRAIGHT_LINE", "stock.writeOff")]
    [InlineData("rulebook.yaml", "bookValue: PURCHASE_PRICE", "bookValue: GUESS", "stock.writeOff.bookValue")]
    // hours
    [InlineData("network.yaml", "THU: [\"10:00-19:00\"]", "THU: [\"10:00-14:00\", \"13:00-19:00\"]", "branches[0].hours.regular.THU[1]")]
    [InlineData("network.yaml", "THU: [\"10:00-19:00\"]", "THU: [\"10:00-25:00\"]", "branches[0].hours.regular.THU[0]")]
    [InlineData("network.yaml", "THU: [\"10:00-19:00\"]", "THURSDAY: [\"10:00-19:00\"]", "branches[0].hours.regular.THURSDAY")]
    [InlineData("network.yaml", "preHoliday: [\"08:00-14:00\"]", "preHoliday: [\"14:00-08:00\"]", "branches[0].hours.preHoliday[0]")]
    [InlineData("network.yaml", "opening: ROUTE", "opening: FIXED", "branches[10].hours", false)]
    [InlineData("network.yaml", "opening: FIXED", "opening: ON_REQUEST", "branches[0].hours", false)]
    // the route of a mobile library
    [InlineData("network.yaml", "opening: ROUTE", "opening: ROUTE\n    visits: [{ firstOn: 2026-02-30, everyWeeks: 2, hours: [\"13:00-15:00\"] }]", "branches[10].visits[0].firstOn", false)]
    [InlineData("network.yaml", "opening: ROUTE", "opening: ROUTE\n    visits: [{ firstOn: 2026-03-02, everyWeeks: 0, hours: [\"13:00-15:00\"] }]", "branches[10].visits[0].everyWeeks", false)]
    [InlineData("network.yaml", "opening: ROUTE", "opening: ROUTE\n    visits: [{ firstOn: 2026-03-02, everyWeeks: 2, hours: [\"15:00-13:00\"] }]", "branches[10].visits[0].hours[0]", false)]
    [InlineData("network.yaml", "opening: FIXED", "opening: FIXED\n    visits: [{ firstOn: 2026-03-02, everyWeeks: 2, hours: [\"13:00-15:00\"] }]", "branches[0].visits", false)]
    [InlineData("network.yaml", "opening: ROUTE", "opening: ROUTE\n    stopOf: NOWHERE", "branches[10].stopOf", false)]
    [InlineData("network.yaml", "opening: ROUTE", "opening: ROUTE\n    stopOf: RAD", "branches[10].stopOf", false)]
    [InlineData("network.yaml", "opening: ROUTE", "opening: ROUTE\n    stopOf: MOB", "branches[10].stopOf", false)]
    // calendar
    [InlineData("network.yaml", "to: \"08-31\"", "to: \"08-32\"", "summer.to")]
    [InlineData("network.yaml", "2025-10-04", "2025-10-05", "closedSaturdays[1]")]
    [InlineData("network.yaml", "2025-10-04", "2024-10-12", "closedSaturdays[1]")]
    [InlineData("network.yaml", "daysFromEaster: 49", "daysFromEaster: 490", "holidays[8].daysFromEaster")]
    [InlineData("network.yaml", "daysFromEaster: 49", "daysFromEaster: 1", "holidays[8]")]
    [InlineData("network.yaml", "daysFromEaster: 49, ", "", "holidays[8]")]
    [InlineData("network.yaml", "daysFromEaster: 49", "daysFromEaster: 49, date: \"05-05\"", "holidays[8]")]
    [InlineData("network.yaml", "fromYear: 2017", "fromYear: 2017, toYear: 2016", "holidays[1].toYear")]
    [InlineData("network.yaml", "on: 2023-08-14", "on: 2023-08-34", "holidays[10].on")]
    [InlineData("network.yaml", "sharePercent: 8.3", "sharePercent: 8.305", "founders[3].sharePercent")]
    // rulebook
    [InlineData("rulebook.yaml", "BOH: [Delo", "BOX: [Delo", "neverLent.branches.BOX")]
    [InlineData("rulebook.yaml", "BLE: { takenFrom", "BLA: { takenFrom", "latestIssue.branches.BLA")]
    [InlineData("rulebook.yaml", "[BRE, SRV, STF]", "[BRE, SRV, STX]", "membership.smallBranches[2]")]
    [InlineData("rulebook.yaml", "[BRE, SRV, STF]", "[BRE, SRV, SRV]", "membership.smallBranches[2]")]
    [InlineData("rulebook.yaml", "  MEDIA_KIT:", "  MEDIAKIT:", "materials.MEDIAKIT", true, 2)]
    [InlineData("rulebook.yaml", "unreturnedNoticeLevel: 3", "unreturnedNoticeLevel: 5", "blocks.unreturnedNoticeLevel")]
    [InlineData("rulebook.yaml", "weekday: MON", "weekday: Monday", "reminders.weekday")]
    [InlineData("rulebook.yaml", "levels: 4 ", "levels: 5 ", "prices[reminder.5]", false)]
    [InlineData("rulebook.yaml", "validFrom: 2024-03-14", "validFrom: 2024-02-31", "validFrom")]
    [InlineData("rulebook.yaml", "PRINCIPAL]", "COSTS]", "claims.paymentOrder[2]")]
    // price list
    [InlineData("tariff-2024.yaml", "currency: EUR", "currency: PLN", "currency")]
    [InlineData("tariff-2024.yaml", "code: fine.week", "code: fine.weak", "prices[fine.week]", false)]
    [InlineData("tariff-2024.yaml", "code: fine.week", "code: Fine week", "prices[10].code")]
    [InlineData("tariff-2024.yaml", "code: fine.week", "code: fine.day", "prices[10].code")]
    [InlineData("tariff-2024.yaml", "minor: 35", "minor: 0.35", "prices[10].minor")]
    [InlineData("tariff-2024.yaml", "minor: 35", "minor: 35, atCost: true", "prices[10]")]
    [InlineData("tariff-2024.yaml", "minor: 35", "atCost: true", "prices[10]")]
    [InlineData("tariff-2024.yaml", "minorTo: 500", "minorTo: 200", "prices[51].minorTo")]
    [InlineData("tariff-2024.yaml", "on: [membership.full", "on: [membership.all", "discounts[0].on[0]")]
    [InlineData("tariff-2024.yaml", "version: \"2024\"", "version: \"2025\"", "version")]
    [InlineData("tariff-2024.yaml", "validFrom: 2024-03-14", "validFrom: 2024-03-15", "validFrom")]
    public void A_mistake_is_reported_where_it_stands(string file, string old, string @new, string key, bool sameLine = true, int errors = 1)
    {
        using var copy = new NetworkCopy();
        var line = copy.Replace(file, old, @new);
        var found = copy.Errors();
        Assert.Equal(errors, found.Count);
        var error = Assert.Single(found, error => error.Key == key);
        Assert.True(error.Line > 0);
        if (sameLine)
        {
            Assert.Equal((file, line), (error.File, error.Line));
        }
    }

    [Fact]
    public void Price_lists_may_not_begin_on_the_same_day()
    {
        using var copy = new NetworkCopy();
        copy.Write("tariff-2025.yaml", copy.Read("tariff-2024.yaml").Replace("version: \"2024\"", "version: \"2025\"", StringComparison.Ordinal));
        var error = Assert.Single(copy.Errors());
        Assert.Equal(("tariff-2025.yaml", "validFrom", "tariff-2024.yaml begins on the same day"), (error.File, error.Key, error.Message));
    }

    [Fact]
    public void Rulebooks_follow_each_other()
    {
        using var copy = new NetworkCopy();
        copy.Write("rulebook-2027.yaml", copy.Read("rulebook.yaml")
            .Replace("version: \"2024\"", "version: \"2027\"", StringComparison.Ordinal)
            .Replace("validFrom: 2024-03-14", "validFrom: 2027-01-01", StringComparison.Ordinal));
        var network = copy.Load();
        Assert.Equal("2024", network.RulebookOn(new LocalDate(2026, 12, 31)).Version);
        Assert.Equal("2027", network.RulebookOn(new LocalDate(2027, 1, 1)).Version);
    }

    [Fact]
    public void Missing_and_misspelt_files_are_named()
    {
        using var copy = new NetworkCopy();
        File.Move(copy.PathOf("tariff-2024.yaml"), copy.PathOf("tarif-2024.yaml"));
        File.Delete(copy.PathOf("network.yaml"));
        Assert.Equal(["network.yaml", "tarif-2024.yaml", "tariff-YYYY.yaml"], copy.Errors().Select(error => error.File));
    }

    [Fact]
    public void A_missing_folder_is_an_error_and_no_crash() =>
        Assert.NotEmpty(Assert.IsType<NetworkLoad.Refused>(NetworkLoader.Load(Path.Combine(Files.Shipped, "nowhere"))).Errors);

    [Fact]
    public void A_service_with_broken_files_stops_and_lists_every_error()
    {
        using var copy = new NetworkCopy();
        var hours = copy.Replace("network.yaml", "FRI: [\"15:00-19:00\"]", "FRI: [\"19:00-15:00\"]");
        var price = copy.Replace("tariff-2024.yaml", "minor: 35", "minor: none");
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Configuration.AddInMemoryCollection([new("NetworkFolder", copy.Folder)]);
        var refused = Assert.Throws<NetworkFilesInvalidException>(() => builder.AddNetwork());
        Assert.Equal(2, refused.Errors.Count);
        Assert.Contains($"network.yaml:{hours}: branches[2].hours.regular.FRI[0]: ends before it begins", refused.Message, StringComparison.Ordinal);
        Assert.Contains($"tariff-2024.yaml:{price}: prices[10].minor: must be a whole number, not 'none'", refused.Message, StringComparison.Ordinal);
        Assert.Equal(78, NetworkFilesInvalidException.ExitCode);
    }

    [Theory]
    [InlineData("radovljica", true)]
    [InlineData("ignalina", true)]
    [InlineData(null, false)]
    [InlineData("atlantis", false)]
    [InlineData("../radovljica", false)]
    public void A_service_gets_the_network_of_its_configuration(string? name, bool found)
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Configuration.AddInMemoryCollection([new("Network", name)]);
        if (found)
        {
            Assert.Equal(name, builder.AddNetwork().Name);
            Assert.Contains(builder.Services, service => service.ServiceType == typeof(Network));
        }
        else
        {
            Assert.Throws<NetworkFilesInvalidException>(() => builder.AddNetwork());
        }
    }
}
