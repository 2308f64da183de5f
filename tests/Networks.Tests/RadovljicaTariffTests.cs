namespace Library.Networks.Tests;

/// <summary>The price list 2024, line by line.</summary>
public sealed class RadovljicaTariffTests
{
    public static TheoryData<string, long, PriceUnit> Prices => new()
    {
        { "membership.full", 2000, PriceUnit.Term },
        { "membership.small-branch", 1500, PriceUnit.Term },
        { "membership.under-18", 0, PriceUnit.Term },
        { "membership.unemployed", 0, PriceUnit.Term },
        { "membership.e-only", 500, PriceUnit.Term },
        { "membership.legal-person", 2000, PriceUnit.Term },
        { "interlibrary.unit", 900, PriceUnit.Unit },
        { "hold.not-collected", 50, PriceUnit.Title },
        { "loan.exceptional-renewal", 50, PriceUnit.Unit },
        { "fine.day", 30, PriceUnit.UnitDay },
        { "fine.week", 35, PriceUnit.UnitWeek },
        { "reminder.1", 200, PriceUnit.Notice },
        { "reminder.2", 200, PriceUnit.Notice },
        { "reminder.3", 400, PriceUnit.Notice },
        { "reminder.4", 500, PriceUnit.Notice },
        { "compensation.least-unit", 3000, PriceUnit.Unit },
        { "compensation.least-periodical", 500, PriceUnit.Unit },
        { "reprocessing", 600, PriceUnit.Unit },
        { "card.lost", 200, PriceUnit.Piece },
        { "damage.box", 150, PriceUnit.Piece },
        { "damage.kit-folder", 50, PriceUnit.Piece },
        { "label.code", 50, PriceUnit.Piece },
        { "cleaning", 50, PriceUnit.Unit },
        { "hall.outside-hours.3h", 18000, PriceUnit.Booking },
        { "hall.outside-hours.6h", 28000, PriceUnit.Booking },
        { "hall.outside-hours.9h", 38000, PriceUnit.Booking },
        { "hall.outside-hours.12h", 48000, PriceUnit.Booking },
        { "hall.inside-hours.3h", 9000, PriceUnit.Booking },
        { "hall.inside-hours.6h", 14000, PriceUnit.Booking },
        { "hall.inside-hours.9h", 19000, PriceUnit.Booking },
        { "hall.inside-hours.12h", 24000, PriceUnit.Booking },
        { "computer-room.hour", 3500, PriceUnit.Hour },
        { "computer-room.6h", 8000, PriceUnit.Booking },
        { "computer-room.12h", 16000, PriceUnit.Booking },
        { "copy.bw-a4", 10, PriceUnit.Page },
        { "copy.bw-a4-two-sided", 15, PriceUnit.Page },
        { "copy.colour-a4", 100, PriceUnit.Page },
        { "copy.bw-a3", 15, PriceUnit.Page },
        { "print.bw-a4", 10, PriceUnit.Page },
        { "print.bw-a4-two-sided", 15, PriceUnit.Page },
        { "print.colour", 100, PriceUnit.Page },
        { "print.part-colour", 50, PriceUnit.Page },
        { "scan.page", 30, PriceUnit.Page },
        { "scan.processed-page", 200, PriceUnit.Page },
        { "postage.up-to-2kg", 250, PriceUnit.Piece },
        { "packing.large", 100, PriceUnit.Piece },
        { "packing.small", 60, PriceUnit.Piece },
        { "writeoff.unit", 200, PriceUnit.Unit },
        { "writeoff.bag", 110, PriceUnit.Piece },
    };

    [Theory]
    [MemberData(nameof(Prices))]
    public void Fixed_prices(string code, long minor, PriceUnit per)
    {
        var tariff = Files.Radovljica.TariffOn(new LocalDate(2024, 3, 14));
        Assert.Equal(minor, tariff.Price(code));
        Assert.Equal(per, tariff.Prices[code].Per);
        Assert.False(tariff.Prices[code].Assumed);
    }

    [Fact]
    public void Prices_that_are_not_fixed_and_nothing_beside()
    {
        var tariff = Files.Radovljica.Tariffs[0];
        var valuable = tariff.Prices["writeoff.valuable-unit"];
        Assert.Equal((300L, 500L), (valuable.MinorFrom, valuable.MinorTo));
        string[] atCost = ["collection.court", "collection.external", "collection.lawyer", "compensation.assessed", "damage.binding"];
        Assert.Equal(atCost, tariff.Prices.Values.Where(price => price.AtCost).Select(price => price.Code).Order(StringComparer.Ordinal));
        Assert.Equal(Prices.Count() + 1 + atCost.Length, tariff.Prices.Count);
        Assert.Throws<ArgumentException>(() => tariff.Price("collection.court"));
        Assert.Throws<ArgumentException>(() => tariff.Price("no.such-price"));
    }

    [Fact]
    public void Disabled_members_have_a_quarter_off_art_14()
    {
        var discount = Files.Radovljica.Tariffs[0].Discounts[PriceCodes.DiscountDisabled];
        Assert.Equal(25, discount.Percent);
        Assert.Contains(PriceCodes.MembershipFull, discount.On);
    }

    [Fact]
    public void The_list_holds_until_a_newer_one_is_in_force_art_17()
    {
        using var copy = new NetworkCopy();
        copy.Write("tariff-2027.yaml", copy.Read("tariff-2024.yaml")
            .Replace("version: \"2024\"", "version: \"2027\"", StringComparison.Ordinal)
            .Replace("2024-03-14", "2027-01-01", StringComparison.Ordinal)
            .Replace("fine.day, minor: 30", "fine.day, minor: 40", StringComparison.Ordinal));
        var network = copy.Load();
        Assert.Equal("2024", network.TariffOn(new LocalDate(2024, 3, 14)).Version);
        Assert.Equal("2024", network.TariffOn(new LocalDate(2026, 12, 31)).Version);
        Assert.Equal(30, network.TariffOn(new LocalDate(2026, 12, 31)).Price(PriceCodes.FineDay));
        Assert.Equal("2027", network.TariffOn(new LocalDate(2027, 1, 1)).Version);
        Assert.Equal(40, network.TariffOn(new LocalDate(2027, 1, 1)).Price(PriceCodes.FineDay));
        Assert.Equal("2024", network.TariffOn(new LocalDate(2020, 1, 1)).Version);
    }

    [Fact]
    public void It_is_the_council_s_list_of_2024_without_tax_art_46()
    {
        var tariff = Assert.Single(Files.Radovljica.Tariffs);
        Assert.Equal(("2024", new LocalDate(2024, 3, 14), "EUR", false), (tariff.Version, tariff.ValidFrom, tariff.CurrencyCode, tariff.VatPayer));
        Assert.All(PriceCodes.Required, code => Assert.True(tariff.Price(code) >= 0));
        Assert.Equal([200, 200, 400, 500], Enumerable.Range(1, 4).Select(level => tariff.Price(PriceCodes.Reminder(level))));
    }
}
