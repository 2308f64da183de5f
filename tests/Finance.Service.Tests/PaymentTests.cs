using System.Net;
using Library.Finance.Features.PostingCharge;
using Library.ServiceDefaults.Data;
using Library.Testing;

namespace Library.Finance.Service.Tests;

public sealed class PaymentTests(FinanceNetwork network)
{
    [Fact]
    public async Task A_debt_is_paid_in_cash_with_a_receipt_which_can_be_read_again()
    {
        var finance = await network.HostAsync();
        var fee = await finance.ChargeAsync(Charges.Fee(Charges.NewMember()));
        using var desk = finance.Rest("librarian", "RAD");
        var paid = await desk.PayAsync(Http.Cash(fee.Member, 2000));

        Assert.Equal(HttpStatusCode.OK, paid.Status);
        Assert.Equal(0, paid.Minor("balanceMinor"));
        Assert.Matches($"^RAD-{finance.Clock.Today.Year}-[0-9]{{6}}$", paid.Text("receiptNumber"));
        var allocation = Assert.Single(paid.Body.GetProperty("allocations").EnumerateArray());
        Assert.Equal(($"charges/{fee.Id}", 2000), (allocation.GetProperty("charge").GetString(), allocation.GetProperty("amountMinor").GetInt64()));

        using var own = finance.RestAsMember(fee.Member);
        Assert.Equal(paid.Body.GetRawText(), (await own.AskAsync(paid.Text("name"))).Body.GetRawText());
        using var other = finance.RestAsMember(Charges.NewMember());
        var hidden = await other.AskAsync(paid.Text("name"));
        Assert.Equal((HttpStatusCode.NotFound, "NOT_FOUND"), (hidden.Status, hidden.Reason));
        Assert.Equal(HttpStatusCode.Forbidden, (await own.PayAsync(Http.Cash(fee.Member, 1))).Status);
    }

    [Fact]
    public async Task Named_charges_are_settled_in_their_order_and_the_rest_stays_open()
    {
        var finance = await network.HostAsync();
        var member = Charges.NewMember();
        var first = await finance.ChargeAsync(Charges.Fee(member));
        var second = await finance.ChargeAsync(Charges.Fee(member, 500));
        using var desk = finance.Rest("librarian");
        var paid = await desk.PayAsync(Http.Cash(member, 700, $"charges/{second.Id}", $"charges/{first.Id}"));
        Assert.Equal([500, 200], paid.Body.GetProperty("allocations").EnumerateArray().Select(part => part.GetProperty("amountMinor").GetInt32()));
        Assert.Equal(1800, paid.Minor("balanceMinor"));

        var stranger = await finance.ChargeAsync(Charges.Fee(Charges.NewMember()));
        var refused = await desk.PayAsync(Http.Cash(member, 100, $"charges/{first.Id}", $"charges/{stranger.Id}"));
        Assert.Equal(["charges[1]:UNKNOWN"], refused.Violations);
    }

    [Fact]
    public async Task Who_pays_at_the_instant_at_which_their_first_charge_is_booked_has_paid_it()
    {
        var finance = await network.HostAsync();
        using var desk = finance.Rest("librarian", "RAD");
        var fee = Charges.Fee(Charges.NewMember());
        await using var connection = await finance.Database.OpenConnectionAsync();
        await using var booking = await connection.BeginTransactionAsync();
        await using (var hold = booking.Command("LOCK TABLE charge IN ACCESS EXCLUSIVE MODE")) await hold.ExecuteNonQueryAsync();
        // the payment has looked for the account, which is not there yet, and comes to the charges once they are
        var paying = desk.PayAsync(Http.Cash(fee.Member, 2000));
        await Eventually.IsTrueAsync(
            async () => await finance.ScalarAsync<bool>("SELECT EXISTS (SELECT FROM pg_locks WHERE relation = 'charge'::regclass AND NOT granted)"), "the payment waits");
        await finance.Get<PostCharge>().RunAsync(booking, fee, CancellationToken.None);
        await booking.CommitAsync();
        Assert.Equal(HttpStatusCode.OK, (await paying).Status);
        Assert.Equal(0, await finance.BalanceAsync(fee.Member));
    }

