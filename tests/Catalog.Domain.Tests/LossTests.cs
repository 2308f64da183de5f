using Library.Catalog.Domain.Calendars;
using Library.Catalog.Domain.Fines;
using Library.Catalog.Domain.Losses;
using Library.Catalog.Domain.Policies;
using NodaTime;
using static Library.Catalog.Domain.Tests.CalendarTests;

namespace Library.Catalog.Domain.Tests;

public sealed class LossTests
{
    private static readonly PriceList Dearer2025 = Radovljica.Tariff2024 with
    {
        Version = "2025", ValidFrom = new LocalDate(2025, 1, 1), DayFineMinor = 40, WeekFineMinor = 50, ReprocessingMinor = 7_00, LeastCompensationMinor = 35_00,
    };

    /// <summary>Ana's book was due on 6 May 2024; on the 16th she says that it is lost.</summary>
    private static readonly LossFacts AnaLostIt = new()
    {
        Cause = LossCause.Lost, Material = Material.Book, DueOn = new(2024, 5, 6), StoppedOn = new(2024, 5, 16), ReplaceUntil = new(2024, 7, 6), PurchasePriceMinor = 15_00,
    };

    /// <summary>The same book came back on the 16th, soaked; nine days were charged.</summary>
    private static readonly LossFacts AnaSoakedIt = AnaLostIt with { Cause = LossCause.Damaged, FineChargedMinor = 10 * 30 };

    [Theory]
    [InlineData("2024-05-06", "2024-07-06")]
    [InlineData("2024-12-31", "2025-02-28")]
    [InlineData("2023-12-31", "2024-02-29")]
    [InlineData("2023-12-29", "2024-02-29")]
    [InlineData("2024-12-28", "2025-02-28")]
    [InlineData("2024-08-31", "2024-10-31")]
    [InlineData("2024-07-31", "2024-09-30")]
    public void A_unit_is_replaced_within_two_months_of_the_due_date_art_42(string dueOn, string until) =>
        Assert.Equal(Date(until), LossRules.ReplaceUntil(Date(dueOn), Radovljica.Rulebook.Loss));

    [Theory]
    [InlineData("2024-05-16", 10)] // the day of the declaration is charged
    [InlineData("2024-05-17", 10)]
    [InlineData("2024-07-05", 10)]
    [InlineData("2024-07-06", 10)] // two months after the due date
    [InlineData("2024-07-07", 11)] // it runs on
    [InlineData("2024-07-16", 20)]
    public void The_fine_stands_still_from_the_declaration_until_the_two_months_are_over_art_42(string settledOn, int days) =>
        Assert.Equal(days * 30, FineOn(AnaLostIt, settledOn).AmountMinor);

    [Theory]
    [InlineData("2024-05-01", "2024-07-06", 0)] // before the due date
    [InlineData("2024-05-06", "2024-07-07", 1)]
    [InlineData("2024-07-05", "2024-07-06", 60)]
    [InlineData("2024-07-06", "2024-07-07", 62)]
    [InlineData("2024-07-07", "2024-07-08", 63)] // declared too late: it never stands still
    [InlineData("2024-08-01", "2024-08-11", 97)]
    public void When_it_is_declared_decides_what_stands_still_art_42(string declaredOn, string settledOn, int days) =>
        Assert.Equal(days * 30, FineOn(AnaLostIt with { StoppedOn = Date(declaredOn) }, settledOn).AmountMinor);

    [Theory]
    [InlineData("2025-05-06", 10 + 304)] // the anniversary of the due date is the last day charged
    [InlineData("2025-05-07", 10 + 304)]
    [InlineData("2027-01-01", 10 + 304)]
    public void It_runs_on_for_one_year_at_most_art_37(string settledOn, int days) => Assert.Equal(days * 30, FineOn(AnaLostIt, settledOn).AmountMinor);

    [Theory]
    [InlineData(15_00, 200_00)]
    [InlineData(250_00, 250_00)]
    public void It_runs_on_to_200_euros_or_the_dearer_purchase_price_art_37(long priceMinor, long amountMinor)
    {
        var prices = new PriceHistory([Radovljica.Tariff2024 with { DayFineMinor = 1_00 }]);
        Assert.Equal(amountMinor, FineOn(AnaLostIt with { PurchasePriceMinor = priceMinor }, "2025-06-01", prices: prices).AmountMinor);
    }

