namespace Library.ServiceDefaults.Networks;

/// <summary>
/// A network of public libraries as its files describe it (deploy/networks/NAME). Immutable; read once when a service starts.
/// Dates and times are local to <see cref="TimeZone"/>; amounts are minor units of <see cref="CurrencyCode"/>.
/// </summary>
public sealed record Network
{
    /// <summary>Short name, e.g. <c>radovljica</c>.</summary>
    public required string Name { get; init; }

    /// <summary>Name for people.</summary>
    public required LocalizedName Title { get; init; }

    /// <summary>ISO 3166 code of two letters.</summary>
    public required string Country { get; init; }

    /// <summary>The zone of every business date.</summary>
    public required DateTimeZone TimeZone { get; init; }

    /// <summary>ISO 4217 code of every amount.</summary>
    public required string CurrencyCode { get; init; }

    /// <summary>ISO 639 codes; every <see cref="LocalizedName"/> has each of them.</summary>
    public required IReadOnlyList<string> Languages { get; init; }

    /// <summary>One of <see cref="Languages"/>.</summary>
    public required string DefaultLanguage { get; init; }

    /// <summary>Whether demonstration data belongs into a new installation.</summary>
    public required bool HasDemoData { get; init; }

    /// <summary>By code, in the order of the file.</summary>
    public required IReadOnlyDictionary<string, MemberLibrary> Libraries { get; init; }

    /// <summary>By code, in the order of the file.</summary>
    public required IReadOnlyDictionary<string, Branch> Branches { get; init; }

    /// <summary>In the order of the file; their shares add up to 10,000 basis points.</summary>
    public required IReadOnlyList<Founder> Founders { get; init; }

    /// <summary>When <see cref="BranchHours.Summer"/> holds; null where no branch has summer hours.</summary>
    public required Season? Summer { get; init; }

    /// <summary>Days of staff training: every branch is closed. At most one a year (art. 25).</summary>
    public required IReadOnlyList<LocalDate> ClosedSaturdays { get; init; }

    /// <summary>Public holidays: every branch is closed.</summary>
    public required IReadOnlyList<HolidayRule> Holidays { get; init; }

    /// <summary>By code, in the order of the file.</summary>
    public required IReadOnlyDictionary<string, EventCategory> EventCategories { get; init; }

    /// <summary>Ordered by validity; never empty.</summary>
    public required IReadOnlyList<Rulebook> Rulebooks { get; init; }

    /// <summary>Ordered by validity; never empty.</summary>
    public required IReadOnlyList<Tariff> Tariffs { get; init; }

    /// <summary>Twelve hexadecimal digits that change when hours, seasons, training days or holidays do. A loan remembers it.</summary>
    public required string CalendarVersion { get; init; }

    /// <summary>The rulebook in force on <paramref name="date"/>; on days before the first, the first: no older one is known.</summary>
    public Rulebook RulebookOn(LocalDate date) => Rulebooks.LastOrDefault(rulebook => rulebook.ValidFrom <= date) ?? Rulebooks[0];

    /// <summary>
    /// The price list in force on <paramref name="date"/>: until a newer one begins, the last one holds (art. 17).
    /// On days before the first, the first: no older one is known.
    /// </summary>
    public Tariff TariffOn(LocalDate date) => Tariffs.LastOrDefault(tariff => tariff.ValidFrom <= date) ?? Tariffs[0];
}

/// <summary>A name in each of the network's languages.</summary>
public sealed record LocalizedName(IReadOnlyDictionary<string, string> ByLanguage, string DefaultLanguage)
{
    /// <summary>The name in <paramref name="language"/> (ISO 639), or in the default language where the network does not speak it.</summary>
    public string In(string language) => ByLanguage.TryGetValue(language, out var name) ? name : ByLanguage[DefaultLanguage];
}

/// <summary>A library of the network, and who its e-mails come from.</summary>
public sealed record MemberLibrary(string Code, string Name, string SenderName, string SenderAddress);

/// <summary>A municipality that shares the costs. <paramref name="ShareBasisPoints"/>: hundredths of a percent, 0 to 10,000.</summary>
public sealed record Founder(string Code, string Municipality, string Name, int ShareBasisPoints);

