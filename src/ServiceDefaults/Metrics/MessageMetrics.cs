using System.Diagnostics.Metrics;
using MassTransit;

namespace Library.ServiceDefaults.Metrics;

/// <summary>Messages that the broker has confirmed, and how often it has not.</summary>
public sealed class PublishMetrics : IPublishObserver
{
    private readonly Counter<long> published;
    private long failures;

    public PublishMetrics(IMeterFactory meters)
    {
        var meter = meters.Create(ConsumeMetrics.MeterName);
        published = meter.CreateCounter<long>("library.messages.published", "{message}", "Messages that the broker has confirmed.");
        // observed, so that it stands at 0 from the start and its first rise is seen
        meter.CreateObservableCounter(
            "library.messages.publish_failures", () => Interlocked.Read(ref failures), "{attempt}", "Attempts to publish that failed; the outbox keeps the message.");
    }

    public Task PrePublish<T>(PublishContext<T> context) where T : class => Task.CompletedTask;

    public Task PostPublish<T>(PublishContext<T> context) where T : class
    {
        published.Add(1, ConsumeMetrics.Message(typeof(T)));
        return Task.CompletedTask;
    }

    public Task PublishFault<T>(PublishContext<T> context, Exception exception) where T : class
    {
        Interlocked.Increment(ref failures);
        return Task.CompletedTask;
    }
}

/// <summary>How long consumers take, and whether they succeed, by type of message and consumer.</summary>
public sealed class ConsumeMetrics : IReceiveObserver
{
    public const string MeterName = "Library.Messages", Duration = "library.message.handling.duration";
    private readonly Histogram<double> duration;

    public ConsumeMetrics(IMeterFactory meters) => duration = meters.Create(MeterName)
        .CreateHistogram<double>(Duration, "s", "Time that a consumer took with a message, to the commit of its work.");

    public Task PreReceive(ReceiveContext context) => Task.CompletedTask;

    public Task PostReceive(ReceiveContext context) => Task.CompletedTask;

    public Task PostConsume<T>(ConsumeContext<T> context, TimeSpan duration, string consumerType) where T : class => Record<T>(duration, consumerType, "handled");

    public Task ConsumeFault<T>(ConsumeContext<T> context, TimeSpan duration, string consumerType, Exception exception) where T : class =>
        Record<T>(duration, consumerType, "failed");

    public Task ReceiveFault(ReceiveContext context, Exception exception) => Task.CompletedTask;

    internal static KeyValuePair<string, object?> Message(Type type) => KeyValuePair.Create("message", (object?)type.Name);

    private Task Record<T>(TimeSpan took, string consumer, string outcome)
    {
        duration.Record(
            took.TotalSeconds, Message(typeof(T)), KeyValuePair.Create("consumer", (object?)consumer[(consumer.LastIndexOf('.') + 1)..]),
            KeyValuePair.Create("outcome", (object?)outcome));
        return Task.CompletedTask;
    }
}
