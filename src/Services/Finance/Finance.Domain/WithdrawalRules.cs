namespace Library.Finance.Domain;

/// <summary>What becomes of a charge that is taken back.</summary>
public abstract record WithdrawalDecision
{
    private WithdrawalDecision()
    {
    }

    /// <summary>The two add up to what is taken back.</summary>
    /// <param name="WithdrawnMinor">Minor units that were open and are no longer owed.</param>
    /// <param name="RefundDueMinor">Minor units that had been paid: owed to the member.</param>
    public sealed record Applied(long WithdrawnMinor, long RefundDueMinor) : WithdrawalDecision;

    /// <summary>More is taken back than the charge, or than earlier withdrawals have left of it. Remedy: none; whoever sent it is wrong.</summary>
    /// <param name="LeftMinor">The most that could be.</param>
    public sealed record MoreThanTheCharge(long LeftMinor) : WithdrawalDecision;
}

/// <summary>Taking back what was charged.</summary>
public static class WithdrawalRules
{
    /// <summary>
    /// First what is open is taken back, which changes what is owed at once; the rest was paid, and is due to the member. So a balance never falls below
    /// zero, and no money is given back without somebody doing so.
    /// </summary>
    /// <param name="amountMinor">Of the charge, more than zero.</param>
    /// <param name="openMinor">What is still owed of it, 0 to <paramref name="amountMinor"/>.</param>
    /// <param name="takenBackMinor">What earlier withdrawals took back of it, whether it was open or paid.</param>
    /// <param name="askedMinor">What is to be taken back now, more than zero.</param>
    public static WithdrawalDecision Decide(long amountMinor, long openMinor, long takenBackMinor, long askedMinor)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(askedMinor, 1);
        var left = checked(amountMinor - takenBackMinor);
        if (askedMinor > left) return new WithdrawalDecision.MoreThanTheCharge(left);
        var withdrawn = Math.Min(askedMinor, openMinor);
        return new WithdrawalDecision.Applied(withdrawn, askedMinor - withdrawn);
    }
}
