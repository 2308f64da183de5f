using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using Grpc.Core;
using Library.Membership.V1;
using Library.ServiceDefaults.Jobs;
using Microsoft.Extensions.DependencyInjection;

namespace Library.Membership.Service.Tests;

public sealed class ChangingTests : MembershipTest
{
    private MembershipDirectory.MembershipDirectoryClient Directory => new(Host.Grpc());

    [Fact]
    public async Task A_replaced_card_is_known_at_once_and_charged_once()
    {
        var joined = await JoinAsync();
        var (member, old) = (joined.GetProperty("name").GetString()!, joined.GetProperty("cardNumber").GetString()!);

        var answers = await Task.WhenAll(Enumerable.Range(0, 3).Select(async _ =>
            (await OkAsync(await PostAsync(Desk(), $"/api/v1/{member}:replaceCard", key: "lost-1"))).GetProperty("cardNumber").GetString()));

        var card = Assert.Single(answers.Distinct());
        Assert.NotEqual(old, card);
        var byOld = await Directory.GetBorrowerAsync(new GetBorrowerRequest { CardNumber = old });
        Assert.Equal((member, card), (byOld.Member, byOld.CardNumber));
        Assert.Equal([old], byOld.ReplacedCardNumbers);
        Assert.Equal(2, byOld.Version);
        Assert.Equal(200, (await ToldAsync("CardIssued", member)).GetProperty("fee").GetProperty("amountMinor").GetInt64());
        Assert.Equal(2, await OutboxAsync("CardIssued", member)); // the first one and one replacement
        Assert.Equal(0, await Host.ScalarAsync<long>("SELECT count(*) FROM idempotency WHERE method LIKE '%ReplaceCard' AND length(answer) > 0"));
    }

    [Fact]
    public async Task Six_replacements_at_once_leave_one_good_card_and_the_last_snapshot_names_it()
    {
        var member = (await JoinAsync()).GetProperty("name").GetString()!;

        await Task.WhenAll(Enumerable.Range(0, 6).Select(async n => await OkAsync(await PostAsync(Desk(), $"/api/v1/{member}:{(n % 2 == 0 ? "replaceCard" : "restrict")}",
            n % 2 == 0 ? null : new JsonObject { ["reason"] = $"reason {n}" }))));

        var good = await Host.ScalarAsync<string>("SELECT number FROM card WHERE replaced_on IS NULL");
        var told = await ToldAsync("MemberChanged", member);
        Assert.Equal(good, told.GetProperty("cardNumber").GetString());
        Assert.Equal(3, told.GetProperty("replacedCardNumbers").GetArrayLength());
        Assert.Equal(7, told.GetProperty("version").GetInt64());
        Assert.Equal(7, await Host.ScalarAsync<long>("SELECT count(DISTINCT body::jsonb ->> 'version') FROM outbox WHERE type LIKE '%.MemberChanged'"));
    }