/// <summary>A kind of event.</summary>
public sealed record EventCategory(string Code, LocalizedName Name);

/// <summary>What a branch is.</summary>
public enum BranchKind
{
    /// <summary>The central library.</summary>
    Central,

    /// <summary>A local library.</summary>
    Local,

    /// <summary>A mobile collection.</summary>
    Mobile,

    /// <summary>A service point without a collection of a branch's size.</summary>
    ServicePoint,
}

/// <summary>When a branch is open.</summary>
public enum BranchOpening
{
    /// <summary>At the hours of <see cref="Branch.Hours"/>.</summary>
    Fixed,

    /// <summary>When somebody asks.</summary>
    OnRequest,

    /// <summary>Where its route takes it: at <see cref="Branch.Visits"/>, where they are known.</summary>
    Route,

    /// <summary>It has become home delivery.</summary>
    HomeDelivery,
}

/// <summary>A branch; <see cref="Hours"/> is there exactly when <see cref="Opening"/> is <see cref="BranchOpening.Fixed"/>.</summary>
public sealed record Branch
{
    public required string Code { get; init; }
    public required string LibraryCode { get; init; }
    public required string Name { get; init; }
    public required BranchKind Kind { get; init; }
    public required string Municipality { get; init; }
    public required string Street { get; init; }
    public required string PostCode { get; init; }
    public required string City { get; init; }
    public required BranchOpening Opening { get; init; }
    public required BranchHours? Hours { get; init; }

    /// <summary>When a mobile library is there; empty unless <see cref="Opening"/> is <see cref="BranchOpening.Route"/>.</summary>
    public IReadOnlyList<BranchVisit> Visits { get; init; } = [];

    /// <summary>Code of the mobile library of which this is a stop; null: of none.</summary>
    public string? StopOf { get; init; }
}

/// <summary>A mobile library's regular visit: first on <paramref name="FirstOn"/>, then every so many weeks (1 to 52) on the same weekday.</summary>
public sealed record BranchVisit(LocalDate FirstOn, int EveryWeeks, IReadOnlyList<OpenInterval> Hours);

/// <summary>Open from <paramref name="From"/> (inclusive) to <paramref name="To"/> (exclusive), local time, within one day.</summary>
public readonly record struct OpenInterval(LocalTime From, LocalTime To)
{
    /// <summary>Length in minutes.</summary>
    public int Minutes => (int)Period.Between(From, To, PeriodUnits.Minutes).Minutes;
}

/// <summary>
/// The hours of a branch. A weekday that is missing is closed; intervals are in order and do not overlap.
/// <see cref="Summer"/> equals <see cref="Regular"/> where the branch has no summer hours of its own.
/// <see cref="PreHoliday"/> holds on the day before a holiday with <see cref="HolidayRule.ShortensDayBefore"/>, and only if the branch
/// would be open on that weekday; empty where the branch keeps its usual hours then.
/// </summary>
public sealed record BranchHours(
    IReadOnlyDictionary<IsoDayOfWeek, IReadOnlyList<OpenInterval>> Regular,
    IReadOnlyDictionary<IsoDayOfWeek, IReadOnlyList<OpenInterval>> Summer,
    IReadOnlyList<OpenInterval> PreHoliday);

/// <summary>A season of every year; both days belong to it. It may run over New Year.</summary>
public sealed record Season(AnnualDate From, AnnualDate To);

/// <summary>
/// A public holiday: exactly one of <see cref="Date"/> (every year), <see cref="DaysFromEaster"/> (0 is Easter Sunday) and <see cref="On"/>
/// (that day only) is set. <see cref="FromYear"/> and <see cref="ToYear"/> are inclusive; null is unbounded.
/// </summary>
public sealed record HolidayRule
{
    public required AnnualDate? Date { get; init; }
    public required int? DaysFromEaster { get; init; }
    public required LocalDate? On { get; init; }
    public required int? FromYear { get; init; }
    public required int? ToYear { get; init; }

    /// <summary>Branches keep their pre-holiday hours on the day before.</summary>
    public required bool ShortensDayBefore { get; init; }

    public required LocalizedName Name { get; init; }
}
