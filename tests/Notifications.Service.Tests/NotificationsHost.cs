using System.Collections.Concurrent;
using System.Text.Json;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Library.Catalog.Messages;
using Library.Catalog.V1;
using Library.Contracts;
using Library.Events.V1;
using Library.Membership.V1;
using Library.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Library.Notifications.Service.Tests;

/// <summary>Membership as these tests need it: contacts by member.</summary>
public sealed class FakeMembership : MembershipDirectory.MembershipDirectoryBase
{
    public ConcurrentDictionary<string, Contact> Contacts { get; } = new();

    public override Task<Contact> GetContact(GetContactRequest request, ServerCallContext context) =>
        Contacts.TryGetValue(request.Member, out var contact) ? Task.FromResult(contact) : throw new RpcException(new Status(StatusCode.NotFound, ""));
}

/// <summary>Catalog as these tests need it: everybody has two overdue loans and one that is not, unless a test says otherwise.</summary>
public sealed class FakeCatalog : CatalogDirectory.CatalogDirectoryBase
{
    /// <summary>The holds that wait at their branch.</summary>
    public ConcurrentDictionary<string, ReadyHold> Ready { get; } = new();

    /// <summary>What waits in lockers, by deposit.</summary>
    public ConcurrentDictionary<string, LockerPickup> Pickups { get; } = new();

    public ConcurrentDictionary<string, InterlibraryNews> News { get; } = new();
    public ConcurrentDictionary<string, LicenceOffer> Offers { get; } = new();

    /// <summary>What a member has out.</summary>
    public ConcurrentDictionary<string, LoansOf> Loans { get; } = new();

    /// <summary>By member, branch and day.</summary>
    public ConcurrentDictionary<(string, string, string), DeskVisit> Visits { get; } = new();

    public override Task<ReadyHold> GetReadyHold(GetReadyHoldRequest request, ServerCallContext context) => Known(Ready, request.Name);

    public override Task<LockerPickup> GetLockerPickup(GetLockerPickupRequest request, ServerCallContext context) => Known(Pickups, request.Name);

    public override Task<InterlibraryNews> GetInterlibraryNews(GetInterlibraryNewsRequest request, ServerCallContext context) => Known(News, request.Name);

    public override Task<LicenceOffer> GetLicenceOffer(GetLicenceOfferRequest request, ServerCallContext context) => Known(Offers, request.Name);

    public override Task<DeskVisit> GetVisitOf(GetVisitOfRequest request, ServerCallContext context) => Known(Visits, (request.Member, request.Branch, request.Day));

    public override Task<LoansOf> GetLoansOf(GetLoansOfRequest request, ServerCallContext context) => Task.FromResult(Loans.GetValueOrDefault(request.Member) ?? new LoansOf
    {
        AccruingMinor = 270,
        Loans =
        {
            new LoanOf { Title = "Alamut <1. del> & drugo", DueOn = "2024-04-03", Overdue = true },
            new LoanOf { Title = "Visoška kronika", DueOn = "2024-04-05", Overdue = true },
            new LoanOf { Title = "Deseti brat", DueOn = "2030-01-01" },
        },
    });

    private static Task<T> Known<TKey, T>(ConcurrentDictionary<TKey, T> known, TKey key) where TKey : notnull =>
        known.TryGetValue(key, out var value) ? Task.FromResult(value) : throw new RpcException(new Status(StatusCode.NotFound, ""));
}

/// <summary>Events as these tests need it: registrations by name.</summary>
public sealed class FakeEvents : EventsDirectory.EventsDirectoryBase
{
    public ConcurrentDictionary<string, RegistrationContact> Registrations { get; } = new();

    public override Task<RegistrationContact> GetRegistrationContact(GetRegistrationContactRequest request, ServerCallContext context) =>
        Registrations.TryGetValue(request.Name, out var contact) ? Task.FromResult(contact) : throw new RpcException(new Status(StatusCode.NotFound, ""));
}

/// <summary>Everything that the service logged, at every level.</summary>
public sealed class KeptLog : ILoggerProvider
{
    private readonly ConcurrentQueue<string> lines = new();

    public string All => string.Join('\n', lines);

    public ILogger CreateLogger(string categoryName) => new Keeper(lines);

    public void Dispose()
    {
    }

    private sealed class Keeper(ConcurrentQueue<string> lines) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;
        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            lines.Enqueue($"{formatter(state, exception)} {exception}");
    }
}

/// <summary>One notifications service for all tests of this program, the services it asks, and a mail server.</summary>
public sealed class NotificationsHost : IAsyncLifetime
{
    private readonly List<FakePeer> peers = [];
    private TestHost? host;

    public FakeMembership Membership { get; } = new();
    public FakeCatalog Catalog { get; } = new();
    public FakeEvents Events { get; } = new();
    public TinySmtp Smtp { get; } = new();
    public KeptLog Log { get; } = new();
    public TestHost Host => host ?? throw new InvalidOperationException("The host was not started.");
    public Dictionary<string, string> Settings { get; } = [];

