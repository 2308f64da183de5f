using Google.Protobuf.WellKnownTypes;
using Library.Finance.Domain;
using Library.Finance.Ledger;
using Library.Finance.Messages;
using Library.Finance.V1;
using Library.ServiceDefaults.Data;
using Library.ServiceDefaults.Errors;
using Library.ServiceDefaults.Messaging;
using Library.ServiceDefaults.Networks;
using Library.ServiceDefaults.Requests;
using Library.ServiceDefaults.Time;
using Allocation = Library.Finance.Domain.Allocation;
using Method = Library.Finance.V1.Payment.Types.Method;

namespace Library.Finance.Features.TakingPayment;

/// <summary>
/// Takes a payment: settles charges, books it, gives a receipt number. The account's row is locked from reading to commit, so payments
/// of one member come one after the other and never settle the same cent twice.
/// </summary>
public sealed class CreatePayment(NpgsqlDataSource database, Network network, BusinessClock clock, Outbox outbox, PaymentMetrics metrics)
{
    private const long MostMinor = 1_000_000;
    private const int MostNamedCharges = 200;

    private sealed record Order(Guid Member, Money Amount, Method Method, string Branch, IReadOnlyList<Guid> Named);

    private sealed record Facts(AccountRow Account, IReadOnlyList<OpenCharge> Charges);

    public async Task<Payment> RunAsync(CreatePaymentRequest request, CommandKey key, CancellationToken cancellationToken)
    {
        var order = Read(request);
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        var facts = await LockAsync(transaction, order, cancellationToken);
        RequireNamed(order, facts);
        var allocations = PaymentRules.Allocate(facts.Charges, order.Named, order.Amount, facts.Account.Balance.CurrencyCode) switch
        {
            PaymentDecision.Taken taken => taken.Allocations,
            PaymentDecision.Refused refused => throw Failure.Refused(
                Refusals.Of(refused.Reason),
                ("payable", new Money(refused.PayableMinor, facts.Account.Balance.CurrencyCode).Format(".")), ("currency", facts.Account.Balance.CurrencyCode)),
            var other => throw new InvalidOperationException($"Unknown decision {other}."),
        };
        var payment = await SaveAsync(transaction, order, facts, allocations, key, cancellationToken);
        await transaction.CommitTracedAsync(cancellationToken);
        outbox.Wake();
        metrics.Taken(order.Method);
        return payment;
    }

    private Order Read(CreatePaymentRequest request)
    {
        var fields = new Fields();
        var member = fields.Name("member", "members", request.Member);
        var amount = fields.Range("amountMinor", request.AmountMinor, 1, MostMinor);
        if (request.CurrencyCode.Length == 0) fields.Wrong("currencyCode", "REQUIRED");
        else if (!Money.IsCurrencyCode(request.CurrencyCode)) fields.Wrong("currencyCode", "FORMAT", ("expected", "ISO 4217"));
        var method = fields.Enum("method", request.Method);
        // no gift vouchers are issued yet, so there is none that could be named
        if (method == Method.Voucher) fields.Wrong("method", "UNKNOWN");
        if (request.Branch.Length == 0) fields.Wrong("branch", "REQUIRED");
        else if (!network.Branches.ContainsKey(request.Branch)) fields.Wrong("branch", "UNKNOWN");
        if (request.Charges.Count > MostNamedCharges) fields.Wrong("charges", "RANGE", ("min", "0"), ("max", $"{MostNamedCharges}"));
        var named = request.Charges.Take(MostNamedCharges).Select((name, index) => fields.Name($"charges[{index}]", "charges", name)).ToList();
        fields.ThrowIfWrong();
        return new Order(member, new Money(amount, request.CurrencyCode), method, request.Branch, named);
    }

    /// <summary>A member without an account owes nothing: the answer is the same as for one who has paid everything.</summary>
    private async Task<Facts> LockAsync(NpgsqlTransaction transaction, Order order, CancellationToken cancellationToken)
    {
        await using var batch = new NpgsqlBatch(transaction.Open(), transaction)
        {
            BatchCommands =
            {
                DatabaseSetup.BatchCommand("SELECT currency_code, balance_minor, version FROM account WHERE member_id = $1 FOR UPDATE", order.Member),
                DatabaseSetup.BatchCommand("""
                    SELECT id, posted_on, position, open_minor FROM charge WHERE member_id = $1 AND (open_minor > 0 OR id = ANY ($2))
                    """, order.Member, order.Named.ToArray()),
            },
        };
        var charges = new List<OpenCharge>();
        AccountRow? account = null;
        await using (var reader = await batch.ExecuteReaderAsync(cancellationToken))
        {
            if (await reader.ReadAsync(cancellationToken)) account = new AccountRow(order.Member, new Money(reader.GetInt64(1), reader.GetString(0)), reader.GetInt64(2));
            await reader.NextResultAsync(cancellationToken);
            while (await reader.ReadAsync(cancellationToken))
                charges.Add(new OpenCharge(reader.GetGuid(0), reader.GetFieldValue<LocalDate>(1), reader.GetInt64(2), reader.GetInt64(3)));
        }
        if (account is not null || charges.Count == 0) return new Facts(account ?? new AccountRow(order.Member, new Money(0, network.CurrencyCode), 0), charges);
        // the first charge was booked between the two looks: its account is there now, and is never gone again
        return await LockAsync(transaction, order, cancellationToken);
    }

