using System.Text.Json;
using Library.Contracts;
using Library.Finance.Domain;
using Library.Finance.Features.WithdrawingCharge;
using Library.Finance.Ledger;
using Library.Finance.Messages;
using Library.ServiceDefaults.Data;
using Library.ServiceDefaults.Messaging;
using Library.ServiceDefaults.Requests;

namespace Library.Finance.Features.PostingCharge;

/// <summary>
/// Books a charge exactly as the service that decided it sent it (design decision 5), once for each charge's id however often it is told.
/// A charge of zero opens the member's account and books nothing.
/// </summary>
public sealed class PostCharge(Outbox outbox, TariffAlarm alarm, TakeBackCharge takeBack)
{
    /// <param name="Account">Locked.</param>
    /// <param name="OldestOpenOn">Of what is open.</param>
    /// <param name="Booked">The charge, where it stands already.</param>
    /// <param name="Withdrawn">Something was taken back before its charge came.</param>
    private sealed record Known(AccountRow Account, LocalDate? OldestOpenOn, (Guid Member, long AmountMinor)? Booked, bool Withdrawn);

    /// <summary>Works in the transaction of the message that brought the charge.</summary>
    /// <exception cref="InvalidOperationException">The charge cannot be booked as it is; the message goes where people look at it.</exception>
    public async Task RunAsync(NpgsqlTransaction transaction, Charge charge, CancellationToken cancellationToken)
    {
        if (!ResourceName.TryParse("members", charge.Member, out var member) || !Money.IsCurrencyCode(charge.CurrencyCode) || charge.AmountMinor < 0)
            throw new InvalidOperationException($"Charge {charge.Id} is malformed.");
        var known = await LockAsync(transaction, member, charge, cancellationToken);
        if (charge.AmountMinor == 0) return;
        if (known.Booked is { } booked)
        {
            if (booked != (member, charge.AmountMinor)) throw new InvalidOperationException($"Charge {charge.Id} was booked with another member or amount.");
            return;
        }
        if (known.Account.Balance.CurrencyCode != charge.CurrencyCode)
            throw new InvalidOperationException($"Charge {charge.Id} is in {charge.CurrencyCode}, the account in {known.Account.Balance.CurrencyCode}.");
        alarm.Check(charge);
        var account = await SaveAsync(transaction, charge, known, cancellationToken);
        if (known.Withdrawn) await takeBack.ApplyWaitingAsync(transaction, account, cancellationToken);
    }

    private static async Task<Known> LockAsync(NpgsqlTransaction transaction, Guid member, Charge charge, CancellationToken cancellationToken)
    {
        await using var batch = new NpgsqlBatch(transaction.Open(), transaction);
        foreach (var command in AccountRow.Lock(member, charge.CurrencyCode)) batch.BatchCommands.Add(command);
        batch.BatchCommands.Add(DatabaseSetup.BatchCommand("""
            SELECT min(posted_on) FILTER (WHERE member_id = $1 AND open_minor > 0),
                   (array_agg(member_id) FILTER (WHERE id = $2))[1],
                   min(amount_minor) FILTER (WHERE id = $2)
            FROM charge WHERE (member_id = $1 AND open_minor > 0) OR id = $2
            """, member, charge.Id));
        batch.BatchCommands.Add(DatabaseSetup.BatchCommand("SELECT EXISTS (SELECT FROM withdrawal WHERE member_id = $1 AND withdrawn_minor IS NULL)", member));
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
        var account = await AccountRow.ReadAsync(reader, member, cancellationToken);
        await reader.NextResultAsync(cancellationToken);
        await reader.ReadAsync(cancellationToken);
        var oldestOpenOn = await reader.IsDBNullAsync(0, cancellationToken) ? (LocalDate?)null : reader.GetFieldValue<LocalDate>(0);
        var booked = await reader.IsDBNullAsync(1, cancellationToken) ? ((Guid, long)?)null : (reader.GetGuid(1), reader.GetInt64(2));
        await reader.NextResultAsync(cancellationToken);
        await reader.ReadAsync(cancellationToken);
        return new Known(account, oldestOpenOn, booked, reader.GetBoolean(0));
    }

    private async Task<AccountRow> SaveAsync(NpgsqlTransaction transaction, Charge charge, Known known, CancellationToken cancellationToken)
    {
        var kind = ChargeKinds.CodeOf(charge.Kind);
        var amount = new Money(charge.AmountMinor, charge.CurrencyCode);
        var postedOn = LocalDate.FromDateOnly(charge.ChargedOn);
        var account = known.Account.After(amount);
        var entry = JournalEntry.OfCharge(kind, amount);
        await using var batch = new NpgsqlBatch(transaction.Open(), transaction);
        foreach (var row in LedgerRows.Write(entry, new EntryOrigin(ResourceName.Of("charges", charge.Id), account.Member, postedOn, charge.Branch)))
            batch.BatchCommands.Add(row);
        batch.BatchCommands.Add(DatabaseSetup.BatchCommand("""
            INSERT INTO charge (id, member_id, kind, amount_minor, open_minor, currency_code, posted_on, branch, subject, derivation)
            VALUES ($1, $2, $3, $4, $4, $5, $6, $7, $8, $9::jsonb)
            """, charge.Id, account.Member, kind, amount.Minor, amount.CurrencyCode, postedOn, charge.Branch, charge.Subject,
            JsonSerializer.Serialize(charge.Lines, JsonSerializerOptions.Web)));
        batch.BatchCommands.Add(account.Save());
        batch.BatchCommands.Add(outbox.Write(new ChargePosted
        {
            Aggregate = account.Name,
            Version = account.Version,
            Member = account.MemberName,
            ChargeId = charge.Id,
            Kind = charge.Kind,
            AmountMinor = amount.Minor,
            CurrencyCode = amount.CurrencyCode,
        }));
        var oldest = known.OldestOpenOn is { } open ? LocalDate.Min(open, postedOn) : postedOn;
        batch.BatchCommands.Add(outbox.Write(account.Snapshot(oldest, charge.Id)));
        await batch.ExecuteNonQueryAsync(cancellationToken);
        return account;
    }
}
