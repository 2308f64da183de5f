using NodaTime;

namespace Library.Membership.Domain;

/// <summary>What the fee depends on.</summary>
/// <param name="Person">Null for a legal person.</param>
/// <param name="Disabled">With a certificate.</param>
public sealed record FeeFacts(FeePayer? Person, bool Disabled);

/// <summary>The person who pays.</summary>
public sealed record FeePayer(LocalDate BirthDate, PersonStatus Status);

/// <summary>One line of a fee's derivation; minor units, negative for what lowers it. The amount is count times unit.</summary>
public sealed record FeeLine(string PriceCode, string Article, long UnitMinor);

/// <summary>A fee, zero or more, in minor units; the sum of its lines.</summary>
public sealed record Fee(IReadOnlyList<FeeLine> Lines)
{
    /// <summary>What is owed.</summary>
    public long AmountMinor => Lines.Sum(line => line.UnitMinor);
}

/// <summary>Fees of memberships (art. 13–19). Nothing is ever refunded (art. 20), so no fee is negative.</summary>
public static class FeeRules
{
    /// <summary>
    /// The fee of a term. The first that holds decides: a legal person; under the free age on <paramref name="on"/> (exclusive bound: on the
    /// birthday itself the fee is due); a free status; the kind of membership. Then the discount for the disabled, rounded half up to whole
    /// minor units, on the prices that it names.
    /// </summary>
    /// <param name="facts">Who pays.</param>
    /// <param name="kind">What they join; a legal person pays one price.</param>
    /// <param name="schedule">Of the tariff in force on the day of the charge.</param>
    /// <param name="on">First day of the term.</param>
    public static Fee Price(FeeFacts facts, MembershipKind kind, FeeSchedule schedule, LocalDate on)
    {
        var price = PriceOf(facts.Person, kind, schedule, on);
        var line = new FeeLine(price.Code, price.Article, price.Minor);
        if (!facts.Disabled || facts.Person is null || schedule.Disabled is not { } discount || !discount.On.Contains(price.Code)) return new Fee([line]);
        var off = (price.Minor * discount.Percent + 50) / 100;
        return new Fee([line, new FeeLine(discount.Code, discount.Article, -off)]);
    }

    /// <summary>
    /// The difference from <paramref name="from"/> to the full fee, both by the price list in force now; the term stays (art. 19). Nothing
    /// where the full fee is not higher.
    /// </summary>
    public static Fee Upgrade(FeeFacts facts, MembershipKind from, FeeSchedule schedule, LocalDate on)
    {
        var full = Price(facts, MembershipKind.Full, schedule, on);
        var paid = Price(facts, from, schedule, on);
        return full.AmountMinor > paid.AmountMinor
            ? new Fee([.. full.Lines, .. paid.Lines.Select(line => line with { UnitMinor = -line.UnitMinor })])
            : new Fee([]);
    }

    private static FeePrice PriceOf(FeePayer? person, MembershipKind kind, FeeSchedule schedule, LocalDate on)
    {
        if (person is null) return schedule.LegalPerson;
        if (!AgeRules.HasTurned(person.BirthDate, schedule.FreeUnderAge, on)) return schedule.Under18;
        if (schedule.FreeStatuses.Contains(person.Status)) return schedule.Unemployed;
        return kind switch
        {
            MembershipKind.Full => schedule.Full,
            MembershipKind.SmallBranch => schedule.SmallBranch,
            MembershipKind.EOnly => schedule.EOnly,
            _ => throw new ArgumentOutOfRangeException(nameof(kind)),
        };
    }
}
