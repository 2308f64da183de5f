using System.Collections.Frozen;

namespace Library.ServiceDefaults.Networks;

/// <summary>Makes the typed rulebook out of a file in which no error was found.</summary>
internal static class RulebookMapper
{
    /// <summary>The bound of an assessed compensation where the file has none.</summary>
    private const int UsualTimesPrice = 3;

    public static Rulebook Map(FileNode file) => new()
    {
        Version = file.Text("version"),
        ValidFrom = Reading.Date(file["validFrom"])!.Value,
        Materials = file.Map("materials").InOrder(entry => entry.Key, entry => Material(entry.Value)),
        Loans = Loans(file["loans"]!),
        LatestIssue = LatestIssue(file["latestIssue"]!),
        NeverLentTitles = file["neverLent"]!.Map("branches")
            .InOrder(entry => entry.Key, entry => (IReadOnlyList<string>)[.. entry.Value.Items.Select(title => title.Raw)]),
        Blocks = Blocks(file["blocks"]!),
        Restrictions = Restrictions(file["restrictions"]!),
        Reminders = Reminders(file["reminders"]!),
        Fines = Fines(file["fines"]!),
        Loss = Loss(file["loss"]!),
        Holds = Holds(file["holds"]!),
        Membership = Membership(file["membership"]!),
        Ages = new AgeRule(file["ages"]!.Number("youthSectionUnder"), file["ages"]!.Number("adultFrom"), Article(file["ages"]!)),
        Privacy = new PrivacyRule(file["privacy"]!.Number("loanLinkDays"), Article(file["privacy"]!)),
        Claims = Claims(file["claims"]!),
        Spaces = Spaces(file["spaces"]!),
        Stock = Stock(file["stock"]!),
        Discretion = file["discretion"] is { } discretion ? Discretion(discretion) : null,
    };

    private static DiscretionRule Discretion(FileNode rule) => new(
        rule.Number("longestPeriodDays"), rule.Map("overrides").InOrder(entry => entry.Key, IReadOnlySet<string> (entry) => Texts(entry.Value.Items)), Article(rule));

    private static MaterialRule Material(FileNode rule) =>
        new(rule.Number("lendingDays"), rule.Number("freeRenewals"), rule.Number("exceptionalRenewals"), Article(rule));

    private static LoanRule Loans(FileNode rule) => new(
        Reading.Enumerated<DueOnClosedDay>(rule.Text("dueOnClosedDay")),
        (int?)rule["closeAfterOutageMinutes"]?.Whole,
        (int?)rule["tellDueSoonDays"]?.Whole,
        (int)(rule["undoMinutes"]?.Whole ?? 0),
        Article(rule));

    private static LatestIssueRule LatestIssue(FileNode rule) => new(
        rule.Number("otherBranchesDays"),
        rule.Map("branches").InOrder(
            entry => entry.Key,
            entry => WeekendLoan(entry.Value)),
        Article(rule));

    private static WeekendLoan WeekendLoan(FileNode rule) =>
        new(rule.Day("takenFrom"), rule.Day("backOn"), Reading.Enumerated<WeekendIssues>(rule.Text("appliesTo")));

    private static BlockRule Blocks(FileNode rule) =>
        new(rule.Minor("debtOverMinor"), rule.Number("obligationOverdueOverDays"), rule.Number("unreturnedNoticeLevel"), Article(rule));

    private static RestrictionRule Restrictions(FileNode rule) =>
        new(rule.Number("librarianAfterMonths"), rule.Number("automaticAfterMonths"), Article(rule));

    private static ReminderRule Reminders(FileNode rule) =>
        new(rule.Day("weekday"), rule.Number("intervalWeeks"), rule.Number("levels"), rule.Number("collectionAfterLevel"), Article(rule));

    private static FineRule Fines(FileNode rule) =>
        new(rule.Number("startedWeekUnderMinutesAWeek"), rule.Number("accrueYearsAtMost"), rule.Minor("capMinor"), Article(rule));

    private static LossRule Loss(FileNode rule) => new(
        rule.Number("replaceWithinMonths"),
        checked((int)(rule["assessedAtMostTimesPrice"]?.Whole ?? UsualTimesPrice)),
        rule["reprocessingWithCompensation"]?.Flag ?? false,
        Article(rule));

    private static HoldRule Holds(FileNode rule) => new(
        rule.Number("shelfWorkingDays"),
        rule.Number("preparedShelfWorkingDays"),
        [.. rule.List("workingDays").Select(day => Reading.Weekday(day.Raw)!.Value)],
        rule["keptUntilFirstOpenDay"]!.Flag!.Value,
        rule["localFirst"]?.Flag ?? false,
        Article(rule));

    private static MembershipRule Membership(FileNode rule) => new(
        rule.Number("termMonths"),
        Texts(rule.List("smallBranches")),
        rule.Number("freeUnderAge"),
        Texts(rule.List("freeStatuses")),
        rule.Map("proofAgainAfterMonths").InOrder(entry => entry.Key, entry => checked((int)entry.Value.Whole!.Value)),
        rule.Number("eraseAfterLapsedYears"),
        Article(rule));

    private static ClaimRule Claims(FileNode rule) =>
        new([.. rule.List("paymentOrder").Select(part => Reading.Enumerated<ClaimPart>(part.Raw))], Article(rule));

    private static SpaceRule Spaces(FileNode rule) => new(
        rule.Number("bookAheadMonths"),
        [.. rule.List("freeUses").Select(use => new FreeSpaceUse(
            use.Text("who"),
            use["municipality"]?.Raw,
            use.Number("timesAYear"),
            (int?)use["hoursAtMost"]?.Whole,
            use["onlyFreeAdmission"]?.Flag ?? false))],
        Article(rule));

    private static StockRule Stock(FileNode rule) => new(
        rule.List("collections").Select(collection => new CollectionRule(collection.Text("code"), collection["floating"]?.Flag ?? false))
            .InOrder(collection => collection.Code, collection => collection),
        WriteOff(rule["writeOff"]!),
        new BalanceRule(rule["balance"]!.Number("loansOfDays"), rule["balance"]!.Number("movesAtMost")));

    private static WriteOffRule WriteOff(FileNode rule) =>
        new(Reading.Enumerated<WriteOffValue>(rule.Text("bookValue")), checked((int)(rule["years"]?.Whole ?? 0)), rule.Text("standard"));

    /// <summary>Empty where the library's rules have no articles.</summary>
    private static string Article(FileNode rule) => rule["article"]?.Raw ?? "";

    private static FrozenSet<string> Texts(IReadOnlyList<FileNode> texts) => texts.Select(text => text.Raw).ToFrozenSet(StringComparer.Ordinal);
}
