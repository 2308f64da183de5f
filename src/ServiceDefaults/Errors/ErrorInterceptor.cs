using System.Diagnostics;
using Grpc.Core;
using Grpc.Core.Interceptors;
using Library.ServiceDefaults.Data;
using Library.ServiceDefaults.Metrics;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Library.ServiceDefaults.Errors;

/// <summary>
/// The edge's last word: a <see cref="Failure"/> becomes a rich status in the caller's language; anything unexpected is
/// logged with its trace id and answered INTERNAL without innards. Every call is counted here, because here its outcome is known.
/// </summary>
public sealed class ErrorInterceptor(StatusBuilder statuses, CallMetrics calls, DatabasePools pools, ILogger<ErrorInterceptor> log) : Interceptor
{
    public override async Task<TResponse> UnaryServerHandler<TRequest, TResponse>(
        TRequest request, ServerCallContext context, UnaryServerMethod<TRequest, TResponse> continuation)
    {
        var began = Stopwatch.GetTimestamp();
        try
        {
            var answer = await OnLiveConnectionsAsync(request, context, continuation);
            calls.Answered(context.Method, began);
            return answer;
        }
        catch (Exception problem)
        {
            var answer = Translate(problem, context);
            calls.Refused(context.Method, began, answer);
            throw answer;
        }
    }

    /// <summary>
    /// The first call that finds the server gone lets go of all connections, and where it only asks (REST's GET), it is asked once more: the server may be
    /// back long since, and who asks need not learn of it. A command is never repeated here; the caller does that, with its idempotency key.
    /// </summary>
    private async Task<TResponse> OnLiveConnectionsAsync<TRequest, TResponse>(
        TRequest request, ServerCallContext context, UnaryServerMethod<TRequest, TResponse> continuation)
        where TRequest : class
        where TResponse : class
    {
        try
        {
            return await continuation(request, context);
        }
        catch (NpgsqlException broken) when (DatabaseTrouble.IsServerGone(broken))
        {
            pools.LetGo();
            if (!HttpMethods.IsGet(context.GetHttpContext().Request.Method)) throw;
            return await continuation(request, context);
        }
    }

    private RpcException Translate(Exception problem, ServerCallContext context)
    {
        var language = context.GetHttpContext().Request.Headers.AcceptLanguage.ToString();
        switch (problem)
        {
            case Failure failure:
                return statuses.Build(failure, language).ToRpcException();
            case OperationCanceledException when context.CancellationToken.IsCancellationRequested:
                return new RpcException(new Grpc.Core.Status(StatusCode.Cancelled, "CANCELLED"));
            // an answer of another service that a feature did not translate is ours to hide
            default:
                var trace = Activity.Current?.TraceId.ToHexString() ?? "";
                log.LogError(problem, "{Method} failed unexpectedly, trace {TraceId}", context.Method, trace);
                return problem switch
                {
                    NpgsqlException full when DatabaseTrouble.IsFull(full) => statuses.Build(StatusCode.Unavailable, "STORAGE_FULL", language).ToRpcException(),
                    NpgsqlException passing when DatabaseTrouble.IsPassing(passing) =>
                        statuses.Build(StatusCode.Unavailable, "UNAVAILABLE", language, ("part", "database")).ToRpcException(),
                    _ => statuses.Build(StatusCode.Internal, "INTERNAL", language, ("traceId", trace)).ToRpcException(),
                };
        }
    }
}
