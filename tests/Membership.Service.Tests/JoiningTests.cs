using System.Net;
using System.Text.Json.Nodes;
using Library.Membership.V1;

namespace Library.Membership.Service.Tests;

public sealed class JoiningTests : MembershipTest
{
    [Fact]
    public async Task Joining_gives_a_card_and_a_term_and_tells_Finance_the_fee()
    {
        var today = Host.Clock.Today;
        var joined = await JoinAsync();
        var member = joined.GetProperty("name").GetString()!;

        Assert.Matches("^members/[0-9a-f-]{36}$", member);
        Assert.Equal("000001", joined.GetProperty("registrationNumber").GetString());
        Assert.Matches("^RAD[0-9]{7}$", joined.GetProperty("cardNumber").GetString());
        Assert.Equal(2000, joined.GetProperty("feeMinor").GetInt64());
        Assert.Equal("EUR", joined.GetProperty("currencyCode").GetString());
        Assert.Equal($"{today.PlusYears(1).PlusDays(-1):uuuu-MM-dd}", joined.GetProperty("term").GetProperty("endsOn").GetString());
        var fee = (await ToldAsync("MembershipTermStarted", member)).GetProperty("fee");
        Assert.Equal(2000, fee.GetProperty("amountMinor").GetInt64());
        Assert.Equal("membership.full", fee.GetProperty("lines")[0].GetProperty("priceCode").GetString());
        Assert.Equal(1, await OutboxAsync("MemberChanged", member));
        Assert.Equal(1, await OutboxAsync("MemberEnrolled", member));
        Assert.Equal(0, await Host.ScalarAsync<long>("SELECT count(*) FROM outbox WHERE body ILIKE '%nidar%' OR body ILIKE '%ana@%' OR body LIKE '%1985-04-12%'"));
    }

    [Theory]
    [InlineData("2010-01-01", "SECONDARY_PUPIL", 0)]
    [InlineData("1985-04-12", "UNEMPLOYED", 0)]
    public async Task Who_is_free_owes_nothing_and_Finance_is_told_so(string birthDate, string status, long fee)
    {
        var joined = await JoinAsync(Ana(person =>
        {
            (person["birthDate"], person["status"]) = (birthDate, status);
            person["guardian"] = new JsonObject { ["givenName"] = "Eva", ["familyName"] = "Žnidaršič", ["email"] = "eva@example.org" };
        }));

        Assert.Equal(fee, joined.GetProperty("feeMinor").GetInt64());
        Assert.Equal(0, (await ToldAsync("MembershipTermStarted", joined.GetProperty("name").GetString()!)).GetProperty("fee").GetProperty("amountMinor").GetInt64());
    }

    [Fact]
    public async Task One_key_three_times_at_once_is_one_member_and_one_answer()
    {
        var answers = await Task.WhenAll(Enumerable.Range(0, 3).Select(async _ =>
            (await OkAsync(await PostAsync(Desk(), "/api/v1/members", Ana(), "join-1"))).GetRawText()));

        Assert.Single(answers.Distinct());
        Assert.Equal(1, await Host.ScalarAsync<long>("SELECT count(*) FROM member"));
        var (reason, _) = await ErrorAsync(await PostAsync(Desk(), "/api/v1/members", Ana(person => person["givenName"] = "Anja"), "join-1"), HttpStatusCode.Conflict);
        Assert.Equal("IDEMPOTENCY_KEY_REUSED", reason);
    }

    [Fact]
    public async Task Twelve_enrolments_at_once_leave_no_registration_number_out()
    {
        await Task.WhenAll(Enumerable.Range(0, 12).Select(_ => JoinAsync()));

        Assert.Equal("1-12-12", await Host.ScalarAsync<string>(
            "SELECT min(registration_number) || '-' || max(registration_number) || '-' || count(DISTINCT registration_number) FROM member"));
    }

