using System.Net;
using System.Text.Json.Nodes;
using Grpc.Core;
using Library.Membership.V1;

namespace Library.Membership.Service.Tests;

public sealed class AccessTests : MembershipTest
{
    [Fact]
    public async Task Only_the_desk_searches()
    {
        foreach (var role in new[] { "accountant", "organiser", "partner", "member", "admin" })
            Assert.Equal("PERMISSION_DENIED", (await ErrorAsync(await PostAsync(Host.Rest(role), "/api/v1/members:search", Query("Ana")), HttpStatusCode.Forbidden)).Reason);
        Assert.Equal("UNAUTHENTICATED", (await ErrorAsync(await PostAsync(Host.RestWithoutToken(), "/api/v1/members:search", Query("Ana")), HttpStatusCode.Unauthorized)).Reason);
        using var forger = new HttpClient { BaseAddress = Host.RestAddress };
        forger.DefaultRequestHeaders.Authorization = new System.Net.Http.Headers.AuthenticationHeaderValue("Bearer", TestTokens.Forged("librarian"));
        await ErrorAsync(await PostAsync(forger, "/api/v1/members:search", Query("Ana")), HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task A_member_sees_and_renews_their_own_membership_only()
    {
        var (own, other) = ((await JoinAsync()).GetProperty("name").GetString()!, (await JoinAsync()).GetProperty("name").GetString()!);
        using var client = Host.RestAsMember(own);

        Assert.Equal("Ana", (await OkAsync(await client.GetAsync($"/api/v1/{own}"))).GetProperty("person").GetProperty("givenName").GetString());
        Assert.Equal(1, (await OkAsync(await client.GetAsync($"/api/v1/{own}:export"))).GetProperty("cards").GetArrayLength());
        await OkAsync(await PostAsync(client, $"/api/v1/{own}:renew"));
        await ErrorAsync(await client.GetAsync($"/api/v1/{other}"), HttpStatusCode.NotFound);
        await ErrorAsync(await client.GetAsync($"/api/v1/{other}:export"), HttpStatusCode.NotFound);
        await ErrorAsync(await PostAsync(client, $"/api/v1/{other}:renew"), HttpStatusCode.NotFound);
        await ErrorAsync(await PostAsync(client, $"/api/v1/{own}:replaceCard"), HttpStatusCode.Forbidden);
        await ErrorAsync(await client.GetAsync("/api/v1/members/1' OR '1'='1"), HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task The_directory_is_for_our_own_services()
    {
        var member = (await JoinAsync()).GetProperty("name").GetString()!;
        Assert.Equal(member, (await new MembershipDirectory.MembershipDirectoryClient(Host.Grpc()).GetBorrowerAsync(new GetBorrowerRequest { Member = member })).Member);

        using var channel = Grpc.Net.Client.GrpcChannel.ForAddress(Host.GrpcAddress);
        var stranger = new MembershipDirectory.MembershipDirectoryClient(channel);
        var bearer = new Metadata { { "authorization", $"Bearer {TestTokens.Of("librarian")}" } };
        Assert.Equal(StatusCode.PermissionDenied, (await Assert.ThrowsAsync<RpcException>(async () =>
            await stranger.GetBorrowerAsync(new GetBorrowerRequest { Member = member }, bearer))).StatusCode);
        Assert.Equal(StatusCode.Unauthenticated, (await Assert.ThrowsAsync<RpcException>(async () =>
            await stranger.GetBorrowerAsync(new GetBorrowerRequest { Member = member }))).StatusCode);
        Assert.Equal(StatusCode.NotFound, (await Assert.ThrowsAsync<RpcException>(async () =>
            await new MembershipDirectory.MembershipDirectoryClient(Host.Grpc()).GetBorrowerAsync(new GetBorrowerRequest { CardNumber = "RAD9999999" }))).StatusCode);
    }

    [Fact]
    public async Task A_search_knows_neither_case_nor_diacritics()
    {
        await JoinAsync();
        await JoinAsync();

        (string Query, int Found)[] searches =
        [
            ("znidarsic", 2), ("ANA ŽNID", 2), ("žnid an", 2), ("Novak", 0), ("ana@EXAMPLE.org", 2), ("000002", 1), ("'); DROP TABLE member; --", 0), ("--", 0),
        ];
        foreach (var (query, found) in searches)
            Assert.True(found == (await SearchAsync(Query(query))).GetProperty("members").GetArrayLength(), query);
    }

    [Fact]
    public async Task A_search_is_paged_finds_a_replaced_card_and_leaves_no_name_in_the_log()
    {
        var joined = await JoinAsync();
        await JoinAsync();
        await JoinAsync();
        await OkAsync(await PostAsync(Desk(), $"/api/v1/{joined.GetProperty("name").GetString()}:replaceCard"));

        var first = await SearchAsync(new JsonObject { ["query"] = "Žnidaršič", ["pageSize"] = 2 });
        var second = await SearchAsync(new JsonObject { ["query"] = "Žnidaršič", ["pageSize"] = 2, ["pageToken"] = first.GetProperty("nextPageToken").GetString() });
        var byCard = await SearchAsync(new JsonObject { ["card"] = joined.GetProperty("cardNumber").GetString() });

        Assert.Equal((2, 1), (first.GetProperty("members").GetArrayLength(), second.GetProperty("members").GetArrayLength()));
        Assert.Equal("", second.GetProperty("nextPageToken").GetString());
        Assert.Equal(joined.GetProperty("name").GetString(), byCard.GetProperty("members")[0].GetProperty("name").GetString());
        await ErrorAsync(await PostAsync(Desk(), "/api/v1/members:search", new JsonObject { ["card"] = "RAD0000001", ["query"] = "Ana" }), HttpStatusCode.BadRequest);
        await ErrorAsync(await PostAsync(Desk(), "/api/v1/members:search", new JsonObject { ["query"] = "Ana", ["pageToken"] = "x" }), HttpStatusCode.BadRequest);
        Assert.DoesNotContain(Log.Lines, line => line.Contains("nidar", StringComparison.OrdinalIgnoreCase) || line.Contains("ana@", StringComparison.Ordinal)
            || line.Contains(joined.GetProperty("cardNumber").GetString()!, StringComparison.Ordinal));
    }

    private static JsonObject Query(string query) => new() { ["query"] = query };

    private async Task<System.Text.Json.JsonElement> SearchAsync(JsonObject body) => await OkAsync(await PostAsync(Desk(), "/api/v1/members:search", body));
}
