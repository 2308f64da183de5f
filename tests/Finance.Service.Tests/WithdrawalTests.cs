using System.Net;
using System.Text.Json;
using Library.Catalog.Messages;
using Library.Finance.Messages;
using Library.Testing;
using Charge = Library.Contracts.Charge;

namespace Library.Finance.Service.Tests;

/// <summary>What another service charged and takes back.</summary>
public sealed class WithdrawalTests(FinanceNetwork network)
{
    [Fact]
    public async Task A_charge_that_was_not_paid_is_taken_back_by_a_balanced_entry_that_corrects_its_own()
    {
        var finance = await network.HostAsync();
        var fine = await FinedAsync(finance);
        await WithdrawAsync(finance, Withdrawn(fine));

        Assert.Equal((0, 0, 270), await OfAsync(finance, fine));
        var entry = await finance.ScalarAsync<Guid>("SELECT id FROM ledger_entry WHERE source = $1 AND corrects IS NULL", $"charges/{fine.Id}");
        Assert.Equal("income:fine 270 0, receivable:member 0 270", await finance.ScalarAsync<string>("""
            SELECT string_agg(account || ' ' || debit_minor || ' ' || credit_minor, ', ' ORDER BY line)
            FROM ledger_line JOIN ledger_entry e ON e.id = entry_id WHERE e.corrects = $1
            """, entry));
        Assert.Equal(0m, await finance.ScalarAsync<decimal>("SELECT sum(debit_minor - credit_minor) FROM ledger_line WHERE member_id = $1", Charges.IdOf(fine.Member)));
        using var desk = finance.Rest("librarian");
        var seen = (await desk.AskAsync($"accounts/{Charges.IdOf(fine.Member)}")).Body.GetProperty("charges").EnumerateArray().Single();
        Assert.Equal((0, 270), (seen.GetProperty("openMinor").GetInt64(), seen.GetProperty("withdrawnMinor").GetInt64()));
        Assert.Empty(await DueAsync(finance, fine));
    }

    [Fact]
    public async Task Told_twice_in_one_message_or_in_two_it_is_taken_back_once()
    {
        var finance = await network.HostAsync();
        var member = Charges.NewMember();
        await finance.ChargeAsync(Charges.Fee(member));
        var fine = await FinedAsync(finance, member);
        var withdrawn = Withdrawn(fine);
        var (one, two) = (Guid.CreateVersion7(), Guid.CreateVersion7());
        await Task.WhenAll(new[] { one, one, two, two }.Select(id => finance.PublishAsync(withdrawn, id)));
        await HandledAsync(finance, one, two);

        Assert.Equal((2000, 0, 270), await OfAsync(finance, fine));
        Assert.Equal(1, await finance.ScalarAsync<long>("SELECT count(*) FROM ledger_entry WHERE source = $1 AND corrects IS NOT NULL", $"charges/{fine.Id}"));
    }

    [Fact]
    public async Task A_withdrawal_that_comes_before_its_charge_is_kept_and_applied_when_the_charge_comes()
    {
        var finance = await network.HostAsync();
        var member = Charges.NewMember();
        await finance.ChargeAsync(Charges.Fee(member, on: new DateOnly(2026, 9, 1)));
        var fine = Charges.Fine(member);
        var withdrawn = Withdrawn(fine);
        var (one, two) = (Guid.CreateVersion7(), Guid.CreateVersion7());
        foreach (var id in new[] { one, one, two }) await finance.PublishAsync(withdrawn, id);
        await HandledAsync(finance, one, two);
        Assert.Equal(2000, await finance.BalanceAsync(member));
        Assert.True(await finance.ScalarAsync<bool>("SELECT withdrawn_minor IS NULL FROM withdrawal WHERE id = $1", withdrawn.WithdrawalId));

        var charged = Guid.CreateVersion7();
        for (var twice = 0; twice < 2; twice++) await finance.PublishAsync(Charges.Returned(fine, member), charged);
        await finance.BookedAsync(fine);
        Assert.Equal((2000, 0, 270), await OfAsync(finance, fine));
        Assert.Equal([2000, 2270, 2000], await BalancesToldAsync(finance, member));
    }

