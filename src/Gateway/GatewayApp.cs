using System.Diagnostics;
using Grpc.Core;
using Library.Gateway.Documents;
using Library.Gateway.Edge;
using Library.Gateway.Routing;
using Library.ServiceDefaults;
using Library.ServiceDefaults.Errors;
using Library.ServiceDefaults.Metrics;
using Library.ServiceDefaults.Security;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.Extensions.Options;
using OpenTelemetry.Instrumentation.Http;
using Yarp.ReverseProxy.ServiceDiscovery;
using Yarp.ReverseProxy.Transforms;

namespace Library.Gateway;

/// <summary>The one door to the network. It knows addresses, tokens and limits, and nothing of libraries.</summary>
public static class GatewayApp
{
    public static WebApplication Build(string[] args, Action<WebApplicationBuilder>? adjust = null)
    {
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions { Args = args, ContentRootPath = AppContext.BaseDirectory });
        builder.AddEdge("gateway", typeof(GatewayApp).Assembly);
        builder.AddTokenCheck(acceptServices: false);
        builder.AddTrustedProxies();
        builder.AddServicesHealth();
        builder.Services.AddOptions<Limits>().BindConfiguration("Limits");
        builder.Services.AddSingleton<IValidateOptions<Limits>, LimitsCheck>();
        builder.Services.AddSingleton<RateLimits>();
        builder.Services.AddRequestTimeouts();
        builder.Services.AddSingleton<InterfaceDocument>();
        builder.Services.AddHttpClient(InterfaceDocument.Client, client => client.MaxResponseContentBufferSize = 8 * 1024 * 1024).AddServiceDiscovery();
        builder.Services.Configure<HttpClientTraceInstrumentationOptions>(options =>
            options.FilterHttpRequestMessage = request => request.RequestUri?.AbsolutePath != "/health"); // a probe a second is no trace

        builder.Services.AddSingleton<IDestinationResolver, ServiceDestinations>();
        builder.Services.AddReverseProxy()
            .LoadFromConfig(builder.Configuration.GetSection("ReverseProxy"))
            .AddConfigFilter<Clusters>()
            .AddTransforms(transforms =>
            {
                transforms.AddOriginalHost(); // the sign-in names its own addresses by it
                transforms.AddResponseHeaderRemove("Server");
                transforms.AddResponseTransform(ProxyAnswers.KeepBackEmptyErrors);
            });
        adjust?.Invoke(builder);
        var app = builder.Build();
        _ = app.Services.GetRequiredService<IOptions<Limits>>().Value; // every wrong one is named before anything starts
        app.UseGateway();
        return app;
    }

    /// <summary>The order of a request: whence it comes, how much of it there is, whose it is; then the service.</summary>
    private static void UseGateway(this WebApplication app)
    {
        app.UseMetrics(isPublic: true);
        app.UseForwardedHeaders();
        app.UseMiddleware<CorrelationMiddleware>();
        app.UseSecurityHeaders();
        if (!app.Environment.IsDevelopment()) app.UseHsts();
        app.UseExceptionHandler(handler => handler.Run(AnswerFailureAsync));
        app.MapHealth();
        app.UseRouting();
        app.UseMiddleware<RateLimitMiddleware>(RateLimitMiddleware.Stage.Address);
        app.UseAuthentication();
        app.UseMiddleware<RateLimitMiddleware>(RateLimitMiddleware.Stage.Client);
        app.UseMiddleware<AccessMiddleware>();
        app.UseRequestTimeouts();
        app.MapDocuments();
        app.MapReverseProxy(proxy =>
        {
            proxy.UseMiddleware<ProxyAnswers>();
            proxy.UseMiddleware<TryAnotherInstance>();
            proxy.UseLoadBalancing();
        }).ConfigureEndpoints((endpoint, route) =>
        {
            if (route.Metadata?.GetValueOrDefault("Access") != "open") endpoint.WithMetadata(new EndpointAccess(Roles.FromOutside));
        });
        app.MapFallback("/api/{**path}", AnswerUnknownAsync).WithMetadata(new EndpointAccess(Roles.FromOutside));
        app.MapFallback("/{**path}", AnswerUnknownAsync);
    }

    private static Task AnswerUnknownAsync(HttpContext context) => AnswerAsync(context, StatusCode.NotFound, "NOT_FOUND", ("kind", "path"));

    /// <summary>The exception handler has logged it; the caller learns only by which id it is found.</summary>
    private static Task AnswerFailureAsync(HttpContext context) =>
        context.Features.Get<IExceptionHandlerFeature>()?.Error is BadHttpRequestException
            ? AnswerAsync(context, StatusCode.InvalidArgument, "INVALID_REQUEST")
            : AnswerAsync(context, StatusCode.Internal, "INTERNAL", ("traceId", Activity.Current?.TraceId.ToHexString() ?? ""));

    private static Task AnswerAsync(HttpContext context, StatusCode code, string reason, params (string Name, string Value)[] figures) =>
        RestErrors.WriteAsync(context, context.RequestServices.GetRequiredService<StatusBuilder>()
            .Build(code, reason, context.Request.Headers.AcceptLanguage.ToString(), figures));
}
