using System.Diagnostics;

namespace Library.Gateway.Edge;

/// <summary>
/// One id for what belongs together, over all services: the caller's <c>X-Correlation-Id</c> where it is a plain one, else
/// the trace's. It stands in the answer, in every line of the log and in the trace; the trace itself goes on by <c>traceparent</c>.
/// </summary>
public sealed class CorrelationMiddleware(RequestDelegate next, ILogger<CorrelationMiddleware> log)
{
    public const string Header = "X-Correlation-Id";
    private const int Longest = 64;

    public async Task InvokeAsync(HttpContext context)
    {
        var given = context.Request.Headers[Header].ToString();
        var id = IsSafe(given) ? given : Activity.Current?.TraceId.ToHexString() ?? Guid.CreateVersion7().ToString("N");
        context.Request.Headers[Header] = id; // what is forwarded
        context.Response.OnStarting(() =>
        {
            context.Response.Headers[Header] = id;
            return Task.CompletedTask;
        });
        Activity.Current?.SetTag("correlation_id", id);
        using (log.BeginScope("CorrelationId:{CorrelationId}", id)) await next(context);
    }

    /// <summary>Nothing that could break a log line, and nothing as long as a message.</summary>
    public static bool IsSafe(string id) => id.Length is > 0 and <= Longest && id.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.');
}
