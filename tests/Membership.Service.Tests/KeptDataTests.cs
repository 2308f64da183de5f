using System.Text.Json.Nodes;

namespace Library.Membership.Service.Tests;

/// <summary>Today's Membership over what earlier versions left.</summary>
public sealed class KeptDataTests : MembershipTest
{
    public static TheoryData<string> Versions => KeptData.Versions;

    [Theory]
    [MemberData(nameof(Versions))]
    public async Task Members_of_an_earlier_version_are_found_and_new_ones_join_them(string version)
    {
        await using var kept = await KeptData.UpgradeAsync("membership", version, typeof(MembershipApp).Assembly);
        await using var membership = await TestHost.StartAsync("membership", MembershipApp.Build, new Dictionary<string, string>
        {
            ["services:finance:grpc:0"] = FinancePeer.Address, ["services:catalog:grpc:0"] = CatalogAddress, ["Operator:Secret"] = OperatorSecret,
        }, sharedDatabase: kept.DatabaseName);
        using var desk = membership.Rest("librarian", "RAD");

        var found = await OkAsync(await PostAsync(desk, "/api/v1/members:search", new JsonObject { ["query"] = "Vzorec" }));
        Assert.Contains(found.GetProperty("members").EnumerateArray(), member => member.GetProperty("person").GetProperty("givenName").GetString() == "Ana");
        var last = await membership.ScalarAsync<long>("SELECT sum(last_number)::bigint FROM registration");
        await OkAsync(await PostAsync(desk, "/api/v1/members", Ana()));
        Assert.Equal(last + 1, await membership.ScalarAsync<long>("SELECT sum(last_number)::bigint FROM registration"));
        Assert.Equal(0, await membership.ScalarAsync<long>("SELECT count(*) FROM person JOIN member ON member.id = member_id WHERE state = 'ERASED'"));
    }
}