    [Fact]
    public async Task Two_desks_renewing_at_once_sell_one_term()
    {
        var joined = await JoinAsync();
        var member = joined.GetProperty("name").GetString()!;
        var end = joined.GetProperty("term").GetProperty("endsOn").GetString();

        var answers = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => PostAsync(Desk(), $"/api/v1/{member}:renew")));

        var renewed = await OkAsync(Assert.Single(answers, answer => answer.IsSuccessStatusCode));
        Assert.Equal($"{Date(end).PlusDays(1):uuuu-MM-dd}", renewed.GetProperty("term").GetProperty("startsOn").GetString());
        foreach (var refused in answers.Where(answer => !answer.IsSuccessStatusCode))
            Assert.Equal("RENEWAL_NOT_ALLOWED", (await ErrorAsync(refused, HttpStatusCode.BadRequest)).Reason);
        Assert.Equal(2, await OutboxAsync("MembershipTermStarted", member));
    }

    [Fact]
    public async Task An_upgrade_charges_the_difference_and_keeps_the_term_art_19()
    {
        var joined = await JoinAsync(Ana(branch: "BRE", membership: "SMALL_BRANCH"));
        var member = joined.GetProperty("name").GetString()!;
        Assert.Equal(1500, joined.GetProperty("feeMinor").GetInt64());

        var upgraded = await OkAsync(await PostAsync(Desk(), $"/api/v1/{member}:upgrade"));
        var again = await OkAsync(await PostAsync(Desk(), $"/api/v1/{member}:upgrade"));

        Assert.Equal("FULL", upgraded.GetProperty("membership").GetString());
        Assert.Equal(joined.GetProperty("term").GetRawText(), upgraded.GetProperty("term").GetRawText());
        Assert.Equal(500, (await ToldAsync("MembershipTermStarted", member)).GetProperty("fee").GetProperty("amountMinor").GetInt64());
        Assert.Equal(upgraded.GetProperty("version").GetInt64(), again.GetProperty("version").GetInt64());
    }

    [Fact]
    public async Task A_restriction_is_told_without_its_reason_and_lifted_again()
    {
        var member = (await JoinAsync()).GetProperty("name").GetString()!;

        var restricted = await OkAsync(await PostAsync(Desk(), $"/api/v1/{member}:restrict", new JsonObject { ["reason"] = "Shouted at Mojca" }));
        Assert.True(restricted.GetProperty("restricted").GetBoolean());
        Assert.True((await ToldAsync("MemberChanged", member)).GetProperty("restricted").GetBoolean());
        Assert.DoesNotContain("Mojca", (await ToldAsync("MemberRestricted", member)).GetRawText(), StringComparison.Ordinal);
        Assert.False((await OkAsync(await PostAsync(Desk(), $"/api/v1/{member}:release"))).GetProperty("restricted").GetBoolean());
        var (_, status) = await ErrorAsync(await PostAsync(Desk(), $"/api/v1/{member}:restrict"), HttpStatusCode.BadRequest);
        Assert.Contains("reason", status.GetRawText(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nobody_leaves_with_a_fee_on_its_way_a_debt_or_a_loan()
    {
        var member = (await JoinAsync()).GetProperty("name").GetString()!;
        Assert.Equal("OPEN_OBLIGATIONS", await LeaveReasonAsync(member)); // told to Finance, not yet booked there

        Finance.Booked.Add((await Host.ScalarAsync<Guid>("SELECT charge_id FROM fee")).ToString());
        Finance.BalanceMinor = 2000;
        Assert.Equal("OPEN_OBLIGATIONS", await LeaveReasonAsync(member));

        (Finance.BalanceMinor, Catalog.OpenLoans) = (0, 1);
        Assert.Equal("OPEN_OBLIGATIONS", await LeaveReasonAsync(member));

        Catalog.OpenLoans = 0;
        Assert.Equal("LEFT", (await OkAsync(await PostAsync(Desk(), $"/api/v1/{member}:leave"))).GetProperty("state").GetString());
        Assert.Equal("LEFT", (await ToldAsync("MemberChanged", member)).GetProperty("state").GetString());
    }

    [Fact]
    public async Task Without_an_answer_from_Finance_nobody_leaves()
    {
        var member = (await JoinAsync()).GetProperty("name").GetString()!;
        await FinancePeer.DisposeAsync();

        var (reason, _) = await ErrorAsync(await PostAsync(Desk(), $"/api/v1/{member}:leave"), HttpStatusCode.ServiceUnavailable);

        Assert.Equal("UNAVAILABLE", reason);
    }

    [Fact]
    public async Task Erasing_leaves_no_personal_data_in_the_database()
    {
        var joined = await OkAsync(await PostAsync(Desk(), "/api/v1/members", Ana(), "join-9"));
        var (member, card) = (joined.GetProperty("name").GetString()!, joined.GetProperty("cardNumber").GetString()!);
        Finance.Booked.Add((await Host.ScalarAsync<Guid>("SELECT charge_id FROM fee")).ToString());
        await Host.ExecuteAsync("UPDATE outbox SET published_at = now()");

        var erased = await OkAsync(await PostAsync(Host.Rest("admin"), $"/api/v1/{member}:erase"));

        Assert.Equal("ERASED", erased.GetProperty("state").GetString());
        Assert.False(erased.TryGetProperty("person", out var person) && person.ValueKind != JsonValueKind.Null);
        Assert.Equal(1, await OutboxAsync("MemberErased", member));
        foreach (var trace in new[] { "nidar", "ana@example", card, "Gorenjska cesta" })
            Assert.Empty(await TablesWithAsync(trace));
        await Assert.ThrowsAsync<RpcException>(async () => await Directory.GetContactAsync(new GetContactRequest { Member = member }));
        Assert.Equal("ERASED", (await OkAsync(await PostAsync(Host.Rest("admin"), $"/api/v1/{member}:erase"))).GetProperty("state").GetString());
        Assert.Equal(member, (await OkAsync(await PostAsync(Desk(), "/api/v1/members", Ana(), "join-9"))).GetProperty("name").GetString());
    }

    [Fact]
    public async Task Terms_that_are_over_lapse_once_and_a_renewal_starts_today()
    {
        var member = (await JoinAsync()).GetProperty("name").GetString()!;
        var job = Job("lapse-terms");
        var end = Host.Clock.Today.PlusYears(1).PlusDays(-1);

        await job.RunAsync(end, CancellationToken.None);
        Assert.Equal(0, await OutboxAsync("MembershipLapsed", member)); // the last day belongs to the term
        await job.RunAsync(end.PlusDays(1), CancellationToken.None);
        await job.RunAsync(end.PlusDays(1), CancellationToken.None);

        Assert.Equal(1, await OutboxAsync("MembershipLapsed", member));
        Assert.Equal("LAPSED", (await ToldAsync("MemberChanged", member)).GetProperty("state").GetString());
        Assert.Equal(Member.Types.State.Lapsed, (await Directory.GetBorrowerAsync(new GetBorrowerRequest { Member = member })).State);
        Assert.Equal("MEMBERSHIP_LAPSED", (await ErrorAsync(await PostAsync(Desk(), $"/api/v1/{member}:upgrade"), HttpStatusCode.BadRequest)).Reason);
    }

    [Fact]
    public async Task Who_turns_15_moves_to_the_adult_section_on_that_day_art_18()
    {
        var birthday = Host.Clock.Today.PlusDays(10);
        var member = (await JoinAsync(Ana(person =>
        {
            (person["birthDate"], person["status"]) = ($"{birthday.PlusYears(-15):uuuu-MM-dd}", "SECONDARY_PUPIL");
            person["guardian"] = new JsonObject { ["givenName"] = "Eva", ["familyName"] = "Kos" };
        }))).GetProperty("name").GetString()!;
        var job = Job("move-to-adult-section");

        await job.RunAsync(birthday.PlusDays(-1), CancellationToken.None);
        Assert.True((await Directory.GetBorrowerAsync(new GetBorrowerRequest { Member = member })).YouthSection);
        await job.RunAsync(birthday, CancellationToken.None);
        await job.RunAsync(birthday, CancellationToken.None);

        Assert.False((await ToldAsync("MemberChanged", member)).GetProperty("youthSection").GetBoolean());
        Assert.Equal(2, await OutboxAsync("MemberChanged", member));
    }

    private IPeriodicJob Job(string name) => Host.App.Services.GetServices<IPeriodicJob>().Single(job => job.Name == name);

    private async Task<string> LeaveReasonAsync(string member) =>
        (await ErrorAsync(await PostAsync(Desk(), $"/api/v1/{member}:leave"), HttpStatusCode.BadRequest)).Reason;

    /// <summary>Every table of which a row contains the text in any column.</summary>
    private async Task<List<string>> TablesWithAsync(string text)
    {
        var found = new List<string>();
        var tables = await Host.ScalarAsync<string[]>("SELECT array_agg(table_name::text) FROM information_schema.tables WHERE table_schema = 'public'");
        foreach (var table in tables)
            if (await Host.ScalarAsync<long>($"SELECT count(*) FROM \"{table}\" t WHERE t::text ILIKE '%' || $1 || '%'", text) > 0) found.Add(table);
        return found;
    }

    private static LocalDate Date(string? text) => NodaTime.Text.LocalDatePattern.Iso.Parse(text!).Value;
}