    public async ValueTask InitializeAsync()
    {
        peers.Add(await FakePeer.StartAsync(Membership));
        peers.Add(await FakePeer.StartAsync(Catalog));
        peers.Add(await FakePeer.StartAsync(Events));
        foreach (var (name, peer) in new[] { "membership", "catalog", "events" }.Zip(peers)) Settings[$"services:{name}:grpc:0"] = peer.Address;
        Settings["Smtp:Host"] = "127.0.0.1";
        Settings["Smtp:Port"] = $"{Smtp.Port}";
        Settings["Logging:LogLevel:Library"] = "Debug";
        host = await TestHost.StartAsync("notifications", NotificationsApp.Build, Settings, builder => builder.Services.AddSingleton<ILoggerProvider>(Log));
    }

    public async ValueTask DisposeAsync()
    {
        if (host is not null) await host.DisposeAsync();
        foreach (var peer in peers) await peer.DisposeAsync();
        await Smtp.DisposeAsync();
    }

    /// <summary>A member with an address of their own, so that their letters are told from others'.</summary>
    public (string Member, string Email) Join(string language = "sl", string given = "Ana", string family = "Novak", string? email = null, params NoticeChoice[] notices)
    {
        var id = Guid.CreateVersion7();
        var contact = new Contact { GivenName = given, FamilyName = family, Email = email ?? $"{id:N}@novak.example", Language = language };
        contact.Notices.AddRange(notices);
        Membership.Contacts[$"members/{id:D}"] = contact;
        return ($"members/{id:D}", contact.Email);
    }

    public static ReminderDue Reminder(string member, int level = 1) => new()
    {
        Aggregate = member, Version = level, Member = member, Level = level, RemindedOn = new DateOnly(2024, 4, 8), OverdueLoans = 2,
        Fee = new Charge
        {
            Id = Guid.CreateVersion7(), Kind = ChargeKind.Reminder, Member = member, Branch = "RAD", AmountMinor = 200, CurrencyCode = "EUR",
            ChargedOn = new DateOnly(2024, 4, 8), Subject = "", Lines = [],
        },
    };

    /// <summary>A registration for a literary evening in Bled, 12 March 2031, 19:00 in Ljubljana.</summary>
    public string Registration(Registration.Types.State state, string member = "", string guestEmail = "", string language = "")
    {
        var name = $"events/{Guid.CreateVersion7():D}/registrations/{Guid.CreateVersion7():D}";
        Events.Registrations[name] = new RegistrationContact
        {
            State = state, Member = member, GuestEmail = guestEmail, GuestName = guestEmail.Length > 0 ? "Zofka Kveder" : "", Language = language, Seats = 2,
            Position = state == Library.Events.V1.Registration.Types.State.Waitlisted ? 3 : 0,
            Event = new Event
            {
                Name = name[..43], Title = "Večer s pesnico", Branch = "BLE",
                StartsAt = Timestamp.FromDateTimeOffset(new DateTimeOffset(2031, 3, 12, 18, 0, 0, TimeSpan.Zero)),
            },
        };
        return name;
    }

    /// <summary>A member's deliveries as REST gives them, once they are as many as expected and none is queued any more.</summary>
    public Task<IReadOnlyList<JsonElement>> DoneAsync(string member, int count = 1, TestHost? at = null) => Eventually.SeesAsync(
        () => ListAsync(member, at), seen => seen.Count == count && seen.All(delivery => delivery.Text("state") != "QUEUED"), $"{count} deliveries are done");

    public async Task<IReadOnlyList<JsonElement>> ListAsync(string member, TestHost? at = null)
    {
        using var client = (at ?? Host).Rest("librarian");
        using var answer = JsonDocument.Parse(await client.GetStringAsync($"/api/v1/deliveries?member={member}"));
        return [.. answer.RootElement.GetProperty("deliveries").EnumerateArray().Select(delivery => delivery.Clone())];
    }

    public Task<string?> ProblemAsync(string subject, TestHost? at = null) =>
        (at ?? Host).ScalarAsync<string?>("SELECT coalesce(max(problem), '') FROM delivery WHERE subject = $1", subject);

    public Task<long> ToldAsync(string kind, string member) =>
        Host.ScalarAsync<long>("SELECT count(*) FROM outbox WHERE type LIKE '%.' || $1 AND body LIKE '%' || $2 || '%'", kind, member);
}

[CollectionDefinition(nameof(NotificationsHost))]
public sealed class NotificationsCollection : ICollectionFixture<NotificationsHost>;

public static class Json
{
    public static string Text(this JsonElement element, string property) =>
        element.TryGetProperty(property, out var value) ? value.GetString() ?? "" : "";
}
