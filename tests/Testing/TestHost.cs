using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using Grpc.Net.Client;
using Library.ServiceDefaults.Data;
using Library.ServiceDefaults.Errors;
using Library.ServiceDefaults.Messaging;
using Library.ServiceDefaults.Security;
using Library.ServiceDefaults.Time;
using MassTransit;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using RabbitMQ.Client;

namespace Library.Testing;

/// <summary>
/// One service in this process: on ports of its own, with a new migrated database, its messages apart from everybody
/// else's on the broker, and tokens signed by a key of the tests. <c>adjust</c> replaces what a test must replace.
/// </summary>
public sealed class TestHost : IAsyncDisposable
{
    // below the ports that the system gives to outgoing connections, one of which may take a port between our look and our use
    private const int FirstPort = 10_000, PortCount = 10_000;
    // neighbouring ids run at once: by the golden ratio they begin far from each other
    private static int nextPort = Environment.ProcessId % PortCount * 6_181;
    private readonly string database, adminConnection;

    private TestHost(WebApplication app, string database, string adminConnection, Uri rest, Uri grpc) =>
        (App, this.database, this.adminConnection, RestAddress, GrpcAddress) = (app, database, adminConnection, rest, grpc);

    public WebApplication App { get; }
    public Uri RestAddress { get; }
    public Uri GrpcAddress { get; }
    public NpgsqlDataSource Database => App.Services.GetRequiredService<NpgsqlDataSource>();
    public BusinessClock Clock => App.Services.GetRequiredService<BusinessClock>();
    public T Get<T>() where T : notnull => App.Services.GetRequiredService<T>();

    /// <param name="name">Of the service: its connection string is <c>NAME-db</c>.</param>
    /// <param name="build">The service's own Build.</param>
    /// <param name="settings">More settings, for example <c>services:finance:grpc:0</c> of a fake.</param>
    /// <param name="adjust">Last changes before the service is built.</param>
    /// <param name="sharedDatabase">Database of another host of this service, for tests with two instances.</param>
    /// <param name="messagingPrefix">As <paramref name="sharedDatabase"/>: the other host's prefix.</param>
    public static async Task<TestHost> StartAsync(
        string name, Func<string[], Action<WebApplicationBuilder>?, WebApplication> build, IReadOnlyDictionary<string, string>? settings = null,
        Action<WebApplicationBuilder>? adjust = null, string? sharedDatabase = null, string? messagingPrefix = null)
    {
        var admin = TestServers.Postgres;
        var rabbit = TestServers.RabbitMq;
        var database = sharedDatabase ?? $"t_{name}_{Guid.NewGuid():N}";
        if (sharedDatabase is null) await ExecuteAsync(admin + ";Database=postgres", $"CREATE DATABASE \"{database}\"");
        var (http, grpc) = (FreePort(), FreePort());
        var all = new Dictionary<string, string>
        {
            ["urls"] = $"http://127.0.0.1:{http}",
            ["GRPC_PORT"] = $"{grpc}",
            ["environment"] = "Development",
            ["Network"] = "radovljica",
            ["Issuer"] = TestTokens.Issuer,
            ["ServiceKey"] = TestTokens.ServiceKey,
            [$"ConnectionStrings:{name}-db"] = $"{admin};Database={database}",
            ["ConnectionStrings:messaging"] = rabbit,
            ["Messaging:Prefix"] = messagingPrefix ?? $"{database}-",
            ["Logging:LogLevel:Default"] = "Warning",
        };
        foreach (var (key, value) in settings ?? new Dictionary<string, string>()) all[key] = value;
        var app = build([.. all.Select(setting => $"--{setting.Key}={setting.Value}")], builder =>
        {
            builder.Services.Replace(ServiceDescriptor.Singleton(provider => new SigningKeys(
                _ => Task.FromResult(TestTokens.KeySet), TimeProvider.System, provider.GetRequiredService<ILogger<SigningKeys>>())));
            adjust?.Invoke(builder);
        });
        if (sharedDatabase is null)
        {
            var migrations = app.Services.GetRequiredService<ServiceDatabase>();
            if (await Migrator.RunAsync(all[$"ConnectionStrings:{name}-db"], migrations.Migrations, NullLogger.Instance, CancellationToken.None) != 0)
                throw new InvalidOperationException("The migrations failed.");
        }
        await app.StartAsync();
        return new TestHost(app, database, admin, new Uri($"http://127.0.0.1:{http}"), new Uri($"http://127.0.0.1:{grpc}"));
    }