    [Fact]
    public void A_branch_that_charges_weeks_begins_a_new_one_after_the_two_months_art_36()
    {
        // 7 to 13 and 14 to 16 May are two started weeks; 7 July starts the third
        Assert.Equal(2 * 35, FineOn(AnaLostIt, "2024-07-06", "BRE").AmountMinor);
        Assert.Equal(3 * 35, FineOn(AnaLostIt, "2024-07-07", "BRE").AmountMinor);
        Assert.Equal(3 * 35, FineOn(AnaLostIt, "2024-07-13", "BRE").AmountMinor);
        Assert.Equal(4 * 35, FineOn(AnaLostIt, "2024-07-14", "BRE").AmountMinor);
    }

    [Fact]
    public void Each_day_that_runs_on_has_its_own_price_art_46()
    {
        var facts = AnaLostIt with { DueOn = new(2024, 10, 30), StoppedOn = new(2024, 11, 1), ReplaceUntil = new(2024, 12, 30) };
        var fine = FineOn(facts, "2025-01-02", prices: new PriceHistory([Radovljica.Tariff2024, Dearer2025]));
        Assert.Equal(
            [
                new FineLine(new(2024, 10, 31), new(2024, 11, 1), 2, FineUnit.Day, 30, 1, "2024", 60, "art. 36"),
                new FineLine(new(2024, 12, 31), new(2024, 12, 31), 1, FineUnit.Day, 30, 1, "2024", 30, "art. 36"),
                new FineLine(new(2025, 1, 1), new(2025, 1, 2), 2, FineUnit.Day, 40, 1, "2025", 80, "art. 36"),
            ],
            fine.Lines);
    }

    [Theory]
    [InlineData("2024-12-31", 6_00, 30_00)]
    [InlineData("2025-01-01", 7_00, 35_00)]
    public void What_is_settled_costs_what_the_list_of_that_day_says_art_46(string settledOn, long reprocessingMinor, long leastMinor)
    {
        var prices = new PriceHistory([Radovljica.Tariff2024, Dearer2025]);
        var replaced = LossRules.Replacement(AnaLostIt, FineOn(AnaLostIt, settledOn, prices: prices), prices, Date(settledOn));
        Assert.Equal((reprocessingMinor, 0), (replaced.ReprocessingMinor, replaced.CompensationMinor));
        Assert.Equal(leastMinor, Compensated(AnaLostIt, null, settledOn, prices).CompensationMinor);
    }

    [Fact]
    public void Who_replaces_in_time_pays_reprocessing_and_the_fine_until_the_declaration_art_42()
    {
        var cost = LossRules.Replacement(AnaLostIt, FineOn(AnaLostIt, "2024-07-06"), Radovljica.Prices, new(2024, 7, 6));
        Assert.Equal((10 * 30, 6_00, 0, 9_00), (cost.Fine.AmountMinor, cost.ReprocessingMinor, cost.CompensationMinor, cost.TotalMinor));
    }

    [Theory]
    [InlineData(Material.Book, 1, 30_00)]
    [InlineData(Material.SerialIssue, 1, 5_00)]
    [InlineData(Material.StorySuitcase, 5, 150_00)]
    [InlineData(Material.MediaKit, 3, 90_00)]
    public void The_least_compensation_is_for_every_unit_and_less_for_periodicals_art_42(Material material, int units, long leastMinor)
    {
        var cost = Compensated(AnaLostIt with { Material = material, Units = units }, null, "2024-06-01");
        Assert.Equal((leastMinor, 0, units * 10 * 30), (cost.CompensationMinor, cost.ReprocessingMinor, cost.Fine.AmountMinor));
    }

    [Theory]
    [InlineData(0, 0, LossRefusal.AssessedTooLow)]
    [InlineData(0, 29_99, LossRefusal.AssessedTooLow)]
    [InlineData(0, 30_00, null)]
    [InlineData(0, 200_00, null)] // the cap of a fine, where three times the price is less
    [InlineData(0, 200_01, LossRefusal.AssessedTooHigh)]
    [InlineData(100_00, 300_00, null)]
    [InlineData(100_00, 300_01, LossRefusal.AssessedTooHigh)]
    public void An_assessed_value_is_no_lower_than_the_least_and_bounded_by_the_price_art_42(long priceMinor, long assessedMinor, LossRefusal? refused)
    {
        var decision = Compensate(AnaLostIt with { PurchasePriceMinor = priceMinor }, assessedMinor, "2024-06-01");
        Assert.Equal(refused, (decision as CompensationDecision.Refused)?.Reason);
        if (decision is CompensationDecision.Granted granted) Assert.Equal(assessedMinor, granted.Cost.CompensationMinor);
    }

