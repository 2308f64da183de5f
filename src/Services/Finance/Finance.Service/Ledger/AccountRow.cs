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

    /// <summary>The account, opened where there was none and locked to the end of the transaction.</summary>
    public static async Task<AccountRow> LockAsync(NpgsqlTransaction transaction, Guid member, string currencyCode, CancellationToken cancellationToken)
    {
        await using var batch = new NpgsqlBatch(transaction.Open(), transaction);
        foreach (var command in Lock(member, currencyCode)) batch.BatchCommands.Add(command);
        await using var row = await batch.ExecuteReaderAsync(cancellationToken);
        return await ReadAsync(row, member, cancellationToken);
    }

    /// <summary>For <see cref="ReadAsync"/>.</summary>
    public static IEnumerable<NpgsqlBatchCommand> Lock(Guid member, string currencyCode) =>
    [
        DatabaseSetup.BatchCommand("INSERT INTO account (member_id, currency_code, balance_minor, version) VALUES ($1, $2, 0, 0) ON CONFLICT DO NOTHING", member, currencyCode),
        DatabaseSetup.BatchCommand("SELECT currency_code, balance_minor, version FROM account WHERE member_id = $1 FOR UPDATE", member),
    ];

    public static async Task<AccountRow> ReadAsync(NpgsqlDataReader row, Guid member, CancellationToken cancellationToken)
    {
        await row.ReadAsync(cancellationToken);
        return new AccountRow(member, new Money(row.GetInt64(1), row.GetString(0)), row.GetInt64(2));
    }

    /// <summary>The account after a booking of <paramref name="change"/>; negative for a payment or a withdrawal.</summary>
    public AccountRow After(Money change) => this with { Balance = Balance + change, Version = Version + 1 };

    /// <summary>The row's update. The caller holds the row's lock since it read it.</summary>
    public NpgsqlBatchCommand Save() => DatabaseSetup.BatchCommand(
        "UPDATE account SET balance_minor = $2, version = $3 WHERE member_id = $1", Member, Balance.Minor, Version);

    /// <summary>What the desk must know after the booking.</summary>
    /// <param name="oldestOpenOn">Business date of the oldest charge that is still open; null where none is.</param>
    /// <param name="postedCharge">The charge that was booked or taken back; null for a payment.</param>
    /// <param name="withdrawal">What took it back.</param>
    public BalanceChanged Snapshot(LocalDate? oldestOpenOn, Guid? postedCharge, Guid? withdrawal = null) => new()
    {
        Aggregate = Name,
        Version = Version,
        Member = MemberName,
        BalanceMinor = Balance.Minor,
        CurrencyCode = Balance.CurrencyCode,
        OldestOpenOn = oldestOpenOn?.ToDateOnly(),
        PostedChargeId = postedCharge,
        WithdrawalId = withdrawal,
    };
}