    [Fact]
    public async Task Desks_taking_the_same_debt_at_one_instant_never_go_below_zero_and_receipts_have_no_gap()
    {
        var finance = await network.HostAsync();
        var fee = await finance.ChargeAsync(Charges.Fee(Charges.NewMember()));
        using var desk = finance.Rest("librarian", "KRO");
        var payment = new { member = fee.Member, amountMinor = 600, currencyCode = "EUR", method = "CARD", branch = "KRO" };
        var answers = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => desk.PayAsync(payment)));

        var taken = answers.Where(answer => answer.Status == HttpStatusCode.OK).ToList();
        Assert.Equal(3, taken.Count);
        Assert.All(answers.Except(taken), answer => Assert.Equal("AMOUNT_EXCEEDS_DEBT", answer.Reason));
        Assert.Equal(200, await finance.BalanceAsync(fee.Member));
        Assert.Equal(
            Enumerable.Range(1, 3).Select(n => $"KRO-{finance.Clock.Today.Year}-{n:000000}"),
            taken.Select(answer => answer.Text("receiptNumber")).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task One_key_is_one_payment_with_the_same_answer_also_at_one_instant()
    {
        var finance = await network.HostAsync();
        var fee = await finance.ChargeAsync(Charges.Fee(Charges.NewMember()));
        using var desk = finance.Rest("librarian");
        var key = Guid.NewGuid().ToString("N");
        var answers = await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => desk.PayAsync(Http.Cash(fee.Member, 2000), key)));
        var later = await desk.PayAsync(Http.Cash(fee.Member, 2000), key);
        Assert.All(answers, answer => Assert.Equal(later.Body.GetRawText(), answer.Body.GetRawText()));
        Assert.Equal(HttpStatusCode.OK, later.Status);
        Assert.Equal(1, await finance.ScalarAsync<long>("SELECT count(*) FROM payment WHERE member_id = $1", Charges.IdOf(fee.Member)));

        var other = await desk.PayAsync(Http.Cash(fee.Member, 1999), key);
        Assert.Equal((HttpStatusCode.Conflict, "IDEMPOTENCY_KEY_REUSED"), (other.Status, other.Reason));
    }

    [Fact]
    public async Task A_refusal_is_not_kept_for_its_key()
    {
        var finance = await network.HostAsync();
        var member = Charges.NewMember();
        await finance.ChargeAsync(Charges.Fee(member, 500));
        using var desk = finance.Rest("librarian");
        Assert.Equal("AMOUNT_EXCEEDS_DEBT", (await desk.PayAsync(Http.Cash(member, 900), "later")).Reason);
        await finance.ChargeAsync(Charges.Fee(member, 400));
        Assert.Equal(HttpStatusCode.OK, (await desk.PayAsync(Http.Cash(member, 900), "later")).Status);
    }

    [Fact]
    public async Task Who_joins_and_pays_at_once_is_not_refused()
    {
        var finance = await network.HostAsync();
        var fee = Charges.Fee(Charges.NewMember());
        using var desk = finance.Rest("librarian");
        var payment = desk.PayAsync(Http.Cash(fee.Member, 2000));
        var account = desk.AskAsync($"accounts/{Charges.IdOf(fee.Member)}");
        Assert.False(payment.IsCompleted); // it waits for a charge that may be on its way
        await finance.PublishAsync(Charges.Joined(fee));
        Assert.Equal(HttpStatusCode.OK, (await payment).Status);
        Assert.Equal(1, (await account).Body.GetProperty("charges").GetArrayLength());
    }

    [Theory]
    [InlineData("sl", "Ponujeni znesek je večji od dolga. Sprejeti je mogoče največ 20.00 EUR.")]
    [InlineData("en", "More is offered than is owed. At most 20.00 EUR can be taken.")]
    public async Task More_than_the_debt_is_refused_in_the_callers_language(string language, string text)
    {
        var finance = await network.HostAsync();
        var fee = await finance.ChargeAsync(Charges.Fee(Charges.NewMember()));
        using var desk = finance.Rest("librarian", "RAD", language);
        var refused = await desk.PayAsync(Http.Cash(fee.Member, 2001));
        Assert.Equal((HttpStatusCode.BadRequest, "AMOUNT_EXCEEDS_DEBT", 9), (refused.Status, refused.Reason, refused.Minor("code")));
        var localized = refused.Detail("google.rpc.LocalizedMessage");
        Assert.Equal((language, text), (localized.GetProperty("locale").GetString(), localized.GetProperty("message").GetString()));
        Assert.Equal(2000, await finance.BalanceAsync(fee.Member));
    }

    [Fact]
    public async Task Another_currency_is_refused()
    {
        var finance = await network.HostAsync();
        var fee = await finance.ChargeAsync(Charges.Fee(Charges.NewMember()));
        using var desk = finance.Rest("librarian");
        var refused = await desk.PayAsync(new { member = fee.Member, amountMinor = 2000, currencyCode = "HRK", method = "CASH", branch = "RAD" });
        Assert.Equal("CURRENCY_MISMATCH", refused.Reason);
    }

    [Theory]
    [InlineData(0, "EUR", "CASH", "RAD", "amountMinor:RANGE")]
    [InlineData(-5, "EUR", "CASH", "RAD", "amountMinor:RANGE")]
    [InlineData(1_000_001, "EUR", "CASH", "RAD", "amountMinor:RANGE")]
    [InlineData(100, "", "CASH", "RAD", "currencyCode:REQUIRED")]
    [InlineData(100, "eur", "CASH", "RAD", "currencyCode:FORMAT")]
    [InlineData(100, "EUR", "CHEQUE", "RAD", "method:ENUM")]
    [InlineData(100, "EUR", "VOUCHER", "RAD", "method:UNKNOWN")]
    [InlineData(100, "EUR", "CASH", "XXX", "branch:UNKNOWN")]
    [InlineData(100, "EUR", "CASH", "", "branch:REQUIRED")]
    public async Task Bad_input_names_the_field(long amountMinor, string currencyCode, string method, string branch, string expected)
    {
        var finance = await network.HostAsync();
        using var desk = finance.Rest("librarian");
        var answer = await desk.PayAsync(new { member = Charges.NewMember(), amountMinor, currencyCode, method, branch });
        Assert.Equal((HttpStatusCode.BadRequest, "INVALID_REQUEST"), (answer.Status, answer.Reason));
        Assert.Equal([expected], answer.Violations);
    }

    [Fact]
    public async Task Everything_wrong_is_named_at_once()
    {
        var finance = await network.HostAsync();
        using var desk = finance.Rest("librarian");
        var answer = await desk.PayAsync(new { member = "members/1; DROP TABLE payment", charges = new[] { "charges/x" } });
        Assert.Equal(
            ["member:FORMAT", "amountMinor:RANGE", "currencyCode:REQUIRED", "method:REQUIRED", "branch:REQUIRED", "charges[0]:FORMAT"], answer.Violations);
    }

    [Fact]
    public async Task A_librarian_takes_money_only_at_the_branch_of_the_token()
    {
        var finance = await network.HostAsync();
        var fee = await finance.ChargeAsync(Charges.Fee(Charges.NewMember()));
        using var bled = finance.Rest("librarian", "BLE");
        Assert.Equal(HttpStatusCode.Forbidden, (await bled.PayAsync(Http.Cash(fee.Member, 2000))).Status);
        Assert.Equal(2000, await finance.BalanceAsync(fee.Member));
    }
}