    [Fact]
    public void Reprocessing_comes_with_a_compensation_where_the_rulebook_says_so()
    {
        var policy = Radovljica.Rulebook.Loss with { ReprocessingWithCompensation = true };
        var facts = AnaLostIt with { Units = 2 };
        var decision = LossRules.Compensation(facts, FineOn(facts, "2024-06-01"), null, Radovljica.Prices, policy, Radovljica.Rulebook.Fine, new(2024, 6, 1));
        Assert.Equal((2 * 30_00, 2 * 6_00), decision is CompensationDecision.Granted { Cost: var cost } ? (cost.CompensationMinor, cost.ReprocessingMinor) : default);
    }

    [Theory]
    [InlineData("2024-05-16", 0)]
    [InlineData("2024-07-06", 0)]
    [InlineData("2024-07-07", 30)]
    [InlineData("2024-07-16", 10 * 30)]
    public void What_came_back_unusable_costs_a_fine_again_only_after_the_two_months_art_42(string settledOn, long amountMinor) =>
        Assert.Equal(amountMinor, FineOn(AnaSoakedIt, settledOn).AmountMinor);

    [Fact]
    public void What_came_back_unusable_after_the_two_months_is_fined_from_the_day_after_its_return_art_42()
    {
        var late = AnaSoakedIt with { StoppedOn = new(2024, 8, 1), FineChargedMinor = 87 * 30 };
        Assert.Equal(0, FineOn(late, "2024-08-01").AmountMinor);
        Assert.Equal(30, FineOn(late, "2024-08-02").AmountMinor);
    }

    [Fact]
    public void What_was_charged_at_the_return_counts_within_the_cap_art_37()
    {
        var fine = FineOn(AnaSoakedIt with { FineChargedMinor = 199_00 }, "2024-12-31");
        Assert.Equal((1_00, 1_00, true), (fine.AmountMinor, fine.CapMinor, fine.CapReached));
    }

    [Fact]
    public void On_a_day_before_the_first_list_nothing_has_a_price()
    {
        var facts = AnaLostIt with { DueOn = new(2024, 1, 1), StoppedOn = new(2024, 1, 5), ReplaceUntil = new(2024, 3, 1) };
        Assert.Equal(0, LossRules.Replacement(facts, FineOn(facts, "2024-02-01"), Radovljica.Prices, new(2024, 2, 1)).TotalMinor);
        Assert.Equal(0, Compensated(facts, null, "2024-02-01").TotalMinor);
    }

    [Fact]
    public void A_settlement_never_costs_less_the_later_it_is()
    {
        foreach (var branch in new[] { "RAD", "BRE" })
        {
            foreach (var facts in new[] { AnaLostIt, AnaLostIt with { StoppedOn = new(2024, 7, 20) }, AnaSoakedIt })
            {
                long last = 0;
                for (var on = facts.StoppedOn; on < new LocalDate(2025, 8, 1); on = on.PlusDays(1))
                {
                    var fine = LossRules.Fine(facts, Radovljica.Prices, Radovljica.Rulebook.Fine, Calendar(branch), on);
                    Assert.True(fine.AmountMinor >= last);
                    last = fine.AmountMinor;
                }
            }
        }
    }

    private static Fine FineOn(LossFacts facts, string on, string branch = "RAD", PriceHistory? prices = null) =>
        LossRules.Fine(facts, prices ?? Radovljica.Prices, Radovljica.Rulebook.Fine, Calendar(branch), Date(on));

    private static CompensationDecision Compensate(LossFacts facts, long? assessedMinor, string on, PriceHistory? prices = null) => LossRules.Compensation(
        facts, FineOn(facts, on, prices: prices), assessedMinor, prices ?? Radovljica.Prices, Radovljica.Rulebook.Loss, Radovljica.Rulebook.Fine, Date(on));

    private static LossCost Compensated(LossFacts facts, long? assessedMinor, string on, PriceHistory? prices = null) =>
        Assert.IsType<CompensationDecision.Granted>(Compensate(facts, assessedMinor, on, prices)).Cost;
}
