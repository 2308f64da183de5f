using Library.Testing;

namespace Library.Catalog.Service.Tests;

/// <summary>Today's Catalog over what earlier versions left.</summary>
public sealed class KeptDataTests
{
    public static TheoryData<string> Versions => KeptData.Versions;

    [Theory]
    [MemberData(nameof(Versions))]
    public async Task Loans_of_an_earlier_version_go_on(string version)
    {
        await using var kept = await KeptData.UpgradeAsync("catalog", version, typeof(CatalogApp).Assembly);
        await using var catalog = await TestHost.StartAsync("catalog", CatalogApp.Build,
            new[] { "membership", "finance", "events", "notifications" }.ToDictionary(peer => $"services:{peer}:grpc:0", _ => TestHost.Nobody), sharedDatabase: kept.DatabaseName);
        using var desk = catalog.Rest("librarian", "RAD");

        // Jan has had it since long before the version was kept
        var jan = await catalog.ScalarAsync<Guid>("SELECT member FROM loan WHERE barcode = 'KEPT-4' AND returned_at IS NULL");
        var before = (await desk.AskAsync($"loans?member=members/{jan:D}")).Succeeded().Body.GetProperty("loans").GetArrayLength();
        Assert.Equal(1, before);
        var returned = (await desk.ReturnAsync("KEPT-4")).Succeeded();
        Assert.InRange(returned.Number("overdueDays"), 9, int.MaxValue);
        Assert.InRange(returned.Number("fineMinor"), 9 * 30, int.MaxValue);
        Assert.Equal(returned.Number("fineMinor"), await catalog.ScalarAsync<decimal>("SELECT sum(amount_minor) FROM pending_charge WHERE member = $1", jan));

        Assert.Equal("KEPT-9", (await desk.AskAsync("items/KEPT-9")).Succeeded().Text("barcode"));
        Assert.InRange((await desk.AskAsync("records?query=cankar%20klancu")).Succeeded().Body.GetProperty("records").GetArrayLength(), 1, 1);
    }
}
