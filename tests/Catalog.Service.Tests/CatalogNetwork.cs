using Grpc.Core;
using Library.Catalog.Service.Tests;
using Library.Finance.V1;
using Library.Membership.V1;
using Library.Testing;
using Status = Grpc.Core.Status;

[assembly: AssemblyFixture(typeof(CatalogNetwork))]

namespace Library.Catalog.Service.Tests;

/// <summary>Membership as far as the desk asks it: knows whom a test has told it, by card and by member.</summary>
public sealed class FakeMembership : MembershipDirectory.MembershipDirectoryBase
{
    public System.Collections.Concurrent.ConcurrentDictionary<string, Borrower> Known { get; } = new();

    public override Task<Borrower> GetBorrower(GetBorrowerRequest request, ServerCallContext context) =>
        Known.TryGetValue(request.CardNumber.Length > 0 ? request.CardNumber : request.Member, out var borrower)
            ? Task.FromResult(borrower)
            : throw new RpcException(new Status(StatusCode.NotFound, "NOT_FOUND"));

    public System.Collections.Concurrent.ConcurrentDictionary<string, Contact> Contacts { get; } = new();

    public override Task<Contact> GetContact(GetContactRequest request, ServerCallContext context) => Contacts.TryGetValue(request.Member, out var contact)
        ? Task.FromResult(contact)
        : throw new RpcException(new Status(StatusCode.NotFound, "NOT_FOUND"));
}

/// <summary>Finance as far as the desk asks it: nobody owes anything unless a test says so.</summary>
public sealed class FakeFinance : FinanceDirectory.FinanceDirectoryBase
{
    public System.Collections.Concurrent.ConcurrentDictionary<string, Standing> Known { get; } = new();
    public int Asked;

    public override Task<Standing> GetStanding(GetStandingRequest request, ServerCallContext context)
    {
        Interlocked.Increment(ref Asked);
        return Task.FromResult(Known.GetValueOrDefault(request.Member) ?? new Standing());
    }
}

/// <summary>One Catalog for all tests, started by the first that needs it, with both services that the desk may ask; every test has members and items of its own.</summary>
public sealed class CatalogNetwork : IAsyncDisposable
{
    private readonly SemaphoreSlim one = new(1);
    private FakePeer? membership, finance;
    private TestHost? host;

    public FakeMembership Membership { get; } = new();
    public FakeFinance Finance { get; } = new();

    public async Task<TestHost> HostAsync()
    {
        await one.WaitAsync();
        try
        {
            if (host is not null) return host;
            membership = await FakePeer.StartAsync(Membership);
            finance = await FakePeer.StartAsync(Finance);
            return host = await TestHost.StartAsync("catalog", CatalogApp.Build, new Dictionary<string, string>
            {
                ["services:membership:grpc:0"] = membership.Address,
                ["services:finance:grpc:0"] = finance.Address,
            });
        }
        finally
        {
            one.Release();
        }
    }

    /// <summary>A Catalog that reaches no other service.</summary>
    public static Task<TestHost> StartAloneAsync() => TestHost.StartAsync(
        "catalog", CatalogApp.Build, new[] { "membership", "finance", "events", "notifications" }.ToDictionary(peer => $"services:{peer}:grpc:0", _ => TestHost.Nobody));

    public async ValueTask DisposeAsync()
    {
        if (host is not null) await host.DisposeAsync();
        if (membership is not null) await membership.DisposeAsync();
        if (finance is not null) await finance.DisposeAsync();
        one.Dispose();
    }
}

/// <summary>A Catalog of a class's own: its tests run jobs for days to come, which would remind and forget the readers of other tests.</summary>
public sealed class OwnCatalog : IAsyncLifetime
{
    private TestHost? host;

    public TestHost Host => host ?? throw new InvalidOperationException("It has not been started.");

    public async ValueTask InitializeAsync() => host = await CatalogNetwork.StartAloneAsync();

    public ValueTask DisposeAsync() => host?.DisposeAsync() ?? ValueTask.CompletedTask;
}
