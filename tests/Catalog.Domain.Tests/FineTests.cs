using Library.Catalog.Domain.Fines;
using Library.Catalog.Domain.Policies;
using NodaTime;
using static Library.Catalog.Domain.Tests.CalendarTests;

namespace Library.Catalog.Domain.Tests;

public sealed class FineTests
{
    private static readonly PriceList Dearer2025 = Radovljica.Tariff2024 with { Version = "2025", ValidFrom = new LocalDate(2025, 1, 1), DayFineMinor = 40, WeekFineMinor = 50 };

    [Theory]
    [InlineData("2024-05-05", 0, 0)]
    [InlineData("2024-05-06", 0, 0)] // the due date
    [InlineData("2024-05-07", 1, 30)]
    [InlineData("2024-05-15", 9, 2_70)]
    public void A_fine_starts_on_the_day_after_the_due_date_art_36(string returnedOn, int days, long amountMinor)
    {
        var fine = Price("RAD", "2024-05-06", returnedOn);
        Assert.Equal((days, amountMinor), (fine.OverdueDays, fine.AmountMinor));
    }

    [Fact]
    public void Fine_is_charged_for_closed_days_too_art_36()
    {
        // 1 and 2 May are holidays, 5 May is a Sunday
        var fine = Price("RAD", "2024-04-30", "2024-05-06");
        Assert.Equal(6 * 30, fine.AmountMinor);
        Assert.Equal([new FineLine(new(2024, 5, 1), new(2024, 5, 6), 6, FineUnit.Day, 30, 1, "2024", 1_80, "art. 36")], fine.Lines);
    }

    [Theory]
    [InlineData("2024-05-17", 0)]
    [InlineData("2024-05-18", 35)] // the first day starts a week
    [InlineData("2024-05-24", 35)] // seven days
    [InlineData("2024-05-25", 70)]
    [InlineData("2024-05-31", 70)]
    [InlineData("2024-06-01", 1_05)]
    public void A_branch_open_under_five_hours_charges_by_the_started_week_art_36(string returnedOn, long amountMinor) =>
        Assert.Equal(amountMinor, Price("BRE", "2024-05-17", returnedOn).AmountMinor);

    [Theory]
    [InlineData(299, 35)]
    [InlineData(300, 7 * 30)] // five hours is not under five hours
    public void Under_five_hours_is_exclusive(int minutes, long amountMinor)
    {
        var calendar = new Calendars.BranchCalendar
        {
            BranchCode = "X",
            Version = "1",
            Regular = new(new Dictionary<IsoDayOfWeek, IReadOnlyList<Calendars.OpeningInterval>> { [IsoDayOfWeek.Friday] = [new(new LocalTime(9, 0), new LocalTime(9, 0).PlusMinutes(minutes))] }),
        };
        var facts = new FineFacts { DueOn = new(2024, 5, 17), ReturnedOn = new(2024, 5, 24) };
        Assert.Equal(amountMinor, FineRules.Price(facts, Radovljica.Prices, Radovljica.Rulebook.Fine, calendar).AmountMinor);
    }

    [Fact]
    public void Hours_that_change_in_summer_change_the_unit_and_charge_no_day_twice()
    {
        // open four hours a week, in July and August ten: 28 June starts a week that lasts to 4 July, from 5 July days count
        var calendar = new Calendars.BranchCalendar
        {
            BranchCode = "X",
            Version = "1",
            Regular = Radovljica.Week("Fri 15-19"),
            Seasons = [new(new AnnualDate(7, 1), new AnnualDate(8, 31), Radovljica.Week("Tue 14-19, Fri 9-14"))],
        };
        var facts = new FineFacts { DueOn = new(2024, 6, 27), ReturnedOn = new(2024, 7, 6) };
        var fine = FineRules.Price(facts, Radovljica.Prices, Radovljica.Rulebook.Fine, calendar);
        Assert.Equal(35 + (2 * 30), fine.AmountMinor);
        Assert.Equal([(FineUnit.Week, new LocalDate(2024, 7, 4)), (FineUnit.Day, new LocalDate(2024, 7, 6))], fine.Lines.Select(line => (line.Unit, line.To)));
    }

    [Fact]
    public void A_suitcase_is_fined_for_its_units_art_36()
    {
        var fine = Price("RAD", "2024-05-06", "2024-05-15", units: 5);
        Assert.Equal(9 * 5 * 30, fine.AmountMinor);
        Assert.Equal(5 * 200_00, fine.CapMinor);
    }

    [Fact]
    public void Each_day_is_priced_by_the_tariff_in_force_on_it_art_46()
    {
        var fine = Price("RAD", "2024-12-29", "2025-01-03", prices: new PriceHistory([Dearer2025, Radovljica.Tariff2024]));
        Assert.Equal(
            [
                new FineLine(new(2024, 12, 30), new(2024, 12, 31), 2, FineUnit.Day, 30, 1, "2024", 60, "art. 36"),
                new FineLine(new(2025, 1, 1), new(2025, 1, 3), 3, FineUnit.Day, 40, 1, "2025", 1_20, "art. 36"),
            ],
            fine.Lines);
        Assert.Equal(1_80, fine.AmountMinor);
    }

