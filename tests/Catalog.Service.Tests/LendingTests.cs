using System.Net;
using Library.Catalog.Messages;
using Library.Membership.V1;
using Library.Finance.V1;

namespace Library.Catalog.Service.Tests;

/// <summary>The desk: one loan per item whatever happens at once, and the refusals as they are seen over REST.</summary>
public sealed class LendingTests(CatalogNetwork network)
{
    [Fact]
    public async Task Six_desks_lending_one_copy_at_one_instant_make_one_loan()
    {
        var catalog = await network.HostAsync();
        using var desk = catalog.Rest("librarian");
        for (var round = 0; round < 5; round++)
        {
            var barcode = await catalog.ItemAsync();
            var readers = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => catalog.ReaderAsync()));
            var answers = await Task.WhenAll(readers.Select(reader => desk.LendAsync(barcode, reader.Card)));
            Assert.Single(answers, answer => answer.Status == HttpStatusCode.OK);
            Assert.Equal(5, answers.Count(answer => answer.Status == HttpStatusCode.BadRequest && answer.Reason == "ITEM_ON_LOAN"));
            Assert.Equal(1, await catalog.ScalarAsync<long>("SELECT count(*) FROM loan WHERE barcode = $1", barcode));
        }
    }

    [Fact]
    public async Task One_key_three_times_makes_one_loan_and_the_same_answer()
    {
        var catalog = await network.HostAsync();
        using var desk = catalog.Rest("librarian");
        var (barcode, reader, key) = (await catalog.ItemAsync(), await catalog.ReaderAsync(), Guid.NewGuid().ToString("N"));
        var atOnce = await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => desk.LendAsync(barcode, reader.Card, key: key)));
        var later = await desk.LendAsync(barcode, reader.Card, key: key);
        Assert.All(atOnce, answer => Assert.Equal(later.Succeeded().Body.ToString(), answer.Succeeded().Body.ToString()));
        Assert.Equal(1, await catalog.ToldAsync<ItemLent>(later.Text("name")));

        // the answer was kept: it stays the same after the item came back
        (await desk.ReturnAsync(barcode)).Succeeded();
        Assert.Equal(later.Body.ToString(), (await desk.LendAsync(barcode, reader.Card, key: key)).Succeeded().Body.ToString());

        var other = await desk.LendAsync(await catalog.ItemAsync(), reader.Card, key: key);
        Assert.Equal((HttpStatusCode.Conflict, "IDEMPOTENCY_KEY_REUSED"), (other.Status, other.Reason));
    }

    [Fact]
    public async Task A_book_is_lent_for_21_days_and_says_so()
    {
        var catalog = await network.HostAsync();
        using var desk = catalog.Rest("librarian", "RAD");
        var barcode = await catalog.ItemAsync(record: await catalog.RecordAsync("Deček s piščalko"));
        var loan = (await desk.LendAsync(barcode, (await catalog.ReaderAsync()).Card)).Succeeded();
        Assert.Equal("Deček s piščalko", loan.Text("title"));
        Assert.Equal(catalog.Clock.Today.PlusDays(21).ToString("uuuu-MM-dd", null), loan.Text("dueOn"));
        Assert.Equal(2, loan.Number("renewalsLeft"));
        Assert.Equal("", loan.Text("member"));
        Assert.Equal("ON_LOAN", (await desk.AskAsync($"items/{barcode}")).Succeeded().Text("state"));
    }

    [Fact]
    public async Task The_first_reason_is_given_and_all_are_listed()
    {
        var catalog = await network.HostAsync();
        using var desk = catalog.Rest("librarian", language: "sl");
        var barcode = await catalog.ItemAsync();
        await catalog.LentAsync(await catalog.ReaderAsync(), barcode);
        var reader = await catalog.ReaderAsync(state: "LAPSED", restricted: true, debtMinor: 2101);
        network.Finance.Known[reader.Name] = new Standing { BalanceMinor = 2101, Version = 1 };
        var refused = await desk.LendAsync(barcode, reader.Card);
        Assert.Equal((HttpStatusCode.BadRequest, "MEMBERSHIP_LAPSED"), (refused.Status, refused.Reason));
        Assert.Equal("MEMBERSHIP_LAPSED,MEMBER_RESTRICTED,DEBT_OVER_LIMIT,ITEM_ON_LOAN", refused.Metadata("all"));
        Assert.Null(refused.Metadata("stale"));
        var message = refused.Detail("google.rpc.LocalizedMessage");
        Assert.Equal(("sl", "Članstvo je poteklo. Podaljšate ga lahko pri izposojevalnem pultu."),
            (message.GetProperty("locale").GetString(), message.GetProperty("message").GetString()));
    }

    [Theory]
    [InlineData("youth", "AGE_SECTION")]
    [InlineData("small", "MEMBERSHIP_BRANCH")]
    [InlineData("e-only", "MEMBERSHIP_E_ONLY")]
    [InlineData("reading-room", "ITEM_NOT_FOR_LOAN")]
    [InlineData("withdrawn", "ITEM_WITHDRAWN")]
    [InlineData("own", "ITEM_ON_LOAN")]
    public async Task What_the_rulebook_forbids_is_refused(string what, string reason)
    {
        var catalog = await network.HostAsync();
        using var desk = catalog.Rest("librarian");
        var reader = await catalog.ReaderAsync(membership: what switch { "small" => "SMALL_BRANCH", "e-only" => "E_ONLY", _ => "FULL" }, youth: what == "youth");
        var barcode = await catalog.ItemAsync(lending: what == "reading-room" ? "READING_ROOM_ONLY" : "LENDABLE");
        if (what == "withdrawn") await catalog.ExecuteAsync("UPDATE item SET state = 'WITHDRAWN' WHERE barcode = $1", barcode);
        if (what == "own") await catalog.LentAsync(reader, barcode);
        var refused = await desk.LendAsync(barcode, reader.Card);
        Assert.Equal(reason, refused.Reason);
        if (what == "own") Assert.Equal("ITEM_ON_LOAN,ALREADY_LENT_TO_MEMBER", refused.Metadata("all"));
    }

    [Fact]
    public async Task Unknown_things_are_named_and_bad_fields_all_at_once()
    {
        var catalog = await network.HostAsync();
        using var desk = catalog.Rest("librarian");
        var reader = await catalog.ReaderAsync();
        var noItem = await desk.LendAsync("NO-SUCH-ITEM", reader.Card);
        Assert.Equal((HttpStatusCode.NotFound, "item"), (noItem.Status, noItem.Metadata("kind")));
        var noCard = await desk.LendAsync(await catalog.ItemAsync(), "NO-SUCH-CARD");
        Assert.Equal((HttpStatusCode.NotFound, "card"), (noCard.Status, noCard.Metadata("kind")));
        var bad = await desk.LendAsync("small letters", "", "NOWHERE");
        Assert.Equal(["barcode:FORMAT", "cardNumber:REQUIRED", "branch:UNKNOWN"], bad.Violations);
    }

    [Fact]
    public async Task A_desk_lends_at_its_own_branch_only_and_members_do_not_lend()
    {
        var catalog = await network.HostAsync();
        using var bled = catalog.Rest("librarian", "BLE");
        using var member = catalog.RestAsMember("members/0198aaaa-0000-7000-8000-000000000001");
        using var nobody = catalog.RestWithoutToken();
        Assert.Equal(HttpStatusCode.Forbidden, (await bled.LendAsync("A", "B", "RAD")).Status);
        Assert.Equal(HttpStatusCode.Forbidden, (await member.LendAsync("A", "B")).Status);
        Assert.Equal(HttpStatusCode.Unauthorized, (await nobody.LendAsync("A", "B")).Status);
    }

    [Fact]
    public async Task A_member_sees_their_own_loans_and_nobody_elses()
    {
        var catalog = await network.HostAsync();
        var (ana, bine) = (await catalog.ReaderAsync(), await catalog.ReaderAsync());
        var loans = new List<string>();
        for (var n = 0; n < 3; n++) loans.Add(await catalog.LentAsync(ana));
        using var hers = catalog.RestAsMember(ana.Name);
        using var his = catalog.RestAsMember(bine.Name);
        using var staff = catalog.Rest("librarian");

        Assert.Equal("", (await hers.AskAsync(loans[0])).Succeeded().Text("member"));
        Assert.Equal(HttpStatusCode.NotFound, (await his.AskAsync(loans[0])).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await his.AskAsync($"loans?member={ana.Name}")).Status);
        Assert.Equal(ana.Name, (await staff.AskAsync(loans[0])).Succeeded().Text("member"));

        var first = (await hers.AskAsync("loans?pageSize=2")).Succeeded();
        var second = (await hers.AskAsync($"loans?pageSize=2&pageToken={first.Text("nextPageToken")}")).Succeeded();
        var seen = first.Body.GetProperty("loans").EnumerateArray().Concat(second.Body.GetProperty("loans").EnumerateArray()).Select(loan => loan.GetProperty("name").GetString()!);
        Assert.Equal(Enumerable.Reverse(loans), seen);
        Assert.Equal("", second.Text("nextPageToken"));
    }

    [Fact]
    public async Task A_debt_paid_a_second_ago_is_lent()
    {
        var catalog = await network.HostAsync();
        using var desk = catalog.Rest("librarian");
        var reader = await catalog.ReaderAsync(debtMinor: 5000, debtVersion: 3);
        network.Finance.Known[reader.Name] = new Standing { BalanceMinor = 0, Version = 4 };
        network.Membership.Known[reader.Card] = Told(reader, 1);
        (await desk.LendAsync(await catalog.ItemAsync(), reader.Card)).Succeeded();
        // and it is known from now on
        var asked = network.Finance.Asked;
        (await desk.LendAsync(await catalog.ItemAsync(), reader.Card)).Succeeded();
        Assert.Equal(asked, network.Finance.Asked);
    }

    [Fact]
    public async Task A_charge_made_here_counts_until_a_balance_holds_it()
    {
        var catalog = await network.HostAsync();
        using var desk = catalog.Rest("librarian");
        var reader = await catalog.ReaderAsync();
        var charge = Guid.CreateVersion7();
        await catalog.ExecuteAsync("INSERT INTO pending_charge (id, member, amount_minor, charged_on) VALUES ($1, $2, 2101, $3)", charge, reader.Id, catalog.Clock.Today);
        Assert.Equal("DEBT_OVER_LIMIT", (await desk.LendAsync(await catalog.ItemAsync(), reader.Card)).Reason);
        // paid at once: the balance of zero holds the charge already
        network.Finance.Known[reader.Name] = new Standing { BalanceMinor = 0, Version = 2, RecentCharges = { charge.ToString("D") } };
        (await desk.LendAsync(await catalog.ItemAsync(), reader.Card)).Succeeded();
    }

    [Fact]
    public async Task A_member_who_joined_a_second_ago_and_a_card_replaced_a_second_ago_are_known()
    {
        var catalog = await network.HostAsync();
        using var desk = catalog.Rest("librarian");
        var reader = new Reader(Guid.CreateVersion7(), Stock.NewBarcode());
        network.Membership.Known[reader.Card] = Told(reader, 1);
        (await desk.LendAsync(await catalog.ItemAsync(), reader.Card)).Succeeded();

        var fresh = Told(reader, 2);
        fresh.CardNumber = Stock.NewBarcode();
        fresh.ReplacedCardNumbers.Add(reader.Card);
        network.Membership.Known[reader.Card] = network.Membership.Known[fresh.CardNumber] = network.Membership.Known[reader.Name] = fresh;
        (await desk.LendAsync(await catalog.ItemAsync(), fresh.CardNumber)).Succeeded();
        Assert.Equal("CARD_REPLACED", (await desk.LendAsync(await catalog.ItemAsync(), reader.Card)).Reason);
    }

    [Fact]
    public async Task When_nobody_can_be_asked_the_local_answer_stands_and_says_so()
    {
        await using var catalog = await CatalogNetwork.StartAloneAsync();
        using var desk = catalog.Rest("librarian");
        var refused = await desk.LendAsync(await catalog.ItemAsync(), (await catalog.ReaderAsync(debtMinor: 2101)).Card);
        Assert.Equal(("DEBT_OVER_LIMIT", "membership,finance"), (refused.Reason, refused.Metadata("stale")));
        var unknown = await desk.LendAsync(await catalog.ItemAsync(), "NO-SUCH-CARD");
        Assert.Equal((HttpStatusCode.NotFound, "membership"), (unknown.Status, unknown.Metadata("stale")));
        // what the local rows allow needs nobody
        (await desk.LendAsync(await catalog.ItemAsync(), (await catalog.ReaderAsync(debtMinor: 2100)).Card)).Succeeded();
    }

    private static Borrower Told(Reader reader, long version) => new()
    {
        Member = reader.Name,
        Version = version,
        State = Member.Types.State.Active,
        Membership = MembershipTier.Types.Kind.Full,
        Branch = "RAD",
        TermEndsOn = "2099-12-31",
        Category = "STUDENT",
        Municipality = "Bled",
        CardNumber = reader.Card,
    };
}
