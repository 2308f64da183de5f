using Google.Protobuf.WellKnownTypes;
using Library.Finance.V1;
using Library.ServiceDefaults.Data;
using Library.ServiceDefaults.Errors;
using Library.ServiceDefaults.Requests;
using Library.ServiceDefaults.Security;
using Method = Library.Finance.V1.Payment.Types.Method;

namespace Library.Finance.Features.ReadingPayment;

/// <summary>A payment as its receipt shows it.</summary>
public sealed class GetPayment(NpgsqlDataSource database)
{
    public Task<Payment> RunAsync(GetPaymentRequest request, Caller caller, CancellationToken cancellationToken) =>
        FindAsync(request.Name, owner => caller.MustOwn(owner, "payment"), cancellationToken);

    /// <summary>For a repeated command, whose caller has made the payment.</summary>
    public Task<Payment> ReadAsync(string name, CancellationToken cancellationToken) => FindAsync(name, _ => { }, cancellationToken);

    private async Task<Payment> FindAsync(string name, Action<string> requireOwner, CancellationToken cancellationToken)
    {
        var id = ResourceName.Parse("payments", name, "payment");
        await using var batch = database.CreateBatch();
        batch.BatchCommands.Add(DatabaseSetup.BatchCommand("""
            SELECT member_id, amount_minor, currency_code, method, branch, receipt_number, paid_at, balance_after_minor FROM payment WHERE id = $1
            """, id));
        batch.BatchCommands.Add(DatabaseSetup.BatchCommand("SELECT charge_id, amount_minor FROM allocation WHERE payment_id = $1 ORDER BY line", id));
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
        if (!await reader.ReadAsync(cancellationToken)) throw Failure.NotFound("payment");
        requireOwner(ResourceName.Of("members", reader.GetGuid(0)));
        var payment = new Payment
        {
            Name = name,
            AmountMinor = reader.GetInt64(1),
            CurrencyCode = reader.GetString(2),
            Method = Names.Parse<Method>(reader.GetString(3)) ?? Method.Unspecified,
            Branch = reader.GetString(4),
            ReceiptNumber = reader.GetString(5),
            PaidAt = Timestamp.FromDateTimeOffset(reader.GetFieldValue<Instant>(6).ToDateTimeOffset()),
            BalanceMinor = reader.GetInt64(7),
        };
        await reader.NextResultAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
            payment.Allocations.Add(new Allocation { Charge = ResourceName.Of("charges", reader.GetGuid(0)), AmountMinor = reader.GetInt64(1) });
        return payment;
    }
}
