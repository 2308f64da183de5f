namespace Library.Finance.Domain;

/// <summary>An account of the general ledger, by its stable name.</summary>
/// <param name="Name">Class and detail, <c>income:fine</c>.</param>
public readonly record struct LedgerAccount(string Name)
{
    /// <summary>What members owe: the control account, whose lines each name the member.</summary>
    public static LedgerAccount Receivable { get; } = new("receivable:member");

    /// <summary>Income by the kind of charge, a code of the contract: FINE is <c>income:fine</c>.</summary>
    public static LedgerAccount Income(string chargeKind) => new($"income:{chargeKind.ToLowerInvariant().Replace('_', '-')}");

    /// <summary>The cash till of a branch, by its code.</summary>
    public static LedgerAccount Till(string branch) => new($"till:{branch}");

    /// <summary>Money that a bank owes us for a payment by card, until it clears days later.</summary>
    public static LedgerAccount CardClearing { get; } = new("clearing:card");

    /// <summary>As <see cref="CardClearing"/>, for payments in the app.</summary>
    public static LedgerAccount OnlineClearing { get; } = new("clearing:online");
}

/// <summary>One line of an entry: exactly one of <paramref name="DebitMinor"/> and <paramref name="CreditMinor"/> is more than zero, the other is zero.</summary>
/// <param name="Account">Which account.</param>
/// <param name="DebitMinor">Minor units.</param>
/// <param name="CreditMinor">Minor units.</param>
public sealed record JournalLine(LedgerAccount Account, long DebitMinor, long CreditMinor);

/// <summary>
/// A double entry: what is debited in one account is credited in another, so debits equal credits by construction.
/// It cannot be changed; a mistake is corrected by another entry that refers to it.
/// </summary>
public sealed class JournalEntry
{
    private JournalEntry(string currencyCode, IReadOnlyList<JournalLine> lines) => (CurrencyCode, Lines) = (currencyCode, lines);

    /// <summary>ISO 4217, of every line.</summary>
    public string CurrencyCode { get; }

    /// <summary>Two or more, in the order in which they are booked.</summary>
    public IReadOnlyList<JournalLine> Lines { get; }

    /// <summary>A member is charged: the claim grows, and the income of that kind.</summary>
    /// <param name="chargeKind">Code of the contract, for example FINE.</param>
    /// <param name="amount">More than zero.</param>
    public static JournalEntry OfCharge(string chargeKind, Money amount) => Move(amount, debit: LedgerAccount.Receivable, credit: LedgerAccount.Income(chargeKind));

    /// <summary>A member pays: money arrives where <paramref name="received"/> says, and the claim shrinks.</summary>
    /// <param name="received">A till or a clearing account.</param>
    /// <param name="amount">More than zero.</param>
    public static JournalEntry OfPayment(LedgerAccount received, Money amount) => Move(amount, debit: received, credit: LedgerAccount.Receivable);

    /// <summary>What a member was charged is taken back: the claim shrinks, and the income of that kind. It corrects the charge's entry.</summary>
    /// <param name="chargeKind">As the charge was booked.</param>
    /// <param name="amount">More than zero, at most what is open.</param>
    public static JournalEntry OfWithdrawal(string chargeKind, Money amount) => Move(amount, debit: LedgerAccount.Income(chargeKind), credit: LedgerAccount.Receivable);

    private static JournalEntry Move(Money amount, LedgerAccount debit, LedgerAccount credit)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(amount.Minor, 1);
        return new JournalEntry(amount.CurrencyCode, [new JournalLine(debit, amount.Minor, 0), new JournalLine(credit, 0, amount.Minor)]);
    }
}
