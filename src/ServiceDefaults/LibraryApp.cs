using System.Diagnostics;
using System.Globalization;
using System.Reflection;
using Google.Protobuf.Reflection;
using Grpc.Net.ClientFactory;
using Library.Contracts.Operations;
using Library.ServiceDefaults.Data;
using Library.ServiceDefaults.Errors;
using Library.ServiceDefaults.Jobs;
using Library.ServiceDefaults.Messaging;
using Library.ServiceDefaults.Metrics;
using Library.ServiceDefaults.Networks;
using Library.ServiceDefaults.OpenApi;
using Library.ServiceDefaults.Operations;
using Library.ServiceDefaults.Requests;
using Library.ServiceDefaults.Security;
using Library.ServiceDefaults.Time;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Diagnostics.HealthChecks;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Library.ServiceDefaults;

/// <summary>What a service is made of; its Program.cs fills it in.</summary>
/// <param name="Name">membership, catalog, finance, events, notifications.</param>
/// <param name="Service">The assembly with consumers, migrations and texts.</param>
/// <param name="ContractAssembly">The assembly of its messages.</param>
/// <param name="Contracts">The descriptors of its protos.</param>
public sealed record LibraryService(string Name, Assembly Service, Assembly ContractAssembly, params IReadOnlyList<FileDescriptor> Contracts);

/// <summary>The same start, the same edges and the same end for every service.</summary>
public static class LibraryApp
{
    private const string Migrate = "--migrate", ClockOwner = "catalog";
    private const int LongestAddress = 64 * 1024;

    /// <summary>Everything that every service has: ports, telemetry, health, tokens, errors, database, messages, clock, jobs, network files.</summary>
    public static WebApplicationBuilder CreateBuilder(LibraryService service, string[] args)
    {
        var builder = WebApplication.CreateBuilder(args);
        RequiredSettings.Check(builder.Configuration, $"ConnectionStrings:{service.Name}-db", "ConnectionStrings:messaging", "Issuer", "ServiceKey");
        builder.AddEdge(service.Name, service.Service, service.Contracts);
        builder.AddTokenCheck(acceptServices: true);
        builder.AddNetwork();
        builder.AddServiceDatabase($"{service.Name}-db", service.Service);
        builder.AddMessaging(service.Name, service.Service, service.ContractAssembly);
        builder.AddServiceMetrics();

        builder.Services.AddSingleton(provider => new BusinessClock(provider.GetRequiredService<Network>().TimeZone, provider.GetRequiredService<TimeProvider>()));
        builder.Services.AddSingleton<ClockKeeper>();
        builder.Services.AddHostedService(provider => provider.GetRequiredService<ClockKeeper>());
        if (service.Name != ClockOwner)
        {
            builder.AddPeer<OperationsService.OperationsServiceClient>(ClockOwner, OperationsService.Descriptor, ClockOwner);
            builder.Services.AddSingleton<AskOffset>(provider => async token => (await provider.GetRequiredService<GrpcClientFactory>()
                .CreateClient<OperationsService.OperationsServiceClient>(ClockOwner)
                .GetClockOffsetAsync(new GetClockOffsetRequest(), cancellationToken: token)).OffsetMs);
        }
        builder.Services.AddSingleton<ReadFailedMessages>();
        builder.Services.AddSingleton<DecideFailedMessage>();
        builder.Services.AddSingleton<JobRunner>();
        builder.Services.AddHostedService(provider => provider.GetRequiredService<JobRunner>());
        builder.Services.AddSingleton<IPeriodicJob, Housekeeping>();

        builder.Services.AddGrpc(options =>
        {
            options.Interceptors.Add<ErrorInterceptor>();
            options.Interceptors.Add<BranchInterceptor>();
            options.MaxReceiveMessageSize = 1024 * 1024;
        }).AddJsonTranscoding(options => options.TypeRegistry = RestErrors.Types);
        builder.Services.AddInterfaceDocument();
        return builder;
    }

