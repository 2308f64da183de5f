using NodaTime;

namespace Library.Membership.Domain;

/// <summary>A term of membership. Both days belong to it; business dates in the library's time zone.</summary>
public sealed record MembershipTerm(LocalDate StartsOn, LocalDate EndsOn)
{
    /// <summary>True when the last day has passed.</summary>
    public bool IsOverOn(LocalDate date) => date > EndsOn;
}

/// <summary>What a renewal comes to.</summary>
public abstract record RenewalDecision
{
    private RenewalDecision()
    {
    }

    /// <summary>The new term.</summary>
    public sealed record Renewed(MembershipTerm Term) : RenewalDecision;

    /// <summary>It is not renewed.</summary>
    public sealed record Refused(MemberRefusal Reason) : RenewalDecision;
}

/// <summary>Terms (art. 16): so many months from the day of enrolment, and as many more with each renewal.</summary>
public static class TermRules
{
    /// <summary>
    /// From <paramref name="startsOn"/> to the day before the same date <paramref name="months"/> later. A month without that date ends on its
    /// last day: a term of twelve months from 29 February 2024 ends on 27 February 2025.
    /// </summary>
    public static MembershipTerm StartingOn(LocalDate startsOn, int months) => new(startsOn, startsOn.PlusMonths(months).PlusDays(-1));

    /// <summary>
    /// A term that runs is followed by the next one without a gap; after it is over the new one starts on <paramref name="today"/>. One term
    /// ahead is enough: while the last one has not begun, it is refused. So it is to those who left or were excluded.
    /// </summary>
    public static RenewalDecision Renew(MembershipTerm last, MemberState state, LocalDate today, int months)
    {
        if (state is not (MemberState.Active or MemberState.Lapsed) || last.StartsOn > today)
            return new RenewalDecision.Refused(MemberRefusal.RenewalNotAllowed);
        return new RenewalDecision.Renewed(StartingOn(last.IsOverOn(today) ? today : last.EndsOn.PlusDays(1), months));
    }
}
