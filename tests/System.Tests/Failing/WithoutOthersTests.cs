using System.Text.Json.Nodes;
using Library.Testing;

namespace Library.Acceptance.Failing;

/// <summary>The desk without the others (ADR 1): what goes on, what waits, what is refused, and that all of it arrives once in the end.</summary>
public sealed class WithoutOthersTests(RunningLibrary library)
{
    private static readonly string[] Others = ["membership", "finance", "notifications", "events", "messaging"];

    public static TheoryData<string> EachAndAll => [.. Others, string.Join(' ', Others)];

    [Theory]
    [MemberData(nameof(EachAndAll))]
    public async Task Lending_and_returning_go_on_and_all_is_told_once_afterwards(string away)
    {
        var parts = away.Split(' ');
        var record = await library.ImportAsync($"Brez drugih {Desk.Unique("naslov")}");
        var (late, fresh) = (await library.AddCopyAsync(record), await library.AddCopyAsync(record));
        var joined = await library.JoinAsync($"{Desk.Unique("brez")}@example.org");
        var (member, card) = ((string)joined["name"]!, (string)joined["cardNumber"]!);
        await library.PayAsync(member, 2_000);
        using var librarian = await library.AsAsync("librarian@RAD");
        var lent = await librarian.PostAsync("loans", Desk.Loan(late, card));
        using (var admin = await library.AsAsync("admin")) await admin.PostAsync("clock:advance", new JsonObject { ["days"] = 22 });

        long fine;
        await StopAsync(parts);
        try
        {
            var returned = await librarian.PostAsync("returns", Return(late));
            fine = (long)returned["fineMinor"]!;
            Assert.Equal((lent["name"]!.ToString(), 30L), (returned["loan"]!.ToString(), fine));
            for (var round = 0; round < 3; round++)
            {
                await librarian.PostAsync("loans", Desk.Loan(fresh, card));
                await librarian.PostAsync("returns", Return(fresh));
            }
        }
        finally
        {
            await StartAsync(parts);
        }

        var (code, text) = await library.RunAsync("reconcile", "--wait", "60");
        Assert.True(code == 0, text);
        var account = await librarian.FetchAsync($"accounts/{member["members/".Length..]}");
        Assert.Equal(fine, Assert.Single(account["charges"]!.AsArray(), charge => (string?)charge!["kind"] == "FINE")?["amountMinor"]?.GetValue<long>());
    }

    [Fact]
    public async Task A_stale_refusal_is_not_given_while_the_owner_can_be_asked_and_says_so_when_it_cannot()
    {
        var copy = await library.AddCopyAsync(await library.ImportAsync($"Staro {Desk.Unique("naslov")}"));
        var joined = await library.JoinAsync($"{Desk.Unique("staro")}@example.org");
        var (member, card) = ((string)joined["name"]!, (string)joined["cardNumber"]!);
        using var librarian = await library.AsAsync("librarian@RAD");
        card = (string)(await librarian.PostAsync($"{member}:replaceCard", []))["cardNumber"]!;
        await Eventually.IsTrueAsync(async () => await RefusalAsync(librarian, copy, card) is { } refused && refused.Reason() == "DEBT_OVER_LIMIT", "the desk knows the debt of 22.00");

        // the debt is paid, but the desk cannot be told: it asks Finance
        await StopAsync(["messaging"]);
        try
        {
            await library.PayAsync(member, 2_200);
            await librarian.PostAsync("loans", Desk.Loan(copy, card));
            await librarian.PostAsync("returns", Return(copy));
        }
        finally
        {
            await StartAsync(["messaging"]);
        }

        // a debt that is known, and nobody there to ask: refused, and said on what ground
        for (var n = 0; n < 11; n++) card = (string)(await librarian.PostAsync($"{member}:replaceCard", []))["cardNumber"]!;
        await Eventually.IsTrueAsync(async () => await RefusalAsync(librarian, copy, card) is { } refused && refused.Reason() == "DEBT_OVER_LIMIT", "the desk knows the debt of 22.00");
        await StopAsync(["finance"]);
        try
        {
            var refused = await RefusalAsync(librarian, copy, card);
            Assert.NotNull(refused);
            Assert.Equal("DEBT_OVER_LIMIT", refused.Reason());
            Assert.Contains(refused["details"]!.AsArray(), detail => ((string?)detail!["metadata"]?["stale"] ?? "").Contains("finance", StringComparison.Ordinal));
        }
        finally
        {
            await StartAsync(["finance"]);
        }
    }

    [Fact]
    public async Task Desk_and_gateway_that_start_while_Membership_is_away_know_their_callers()
    {
        var copy = await library.AddCopyAsync(await library.ImportAsync($"Ključi {Desk.Unique("naslov")}"));
        var joined = await library.JoinAsync($"{Desk.Unique("kljuc")}@example.org");
        using var librarian = await library.AsAsync("librarian@RAD");
        await librarian.PostAsync("loans", Desk.Loan(copy, (string)joined["cardNumber"]!)); // the desk knows the member from now on
        await librarian.PostAsync("returns", Return(copy));
        await StopAsync(["membership", "catalog", "gateway"]);
        await StartAsync(["gateway", "catalog"]);
        try
        {
            await librarian.PostAsync("loans", Desk.Loan(copy, (string)joined["cardNumber"]!));
            using var stranger = await library.AsAsync(null);
            stranger.DefaultRequestHeaders.Authorization = new("Bearer", TestTokens.Forged("librarian"));
            Assert.Equal(401, (await stranger.TryPostAsync("loans", Desk.Loan(copy, "X"))).Code);
        }
        finally
        {
            await StartAsync(["membership"]);
        }
    }

    [Fact]
    public async Task Without_Catalog_nothing_is_lent_that_is_said_plainly_and_the_rest_goes_on()
    {
        var joined = await library.JoinAsync($"{Desk.Unique("kat")}@example.org");
        using var librarian = await library.AsAsync("librarian@RAD", "sl");
        await StopAsync(["catalog"]);
        try
        {
            var (code, status) = await librarian.TryPostAsync("loans", Desk.Loan("B1", (string)joined["cardNumber"]!));
            Assert.Equal((503, "UNAVAILABLE"), (code, status.Reason()));
            Assert.Equal("sl", status.Localized().Locale);
            Assert.Contains("catalog", status.ToJsonString(), StringComparison.Ordinal);
            await Eventually.IsTrueAsync(async () => (await librarian.TryPostAsync("payments", Desk.Payment((string)joined["name"]!, 2_000))).Code == 200, "the fee is paid");
            await library.JoinAsync($"{Desk.Unique("kat")}@example.org");
        }
        finally
        {
            await StartAsync(["catalog"]);
        }
        var (agree, text) = await library.RunAsync("reconcile", "--wait", "60");
        Assert.True(agree == 0, text);
    }

    private async Task StopAsync(IEnumerable<string> parts)
    {
        foreach (var part in parts) await library.PartAsync("stop", part);
    }

    private async Task StartAsync(IEnumerable<string> parts)
    {
        foreach (var part in parts.Reverse()) await library.PartAsync("start", part);
    }

    private static async Task<JsonObject?> RefusalAsync(HttpClient librarian, string copy, string card)
    {
        var (code, answer) = await librarian.TryPostAsync("loans", Desk.Loan(copy, card));
        if (code != 200) return answer;
        await librarian.PostAsync("returns", Return(copy));
        return null;
    }

    private static JsonObject Return(string barcode) => new() { ["barcode"] = barcode, ["branch"] = "RAD" };
}
