using Library.Catalog.Domain.Calendars;
using Library.Catalog.Domain.Holds;
using Library.Catalog.Domain.Losses;
using Library.Catalog.Domain.Policies;
using NodaTime;

namespace Library.Catalog.Domain.Tests;

/// <summary>The reference library's rules, as its documents state them, written out here so that a test does not depend on the network's files.</summary>
internal static class Radovljica
{
    public static readonly HolidayRule[] Holidays =
    [
        HolidayRule.Fixed(new(1, 1)), HolidayRule.Fixed(new(1, 2)), HolidayRule.Fixed(new(2, 8)), HolidayRule.FromEaster(0), HolidayRule.FromEaster(1),
        HolidayRule.Fixed(new(4, 27)), HolidayRule.Fixed(new(5, 1)), HolidayRule.Fixed(new(5, 2)), HolidayRule.FromEaster(49), HolidayRule.Fixed(new(6, 25)),
        HolidayRule.Fixed(new(8, 14), 2023, 2023), HolidayRule.Fixed(new(8, 15)), HolidayRule.Fixed(new(10, 31)), HolidayRule.Fixed(new(11, 1)),
        HolidayRule.Fixed(new(12, 25)), HolidayRule.Fixed(new(12, 26)),
    ];

    private static readonly HolidayRule[] HaveAnEve =
        [.. new AnnualDate[] { new(1, 1), new(1, 2), new(5, 1), new(5, 2), new(12, 25), new(12, 26) }.Select(date => HolidayRule.Fixed(date))];

    public static readonly BranchCalendar Rad = new()
    {
        BranchCode = "RAD",
        Version = "cal-1",
        Regular = Week("Mon Tue Wed Fri 8-19, Thu 10-19, Sat 8-13"),
        PreHoliday = new PreHolidayHours(HaveAnEve, Hours(8, 14)),
        Holidays = Holidays,
        ClosedOn = new HashSet<LocalDate> { new(2024, 9, 14) },
    };

    public static readonly BranchCalendar Bled = new()
    {
        BranchCode = "BLE",
        Version = "cal-1",
        Regular = Week("Mon Tue Wed Thu Fri 10-19, Sat 8-12"),
        Seasons = [new Season(new(7, 1), new(8, 31), Week("Mon Thu 10-19, Tue Wed Fri 8-14, Sat 8-12"))],
        PreHoliday = new PreHolidayHours(HaveAnEve, Hours(8, 14)),
        Holidays = Holidays,
    };

    public static readonly BranchCalendar Bohinj = new()
    {
        BranchCode = "BOH",
        Version = "cal-1",
        Regular = Week("Mon Tue 8-14, Wed Thu Fri 13-19"),
        Seasons = [new Season(new(7, 1), new(8, 31), Week("Mon Tue Fri 8-14, Wed Thu 13-19"))],
        PreHoliday = new PreHolidayHours(HaveAnEve, Hours(8, 14)),
        Holidays = Holidays,
    };

    public static readonly BranchCalendar Brezje = new()
    {
        BranchCode = "BRE",
        Version = "cal-1",
        Regular = Week("Fri 15-19"),
        PreHoliday = new PreHolidayHours(HaveAnEve, Hours(9, 13)),
        Holidays = Holidays,
    };

    public static readonly BranchCalendar Mobile = new() { BranchCode = "MOB", Version = "cal-1", Regular = Week(""), Holidays = Holidays };