    [Fact]
    public async Task What_was_paid_is_not_given_back_but_listed_for_the_accountant_with_page_tokens()
    {
        var finance = await network.HostAsync();
        var member = Charges.NewMember();
        var (partly, wholly) = (await FinedAsync(finance, member), await FinedAsync(finance, member));
        using var desk = finance.Rest("librarian");
        Assert.Equal(HttpStatusCode.OK, (await desk.PayAsync(Http.Cash(member, 370, $"charges/{wholly.Id}", $"charges/{partly.Id}"))).Status);
        foreach (var charge in new[] { partly, wholly }) await WithdrawAsync(finance, Withdrawn(charge));

        Assert.Equal((0, 0, 170), await OfAsync(finance, partly));
        Assert.Equal((0, 0, 0), await OfAsync(finance, wholly));
        var due = Assert.Single(await DueAsync(finance, partly));
        Assert.Equal(
            (100, "EUR", "2026-11-02", "BLE", "RETURN_UNDONE", "FINE", member),
            (due.GetProperty("amountMinor").GetInt64(), due.GetProperty("currencyCode").GetString(), due.GetProperty("since").GetString(), due.GetProperty("branch").GetString(),
                due.GetProperty("reason").GetString(), due.GetProperty("kind").GetString(), due.GetProperty("member").GetString()));
        Assert.Equal(270, Assert.Single(await DueAsync(finance, wholly)).GetProperty("amountMinor").GetInt64());
        Assert.Equal(HttpStatusCode.Forbidden, (await desk.AskAsync("refundsDue")).Status);
        using var accountant = finance.Rest("accountant");
        Assert.Equal(["branch:UNKNOWN"], (await accountant.AskAsync("refundsDue?branch=XXX")).Violations);
        Assert.Equal(["pageSize:RANGE"], (await accountant.AskAsync("refundsDue?pageSize=201")).Violations);
        Assert.Equal(["pageToken:PAGE_TOKEN"], (await accountant.AskAsync("refundsDue?pageToken=abc")).Violations);
    }

