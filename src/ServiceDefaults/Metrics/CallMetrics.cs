using System.Diagnostics;
using System.Diagnostics.Metrics;
using Google.Rpc;
using Grpc.Core;

namespace Library.ServiceDefaults.Metrics;

/// <summary>
/// Calls by method and outcome, and refusals by reason, whether they came as gRPC or as REST. Method and outcome are the contract's, the
/// reasons are those of ErrorInfo: few, and nothing of a person.
/// </summary>
public sealed class CallMetrics
{
    public const string MeterName = "Library.Calls", Duration = "library.call.duration";
    private readonly Histogram<double> duration;
    private readonly Counter<long> refusals;

    public CallMetrics(IMeterFactory meters)
    {
        var meter = meters.Create(MeterName);
        duration = meter.CreateHistogram<double>(Duration, "s", "Time that a call of the contract took, with its database and peers.");
        refusals = meter.CreateCounter<long>("library.refusals", "{refusal}", "Calls that were not answered OK, by the reason that the caller was given.");
    }

    /// <param name="method">gRPC's name, <c>/package.Service/Method</c>.</param>
    /// <param name="began">Timestamp of <see cref="Stopwatch"/>.</param>
    public void Answered(string method, long began) => Record(Verb(method), began, StatusCode.OK);

    /// <param name="method">As for <see cref="Answered"/>.</param>
    /// <param name="began">As for <see cref="Answered"/>.</param>
    /// <param name="answer">What the caller gets.</param>
    public void Refused(string method, long began, RpcException answer)
    {
        var verb = Verb(method);
        Record(verb, began, answer.StatusCode);
        var reason = answer.GetRpcStatus()?.GetDetail<ErrorInfo>()?.Reason ?? answer.StatusCode.ToString();
        refusals.Add(1, verb, KeyValuePair.Create("reason", (object?)reason));
    }

    private void Record(KeyValuePair<string, object?> verb, long began, StatusCode outcome) =>
        duration.Record(Stopwatch.GetElapsedTime(began).TotalSeconds, verb, KeyValuePair.Create("outcome", (object?)outcome.ToString()));

    private static KeyValuePair<string, object?> Verb(string method) => KeyValuePair.Create("method", (object?)method[(method.LastIndexOf('/') + 1)..]);
}
