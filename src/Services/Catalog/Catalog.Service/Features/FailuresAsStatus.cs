using System.Diagnostics;
using Grpc.Core;
using Library.ServiceDefaults.Errors;

namespace Library.Catalog.Features;

/// <summary>Gives ordinary endpoints the same errors as the transcoded ones: google.rpc.Status, and nothing of our innards.</summary>
public sealed class FailuresAsStatus(StatusBuilder statuses, ILogger<FailuresAsStatus> log) : IEndpointFilter
{
    public async ValueTask<object?> InvokeAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        var http = context.HttpContext;
        var language = http.Request.Headers.AcceptLanguage.ToString();
        try
        {
            return await next(context);
        }
        catch (Failure failure)
        {
            await RestErrors.WriteAsync(http, statuses.Build(failure, language));
        }
        catch (Exception problem) when (!http.RequestAborted.IsCancellationRequested)
        {
            var trace = Activity.Current?.TraceId.ToHexString() ?? "";
            log.LogError(problem, "{Path} failed unexpectedly, trace {TraceId}", http.Request.Path.Value, trace);
            await RestErrors.WriteAsync(http, statuses.Build(StatusCode.Internal, "INTERNAL", language, ("traceId", trace)));
        }
        return Results.Empty;
    }
}
