namespace Library.ServiceDefaults.Networks;

/// <summary>The rules in force from <see cref="ValidFrom"/> until the next rulebook's. <c>Article</c>: of the library's own rulebook, empty where it has none.</summary>
public sealed record Rulebook
{
    /// <summary>A loan remembers it.</summary>
    public required string Version { get; init; }

    /// <summary>First day, inclusive.</summary>
    public required LocalDate ValidFrom { get; init; }

    /// <summary>By material: BOOK, AUDIOBOOK, SERIAL_ISSUE, AUDIO_VISUAL, STORY_SUITCASE, MEDIA_KIT, E_BOOK, E_AUDIOBOOK, GAME, OTHER; each is there.</summary>
    public required IReadOnlyDictionary<string, MaterialRule> Materials { get; init; }

    public required LoanRule Loans { get; init; }
    public required LatestIssueRule LatestIssue { get; init; }

    /// <summary>By branch code: titles read in the library only. A branch without any is missing.</summary>
    public required IReadOnlyDictionary<string, IReadOnlyList<string>> NeverLentTitles { get; init; }

    public required BlockRule Blocks { get; init; }
    public required RestrictionRule Restrictions { get; init; }
    public required ReminderRule Reminders { get; init; }
    public required FineRule Fines { get; init; }
    public required LossRule Loss { get; init; }
    public required HoldRule Holds { get; init; }
    public required MembershipRule Membership { get; init; }
    public required AgeRule Ages { get; init; }
    public required PrivacyRule Privacy { get; init; }
    public required ClaimRule Claims { get; init; }
    public required SpaceRule Spaces { get; init; }
    public required StockRule Stock { get; init; }

    /// <summary>Null: staff may allow nothing beyond the rules.</summary>
    public DiscretionRule? Discretion { get; init; }
}

/// <summary>
/// What staff may allow beyond the rules: a longer period that ends at most <paramref name="LongestPeriodDays"/> after the loan, and
/// <paramref name="Overrides"/>: by reason of refusal the roles that may lend all the same.
/// </summary>
public sealed record DiscretionRule(int LongestPeriodDays, IReadOnlyDictionary<string, IReadOnlySet<string>> Overrides, string Article);

/// <summary>How a material is lent. The day of the loan is day 0; exceptional renewals are paid for and come after the free ones.</summary>
public sealed record MaterialRule(int LendingDays, int FreeRenewals, int ExceptionalRenewals, string Article);

/// <summary>What becomes of a due date on which the branch is closed.</summary>
public enum DueOnClosedDay
{
    /// <summary>It stays.</summary>
    None,

    /// <summary>It moves to the branch's next open day.</summary>
    NextOpenDay,
}

/// <summary>
/// Loans in general. After an outage of <paramref name="CloseAfterOutageMinutes"/> the library may close (art. 28); null: no such rule. Who wants it is told
/// <paramref name="TellDueSoonDays"/> days before the last day; null: nobody is. A wrong scan is undone within <paramref name="UndoMinutes"/>; 0: never.
/// </summary>
public sealed record LoanRule(DueOnClosedDay DueOnClosedDay, int? CloseAfterOutageMinutes, int? TellDueSoonDays, int UndoMinutes, string Article);

/// <summary>Which issues of a serial a weekend rule is about.</summary>
public enum WeekendIssues
{
    /// <summary>The latest issue.</summary>
    LatestIssue,

    /// <summary>All issues of the current volume.</summary>
    CurrentVolume,
}

/// <summary>
/// Lent from <paramref name="TakenFrom"/> (or the day before a holiday) and due on <paramref name="BackOn"/> (or the day after the holiday).
/// </summary>
public sealed record WeekendLoan(IsoDayOfWeek TakenFrom, IsoDayOfWeek BackOn, WeekendIssues AppliesTo);

/// <summary>A serial's latest issue: weekend loans by branch code; branches without one lend it for <paramref name="OtherBranchesDays"/> days.</summary>
public sealed record LatestIssueRule(int OtherBranchesDays, IReadOnlyDictionary<string, WeekendLoan> WeekendLoans, string Article);

/// <summary>
/// Any one blocks every service: a debt over <paramref name="DebtOverMinor"/> (that amount itself does not), an obligation overdue more than
/// <paramref name="ObligationOverdueOverDays"/> days (that day itself does not), a reminder of <paramref name="UnreturnedNoticeLevel"/> or higher.
/// </summary>
public sealed record BlockRule(long DebtOverMinor, int ObligationOverdueOverDays, int UnreturnedNoticeLevel, string Article);

/// <summary>Open obligations of this age let a librarian restrict services, or restrict them by themselves.</summary>
public sealed record RestrictionRule(int LibrarianAfterMonths, int AutomaticAfterMonths, string Article);

/// <summary>Reminders go out on <paramref name="Weekday"/>, levels 1 to <paramref name="Levels"/>, each priced <see cref="PriceCodes.Reminder"/>.</summary>
public sealed record ReminderRule(IsoDayOfWeek Weekday, int IntervalWeeks, int Levels, int CollectionAfterLevel, string Article);

