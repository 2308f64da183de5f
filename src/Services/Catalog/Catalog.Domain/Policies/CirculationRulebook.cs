using Library.Catalog.Domain.Holds;
using Library.Catalog.Domain.Lending;
using Library.Catalog.Domain.Losses;
using NodaTime;

namespace Library.Catalog.Domain.Policies;

/// <summary>The lending rules of one library as data, valid from a date; a loan remembers the version that it was made under.</summary>
public sealed record CirculationRulebook
{
    /// <summary>The version that loans remember.</summary>
    public required string Version { get; init; }

    /// <summary>The period and renewals of each material. A material that is missing here is not lent.</summary>
    public required IReadOnlyDictionary<Material, LendingPolicy> Lending { get; init; }

    /// <summary>The branches whose latest issues go by a rule of their own, by branch code.</summary>
    public required IReadOnlyDictionary<string, LatestIssuePolicy> LatestIssueAt { get; init; }

    /// <summary>The rule for latest issues at every other branch.</summary>
    public required LatestIssuePolicy LatestIssueElsewhere { get; init; }

    /// <summary>What happens when a loan would fall due on a day on which the branch is closed.</summary>
    public required ClosedDayRule DueOnClosedDay { get; init; }

    /// <summary>How many days before the last day of a loan its member is told (art. 41); null: nobody is.</summary>
    public int? TellDueSoonDays { get; init; }
    /// <summary>For so many minutes after it a wrong scan is undone, the last one included; 0: never.</summary>
    public int UndoMinutes { get; init; }

    /// <summary>What blocks a member.</summary>
    public required BlockPolicy Block { get; init; }

    /// <summary>How fines grow and where they stop.</summary>
    public required FinePolicy Fine { get; init; }

    /// <summary>How long reserved material waits.</summary>
    public required HoldPolicy Hold { get; init; }

    /// <summary>What becomes of lost and badly damaged units.</summary>
    public required LossPolicy Loss { get; init; }

    /// <summary>What staff may allow beyond the rules.</summary>
    public DiscretionPolicy Discretion { get; init; } = DiscretionPolicy.None;

    /// <summary>When reminders go out.</summary>
    public required ReminderPolicy Reminder { get; init; }

    /// <summary>The rule for latest issues at <paramref name="branchCode"/>.</summary>
    public LatestIssuePolicy LatestIssue(string branchCode) => LatestIssueAt.GetValueOrDefault(branchCode, LatestIssueElsewhere);
}

/// <summary>The loan period of a material and its renewals (art. 29–31).</summary>
/// <param name="PeriodDays">Days from the day of lending to the due date (which is itself a day of the loan).</param>
/// <param name="FreeRenewals">How often a loan is renewed without charge.</param>
/// <param name="ExceptionalRenewals">How often more against the price of an exceptional renewal, after the free ones.</param>
public sealed record LendingPolicy(int PeriodDays, int FreeRenewals, int ExceptionalRenewals)
{
    /// <summary>Whether loans of this material are renewed at all.</summary>
    public bool IsRenewable => FreeRenewals + ExceptionalRenewals > 0;
}

/// <summary>How a branch lends the latest issue of a serial.</summary>
public abstract record LatestIssuePolicy
{
    private LatestIssuePolicy()
    {
    }

    /// <summary>On any day, for a number of days.</summary>
    /// <param name="PeriodDays">Days from the day of lending to the due date.</param>
    public sealed record ForDays(int PeriodDays) : LatestIssuePolicy;

    /// <summary>Only over the days when the branch is closed: from a weekday to Monday, or from the day before a holiday to the day after it.</summary>
    /// <param name="LentOn">The weekday of lending (RAD and BLE Saturday, BOH Friday).</param>
    public sealed record OverClosedDays(IsoDayOfWeek LentOn) : LatestIssuePolicy;
}

/// <summary>What a due date does that falls on a day on which the lending branch is closed.</summary>
public enum ClosedDayRule
{
    /// <summary>It stays (Radovljica, whose fines count closed days too).</summary>
    None = 1,

    /// <summary>It moves to the branch's next opening day.</summary>
    NextOpenDay,
}

/// <summary>What blocks a member from every service (art. 27).</summary>
/// <param name="DebtOverMinor">A debt above this blocks, in minor units; this much exactly does not.</param>
/// <param name="ObligationOlderThanDays">An obligation open for more than this many days blocks; this many exactly does not.</param>
/// <param name="BlockingReminderLevel">The reminder that is the notice of unreturned material: it and every later one block until all is back and
/// settled.</param>
public sealed record BlockPolicy(long DebtOverMinor, int ObligationOlderThanDays, int BlockingReminderLevel);

/// <summary>How fines grow and where they stop (art. 36–37).</summary>
/// <param name="MaxYears">The fine grows for this many years from the due date.</param>
/// <param name="CapMinorPerUnit">The most that a unit can cost, in minor units, unless it was dearer to buy.</param>
/// <param name="WeeklyUnderMinutes">A branch open for less than this many minutes a week (exclusive) charges by the week.</param>
/// <param name="Article">The rulebook's article, for receipts and disputes.</param>
public sealed record FinePolicy(int MaxYears, long CapMinorPerUnit, int WeeklyUnderMinutes, string Article);

/// <summary>When reminders go out (art. 36).</summary>
/// <param name="Weekday">The day of the weekly run.</param>
/// <param name="IntervalWeeks">Weeks between two reminders to one member.</param>
/// <param name="Levels">The highest level; a member who had it gets no more.</param>
/// <param name="HandOverAfterLevel">After this one the claim goes to a lawyer or collection agency.</param>
/// <param name="Article">The rulebook's article.</param>
public sealed record ReminderPolicy(IsoDayOfWeek Weekday, int IntervalWeeks, int Levels, int HandOverAfterLevel, string Article);