    [Fact]
    public void A_started_week_keeps_the_price_of_its_first_day()
    {
        var fine = Price("BRE", "2024-12-29", "2025-01-06", prices: new PriceHistory([Radovljica.Tariff2024, Dearer2025]));
        Assert.Equal([("2024", 35L), ("2025", 50L)], fine.Lines.Select(line => (line.TariffVersion, line.AmountMinor)));
    }

    [Fact]
    public void Until_a_new_list_last_years_holds_art_17() => Assert.Equal(30, Price("RAD", "2026-05-06", "2026-05-07").AmountMinor);

    [Fact]
    public void Days_before_the_first_list_cost_nothing_and_are_still_overdue()
    {
        var fine = Price("RAD", "2024-03-10", "2024-03-15");
        Assert.Equal((5, 2 * 30), (fine.OverdueDays, fine.AmountMinor));
    }

    [Theory]
    [InlineData("2025-05-05", 364, 364 * 30)]
    [InlineData("2025-05-06", 365, 365 * 30)] // the anniversary of the due date is the last day charged
    [InlineData("2025-05-07", 366, 365 * 30)]
    [InlineData("2027-05-06", 1095, 365 * 30)]
    public void A_fine_grows_for_one_year_and_days_are_counted_on_art_37(string returnedOn, int days, long amountMinor)
    {
        var fine = Price("RAD", "2024-05-06", returnedOn);
        Assert.Equal((days, amountMinor, false), (fine.OverdueDays, fine.AmountMinor, fine.CapReached));
    }

    [Theory]
    [InlineData(0, 200_00, true)]
    [InlineData(150_00, 200_00, true)]
    [InlineData(350_00, 350_00, true)]
    [InlineData(400_00, 365_00, false)]
    public void A_fine_is_capped_at_200_euros_or_the_dearer_purchase_price_art_37(long purchasePriceMinor, long amountMinor, bool capReached)
    {
        var euroADay = new PriceHistory([Radovljica.Tariff2024 with { DayFineMinor = 1_00 }]);
        var fine = Price("RAD", "2024-05-06", "2025-05-06", purchasePriceMinor: purchasePriceMinor, prices: euroADay);
        Assert.Equal((amountMinor, capReached, 365_00L), (fine.AmountMinor, fine.CapReached, fine.Lines.Sum(line => line.AmountMinor)));
    }

    [Fact]
    public void A_price_beyond_all_numbers_is_an_error_and_not_a_small_fine()
    {
        var absurd = new PriceHistory([Radovljica.Tariff2024 with { DayFineMinor = long.MaxValue }]);
        Assert.Throws<OverflowException>(() => Price("RAD", "2024-05-06", "2024-05-15", prices: absurd));
    }

    [Fact]
    public void A_fine_never_shrinks_as_days_pass()
    {
        foreach (var branch in new[] { "RAD", "BRE" })
        {
            var due = new LocalDate(2024, 11, 20);
            var prices = new PriceHistory([Radovljica.Tariff2024, Dearer2025]);
            long last = 0;
            for (var days = 0; days < 400; days++)
            {
                var facts = new FineFacts { DueOn = due, ReturnedOn = due.PlusDays(days) };
                var fine = FineRules.Price(facts, prices, Radovljica.Rulebook.Fine, Calendar(branch));
                Assert.True(fine.AmountMinor >= last);
                Assert.Equal(fine.Lines.Sum(line => line.Count * line.Units * line.UnitMinor), fine.AmountMinor);
                last = fine.AmountMinor;
            }
        }
    }

    [Fact]
    public void Price_lists_of_two_currencies_or_of_one_day_do_not_mix()
    {
        Assert.Throws<ArgumentException>(() => new PriceHistory([]));
        Assert.Throws<ArgumentException>(() => new PriceHistory([Radovljica.Tariff2024, Radovljica.Tariff2024 with { Version = "b" }]));
        Assert.Throws<ArgumentException>(() => new PriceHistory([Radovljica.Tariff2024, Dearer2025 with { CurrencyCode = "PLN" }]));
    }

    private static Fine Price(string branch, string dueOn, string returnedOn, int units = 1, long purchasePriceMinor = 0, PriceHistory? prices = null) =>
        FineRules.Price(
            new FineFacts { DueOn = Date(dueOn), ReturnedOn = Date(returnedOn), Units = units, PurchasePriceMinor = purchasePriceMinor },
            prices ?? Radovljica.Prices, Radovljica.Rulebook.Fine, Calendar(branch));
}
