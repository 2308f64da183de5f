using Library.Contracts;

namespace Library.Finance.Messages;

/// <summary>A charge stands in the ledger.</summary>
public sealed record ChargePosted : IMessage
{
    /// <summary><c>accounts/MEMBER_ID</c>.</summary>
    public required string Aggregate { get; init; }
    /// <inheritdoc/>
    public required long Version { get; init; }
    /// <summary><c>members/ID</c>.</summary>
    public required string Member { get; init; }
    /// <summary>Id of the <see cref="Charge"/> as the charging service made it.</summary>
    public required Guid ChargeId { get; init; }
    /// <summary>What it is for.</summary>
    public required ChargeKind Kind { get; init; }
    /// <summary>Minor units.</summary>
    public required long AmountMinor { get; init; }
    /// <summary>ISO 4217.</summary>
    public required string CurrencyCode { get; init; }
}

/// <summary>Money came in.</summary>
public sealed record PaymentReceived : IMessage
{
    /// <summary><c>accounts/MEMBER_ID</c>.</summary>
    public required string Aggregate { get; init; }
    /// <inheritdoc/>
    public required long Version { get; init; }
    /// <summary><c>members/ID</c>.</summary>
    public required string Member { get; init; }
    /// <summary><c>payments/ID</c>.</summary>
    public required string Payment { get; init; }
    /// <summary>Minor units.</summary>
    public required long AmountMinor { get; init; }
    /// <summary>ISO 4217.</summary>
    public required string CurrencyCode { get; init; }
    /// <summary>Code of the branch.</summary>
    public required string Branch { get; init; }
}

/// <summary>What a member owes after a booking: a snapshot, of which the newest version counts; but the charge and the withdrawal it names are facts.</summary>
[HandledBy("catalog")]
public sealed record BalanceChanged : IMessage
{
    /// <summary><c>accounts/MEMBER_ID</c>.</summary>
    public required string Aggregate { get; init; }
    /// <inheritdoc/>
    public required long Version { get; init; }
    /// <summary><c>members/ID</c>.</summary>
    public required string Member { get; init; }
    /// <summary>Minor units; owed is positive, never negative.</summary>
    public required long BalanceMinor { get; init; }
    /// <summary>ISO 4217.</summary>
    public required string CurrencyCode { get; init; }
    /// <summary>Business date of the oldest open charge; null where nothing is open.</summary>
    public DateOnly? OldestOpenOn { get; init; }
    /// <summary>Id of the charge that this booking posted or took back; null for a payment. Whoever counted it locally stops to.</summary>
    public Guid? PostedChargeId { get; init; }
    /// <summary>Id of the withdrawal that this booking applied, by which the charge was taken back. Whoever counted it locally stops to.</summary>
    public Guid? WithdrawalId { get; init; }
}
