using Grpc.Core;
using Library.Catalog.V1;
using Library.Finance;
using Library.Finance.Service.Tests;
using Library.Testing;

[assembly: AssemblyFixture(typeof(FinanceNetwork))]

namespace Library.Finance.Service.Tests;

/// <summary>Catalog as far as Finance asks it: every member's overdue loans would cost 1.20 today.</summary>
public sealed class FakeCatalog : CatalogDirectory.CatalogDirectoryBase
{
    public override Task<LoansOf> GetLoansOf(GetLoansOfRequest request, ServerCallContext context) => Task.FromResult(new LoansOf { AccruingMinor = 120 });
}

/// <summary>One Finance for all tests, started by the first that needs it: every test has members of its own.</summary>
public sealed class FinanceNetwork : IAsyncDisposable
{
    private readonly SemaphoreSlim one = new(1);
    private FakePeer? catalog;
    private TestHost? host;

    public async Task<TestHost> HostAsync()
    {
        await one.WaitAsync();
        try
        {
            if (host is not null) return host;
            catalog = await FakePeer.StartAsync(new FakeCatalog());
            return host = await TestHost.StartAsync("finance", FinanceApp.Build, new Dictionary<string, string> { ["services:catalog:grpc:0"] = catalog.Address });
        }
        finally
        {
            one.Release();
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (host is not null) await host.DisposeAsync();
        if (catalog is not null) await catalog.DisposeAsync();
        one.Dispose();
    }
}
