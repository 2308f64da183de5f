using Library.Finance.Domain;
using Library.Finance.Messages;
using Library.ServiceDefaults.Data;
using Library.ServiceDefaults.Requests;

namespace Library.Finance.Ledger;

/// <summary>A member's account as its row says.</summary>
/// <param name="Member">Id of the member.</param>
/// <param name="Balance">What is owed, never negative.</param>
/// <param name="Version">Counts the bookings.</param>
public sealed record AccountRow(Guid Member, Money Balance, long Version)
{
    public string MemberName => ResourceName.Of("members", Member);
    public string Name => ResourceName.Of("accounts", Member);

    /// <summary>The account after a booking of <paramref name="change"/>; negative for a payment.</summary>
    public AccountRow After(Money change) => this with { Balance = Balance + change, Version = Version + 1 };

    /// <summary>The row's update. The caller holds the row's lock since it read it.</summary>
    public NpgsqlBatchCommand Save() => DatabaseSetup.BatchCommand(
        "UPDATE account SET balance_minor = $2, version = $3 WHERE member_id = $1", Member, Balance.Minor, Version);

    /// <summary>What the desk must know after the booking.</summary>
    /// <param name="oldestOpenOn">Business date of the oldest charge that is still open; null where none is.</param>
    /// <param name="postedCharge">The charge that was booked; null for a payment.</param>
    public BalanceChanged Snapshot(LocalDate? oldestOpenOn, Guid? postedCharge) => new()
    {
        Aggregate = Name,
        Version = Version,
        Member = MemberName,
        BalanceMinor = Balance.Minor,
        CurrencyCode = Balance.CurrencyCode,
        OldestOpenOn = oldestOpenOn?.ToDateOnly(),
        PostedChargeId = postedCharge,
    };
}
