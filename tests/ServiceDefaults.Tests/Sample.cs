using System.Collections.Concurrent;
using Library.Contracts;
using Library.ServiceDefaults.Jobs;
using Library.ServiceDefaults.Messaging;
using Library.Testing;
using MassTransit;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using NodaTime;

namespace Library.ServiceDefaults.Tests;

/// <summary>A fact that the sample service itself must hear of.</summary>
[HandledBy("sample")]
public sealed record StoneTurned : IMessage
{
    public required string Aggregate { get; init; }
    public required long Version { get; init; }
}

/// <summary>A fact that nothing here consumes, for example one of a newer version.</summary>
public sealed record StonePainted : IMessage
{
    public required string Aggregate { get; init; }
    public required long Version { get; init; }
}

/// <summary>A fact for a service that has never been started.</summary>
[HandledBy("never-started")]
public sealed record StoneLeft : IMessage
{
    public required string Aggregate { get; init; }
    public required long Version { get; init; }
}

/// <summary>What the sample service has seen, in order.</summary>
public sealed class Seen
{
    public ConcurrentQueue<(string Aggregate, long Version)> Stones { get; } = new();
    public ConcurrentQueue<LocalDate> Days { get; } = new();

    /// <summary>While it is true, stones whose name begins with <c>stones/poison</c> cannot be handled.</summary>
    public volatile bool Poisonous = true;

    /// <summary>Stones whose name begins with <c>stones/heavy</c> are not turned before this says so.</summary>
    public Func<Task> Heavy { get; set; } = () => Task.CompletedTask;
}

public sealed class CountStone(Inbox inbox, Seen seen) : IConsumer<StoneTurned>
{
    public Task Consume(ConsumeContext<StoneTurned> context) => inbox.OnceAsync(context, nameof(CountStone), async _ =>
    {
        if (context.Message.Aggregate.StartsWith("stones/heavy", StringComparison.Ordinal)) await seen.Heavy();
        if (seen.Poisonous && context.Message.Aggregate.StartsWith("stones/poison", StringComparison.Ordinal)) throw new InvalidOperationException("This stone cannot be turned.");
        seen.Stones.Enqueue((context.Message.Aggregate, context.Message.Version));
    });
}

public sealed class NightRound(Seen seen) : IPeriodicJob
{
    public string Name => "night-round";
    public LocalTime DueAt => new(2, 0);

    public Task RunAsync(LocalDate day, CancellationToken cancellationToken)
    {
        seen.Days.Enqueue(day);
        return Task.CompletedTask;
    }
}

/// <summary>The smallest service: nothing but what every service has.</summary>
public static class Sample
{
    public static WebApplication Build(string[] args, Action<WebApplicationBuilder>? adjust)
    {
        var builder = LibraryApp.CreateBuilder(new LibraryService("sample", typeof(Sample).Assembly, typeof(Sample).Assembly, AccessReflection.Descriptor), args);
        builder.Services.AddSingleton<Seen>();
        builder.Services.AddSingleton<IPeriodicJob, NightRound>();
        adjust?.Invoke(builder);
        var app = builder.Build();
        app.UseLibrary();
        return app;
    }

    /// <summary>Two rounds more after the first, each a moment after the one before: settings for tests that wait for the end of a message.</summary>
    public static readonly IReadOnlyDictionary<string, string> Impatient = new Dictionary<string, string>
    {
        ["Messaging:RetryAfter:0"] = "00:00:00.2", ["Messaging:RetryAfter:1"] = "00:00:00.4",
    };

    public static Task<TestHost> StartAsync(TestHost? beside = null, Action<WebApplicationBuilder>? adjust = null, IReadOnlyDictionary<string, string>? settings = null) =>
        TestHost.StartAsync("sample", Build, settings, adjust, beside?.DatabaseName, beside?.MessagingPrefix);

    /// <summary>Writes facts in a transaction and commits or rolls back.</summary>
    public static async Task WriteAsync(this TestHost host, bool commit, params IMessage[] messages)
    {
        await using var connection = await host.Database.OpenConnectionAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        await host.Get<Outbox>().AddAsync(transaction, messages, CancellationToken.None);
        if (commit) await transaction.CommitAsync();
    }

    public static StoneTurned Stone(string aggregate, long version) => new() { Aggregate = aggregate, Version = version };
}
