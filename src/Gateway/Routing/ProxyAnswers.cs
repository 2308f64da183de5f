using System.Diagnostics;
using System.Globalization;
using Grpc.Core;
using Library.Gateway.Edge;
using Library.ServiceDefaults.Errors;
using Microsoft.AspNetCore.Http.Timeouts;
using Microsoft.Extensions.Options;
using Yarp.ReverseProxy.Forwarder;
using Yarp.ReverseProxy.Model;
using Yarp.ReverseProxy.Transforms;

namespace Library.Gateway.Routing;

/// <summary>
/// What goes wrong between the gateway and a service is answered as everything else is: a <c>google.rpc.Status</c> in the
/// caller's language. Also in place of an error of a service that has no body (an unknown path, a verb that it does not take).
/// </summary>
public sealed class ProxyAnswers(RequestDelegate next, StatusBuilder statuses, IOptions<Limits> limits)
{
    private static readonly object Empty = new();

    public async Task InvokeAsync(HttpContext context)
    {
        var proxy = context.GetReverseProxyFeature();
        var most = proxy.Route.Config.MaxRequestBodySize ?? limits.Value.MaxBodyBytes;
        if (context.Request.ContentLength > most)
        {
            await TooLargeAsync(context, most);
            return;
        }
        await next(context);
        if (context.Response.HasStarted || context.RequestAborted.IsCancellationRequested && !TimedOut(context)) return;
        context.RequestAborted = CancellationToken.None; // after a timeout it is the timeout's, and would end the answer too
        var part = proxy.Cluster.Config.ClusterId.Replace(Clusters.GrpcSuffix, "", StringComparison.Ordinal);
        await (context.Features.Get<IForwarderErrorFeature>()?.Error switch
        {
            null => context.Items.ContainsKey(Empty) ? FillAsync(context) : Task.CompletedTask,
            ForwarderError.RequestCanceled when !TimedOut(context) => Task.CompletedTask,
            ForwarderError.RequestBodyClient when context.Response.StatusCode == StatusCodes.Status413PayloadTooLarge => TooLargeAsync(context, most),
            ForwarderError.RequestBodyClient => WriteAsync(context, StatusCode.InvalidArgument, "INVALID_REQUEST", null),
            ForwarderError.RequestTimedOut or ForwarderError.RequestCanceled or ForwarderError.RequestBodyCanceled => WriteAsync(
                context, StatusCode.DeadlineExceeded, "TIMED_OUT", null, ("seconds", Seconds(proxy.Route.Config.Timeout ?? limits.Value.Timeout))),
            _ => WriteAsync(context, StatusCode.Unavailable, "UNAVAILABLE", null, ("part", part)),
        });
    }

    /// <summary>Keeps a bodyless error of a service back, so that <see cref="InvokeAsync"/> can say what it means.</summary>
    public static ValueTask KeepBackEmptyErrors(ResponseTransformContext response)
    {
        var context = response.HttpContext;
        if (response.ProxyResponse is not { IsSuccessStatusCode: false, Content.Headers.ContentLength: 0 } || (int)response.ProxyResponse.StatusCode < 400
            || !context.Request.Path.StartsWithSegments("/api")) return ValueTask.CompletedTask;
        response.SuppressResponseBody = true;
        context.Response.ContentLength = null;
        context.Items[Empty] = true;
        return ValueTask.CompletedTask;
    }

    private Task FillAsync(HttpContext context)
    {
        var status = context.Response.StatusCode;
        return status switch
        {
            StatusCodes.Status401Unauthorized => WriteAsync(context, StatusCode.Unauthenticated, "UNAUTHENTICATED", status),
            StatusCodes.Status403Forbidden => WriteAsync(context, StatusCode.PermissionDenied, "PERMISSION_DENIED", status),
            StatusCodes.Status404NotFound => WriteAsync(context, StatusCode.NotFound, "NOT_FOUND", status, ("kind", "path")),
            StatusCodes.Status405MethodNotAllowed => WriteAsync(context, StatusCode.Unimplemented, "METHOD_NOT_ALLOWED", status),
            StatusCodes.Status413PayloadTooLarge => TooLargeAsync(context, limits.Value.MaxBodyBytes),
            StatusCodes.Status415UnsupportedMediaType => WriteAsync(context, StatusCode.InvalidArgument, "UNSUPPORTED_MEDIA_TYPE", status),
            < 500 => WriteAsync(context, StatusCode.InvalidArgument, "INVALID_REQUEST", status),
            _ => WriteAsync(context, StatusCode.Internal, "INTERNAL", status, ("traceId", Activity.Current?.TraceId.ToHexString() ?? "")),
        };
    }

    private Task TooLargeAsync(HttpContext context, long most) => WriteAsync(
        context, StatusCode.InvalidArgument, "TOO_LARGE", StatusCodes.Status413PayloadTooLarge, ("max", most.ToString(CultureInfo.InvariantCulture)));

    private Task WriteAsync(HttpContext context, StatusCode code, string reason, int? httpStatus, params (string Name, string Value)[] figures) =>
        RestErrors.WriteAsync(context, statuses.Build(code, reason, context.Request.Headers.AcceptLanguage.ToString(), figures), httpStatus);

    /// <summary>The caller is still there when it was our own timeout that ended the request.</summary>
    private static bool TimedOut(HttpContext context) =>
        context.Features.Get<IHttpRequestTimeoutFeature>()?.RequestTimeoutToken.IsCancellationRequested == true;

    private static string Seconds(TimeSpan time) => ((long)time.TotalSeconds).ToString(CultureInfo.InvariantCulture);
}