    /// <summary>What the gateway shares with the services: ports, telemetry, health, discovery, error texts, the table of access.</summary>
    public static void AddEdge(this WebApplicationBuilder builder, string name, Assembly assembly, params IReadOnlyList<FileDescriptor> contracts)
    {
        var urls = builder.Configuration["urls"] ?? builder.Configuration["ASPNETCORE_URLS"];
        builder.WebHost.UseSetting(WebHostDefaults.ServerUrlsKey, ""); // they are taken over below, with the protocol of each
        builder.WebHost.ConfigureKestrel(kestrel => Listen(kestrel, urls, builder.Configuration));
        builder.AddTelemetry();
        builder.AddHealthGauge();
        builder.Services.AddServiceDiscovery();
        builder.Services.AddHealthChecks().AddCheck("self", () => HealthCheckResult.Healthy(), ["live"]);
        builder.Services.AddSingleton(TimeProvider.System);
        builder.Services.AddSingleton(new ServiceName(name));
        builder.Services.AddSingleton(new Texts(typeof(LibraryApp).Assembly, assembly));
        builder.Services.AddSingleton<StatusBuilder>();
        builder.Services.AddSingleton(new AccessTable(contracts));
    }

    /// <summary>The order of a request: who is it, may they, is it well-formed; then the endpoint.</summary>
    public static void UseLibrary(this WebApplication app)
    {
        // what fails outside of a gRPC method; the handler has logged it, the caller learns only by which id it is found
        app.UseExceptionHandler(handler => handler.Run(context => RestErrors.WriteAsync(context, context.RequestServices.GetRequiredService<StatusBuilder>().Build(
            Grpc.Core.StatusCode.Internal, "INTERNAL", context.Request.Headers.AcceptLanguage.ToString(), ("traceId", Activity.Current?.TraceId.ToHexString() ?? "")))));
        app.UseMetrics(isPublic: false);
        app.MapHealth();
        app.UseRouting();
        app.UseAuthentication();
        app.UseMiddleware<AccessMiddleware>();
        app.UseMiddleware<JsonCheckMiddleware>();
        app.UseAuthorization();
        app.MapGrpcService<OperationsEndpoint>();
        app.MapGrpcService<FailedMessagesEndpoint>();
        app.MapInterfaceDocument();
        // public keys, for a gateway that starts while Membership is away
        app.MapGet(SecuritySetup.KnownKeysPath, async (KnownKeys keys, CancellationToken cancellationToken) =>
            await keys.ReadAsync(cancellationToken) is { } known ? Results.Content(known, "application/json") : Results.NotFound());
        if (app.Environment.IsDevelopment()) app.MapGet("/backlog", BacklogAsync);
    }

    /// <summary>
    /// Program.cs of every service: runs it, or with <c>--migrate</c> brings its database up to date and ends, which needs neither broker
    /// nor network files. The result is the exit code of the process; network files or settings with mistakes end it with 78 and a list of every one.
    /// </summary>
    public static async Task<int> MainAsync(string name, string[] args, Func<string[], Action<WebApplicationBuilder>?, WebApplication> build)
    {
        if (args.Contains(Migrate)) return await MigrateAsync(name, args, build.Method.Module.Assembly);
        try
        {
            await build(args, null).RunAsync();
            return 0;
        }
        catch (Exception invalid) when (invalid is NetworkFilesInvalidException or OptionsValidationException)
        {
            await Console.Error.WriteLineAsync(invalid.Message);
            return NetworkFilesInvalidException.ExitCode;
        }
    }

    private static async Task<int> MigrateAsync(string name, string[] args, Assembly migrations)
    {
        var configuration = new ConfigurationBuilder().AddEnvironmentVariables().AddCommandLine([.. args.Where(argument => argument != Migrate)]).Build();
        var connection = configuration.GetConnectionString($"{name}-db") ?? throw new InvalidOperationException($"ConnectionStrings:{name}-db is missing.");
        using var logging = LoggerFactory.Create(log => log.AddSimpleConsole(options => options.SingleLine = true));
        return await Migrator.RunAsync(connection, migrations, logging.CreateLogger(typeof(Migrator).FullName!), CancellationToken.None);
    }

