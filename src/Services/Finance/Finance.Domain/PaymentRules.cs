using NodaTime;

namespace Library.Finance.Domain;

/// <summary>A charge of a member and what is still owed of it.</summary>
/// <param name="Id">Of the charge.</param>
/// <param name="PostedOn">Business date in the library's zone on which it was charged.</param>
/// <param name="Position">The order in which the charges were booked.</param>
/// <param name="OpenMinor">Minor units, zero or more.</param>
public sealed record OpenCharge(Guid Id, LocalDate PostedOn, long Position, long OpenMinor);

/// <summary>The part of a payment that settles a charge.</summary>
/// <param name="ChargeId">Of the charge.</param>
/// <param name="AmountMinor">Minor units, more than zero.</param>
public sealed record Allocation(Guid ChargeId, long AmountMinor);

/// <summary>Why a payment is not taken.</summary>
public enum PaymentRefusal
{
    /// <summary>More is offered than is owed (of the named charges, where some are named). Remedy: take at most the debt; nothing is kept as credit.</summary>
    AmountExceedsDebt,

    /// <summary>The money is of another currency than the account. Remedy: pay in the network's currency.</summary>
    CurrencyMismatch,
}

/// <summary>What becomes of a payment.</summary>
public abstract record PaymentDecision
{
    private PaymentDecision()
    {
    }

    /// <summary>Taken. The allocations add up to the payment, in the order in which they settle.</summary>
    public sealed record Taken(IReadOnlyList<Allocation> Allocations) : PaymentDecision;

    /// <summary>Refused; nothing changes.</summary>
    /// <param name="Reason">Why.</param>
    /// <param name="PayableMinor">The most that could be taken, in minor units of the account's currency.</param>
    public sealed record Refused(PaymentRefusal Reason, long PayableMinor) : PaymentDecision;
}

/// <summary>What a payment settles.</summary>
public static class PaymentRules
{
    /// <summary>
    /// Settles the named charges in the order of their naming, or without names all open ones, oldest first (business date, then the order of
    /// booking). The last one that the money reaches may stay partly open. The order of art. 39 (costs, interest, principal) is for claims in
    /// collection, which name their charges. <see cref="PaymentRefusal.CurrencyMismatch"/> comes first, because amounts of two currencies cannot be compared.
    /// </summary>
    /// <param name="charges">The member's charges; settled ones (open 0) may be among them and take nothing.</param>
    /// <param name="named">Ids out of <paramref name="charges"/>; an id that is not among them takes nothing, one named twice counts once.</param>
    /// <param name="payment">More than zero.</param>
    /// <param name="accountCurrency">ISO 4217.</param>
    public static PaymentDecision Allocate(IReadOnlyList<OpenCharge> charges, IReadOnlyList<Guid> named, Money payment, string accountCurrency)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(payment.Minor, 1);
        var order = named.Count == 0
            ? charges.OrderBy(charge => charge.PostedOn).ThenBy(charge => charge.Position)
            : named.Distinct().Join(charges, id => id, charge => charge.Id, (_, charge) => charge);
        var settled = order.ToList();
        var payable = settled.Sum(charge => charge.OpenMinor);
        if (payment.CurrencyCode != accountCurrency) return new PaymentDecision.Refused(PaymentRefusal.CurrencyMismatch, payable);
        if (payment.Minor > payable) return new PaymentDecision.Refused(PaymentRefusal.AmountExceedsDebt, payable);

        var left = payment.Minor;
        var allocations = new List<Allocation>();
        foreach (var charge in settled)
        {
            var part = Math.Min(left, charge.OpenMinor);
            if (part > 0) allocations.Add(new Allocation(charge.Id, part));
            left -= part;
        }
        return new PaymentDecision.Taken(allocations);
    }
}
