using System.Collections.Frozen;
using System.Globalization;
using Library.Catalog.Domain;
using Library.Catalog.Domain.Calendars;
using Library.Catalog.Domain.Holds;
using Library.Catalog.Domain.Lending;
using Library.Catalog.Domain.Losses;
using Library.Catalog.Domain.Policies;
using Library.Catalog.Domain.Serials;
using Library.Catalog.Domain.Stock;
using Library.ServiceDefaults.Networks;
using CalendarSeason = Library.Catalog.Domain.Calendars.Season;
using DomainHoliday = Library.Catalog.Domain.Calendars.HolidayRule;
using DueOnClosedDay = Library.ServiceDefaults.Networks.DueOnClosedDay;

namespace Library.Catalog.Rules;

/// <summary>
/// The network's files as the lending rules want them: rulebooks, price lists and one calendar a branch. Made once; the only place that
/// maps them.
/// </summary>
public sealed class NetworkRules
{
    private readonly Network network;
    private readonly FrozenDictionary<string, CirculationRulebook> rulebooks;
    private readonly FrozenDictionary<string, BranchCalendar> calendars;
    private readonly FrozenDictionary<string, FrozenDictionary<string, FrozenSet<string>>> neverLent;

    public NetworkRules(Network network)
    {
        this.network = network;
        rulebooks = network.Rulebooks.ToFrozenDictionary(rulebook => rulebook.Version, Map);
        calendars = network.Branches.Values.ToFrozenDictionary(branch => branch.Code, MapCalendar);
        neverLent = network.Rulebooks.ToFrozenDictionary(
            rulebook => rulebook.Version,
            rulebook => rulebook.NeverLentTitles.ToFrozenDictionary(
                titles => titles.Key, titles => titles.Value.Select(TextFold.Fold).ToFrozenSet(StringComparer.Ordinal)));
        Prices = new PriceHistory(network.Tariffs.Select(Map));
    }

    public PriceHistory Prices { get; }

    public string CurrencyCode => network.CurrencyCode;

    public bool IsBranch(string code) => calendars.ContainsKey(code);

    /// <summary>The rules in force on a date.</summary>
    public CirculationRulebook On(LocalDate date) => rulebooks[network.RulebookOn(date).Version];

    /// <summary>The rules that a loan was made under; those in force today where its version is no longer shipped.</summary>
    public CirculationRulebook MadeUnder(string version, LocalDate today) => rulebooks.GetValueOrDefault(version) ?? On(today);

    public BranchCalendar Calendar(string branch) => calendars[branch];

    /// <summary>Whether what stands at a branch is at home where it is scanned: there, or at a stop of that mobile library.</summary>
    public bool IsAtHome(string stands, string scannedAt) => stands == scannedAt || network.Branches[scannedAt].StopOf == stands;

    /// <summary>After an outage of so many minutes the library may close (art. 28); null: no such rule.</summary>
    public int? CloseAfterOutageMinutes(LocalDate date) => network.RulebookOn(date).Loans.CloseAfterOutageMinutes;

    /// <summary>The library that a branch belongs to: how partner libraries know us.</summary>
    public string LibraryOf(string branch) => network.Branches[branch].LibraryCode;

    /// <summary>A founder's municipality.</summary>
    public bool IsMunicipality(string name) => network.Founders.Any(founder => founder.Municipality == name);

    /// <summary>The municipality of a branch, which bears the cost of its copies unless another does.</summary>
    public string MunicipalityOf(string branch) => network.Branches.TryGetValue(branch, out var known) ? known.Municipality : "";

    public bool IsCollection(string code, LocalDate date) => network.RulebookOn(date).Stock.Collections.ContainsKey(code);

    /// <summary>Whether copies of the collection stay where they are returned; one that the rules no longer name does not.</summary>
    public bool Floats(string collection, LocalDate date) => network.RulebookOn(date).Stock.Collections.GetValueOrDefault(collection)?.Floating ?? false;

    /// <summary>How what is written off on a date is valued.</summary>
    public BookValuePolicy BookValues(LocalDate date) => network.RulebookOn(date).Stock.WriteOff switch
    {
        { Value: WriteOffValue.PurchasePrice } rule => new BookValuePolicy(BookValueMethod.PurchasePrice, 0, rule.Standard),
        { Value: WriteOffValue.StraightLine } rule => new BookValuePolicy(BookValueMethod.StraightLine, rule.Years, rule.Standard),
    };

    /// <summary>Where the smaller fee is good (art. 19).</summary>
    public IReadOnlySet<string> SmallFeeBranches(LocalDate date) => network.RulebookOn(date).Membership.SmallBranches;

    /// <summary>Days for which a returned loan keeps its link to the person (ADR 9).</summary>
    public int LoanLinkDays(LocalDate date) => network.RulebookOn(date).Privacy.LoanLinkDays;

