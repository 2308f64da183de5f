namespace Library.Networks.Tests;

/// <summary>Ignalina's rules and prices are examples; what matters is that they are its own and that each says so.</summary>
public sealed class IgnalinaRulesTests
{
    private static readonly LocalDate Today = new(2026, 5, 4);

    private static Rulebook Rules => Files.Ignalina.RulebookOn(Today);

    [Theory]
    [InlineData("BOOK", 30, 3)]
    [InlineData("AUDIOBOOK", 30, 3)]
    [InlineData("SERIAL_ISSUE", 10, 0)]
    [InlineData("AUDIO_VISUAL", 14, 1)]
    [InlineData("STORY_SUITCASE", 14, 0)]
    [InlineData("MEDIA_KIT", 14, 0)]
    [InlineData("E_BOOK", 21, 0)]
    [InlineData("E_AUDIOBOOK", 21, 0)]
    [InlineData("GAME", 14, 1)]
    [InlineData("OTHER", 30, 3)]
    public void Lending_periods_and_renewals_none_for_money(string material, int days, int free)
    {
        Assert.Equal(new MaterialRule(days, free, 0, ""), Rules.Materials[material]);
        Assert.Equal(10, Rules.Materials.Count);
    }

    [Fact]
    public void Reminders_claims_and_terms()
    {
        Assert.Equal(new LoanRule(DueOnClosedDay.NextOpenDay, null, 2, 10, ""), Rules.Loans);
        Assert.Equal(new ReminderRule(IsoDayOfWeek.Thursday, 2, 3, 3, ""), Rules.Reminders);
        Assert.Equal(new BlockRule(500, 180, 2, ""), Rules.Blocks);
        Assert.Equal(new FineRule(0, 1, 1000, ""), Rules.Fines);
        Assert.Equal((24, 18, 3), (Rules.Membership.TermMonths, Rules.Membership.FreeUnderAge, Rules.Membership.EraseAfterLapsedYears));
        Assert.Empty(Rules.Membership.SmallBranches);
        Assert.Equal(["RETIRED", "UNEMPLOYED"], Rules.Membership.FreeStatuses.Order());
    }

    [Fact]
    public void Copies_lose_their_value_in_five_years()
    {
        Assert.Equal((WriteOffValue.StraightLine, 5), (Rules.Stock.WriteOff.Value, Rules.Stock.WriteOff.Years));
        Assert.StartsWith("EXAMPLE", Rules.Stock.WriteOff.Standard, StringComparison.Ordinal);
        Assert.Equal(new BalanceRule(180, 50), Rules.Stock.Balance);
    }

    [Theory]
    [InlineData("membership.full", 150)]
    [InlineData("fine.day", 6)]
    [InlineData("reminder.1", 50)]
    [InlineData("reminder.2", 75)]
    [InlineData("reminder.3", 120)]
    [InlineData("card.lost", 100)]
    public void Prices(string code, long minor) => Assert.Equal(minor, Files.Ignalina.TariffOn(Today).Price(code));

    [Fact]
    public void Every_price_is_marked_as_a_guess_and_none_names_an_article()
    {
        Assert.All(Files.Ignalina.TariffOn(Today).Prices.Values, price => Assert.True(price.Assumed && price.Article is null, price.Code));
        Assert.All(PriceCodes.Required, code => Assert.True(Files.Ignalina.TariffOn(Today).Price(code) >= 0));
    }

    /// <summary>One book, one reader, the same days: each network answers by its own files.</summary>
    [Fact]
    public void Nothing_is_as_in_Radovljica()
    {
        var (here, there) = (Files.Ignalina, Files.Radovljica);
        Assert.Equal((30, 21), (here.RulebookOn(Today).Materials["BOOK"].LendingDays, there.RulebookOn(Today).Materials["BOOK"].LendingDays));
        Assert.Equal((6L, 30L), (here.TariffOn(Today).Price(PriceCodes.FineDay), there.TariffOn(Today).Price(PriceCodes.FineDay)));
        Assert.Equal(("lt", "sl"), (here.DefaultLanguage, there.DefaultLanguage));
        Assert.Equal(("Overdue fine, per day", "Delspinigiai, už dieną"), (there.TariffOn(Today).Prices["fine.day"].Name.In("en"), here.TariffOn(Today).Prices["fine.day"].Name.In("lt")));
        var joninės = new AnnualDate(6, 24);
        Assert.Contains(here.Holidays, rule => rule.Date == joninės);
        Assert.DoesNotContain(there.Holidays, rule => rule.Date == joninės);
        Assert.Empty(here.Branches.Keys.Intersect(there.Branches.Keys));
        Assert.Equal(["OTHER"], here.EventCategories.Keys.Intersect(there.EventCategories.Keys));
    }
}