    /// <summary>
    /// <c>/alive</c>: the process runs. <c>/health</c>: it can do its main work, that is its own database answers; a broker
    /// or peer that is away makes it Degraded, which is still 200 and named in the body (ADR 10).
    /// </summary>
    public static void MapHealth(this WebApplication app)
    {
        var version = typeof(LibraryApp).Assembly.GetName().Version!.ToString(3);
        app.MapHealthChecks("/alive", new HealthCheckOptions { Predicate = check => check.Tags.Contains("live") }).DisableHttpMetrics();
        app.MapHealthChecks("/health", new HealthCheckOptions
        {
            ResponseWriter = (context, report) => context.Response.WriteAsJsonAsync(new
            {
                status = report.Status.ToString(),
                version,
                checks = report.Entries.ToDictionary(entry => entry.Key, entry => entry.Value.Status.ToString()),
            }),
        }).DisableHttpMetrics();
    }

    /// <summary>For <c>./library status</c>; the gateway does not route it.</summary>
    private static async Task<IResult> BacklogAsync(NpgsqlDataSource database, Queues queues, ServiceName name, CancellationToken cancellationToken)
    {
        await using var command = database.Command("""
            SELECT (SELECT count(*) FROM outbox WHERE published_at IS NULL),
                count(*) FILTER (WHERE state = 'WAITING'), count(*) FILTER (WHERE state = 'DEAD') FROM failed_message
            """);
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        await row.ReadAsync(cancellationToken);
        var (outbox, waiting, dead) = (row.GetInt64(0), row.GetInt64(1), row.GetInt64(2));
        long? depth = null;
        try
        {
            depth = await queues.DepthAsync(name.Value, cancellationToken);
        }
        catch (RabbitMQ.Client.Exceptions.BrokerUnreachableException)
        {
            // the broker is away, which ./library status says itself; the outbox is known all the same
        }
        return Results.Json(new { outbox, queue = depth, waiting, dead });
    }

    /// <summary>REST over HTTP/1.1 on ASPNETCORE_URLS (or HTTP_PORTS), gRPC over HTTP/2 on GRPC_PORT: in plain text one port cannot do both. Metrics on a port of their own where METRICS_PORT is set.</summary>
    private static void Listen(KestrelServerOptions kestrel, string? urls, ConfigurationManager configuration)
    {
        kestrel.AddServerHeader = false;
        kestrel.Limits.MaxRequestLineSize = LongestAddress; // else a query that is too long gets no answer that says so
        var addresses = urls is { Length: > 0 }
            ? urls.Split(';').Select(BindingAddress.Parse).Select(address => (address.Host, address.Port))
            : (configuration["HTTP_PORTS"] ?? "8080").Split(';').Select(port => ("*", int.Parse(port, CultureInfo.InvariantCulture)));
        var loopback = true;
        foreach (var (host, port) in addresses)
        {
            loopback &= host is "localhost" or "127.0.0.1" or "[::1]";
            ListenOn(kestrel, loopback, port, HttpProtocols.Http1);
        }
        if (configuration.GetValue<int?>("GRPC_PORT") is { } grpc) ListenOn(kestrel, loopback, grpc, HttpProtocols.Http2);
        if (configuration.GetValue<int?>(MetricsSetup.Port) is { } metrics) ListenOn(kestrel, loopback, metrics, HttpProtocols.Http1);
    }

    private static void ListenOn(KestrelServerOptions kestrel, bool loopback, int port, HttpProtocols protocols)
    {
        if (loopback) kestrel.ListenLocalhost(port, options => options.Protocols = protocols);
        else kestrel.ListenAnyIP(port, options => options.Protocols = protocols);
    }
}