    /// <summary>The article that a price comes from, as charges bear it.</summary>
    public string ArticleOf(string priceCode, LocalDate date) =>
        Cited(network.TariffOn(date).Prices.GetValueOrDefault(priceCode)?.Article);

    /// <summary>The article that a material's period and renewals come from; empty where the network's rules have none.</summary>
    public string ArticleOfMaterial(string material, LocalDate date) => Cited(network.RulebookOn(date).Materials[material].Article);

    /// <summary>The article that a refusal rests on; empty where the network's rules have none.</summary>
    public string ArticleOf(LoanRefusal refusal, string material, LocalDate date)
    {
        var rulebook = network.RulebookOn(date);
        return refusal switch
        {
            LoanRefusal.MembershipLapsed or LoanRefusal.MembershipEOnly or LoanRefusal.MembershipBranch => Cited(rulebook.Membership.Article),
            LoanRefusal.MemberRestricted => Cited(rulebook.Restrictions.Article),
            LoanRefusal.DebtOverLimit or LoanRefusal.DebtTooOld or LoanRefusal.UnreturnedNotice => Cited(rulebook.Blocks.Article),
            LoanRefusal.AgeSection => Cited(rulebook.Ages.Article),
            LoanRefusal.ItemHeldForAnother or LoanRefusal.AlreadyHeld => Cited(rulebook.Holds.Article),
            _ => ArticleOfMaterial(material, date),
        };
    }

    /// <summary>How an item may be used: the listed papers of a branch stay in the house whatever the item says (art. 27).</summary>
    public LendingClass LendingOf(string lending, string material, string branch, string title, LocalDate date) =>
        material == "SERIAL_ISSUE" && neverLent[network.RulebookOn(date).Version].TryGetValue(branch, out var titles) && titles.Contains(TextFold.Fold(title))
            ? LendingClass.ReadingRoomOnly
            : Codes.LendingRuleOf(lending);

    /// <summary>Which issues of a serial the branch lends as the latest (art. 26–35); branches without a weekend rule the latest only.</summary>
    public LatestIssueScope LatestIssueScopeAt(string branch, LocalDate date) =>
        network.RulebookOn(date).LatestIssue.WeekendLoans.GetValueOrDefault(branch)?.AppliesTo switch
        {
            WeekendIssues.CurrentVolume => LatestIssueScope.CurrentVolume,
            WeekendIssues.LatestIssue or null => LatestIssueScope.LatestIssue,
        };

    /// <summary>Empty where the network's rules have no articles.</summary>
    private static string Cited(string? article) => string.IsNullOrEmpty(article) ? "" : $"art. {article}";

    private static CirculationRulebook Map(Rulebook rulebook) => new()
    {
        Version = rulebook.Version,
        Lending = rulebook.Materials.ToFrozenDictionary(
            rule => Codes.MaterialRuleOf(rule.Key),
            rule => new LendingPolicy(rule.Value.LendingDays, rule.Value.FreeRenewals, rule.Value.ExceptionalRenewals)),
        LatestIssueAt = rulebook.LatestIssue.WeekendLoans.ToFrozenDictionary(
            loan => loan.Key, LatestIssuePolicy (loan) => new LatestIssuePolicy.OverClosedDays(loan.Value.TakenFrom)),
        LatestIssueElsewhere = new LatestIssuePolicy.ForDays(rulebook.LatestIssue.OtherBranchesDays),
        DueOnClosedDay = rulebook.Loans.DueOnClosedDay switch
        {
            DueOnClosedDay.None => ClosedDayRule.None,
            DueOnClosedDay.NextOpenDay => ClosedDayRule.NextOpenDay,
        },
        TellDueSoonDays = rulebook.Loans.TellDueSoonDays,
        UndoMinutes = rulebook.Loans.UndoMinutes,
        Block = new BlockPolicy(rulebook.Blocks.DebtOverMinor, rulebook.Blocks.ObligationOverdueOverDays, rulebook.Blocks.UnreturnedNoticeLevel),
        Fine = new FinePolicy(
            rulebook.Fines.AccrueYearsAtMost, rulebook.Fines.CapMinor, rulebook.Fines.StartedWeekUnderMinutesAWeek, Cited(rulebook.Fines.Article)),
        Hold = new HoldPolicy(
            rulebook.Holds.ShelfWorkingDays, rulebook.Holds.PreparedShelfWorkingDays, rulebook.Holds.WorkingDays.ToFrozenSet(),
            rulebook.Holds.KeptUntilFirstOpenDay, rulebook.Holds.LocalFirst, Cited(rulebook.Holds.Article)),
        Discretion = rulebook.Discretion is { } rule
            ? new DiscretionPolicy(rule.LongestPeriodDays, rule.Overrides.ToFrozenDictionary(entry => Codes.Parse<LoanRefusal>(entry.Key), entry => entry.Value), Cited(rule.Article))
            : DiscretionPolicy.None,
        Loss = new LossPolicy(
            rulebook.Loss.ReplaceWithinMonths, rulebook.Loss.AssessedAtMostTimesPrice, rulebook.Loss.ReprocessingWithCompensation, Cited(rulebook.Loss.Article)),
        Reminder = new ReminderPolicy(
            rulebook.Reminders.Weekday, rulebook.Reminders.IntervalWeeks, rulebook.Reminders.Levels, rulebook.Reminders.CollectionAfterLevel,
            Cited(rulebook.Reminders.Article)),
    };

