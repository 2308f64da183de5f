using System.Text.Json.Nodes;
using Library.Testing;

namespace Library.Acceptance;

/// <summary>What another service learned a moment ago is known at the desk (design decision 1).</summary>
public sealed class AtOnceTests(RunningLibrary library)
{
    [Fact]
    public async Task A_member_who_has_just_joined_borrows()
    {
        var barcode = await library.AddCopyAsync(await library.ImportAsync($"Takoj {Desk.Unique("naslov")}"));
        using var librarian = await library.AsAsync("librarian@RAD");
        var joined = await library.JoinAsync($"{Desk.Unique("nov")}@example.org");
        var loan = await librarian.PostAsync("loans", Desk.Loan(barcode, (string)joined["cardNumber"]!));
        Assert.Equal(barcode, (string)loan["barcode"]!);
    }

    [Fact]
    public async Task A_card_that_was_just_replaced_lends_no_more_and_the_new_one_does()
    {
        var record = await library.ImportAsync($"Kartica {Desk.Unique("naslov")}");
        var (first, second) = (await library.AddCopyAsync(record), await library.AddCopyAsync(record));
        using var librarian = await library.AsAsync("librarian@RAD");
        var joined = await library.JoinAsync($"{Desk.Unique("kartica")}@example.org");
        await library.PayAsync((string)joined["name"]!, 2_000); // the fee and the new card together would be over the limit of debt
        var lost = (string)joined["cardNumber"]!;
        var renewed = await librarian.PostAsync($"{joined["name"]}:replaceCard", []);
        Assert.NotEqual(lost, (string)renewed["cardNumber"]!);

        await librarian.PostAsync("loans", Desk.Loan(first, (string)renewed["cardNumber"]!));
        var (code, refused) = await librarian.TryPostAsync("loans", Desk.Loan(second, lost));
        Assert.Equal((400, "CARD_REPLACED"), (code, refused.Reason()));
    }

    [Fact]
    public async Task A_debt_that_was_just_paid_refuses_nobody()
    {
        var barcode = await library.AddCopyAsync(await library.ImportAsync($"Dolg {Desk.Unique("naslov")}"));
        using var librarian = await library.AsAsync("librarian@RAD");
        var joined = await library.JoinAsync($"{Desk.Unique("dolg")}@example.org");
        var (member, card) = ((string)joined["name"]!, (string)joined["cardNumber"]!);
        // the fee of 20.00 alone does not block; a new card at 2.00 makes it 22.00, over the limit of 21.00 (art. 27)
        card = (string)(await librarian.PostAsync($"{member}:replaceCard", []))["cardNumber"]!;
        // the charge is told by an event; once the desk knows it, it refuses
        await Eventually.IsTrueAsync(async () =>
        {
            var (code, answer) = await librarian.TryPostAsync("loans", Desk.Loan(barcode, card));
            if (code == 200) await librarian.PostAsync("returns", new JsonObject { ["barcode"] = barcode, ["branch"] = "RAD" });
            return code == 400 && answer.Reason() == "DEBT_OVER_LIMIT";
        }, "the desk refuses for debt");

        await library.PayAsync(member, 2_200);
        await librarian.PostAsync("loans", Desk.Loan(barcode, card));
    }

    [Fact]
    public async Task Six_desks_lending_one_copy_at_one_instant_make_one_loan()
    {
        var barcode = await library.AddCopyAsync(await library.ImportAsync($"Dirka {Desk.Unique("naslov")}"));
        using var librarian = await library.AsAsync("librarian@RAD");
        var cards = new List<string>();
        for (var desk = 0; desk < 6; desk++) cards.Add((string)(await library.JoinAsync($"{Desk.Unique("miza")}@example.org"))["cardNumber"]!);

        var answers = await Task.WhenAll(cards.Select(card => librarian.TryPostAsync("loans", Desk.Loan(barcode, card))));

        Assert.Single(answers, answer => answer.Code == 200);
        Assert.Equal(5, answers.Count(answer => answer.Code == 400 && answer.Body.Reason() == "ITEM_ON_LOAN"));
    }

    [Fact]
    public async Task The_same_command_three_times_is_one_loan_and_one_answer()
    {
        var barcode = await library.AddCopyAsync(await library.ImportAsync($"Trikrat {Desk.Unique("naslov")}"));
        using var librarian = await library.AsAsync("librarian@RAD");
        var joined = await library.JoinAsync($"{Desk.Unique("trikrat")}@example.org");
        var body = Desk.Loan(barcode, (string)joined["cardNumber"]!).ToJsonString();

        var key = Desk.Unique("key-");
        var answers = await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => librarian.TryPostAsync("loans", (JsonObject)JsonNode.Parse(body)!, key)));

        Assert.All(answers, answer => Assert.Equal(200, answer.Code));
        Assert.Single(answers.Select(answer => answer.Body.ToJsonString()).Distinct());
        Assert.Single((await librarian.FetchAsync($"loans?member={joined["name"]}"))["loans"]!.AsArray());

        var (code, refused) = await librarian.TryPostAsync("loans", Desk.Loan(Desk.Unique("X"), (string)joined["cardNumber"]!), key);
        Assert.Equal((409, "IDEMPOTENCY_KEY_REUSED"), (code, refused.Reason()));
    }
}