    [Fact]
    public async Task Every_field_that_is_wrong_is_named_and_no_value_repeated()
    {
        var form = Ana(person => (person["birthDate"], person["email"], person["phone"], person["givenName"]) = ("2026-02-30", "not an address", "abc", " "));
        form["branch"] = "NOWHERE";
        form["language"] = "xx";

        var (reason, status) = await ErrorAsync(await PostAsync(Desk("sl"), "/api/v1/members", form), HttpStatusCode.BadRequest);

        Assert.Equal("INVALID_REQUEST", reason);
        var fields = status.GetProperty("details")[2].GetProperty("fieldViolations").EnumerateArray().Select(field => field.GetProperty("field").GetString()).ToList();
        Assert.Equal(["branch", "language", "person.birthDate", "person.email", "person.givenName", "person.phone"], fields.Order(StringComparer.Ordinal));
        Assert.Equal("sl", status.GetProperty("details")[1].GetProperty("locale").GetString());
        Assert.DoesNotContain("not an address", status.GetRawText(), StringComparison.Ordinal);
        Assert.Equal(0, await Host.ScalarAsync<long>("SELECT count(*) FROM member"));
    }

    [Fact]
    public async Task A_minor_needs_a_guardian_and_the_lower_fee_a_small_branch()
    {
        var form = Ana(person => (person["birthDate"], person["status"]) = ("2015-06-01", "PRIMARY_PUPIL"), membership: "SMALL_BRANCH");

        var (_, status) = await ErrorAsync(await PostAsync(Desk("en"), "/api/v1/members", form), HttpStatusCode.BadRequest);

        var text = status.GetProperty("details")[2].GetRawText();
        Assert.Contains("person.guardian", text, StringComparison.Ordinal);
        Assert.Contains("the lower fee exists only at BRE, SRV, STF", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_child_without_an_address_is_reached_through_the_guardian()
    {
        var parent = (await JoinAsync()).GetProperty("name").GetString()!;
        var child = await JoinAsync(Ana(person =>
        {
            (person["birthDate"], person["status"], person["email"], person["phone"]) = ("2015-06-01", "PRIMARY_PUPIL", "", "");
            person["guardian"] = new JsonObject { ["member"] = parent };
        }));

        var contact = await new MembershipDirectory.MembershipDirectoryClient(Host.Grpc("notifications"))
            .GetContactAsync(new GetContactRequest { Member = child.GetProperty("name").GetString() });

        Assert.Equal("ana@example.org", contact.Email);
        Assert.Equal("sl", contact.Language);
        Assert.Equal(NoticeChoice.Types.Kind.Reminder, Assert.Single(contact.Notices).Kind);
    }

    [Fact]
    public async Task A_guardian_must_be_an_adult_member()
    {
        var form = Ana(person => (person["birthDate"], person["guardian"]) = ("2015-06-01", new JsonObject { ["member"] = $"members/{Guid.NewGuid()}" }));

        var (_, status) = await ErrorAsync(await PostAsync(Desk(), "/api/v1/members", form), HttpStatusCode.BadRequest);

        Assert.Contains("person.guardian.member", status.GetRawText(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_organisation_joins_for_the_price_of_legal_persons()
    {
        var joined = await JoinAsync(new JsonObject
        {
            ["organisation"] = new JsonObject
            {
                ["name"] = "Osnovna šola Lesce", ["taxNumber"] = "12345678", ["vatPayer"] = false, ["street"] = "Begunjska 7", ["postCode"] = "4248", ["city"] = "Lesce",
                ["email"] = "sola@example.org", ["authorised"] = new JsonObject { ["givenName"] = "Meta", ["familyName"] = "Kos", ["email"] = "meta@example.org" },
            },
            ["branch"] = "LES", ["membership"] = "FULL", ["language"] = "sl",
        });

        Assert.Equal(2000, joined.GetProperty("feeMinor").GetInt64());
        var member = await OkAsync(await Desk().GetAsync($"/api/v1/{joined.GetProperty("name").GetString()}"));
        Assert.Equal("Meta", member.GetProperty("organisation").GetProperty("authorised").GetProperty("givenName").GetString());
    }
}