    private static PriceList Map(Tariff tariff) => new()
    {
        Version = tariff.Version,
        ValidFrom = tariff.ValidFrom,
        CurrencyCode = tariff.CurrencyCode,
        DayFineMinor = tariff.Price(PriceCodes.FineDay),
        WeekFineMinor = tariff.Price(PriceCodes.FineWeek),
        ReminderMinor =
        [
            .. Enumerable.Range(1, 20).Select(PriceCodes.Reminder).TakeWhile(tariff.Prices.ContainsKey).Select(tariff.Price),
        ],
        ExceptionalRenewalMinor = tariff.Price(PriceCodes.ExceptionalRenewal),
        HoldNotCollectedMinor = tariff.Price(PriceCodes.HoldNotCollected),
        InterlibraryMinor = tariff.Price(PriceCodes.Interlibrary),
        ReprocessingMinor = tariff.Price(PriceCodes.Reprocessing),
        LeastCompensationMinor = tariff.Price(PriceCodes.CompensationLeastUnit),
        LeastPeriodicalCompensationMinor = tariff.Price(PriceCodes.CompensationLeastPeriodical),
        DamageMinor = Enum.GetValues<DamageKind>()
            .Where(kind => tariff.Prices.GetValueOrDefault(CodeOf(kind))?.Minor is not null).ToFrozenDictionary(kind => kind, kind => tariff.Price(CodeOf(kind))),
    };

    /// <summary>The price of a kind of damage; what is unusable is compensated.</summary>
    public static string CodeOf(DamageKind kind) => kind switch
    {
        DamageKind.Binding => PriceCodes.DamageBinding,
        DamageKind.Box => PriceCodes.DamageBox,
        DamageKind.KitFolder => PriceCodes.DamageKitFolder,
        DamageKind.CodeLabel => PriceCodes.LabelCode,
        DamageKind.Cleaning => PriceCodes.Cleaning,
        DamageKind.Unusable => PriceCodes.CompensationAssessed,
    };

    private BranchCalendar MapCalendar(Branch branch) => new()
    {
        BranchCode = branch.Code,
        Version = network.CalendarVersion,
        Regular = Week(branch.Hours?.Regular),
        Seasons = network.Summer is { } summer && branch.Hours is { } hours ? [new CalendarSeason(summer.From, summer.To, Week(hours.Summer))] : [],
        PreHoliday = branch.Hours is { PreHoliday.Count: > 0 } eve
            ? new PreHolidayHours(
                [.. network.Holidays.Where(holiday => holiday.ShortensDayBefore).Select(Map)],
                Intervals(eve.PreHoliday))
            : null,
        // a mobile library works on the days of all its stops
        Visits = [.. network.Branches.Values.Where(other => other == branch || other.StopOf == branch.Code).SelectMany(place => place.Visits).Select(Map)],
        Holidays = [.. network.Holidays.Select(Map)],
        ClosedOn = network.ClosedSaturdays.ToFrozenSet(),
    };

    private static RegularVisit Map(BranchVisit visit) => new(visit.FirstOn, visit.EveryWeeks, Intervals(visit.Hours));

    private static DomainHoliday Map(ServiceDefaults.Networks.HolidayRule holiday) => holiday switch
    {
        { On: { } only } => DomainHoliday.Fixed(new AnnualDate(only.Month, only.Day), only.Year, only.Year),
        { DaysFromEaster: { } days } => DomainHoliday.FromEaster(days, holiday.FromYear, holiday.ToYear),
        { Date: { } date } => DomainHoliday.Fixed(date, holiday.FromYear, holiday.ToYear),
        _ => throw new InvalidOperationException(string.Create(CultureInfo.InvariantCulture, $"The holiday {holiday.Name.DefaultLanguage} has no date.")),
    };

    private static WeeklyHours Week(IReadOnlyDictionary<IsoDayOfWeek, IReadOnlyList<OpenInterval>>? week) =>
        new((week ?? FrozenDictionary<IsoDayOfWeek, IReadOnlyList<OpenInterval>>.Empty).ToDictionary(day => day.Key, day => Intervals(day.Value)));

    private static IReadOnlyList<OpeningInterval> Intervals(IReadOnlyList<OpenInterval> intervals) =>
        [.. intervals.Select(interval => new OpeningInterval(interval.From, interval.To))];
}