    public static readonly CirculationRulebook Rulebook = new()
    {
        Version = "2024-03-14",
        Lending = new Dictionary<Material, LendingPolicy>
        {
            [Material.Book] = new(21, 2, 1),
            [Material.Audiobook] = new(21, 2, 1),
            [Material.SerialIssue] = new(7, 1, 1),
            [Material.AudioVisual] = new(21, 2, 1),
            [Material.StorySuitcase] = new(21, 0, 0),
            [Material.MediaKit] = new(21, 1, 1),
            [Material.EBook] = new(14, 0, 0),
            [Material.EAudiobook] = new(14, 0, 0),
        },
        LatestIssueAt = new Dictionary<string, LatestIssuePolicy>
        {
            ["RAD"] = new LatestIssuePolicy.OverClosedDays(IsoDayOfWeek.Saturday),
            ["BLE"] = new LatestIssuePolicy.OverClosedDays(IsoDayOfWeek.Saturday),
            ["BOH"] = new LatestIssuePolicy.OverClosedDays(IsoDayOfWeek.Friday),
        },
        LatestIssueElsewhere = new LatestIssuePolicy.ForDays(7),
        DueOnClosedDay = ClosedDayRule.None,
        Block = new BlockPolicy(DebtOverMinor: 21_00, ObligationOlderThanDays: 365, BlockingReminderLevel: 3),
        Fine = new FinePolicy(MaxYears: 1, CapMinorPerUnit: 200_00, WeeklyUnderMinutes: 300, Article: "art. 36"),
        Hold = new HoldPolicy(
            ShelfWorkingDays: 3, PreparedWorkingDays: 1,
            new HashSet<IsoDayOfWeek> { IsoDayOfWeek.Monday, IsoDayOfWeek.Tuesday, IsoDayOfWeek.Wednesday, IsoDayOfWeek.Thursday, IsoDayOfWeek.Friday },
            UntilFirstOpenDay: true, LocalFirst: false, Article: "art. 33"),
        Reminder = new ReminderPolicy(IsoDayOfWeek.Monday, IntervalWeeks: 1, Levels: 4, HandOverAfterLevel: 3, Article: "art. 36"),
        Loss = new LossPolicy(ReplaceWithinMonths: 2, AssessedAtMostTimesPrice: 3, ReprocessingWithCompensation: false, Article: "art. 42"),
    };

    public static readonly PriceList Tariff2024 = new()
    {
        Version = "2024",
        ValidFrom = new LocalDate(2024, 3, 14),
        CurrencyCode = "EUR",
        DayFineMinor = 30,
        WeekFineMinor = 35,
        ReminderMinor = [2_00, 2_00, 4_00, 5_00],
        ExceptionalRenewalMinor = 50,
        InterlibraryMinor = 9_00,
        ReprocessingMinor = 6_00,
        LeastCompensationMinor = 30_00,
        LeastPeriodicalCompensationMinor = 5_00,
        DamageMinor = new Dictionary<DamageKind, long>
        {
            [DamageKind.Box] = 1_50, [DamageKind.KitFolder] = 50, [DamageKind.CodeLabel] = 50, [DamageKind.Cleaning] = 50,
        },
    };

    public static readonly PriceHistory Prices = new([Tariff2024]);

    public static WeeklyHours Week(string table)
    {
        var hours = new Dictionary<IsoDayOfWeek, IReadOnlyList<OpeningInterval>>();
        foreach (var part in table.Split(", ", StringSplitOptions.RemoveEmptyEntries))
        {
            var words = part.Split(' ');
            var times = words[^1].Split('-').Select(t => int.Parse(t, System.Globalization.CultureInfo.InvariantCulture)).ToArray();
            foreach (var day in words[..^1])
            {
                hours.Add(Weekday(day), Hours(times[0], times[1]));
            }
        }

        return new WeeklyHours(hours);
    }

    public static OpeningInterval[] Hours(int from, int to) => [new(new LocalTime(from, 0), new LocalTime(to, 0))];

    private static IsoDayOfWeek Weekday(string day) => day switch
    {
        "Mon" => IsoDayOfWeek.Monday,
        "Tue" => IsoDayOfWeek.Tuesday,
        "Wed" => IsoDayOfWeek.Wednesday,
        "Thu" => IsoDayOfWeek.Thursday,
        "Fri" => IsoDayOfWeek.Friday,
        _ => IsoDayOfWeek.Saturday,
    };
}
