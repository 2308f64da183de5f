using Library.Catalog.Domain.Lending;
using Library.Catalog.Domain.Policies;
using NodaTime;

namespace Library.Catalog.Domain.Licences;

/// <summary>What was bought of a title; each allows a number of loans at one time.</summary>
public enum LicenceKind
{
    /// <summary>Without an end.</summary>
    Perpetual = 1,

    /// <summary>Until a day.</summary>
    UntilDate,

    /// <summary>For a number of loans, and perhaps until a day.</summary>
    NumberOfLoans,
}

/// <summary>A licence package as the decision sees it.</summary>
/// <param name="Id">The package.</param>
/// <param name="Kind">What was bought.</param>
/// <param name="ValidFrom">The first day (inclusive).</param>
/// <param name="ValidTo">The last day (inclusive); null: no end.</param>
/// <param name="FreeSeats">Seats without an open loan.</param>
/// <param name="LoansLeft">Of <see cref="LicenceKind.NumberOfLoans"/>; null: without limit.</param>
public sealed record LicenceFacts(Guid Id, LicenceKind Kind, LocalDate ValidFrom, LocalDate? ValidTo, int FreeSeats, int? LoansLeft);

/// <summary>The facts on which a licence is lent or refused, or somebody is put on the waiting list.</summary>
public sealed record LicenceRequest
{
    /// <summary>The member.</summary>
    public required BorrowerFacts Borrower { get; init; }

    /// <summary>The title's material.</summary>
    public required Material Material { get; init; }

    /// <summary>The section that the title is for; null: for everybody.</summary>
    public AgeSection? Audience { get; init; }

    /// <summary>Whether the member has the title on an open loan.</summary>
    public bool LentToMember { get; init; }

    /// <summary>Whether the member is on the title's waiting list.</summary>
    public bool WaitsAlready { get; init; }

    /// <summary>Every package of the title.</summary>
    public required IReadOnlyList<LicenceFacts> Licences { get; init; }

    /// <summary>Licences that are offered to other members of the waiting list.</summary>
    public int OfferedToOthers { get; init; }
}

/// <summary>The answer to a request for a licence.</summary>
public abstract record LicenceDecision
{
    private LicenceDecision()
    {
    }

    /// <summary>A licence is lent.</summary>
    /// <param name="Package">A seat of this package.</param>
    /// <param name="EndsAt">The instant at which the loan ends by itself (exclusive).</param>
    /// <param name="RulebookVersion">The rules it was made under.</param>
    public sealed record Granted(Guid Package, Instant EndsAt, string RulebookVersion) : LicenceDecision;

    /// <summary>None is lent.</summary>
    /// <param name="Reasons">Every reason, in order of precedence; never empty.</param>
    public sealed record Refused(IReadOnlyList<LoanRefusal> Reasons) : LicenceDecision;
}

/// <summary>
/// Loans of e-books and e-audiobooks (art. 13; the period is the rulebook's: 14 days, never renewed). What the rulebook does not say, and so is ours:
/// offers, the least length of a loan, and that a loan does not outlast its licence.
/// </summary>
public static class LicenceRules
{
    /// <summary>How long a licence is kept for the first of the waiting list. Ours: the rulebook's three days for reserved material (art. 33), as elapsed time.</summary>
    public static readonly Duration OfferLasts = Duration.FromDays(3);

    /// <summary>A licence that ends sooner than this is not lent any more. Ours.</summary>
    public static readonly Duration LeastLoan = Duration.FromDays(1);

    /// <summary>A loan to which the provider gave no access for this long is given back. Ours.</summary>
    public static readonly Duration AccessWithin = Duration.FromDays(1);

    /// <summary>The longest waiting list of a title. Ours.</summary>
    public const int LongestQueue = 1_000;