    /// <summary>A charge of another member is as unknown here as one that does not exist.</summary>
    private static void RequireNamed(Order order, Facts facts)
    {
        var fields = new Fields();
        var known = facts.Charges.Select(charge => charge.Id).ToHashSet();
        foreach (var (index, id) in order.Named.Index())
            if (!known.Contains(id)) fields.Wrong($"charges[{index}]", "UNKNOWN");
        fields.ThrowIfWrong();
    }

    private async Task<Payment> SaveAsync(
        NpgsqlTransaction transaction, Order order, Facts facts, IReadOnlyList<Allocation> allocations, CommandKey key, CancellationToken cancellationToken)
    {
        var (id, now, today) = (Guid.CreateVersion7(), clock.Now, clock.Today);
        var account = facts.Account.After(new Money(0, order.Amount.CurrencyCode) - order.Amount);
        var receipt = await NextReceiptAsync(transaction, order.Branch, today.Year, cancellationToken);
        var payment = new Payment
        {
            Name = ResourceName.Of("payments", id),
            ReceiptNumber = receipt.ToString(),
            Allocations = { allocations.Select(part => new V1.Allocation { Charge = ResourceName.Of("charges", part.ChargeId), AmountMinor = part.AmountMinor }) },
            BalanceMinor = account.Balance.Minor,
            AmountMinor = order.Amount.Minor,
            CurrencyCode = order.Amount.CurrencyCode,
            Method = order.Method,
            Branch = order.Branch,
            PaidAt = Timestamp.FromDateTimeOffset(now.ToDateTimeOffset()),
        };
        await using var batch = new NpgsqlBatch(transaction.Open(), transaction);
        batch.BatchCommands.Add(DatabaseSetup.BatchCommand("""
            INSERT INTO payment (id, member_id, amount_minor, currency_code, method, branch, receipt_number, paid_at, balance_after_minor)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
            """, id, order.Member, payment.AmountMinor, payment.CurrencyCode, Names.Of(order.Method), order.Branch, payment.ReceiptNumber, now, payment.BalanceMinor));
        foreach (var row in Settle(id, allocations)) batch.BatchCommands.Add(row);
        foreach (var row in LedgerRows.Write(JournalEntry.OfPayment(ReceivedOn(order), order.Amount), new EntryOrigin(payment.Name, order.Member, today, order.Branch)))
            batch.BatchCommands.Add(row);
        batch.BatchCommands.Add(account.Save());
        batch.BatchCommands.Add(outbox.Write(new PaymentReceived
        {
            Aggregate = account.Name,
            Version = account.Version,
            Member = account.MemberName,
            Payment = payment.Name,
            AmountMinor = payment.AmountMinor,
            CurrencyCode = payment.CurrencyCode,
            Branch = order.Branch,
        }));
        batch.BatchCommands.Add(outbox.Write(account.Snapshot(OldestLeftOpen(facts, allocations), postedCharge: null)));
        // the answer names no member, so it may be kept for a repeated command
        if (key.Given) batch.BatchCommands.Add(key.Record(payment.Name, payment));
        await batch.ExecuteNonQueryAsync(cancellationToken);
        return payment;
    }

    private static async Task<ReceiptNumber> NextReceiptAsync(NpgsqlTransaction transaction, string branch, int year, CancellationToken cancellationToken)
    {
        await using var count = transaction.Command("""
            INSERT INTO receipt_counter AS counter (branch, year, last_number) VALUES ($1, $2, 1)
            ON CONFLICT (branch, year) DO UPDATE SET last_number = counter.last_number + 1
            RETURNING last_number
            """, branch, year);
        return new ReceiptNumber(branch, year, (long)(await count.ExecuteScalarAsync(cancellationToken))!);
    }

    private static IEnumerable<NpgsqlBatchCommand> Settle(Guid payment, IReadOnlyList<Allocation> allocations)
    {
        var charges = allocations.Select(part => part.ChargeId).ToArray();
        var amounts = allocations.Select(part => part.AmountMinor).ToArray();
        yield return DatabaseSetup.BatchCommand("""
            INSERT INTO allocation (payment_id, line, charge_id, amount_minor)
            SELECT $1, part.line, part.charge_id, part.amount_minor
            FROM unnest($2, $3) WITH ORDINALITY AS part (charge_id, amount_minor, line)
            """, payment, charges, amounts);
        yield return DatabaseSetup.BatchCommand("""
            UPDATE charge SET open_minor = charge.open_minor - part.amount_minor
            FROM unnest($1, $2) AS part (charge_id, amount_minor) WHERE charge.id = part.charge_id
            """, charges, amounts);
    }

    private static LedgerAccount ReceivedOn(Order order) => order.Method switch
    {
        Method.Cash => LedgerAccount.Till(order.Branch),
        Method.Card => LedgerAccount.CardClearing,
        Method.Online => LedgerAccount.OnlineClearing,
        Method.Voucher or Method.Unspecified or _ => throw new InvalidOperationException("A method that was refused when the request was read."),
    };

    private static LocalDate? OldestLeftOpen(Facts facts, IReadOnlyList<Allocation> allocations)
    {
        var paid = allocations.ToDictionary(part => part.ChargeId, part => part.AmountMinor);
        var left = facts.Charges.Where(charge => charge.OpenMinor > paid.GetValueOrDefault(charge.Id)).Select(charge => charge.PostedOn).ToList();
        return left.Count == 0 ? null : left.Min();
    }
}