    /// <summary>As <c>adjust</c>: an instance that publishes nothing, as if it had been killed after each commit.</summary>
    public static void WithoutRelay(WebApplicationBuilder builder)
    {
        foreach (var relay in builder.Services.Where(service => service.ImplementationType == typeof(OutboxRelay)).ToList()) builder.Services.Remove(relay);
    }

    /// <summary>Name of its database, for a second instance beside it.</summary>
    public string DatabaseName => database;
    public string MessagingPrefix => $"{database}-";

    /// <summary>A REST client with a token of the role, at a branch or in the whole library.</summary>
    public HttpClient Rest(string role, string branch = "", string? language = null) => Client(TestTokens.Of(role, branch), language);

    /// <summary>A REST client with a member's token; <paramref name="member"/> is <c>members/ID</c>.</summary>
    public HttpClient RestAsMember(string member, string? language = null) => Client(TestTokens.OfMember(member), language);

    public HttpClient RestWithoutToken() => Client(null, null);

    /// <summary>A gRPC channel that bears the token of one of our services.</summary>
    public GrpcChannel Grpc(string caller = "catalog")
    {
        var tokens = new ServiceTokens(TestTokens.ServiceKey, new ServiceName(caller), TimeProvider.System);
        var client = new HttpClient(new SocketsHttpHandler());
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", tokens.Current());
        return GrpcChannel.ForAddress(GrpcAddress, new GrpcChannelOptions { HttpClient = client, DisposeHttpClient = true });
    }

    /// <summary>Publishes a message as another service would; give the id to deliver one twice.</summary>
    public async Task PublishAsync<T>(T message, Guid? id = null) where T : class
    {
        // a service starts without waiting for the broker, and before its queue is bound a message would go nowhere
        await Get<IBusControl>().WaitForHealthStatus(BusHealthStatus.Healthy, TimeSpan.FromSeconds(20));
        await Get<IBus>().Publish(message, context => context.MessageId = id ?? Guid.CreateVersion7());
    }

    public async Task<T> ScalarAsync<T>(string sql, params object[] parameters)
    {
        await using var command = Database.Command(sql, parameters);
        return (T)(await command.ExecuteScalarAsync())!;
    }

    public async Task<int> ExecuteAsync(string sql, params object[] parameters)
    {
        await using var command = Database.Command(sql, parameters);
        return await command.ExecuteNonQueryAsync();
    }

    public async ValueTask DisposeAsync()
    {
        var queues = App.Services.GetRequiredService<MessageTypes>().Handled.SelectMany(message => message.Handlers).Append(App.Services.GetRequiredService<ServiceName>().Value).Distinct().ToList();
        await App.StopAsync();
        await DeleteQueuesAsync(queues);
        await App.DisposeAsync();
        NpgsqlConnection.ClearAllPools();
        await ExecuteAsync(adminConnection + ";Database=postgres", $"DROP DATABASE IF EXISTS \"{database}\" WITH (FORCE)");
    }

    /// <summary>A quorum queue costs the broker memory and a log of its own.</summary>
    private async Task DeleteQueuesAsync(IEnumerable<string> names)
    {
        await using var connection = await new ConnectionFactory { Uri = new Uri(TestServers.RabbitMq) }.CreateConnectionAsync();
        await using var channel = await connection.CreateChannelAsync();
        foreach (var name in names) await channel.QueueDeleteAsync(MessagingPrefix + name);
    }

    /// <summary>Where no service is, and none of another test comes to be: the port is one that only the system may take.</summary>
    public const string Nobody = "http://127.0.0.1:1";

    /// <summary>A port that is free now, and that no other test process is likely to take.</summary>
    public static int FreePort()
    {
        for (var attempt = 0; attempt < PortCount; attempt++)
        {
            var port = FirstPort + (int)((uint)Interlocked.Increment(ref nextPort) % PortCount);
            using var listener = new TcpListener(IPAddress.Loopback, port);
            try
            {
                listener.Start();
                return port;
            }
            catch (SocketException)
            {
                // somebody listens there: the next one
            }
        }
        throw new InvalidOperationException("No port is free.");
    }

    private HttpClient Client(string? token, string? language)
    {
        var client = new HttpClient { BaseAddress = RestAddress };
        if (token is not null) client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        if (language is not null) client.DefaultRequestHeaders.AcceptLanguage.ParseAdd(language);
        return client;
    }

    private static async Task ExecuteAsync(string connectionString, string sql)
    {
        await using var connection = new NpgsqlConnection(connectionString + ";Pooling=false");
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }
}