    /// <summary>
    /// Decides on lending. Every membership is good for licences, e-only and small-branch too (art. 13, 19); whatever blocks the member at the desk blocks here.
    /// Of several packages that one is taken which allows the whole period, then the one that ends first, then one whose loans are not counted.
    /// </summary>
    /// <param name="request">The facts.</param>
    /// <param name="rulebook">The rules in force on the day of <paramref name="now"/>.</param>
    /// <param name="now">Business time.</param>
    /// <param name="zone">The library's zone.</param>
    public static LicenceDecision Decide(LicenceRequest request, CirculationRulebook rulebook, Instant now, DateTimeZone zone)
    {
        var policy = rulebook.Lending.GetValueOrDefault(request.Material);
        var usable = Usable(request.Licences, now, zone).ToArray();
        var reasons = Against(request, rulebook, now.InZone(zone).Date).ToList();
        if (policy is null)
        {
            reasons.Add(LoanRefusal.ItemNotForLoan);
        }

        if (request.LentToMember)
        {
            reasons.Add(LoanRefusal.AlreadyLentToMember);
        }

        if (SeatsOf(usable) <= request.OfferedToOthers)
        {
            reasons.Add(LoanRefusal.LicencesExhausted);
        }

        if (reasons is not [] || policy is null)
        {
            return new LicenceDecision.Refused([.. reasons.Order()]);
        }

        var (licence, endsAt) = usable
            .Select(licence => (licence, EndsAt: EndsAt(now, policy.PeriodDays, licence.ValidTo, zone)))
            .OrderByDescending(choice => choice.EndsAt)
            .ThenBy(choice => choice.licence.ValidTo ?? LocalDate.MaxIsoValue)
            .ThenBy(choice => choice.licence.LoansLeft is null ? 0 : 1)
            .ThenBy(choice => choice.licence.Id)
            .First();
        return new LicenceDecision.Granted(licence.Id, endsAt, rulebook.Version);
    }

    /// <summary>
    /// What forbids a place on the waiting list: what blocks at the desk, open claims (art. 31), a place already, the title on loan, a list that is full. Empty: nothing.
    /// </summary>
    /// <param name="request">The facts.</param>
    /// <param name="waiting">Members on the list.</param>
    /// <param name="rulebook">The rules in force.</param>
    /// <param name="today">A date of the library's zone.</param>
    public static IReadOnlyList<LoanRefusal> AgainstWaiting(LicenceRequest request, int waiting, CirculationRulebook rulebook, LocalDate today)
    {
        var reasons = Against(request, rulebook, today).ToList();
        if (request.Borrower.DebtMinor > 0)
        {
            reasons.Add(LoanRefusal.OpenClaims);
        }

        if (request.WaitsAlready)
        {
            reasons.Add(LoanRefusal.AlreadyHeld);
        }

        if (request.LentToMember)
        {
            reasons.Add(LoanRefusal.AlreadyLentToMember);
        }

        if (waiting >= LongestQueue)
        {
            reasons.Add(LoanRefusal.LicencesExhausted);
        }

        return [.. reasons.Order()];
    }

    /// <summary>How many of the waiting are offered a licence now: each licence that can be lent is offered to one.</summary>
    /// <param name="licences">Every package of the title.</param>
    /// <param name="offered">Offers that stand.</param>
    /// <param name="waiting">Members without an offer.</param>
    /// <param name="now">Business time.</param>
    /// <param name="zone">The library's zone.</param>
    public static int OffersToMake(IReadOnlyList<LicenceFacts> licences, int offered, int waiting, Instant now, DateTimeZone zone) =>
        Math.Min(waiting, Math.Max(0, SeatsOf(Usable(licences, now, zone)) - offered));

    /// <summary>
    /// The end of a loan: the same time of day after the period (in the library's zone; a time that a change of clocks leaves out moves with it), or the end of the
    /// licence's last day where that is sooner.
    /// </summary>
    public static Instant EndsAt(Instant now, int periodDays, LocalDate? validTo, DateTimeZone zone)
    {
        var whole = now.InZone(zone).LocalDateTime.PlusDays(periodDays).InZoneLeniently(zone).ToInstant();
        return validTo is { } last ? Instant.Min(whole, EndOf(last, zone)) : whole;
    }

    private static IEnumerable<LoanRefusal> Against(LicenceRequest request, CirculationRulebook rulebook, LocalDate today)
    {
        var blocks = BlockRules.Blocks(request.Borrower, rulebook.Block, today);
        return request.Borrower.Section == AgeSection.Youth && request.Audience == AgeSection.Adult ? blocks.Append(LoanRefusal.AgeSection) : blocks;
    }

    private static IEnumerable<LicenceFacts> Usable(IReadOnlyList<LicenceFacts> licences, Instant now, DateTimeZone zone)
    {
        var today = now.InZone(zone).Date;
        return licences
            .Where(licence => licence.ValidFrom <= today && licence.FreeSeats > 0 && licence.LoansLeft is not <= 0)
            .Where(licence => licence.ValidTo is not { } last || EndOf(last, zone) - now >= LeastLoan);
    }

    private static int SeatsOf(IEnumerable<LicenceFacts> usable) => usable.Sum(licence => Math.Min(licence.FreeSeats, licence.LoansLeft ?? licence.FreeSeats));

    private static Instant EndOf(LocalDate last, DateTimeZone zone) => last.PlusDays(1).AtStartOfDayInZone(zone).ToInstant();
}