/// <summary>
/// A branch open fewer than <paramref name="StartedWeekUnderMinutesAWeek"/> minutes a week charges by the started week, the others by the day.
/// A fine grows for <paramref name="AccrueYearsAtMost"/> years and up to <paramref name="CapMinor"/>, or the purchase price where that is higher.
/// </summary>
public sealed record FineRule(int StartedWeekUnderMinutesAWeek, int AccrueYearsAtMost, long CapMinor, string Article);

/// <summary>
/// Lost and badly damaged units: months after the due date within which one is replaced and the fine stands still, how many times the purchase price an
/// assessed compensation may reach, and whether <see cref="PriceCodes.Reprocessing"/> is paid with a compensation too.
/// </summary>
public sealed record LossRule(int ReplaceWithinMonths, int AssessedAtMostTimesPrice, bool ReprocessingWithCompensation, string Article);

/// <summary>
/// How long a reserved unit waits: working days (<paramref name="WorkingDays"/>, never a public holiday), and with
/// <paramref name="KeptUntilFirstOpenDay"/> at least until the end of the pick-up branch's first opening day after the notice. With
/// <paramref name="LocalFirst"/> a returned copy goes to who collects it at that branch before others who placed earlier.
/// </summary>
public sealed record HoldRule(
    int ShelfWorkingDays, int PreparedShelfWorkingDays, IReadOnlyList<IsoDayOfWeek> WorkingDays, bool KeptUntilFirstOpenDay, bool LocalFirst, string Article);

/// <summary>
/// Terms and fees. <paramref name="SmallBranches"/>: where the lower fee is good. <paramref name="FreeStatuses"/> and the keys of
/// <paramref name="ProofAgainAfterMonths"/> are person statuses, e.g. UNEMPLOYED. <paramref name="FreeUnderAge"/> is exclusive, in full years.
/// </summary>
public sealed record MembershipRule(
    int TermMonths,
    IReadOnlySet<string> SmallBranches,
    int FreeUnderAge,
    IReadOnlySet<string> FreeStatuses,
    IReadOnlyDictionary<string, int> ProofAgainAfterMonths,
    int EraseAfterLapsedYears,
    string Article);

/// <summary>Ages in full years: younger than <paramref name="YouthSectionUnder"/> is the youth section, from <paramref name="AdultFrom"/> on adult.</summary>
public sealed record AgeRule(int YouthSectionUnder, int AdultFrom, string Article);

/// <summary>Days after its return for which a loan keeps its link to the person, money or a dispute apart.</summary>
public sealed record PrivacyRule(int LoanLinkDays, string Article);

/// <summary>What a payment for a claim in collection is counted towards first.</summary>
public enum ClaimPart
{
    /// <summary>The costs of collection.</summary>
    Costs,

    /// <summary>Default interest.</summary>
    Interest,

    /// <summary>What was owed to begin with.</summary>
    Principal,
}

/// <summary>Claims in collection: payments go to each part in this order; each part is there once.</summary>
public sealed record ClaimRule(IReadOnlyList<ClaimPart> PaymentOrder, string Article);

/// <summary>Halls and rooms: how far ahead they are booked, and who uses them free of charge.</summary>
public sealed record SpaceRule(int BookAheadMonths, IReadOnlyList<FreeSpaceUse> FreeUses, string Article);

/// <summary>
/// A free use. <paramref name="Who"/>: LIBRARY_ASSOCIATION or NON_PROFIT; null <paramref name="Municipality"/>: seated anywhere;
/// null <paramref name="HoursAtMost"/>: as long as it takes.
/// </summary>
public sealed record FreeSpaceUse(string Who, string? Municipality, int TimesAYear, int? HoursAtMost, bool OnlyFreeAdmission);

/// <summary>Copies. <paramref name="Collections"/>: by code, each with whether it floats; BASIC is there.</summary>
public sealed record StockRule(IReadOnlyDictionary<string, CollectionRule> Collections, WriteOffRule WriteOff, BalanceRule Balance);

/// <summary>
/// Floating copies are suggested to where they were borrowed in <paramref name="LoansOfDays"/> days, at most <paramref name="MovesAtMost"/> at a
/// time.
/// </summary>
public sealed record BalanceRule(int LoansOfDays, int MovesAtMost);

/// <summary>How what is written off is valued.</summary>
public enum WriteOffValue
{
    /// <summary>At what was paid for it.</summary>
    PurchasePrice,

    /// <summary>Less an equal part for every month.</summary>
    StraightLine,
}

/// <summary>
/// The book value of what is written off: <paramref name="Years"/> after which nothing is left (0 at purchase price), and the article or
/// accounting <paramref name="Standard"/> that says so.
/// </summary>
public sealed record WriteOffRule(WriteOffValue Value, int Years, string Standard);

/// <summary>A collection; a copy of one that floats stays at the branch where it is returned.</summary>
public sealed record CollectionRule(string Code, bool Floating);
