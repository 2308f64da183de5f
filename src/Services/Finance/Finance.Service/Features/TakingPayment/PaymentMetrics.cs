using System.Diagnostics.Metrics;

namespace Library.Finance.Features.TakingPayment;

/// <summary>Payments by method; counted after the commit, a repeated command counts once.</summary>
public sealed class PaymentMetrics(IMeterFactory meters)
{
    private readonly Counter<long> payments = meters.Create("Library.Finance").CreateCounter<long>("library.payments", "{payment}", "Payments taken.");

    public void Taken(V1.Payment.Types.Method method) => payments.Add(1, KeyValuePair.Create("method", (object?)method.ToString().ToUpperInvariant()));
}
