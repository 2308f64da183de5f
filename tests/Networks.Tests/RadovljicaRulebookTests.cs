namespace Library.Networks.Tests;

/// <summary>The rulebook of 2024-03-14, rule by rule.</summary>
public sealed class RadovljicaRulebookTests
{
    private static Rulebook Rules => Files.Radovljica.RulebookOn(new LocalDate(2024, 3, 14));

    [Theory]
    [InlineData("BOOK", 21, 2, 1)]
    [InlineData("AUDIOBOOK", 21, 2, 1)]
    [InlineData("SERIAL_ISSUE", 7, 1, 1)]
    [InlineData("AUDIO_VISUAL", 21, 2, 1)]
    [InlineData("STORY_SUITCASE", 21, 0, 0)]
    [InlineData("MEDIA_KIT", 21, 1, 1)]
    [InlineData("E_BOOK", 14, 0, 0)]
    [InlineData("E_AUDIOBOOK", 14, 0, 0)]
    [InlineData("GAME", 21, 2, 1)]
    [InlineData("OTHER", 21, 2, 1)]
    public void Lending_periods_and_renewals(string material, int days, int free, int exceptional)
    {
        var rule = Rules.Materials[material];
        Assert.Equal((days, free, exceptional), (rule.LendingDays, rule.FreeRenewals, rule.ExceptionalRenewals));
        Assert.Equal(10, Rules.Materials.Count);
    }

    [Fact]
    public void Copies_stand_in_six_collections_one_of_which_floats_and_are_written_off_at_purchase_price()
    {
        Assert.Equal(["BASIC", "REFERENCE", "LOCAL_HISTORY", "MOBILE", "DEPOSIT", "FLOATING"], Rules.Stock.Collections.Keys);
        Assert.Equal(["FLOATING"], Rules.Stock.Collections.Values.Where(collection => collection.Floating).Select(collection => collection.Code));
        Assert.Equal((WriteOffValue.PurchasePrice, 0), (Rules.Stock.WriteOff.Value, Rules.Stock.WriteOff.Years));
        Assert.Equal(new BalanceRule(90, 100), Rules.Stock.Balance);
    }

    [Fact]
    public void Blocks_art_27() => Assert.Equal(new BlockRule(2100, 365, 3, "27"), Rules.Blocks);

    [Fact]
    public void Restrictions_art_29() => Assert.Equal(new RestrictionRule(2, 12, "29"), Rules.Restrictions);

    [Fact]
    public void Reminders_go_out_on_Mondays_in_four_levels_art_37() => Assert.Equal(new ReminderRule(IsoDayOfWeek.Monday, 1, 4, 3, "36-37"), Rules.Reminders);

    [Fact]
    public void Fines_grow_for_a_year_and_to_200_euros_art_36() => Assert.Equal(new FineRule(300, 1, 20000, "36-37"), Rules.Fines);

    [Fact]
    public void A_loan_may_fall_due_on_a_closed_day_art_36_and_is_told_of_three_days_before_art_41() => Assert.Equal(new LoanRule(DueOnClosedDay.None, 120, 3, 10, "28, 36"), Rules.Loans);

    [Fact]
    public void Lost_units_are_replaced_within_two_months_art_42() => Assert.Equal(new LossRule(2, 3, false, "42"), Rules.Loss);

    [Fact]
    public void Latest_issues_are_lent_over_the_weekend()
    {
        Assert.Equal(new WeekendLoan(IsoDayOfWeek.Saturday, IsoDayOfWeek.Monday, WeekendIssues.LatestIssue), Rules.LatestIssue.WeekendLoans["RAD"]);
        Assert.Equal(new WeekendLoan(IsoDayOfWeek.Saturday, IsoDayOfWeek.Monday, WeekendIssues.LatestIssue), Rules.LatestIssue.WeekendLoans["BLE"]);
        Assert.Equal(new WeekendLoan(IsoDayOfWeek.Friday, IsoDayOfWeek.Monday, WeekendIssues.CurrentVolume), Rules.LatestIssue.WeekendLoans["BOH"]);
        Assert.Equal((3, 7), (Rules.LatestIssue.WeekendLoans.Count, Rules.LatestIssue.OtherBranchesDays));
    }

    [Theory]
    [InlineData("RAD", "Delo, Dnevnik, Finance, Gorenjski glas, Večer, Slovenske novice, Ekipa")]
    [InlineData("BLE", "Delo, Dnevnik, Finance, Gorenjski glas, Slovenske novice")]
    [InlineData("BOH", "Delo, Nedelo, Dnevnik, Gorenjski glas, Slovenske novice")]
    public void Papers_that_are_never_lent(string branch, string titles) => Assert.Equal(titles, string.Join(", ", Rules.NeverLentTitles[branch]));

    [Fact]
    public void Holds_wait_three_working_days_art_33()
    {
        Assert.Equal((3, 1, true), (Rules.Holds.ShelfWorkingDays, Rules.Holds.PreparedShelfWorkingDays, Rules.Holds.KeptUntilFirstOpenDay));
        Assert.Equal([IsoDayOfWeek.Monday, IsoDayOfWeek.Tuesday, IsoDayOfWeek.Wednesday, IsoDayOfWeek.Thursday, IsoDayOfWeek.Friday], Rules.Holds.WorkingDays);
    }

    [Fact]
    public void Membership_art_14_16_20()
    {
        Assert.Equal((12, 18, 1), (Rules.Membership.TermMonths, Rules.Membership.FreeUnderAge, Rules.Membership.EraseAfterLapsedYears));
        Assert.Equal(["UNEMPLOYED"], Rules.Membership.FreeStatuses);
        Assert.Equal(6, Rules.Membership.ProofAgainAfterMonths["UNEMPLOYED"]);
        Assert.Equal((15, 18), (Rules.Ages.YouthSectionUnder, Rules.Ages.AdultFrom));
    }

    [Fact]
    public void Payments_for_claims_go_to_costs_then_interest_then_principal_art_39() =>
        Assert.Equal([ClaimPart.Costs, ClaimPart.Interest, ClaimPart.Principal], Rules.Claims.PaymentOrder);

    [Fact]
    public void The_hall_is_booked_a_month_ahead_and_free_once_a_year_for_some_art_49()
    {
        Assert.Equal(1, Rules.Spaces.BookAheadMonths);
        Assert.Equal([new("LIBRARY_ASSOCIATION", null, 1, null, false), new FreeSpaceUse("NON_PROFIT", "Radovljica", 1, 3, true)], Rules.Spaces.FreeUses);
    }
}