    [Fact]
    public async Task A_payment_and_a_withdrawal_at_one_instant_take_each_cent_once()
    {
        var finance = await network.HostAsync();
        using var desk = finance.Rest("librarian");
        foreach (var fine in await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => FinedAsync(finance))))
        {
            var (pay, withdraw) = (desk.PayAsync(Http.Cash(fine.Member, 270)), WithdrawAsync(finance, Withdrawn(fine)));
            var paid = (await pay).Status == HttpStatusCode.OK;
            await withdraw;
            Assert.Equal((0, 0, paid ? 0 : 270), await OfAsync(finance, fine));
            Assert.Equal(paid ? [270L] : [], (await DueAsync(finance, fine)).Select(due => due.GetProperty("amountMinor").GetInt64()));
        }
    }

    [Fact]
    public async Task The_desk_is_told_the_balance_and_which_withdrawal_it_holds()
    {
        var finance = await network.HostAsync();
        var fine = await FinedAsync(finance);
        var withdrawn = Withdrawn(fine);
        await WithdrawAsync(finance, withdrawn);
        var told = JsonDocument.Parse(await finance.ScalarAsync<string>(
            "SELECT body FROM outbox WHERE aggregate = $1 AND type = $2 ORDER BY position DESC LIMIT 1", $"accounts/{Charges.IdOf(fine.Member)}", typeof(BalanceChanged).FullName!)).RootElement;
        Assert.Equal(
            (2, 0, fine.Id, withdrawn.WithdrawalId, JsonValueKind.Null),
            (told.GetProperty("version").GetInt64(), told.GetProperty("balanceMinor").GetInt64(), told.GetProperty("postedChargeId").GetGuid(),
                told.GetProperty("withdrawalId").GetGuid(), told.GetProperty("oldestOpenOn").ValueKind));
        using var channel = finance.Grpc();
        var standing = await new V1.FinanceDirectory.FinanceDirectoryClient(channel).GetStandingAsync(new V1.GetStandingRequest { Member = fine.Member });
        Assert.Equal([withdrawn.WithdrawalId.ToString()], standing.RecentWithdrawals);
    }

    [Fact]
    public async Task What_was_late_until_a_copy_was_said_to_be_back_is_booked_once_and_a_rejected_claim_books_nothing()
    {
        var finance = await network.HostAsync();
        var fine = Charges.Fine(Charges.NewMember());
        var settled = new ReturnClaimSettled
        {
            Aggregate = fine.Subject,
            Version = 4,
            Member = fine.Member,
            Barcode = "A-1",
            Branch = "RAD",
            SettledAt = new DateTimeOffset(Charges.Day, new TimeOnly(10, 0), TimeSpan.Zero),
            LibraryLost = true,
            Fine = fine,
        };
        var (lost, rejected) = (Guid.CreateVersion7(), Guid.CreateVersion7());
        foreach (var (fact, id) in new[] { (settled, lost), (settled, lost), (settled with { LibraryLost = false, Fine = null }, rejected) }) await finance.PublishAsync(fact, id);
        await HandledAsync(finance, lost, rejected);
        Assert.Equal((270, 270, 0), await OfAsync(finance, fine));
    }

    [Fact]
    public async Task One_that_does_not_fit_its_charge_waits_and_lets_the_charge_pass()
    {
        var finance = await network.HostAsync();
        var member = Charges.NewMember();
        var fine = Charges.Fine(member);
        var tooMuch = Withdrawn(fine) with { AmountMinor = 271 };
        var id = Guid.CreateVersion7();
        await finance.PublishAsync(tooMuch, id);
        await HandledAsync(finance, id);
        await finance.PublishAsync(Charges.Returned(fine, member));
        await finance.BookedAsync(fine);
        Assert.Equal((270, 270, 0), await OfAsync(finance, fine));
        Assert.True(await finance.ScalarAsync<bool>("SELECT withdrawn_minor IS NULL FROM withdrawal WHERE id = $1", tooMuch.WithdrawalId));
    }

    private static async Task<Charge> FinedAsync(TestHost finance, string? member = null)
    {
        var fine = Charges.Fine(member ?? Charges.NewMember());
        await finance.PublishAsync(Charges.Returned(fine, fine.Member));
        await finance.BookedAsync(fine);
        return fine;
    }

    private static ChargeWithdrawn Withdrawn(Charge charge) => new()
    {
        Aggregate = charge.Subject,
        Version = 3,
        Member = charge.Member,
        WithdrawalId = Guid.CreateVersion7(),
        ChargeId = charge.Id,
        AmountMinor = charge.AmountMinor,
        CurrencyCode = charge.CurrencyCode,
        WithdrawnOn = Charges.Day,
        Branch = "BLE",
        Reason = WithdrawalReason.ReturnUndone,
    };

    private static async Task WithdrawAsync(TestHost finance, ChargeWithdrawn withdrawn)
    {
        var id = Guid.CreateVersion7();
        await finance.PublishAsync(withdrawn, id);
        await HandledAsync(finance, id);
    }

    private static Task<long> HandledAsync(TestHost finance, params Guid[] messages) => Eventually.SeesAsync(
        () => finance.ScalarAsync<long>("SELECT count(*) FROM inbox WHERE message_id = ANY ($1)", [messages]), n => n == messages.Length, "the messages are handled");

    /// <summary>The member's balance, and what is open and withdrawn of the charge.</summary>
    private static async Task<(long Balance, long Open, long Withdrawn)> OfAsync(TestHost finance, Charge charge) => (
        await finance.BalanceAsync(charge.Member),
        await finance.ScalarAsync<long>("SELECT open_minor FROM charge WHERE id = $1", charge.Id),
        await finance.ScalarAsync<long>("SELECT withdrawn_minor FROM charge WHERE id = $1", charge.Id));

    private static async Task<List<long>> BalancesToldAsync(TestHost finance, string member) =>
        [.. JsonDocument.Parse(await finance.ScalarAsync<string>(
            "SELECT json_agg((body::jsonb ->> 'balanceMinor')::bigint ORDER BY position)::text FROM outbox WHERE aggregate = $1 AND type = $2",
            $"accounts/{Charges.IdOf(member)}", typeof(BalanceChanged).FullName!)).RootElement.EnumerateArray().Select(balance => balance.GetInt64())];

    /// <summary>Of one charge, out of all pages.</summary>
    private static async Task<List<JsonElement>> DueAsync(TestHost finance, Charge charge)
    {
        using var accountant = finance.Rest("accountant");
        var (found, token) = (new List<JsonElement>(), "");
        do
        {
            var page = await accountant.AskAsync($"refundsDue?branch=BLE&pageSize=1&pageToken={token}");
            Assert.Equal(HttpStatusCode.OK, page.Status);
            Assert.InRange(page.Body.GetProperty("refundsDue").GetArrayLength(), 0, 1);
            found.AddRange(page.Body.GetProperty("refundsDue").EnumerateArray().Where(due => due.GetProperty("charge").GetString() == $"charges/{charge.Id}"));
            token = page.Text("nextPageToken");
        }
        while (token.Length > 0);
        return found;
    }
}
