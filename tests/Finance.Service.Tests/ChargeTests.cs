using System.Net;
using Library.Finance.Features.PostingCharge;
using Library.Finance.Messages;
using Library.Finance.V1;
using Library.ServiceDefaults.Networks;
using Library.Testing;
using Charge = Library.Contracts.Charge;

namespace Library.Finance.Service.Tests;

public sealed class ChargeTests(FinanceNetwork network)
{
    [Fact]
    public async Task A_fee_is_owed_and_shown_with_its_derivation_in_the_callers_language()
    {
        var finance = await network.HostAsync();
        var member = Charges.NewMember();
        await finance.ChargeAsync(Charges.Fee(member));
        var fine = Charges.Fine(member);
        await finance.PublishAsync(Charges.Returned(fine, member));
        await finance.BookedAsync(fine);

        using var desk = finance.Rest("librarian", "RAD", "sl");
        var account = await desk.AskAsync($"accounts/{Charges.IdOf(member)}");
        Assert.Equal((2270, 120, "EUR"), (account.Minor("balanceMinor"), account.Minor("accruingMinor"), account.Text("currencyCode")));
        var charges = account.Body.GetProperty("charges").EnumerateArray().ToList();
        Assert.Equal(["MEMBERSHIP", "FINE"], charges.Select(charge => charge.GetProperty("kind").GetString()));
        Assert.Equal("2026-11-02", charges[1].GetProperty("postedOn").GetString());
        Assert.Equal("Zamudnina, na dan: 9 × 0,30 (čl. 36)", charges[1].GetProperty("derivation")[0].GetString());
        using var own = finance.RestAsMember(member, "en");
        var seen = await own.AskAsync($"accounts/{Charges.IdOf(member)}");
        Assert.Equal("Overdue fine, per day: 9 × 0.30 (art. 36)", seen.Body.GetProperty("charges")[1].GetProperty("derivation")[0].GetString());
    }

    [Fact]
    public async Task What_waited_and_was_not_collected_costs_50_cents_once_art_33()
    {
        var finance = await network.HostAsync();
        var member = Charges.NewMember();
        var hold = $"holds/{Guid.CreateVersion7():D}";
        var fee = Charges.Fee(member, 50) with { Kind = Library.Contracts.ChargeKind.HoldNotCollected, Subject = hold, Lines = [Charges.Line("hold.not-collected", 1, 50, "art. 33")] };
        var (fact, id) = (new Library.Catalog.Messages.HoldNotCollected { Aggregate = hold, Version = 4, Member = member, ReadyUntil = Charges.Day, Fee = fee }, Guid.CreateVersion7());
        for (var time = 0; time < 2; time++) await finance.PublishAsync(fact, id);
        await finance.BookedAsync(fee);
        Assert.Equal(50, await finance.BalanceAsync(member));
        using var desk = finance.Rest("librarian");
        var charge = (await desk.AskAsync($"accounts/{Charges.IdOf(member)}")).Body.GetProperty("charges").EnumerateArray().Single();
        Assert.Equal(("HOLD_NOT_COLLECTED", "Reserved or prepared title not collected: 1 × 0.50 (art. 33)"), (charge.GetProperty("kind").GetString(), charge.GetProperty("derivation")[0].GetString()));
    }

    [Fact]
    public async Task One_message_delivered_twice_is_one_charge_and_the_same_charge_in_another_message_too()
    {
        var finance = await network.HostAsync();
        var fee = Charges.Fee(Charges.NewMember());
        var id = Guid.CreateVersion7();
        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => finance.PublishAsync(Charges.Joined(fee), id)));
        var again = Guid.CreateVersion7();
        await finance.PublishAsync(Charges.Joined(fee), again);
        await Eventually.SeesAsync(() => finance.ScalarAsync<long>("SELECT count(*) FROM inbox WHERE message_id IN ($1, $2)", id, again), n => n == 2, "both messages are handled");

        Assert.Equal(2000, await finance.BalanceAsync(fee.Member));
        Assert.Equal(1, await finance.ScalarAsync<long>("SELECT count(*) FROM ledger_entry WHERE source = $1", $"charges/{fee.Id}"));
        Assert.Equal(1, await finance.ScalarAsync<long>("SELECT version FROM account WHERE member_id = $1", Charges.IdOf(fee.Member)));
    }

    [Fact]
    public async Task Returns_without_a_fine_are_noted_once_each_and_book_nothing()
    {
        var finance = await network.HostAsync();
        var member = Charges.NewMember();
        var ids = Enumerable.Range(0, 40).Select(_ => Guid.CreateVersion7()).ToArray();
        await Task.WhenAll(ids.Concat(ids).Select(id => finance.PublishAsync(Charges.Returned(null, member), id)));
        await Eventually.SeesAsync(() => finance.ScalarAsync<long>("SELECT count(*) FROM inbox WHERE message_id = ANY ($1)", ids), n => n == ids.Length, "all are noted");
        Assert.Equal(0, await finance.ScalarAsync<long>("SELECT count(*) FROM charge WHERE member_id = $1", Charges.IdOf(member)));
    }

    [Fact]
    public async Task A_unit_that_another_library_lends_to_us_is_owed_once_art_34()
    {
        var finance = await network.HostAsync();
        var (member, id) = (Charges.NewMember(), Guid.CreateVersion7());
        var fee = Charges.Interlibrary(member);
        for (var twice = 0; twice < 2; twice++) await finance.PublishAsync(Charges.Arrived(fee, member), id);
        await finance.BookedAsync(fee);
        using var desk = finance.Rest("librarian");
        var account = await desk.AskAsync($"accounts/{Charges.IdOf(member)}");
        Assert.Equal(900, account.Minor("balanceMinor"));
        Assert.Equal("INTERLIBRARY", account.Body.GetProperty("charges")[0].GetProperty("kind").GetString());
    }

    [Fact]
    public async Task Charges_of_one_member_at_one_instant_are_all_booked()
    {
        var finance = await network.HostAsync();
        var member = Charges.NewMember();
        var fees = Enumerable.Range(1, 20).Select(n => Charges.Fee(member, n)).ToList();
        await Task.WhenAll(fees.Select(fee => finance.PublishAsync(Charges.Joined(fee))));
        await Eventually.SeesAsync(() => finance.ScalarAsync<long>("SELECT count(*) FROM charge WHERE member_id = $1", Charges.IdOf(member)), n => n == 20, "all are booked");
        Assert.Equal(210, await finance.BalanceAsync(member));
        Assert.Equal(20, await finance.ScalarAsync<long>("SELECT version FROM account WHERE member_id = $1", Charges.IdOf(member)));
    }

    [Fact]
    public async Task A_fee_of_zero_opens_the_account_and_books_nothing_art_14()
    {
        var finance = await network.HostAsync();
        var member = Charges.NewMember();
        await finance.PublishAsync(Charges.Joined(Charges.Fee(member, 0)));
        await Eventually.IsTrueAsync(() => finance.ScalarAsync<bool>("SELECT EXISTS (SELECT FROM account WHERE member_id = $1)", Charges.IdOf(member)), "the account is open");
        using var own = finance.RestAsMember(member);
        var account = await own.AskAsync($"accounts/{Charges.IdOf(member)}");
        Assert.Equal((0, 0), (account.Minor("balanceMinor"), account.Body.GetProperty("charges").GetArrayLength()));
        Assert.Equal(0, await finance.ScalarAsync<long>("SELECT count(*) FROM outbox WHERE aggregate = $1", $"accounts/{Charges.IdOf(member)}"));
    }

    [Fact]
    public async Task The_others_are_told_of_the_charge_and_of_the_balance_in_order()
    {
        var finance = await network.HostAsync();
        var fee = await finance.ChargeAsync(Charges.Fee(Charges.NewMember()));
        Assert.Equal("ChargePosted,BalanceChanged", await finance.ScalarAsync<string>(
            "SELECT string_agg(substring(type from '[^.]+$'), ',' ORDER BY position) FROM outbox WHERE aggregate = $1", $"accounts/{Charges.IdOf(fee.Member)}"));
        var told = await finance.ScalarAsync<string>(
            "SELECT body FROM outbox WHERE aggregate = $1 AND type = $2", $"accounts/{Charges.IdOf(fee.Member)}", typeof(BalanceChanged).FullName!);
        Assert.Contains("\"balanceMinor\":2000", told, StringComparison.Ordinal);
        Assert.Contains("\"oldestOpenOn\":\"2026-11-02\"", told, StringComparison.Ordinal);
        Assert.Contains($"\"postedChargeId\":\"{fee.Id}\"", told, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Another_service_is_told_what_is_owed_as_of_now_and_which_charges_that_holds()
    {
        var finance = await network.HostAsync();
        var member = Charges.NewMember();
        var first = await finance.ChargeAsync(Charges.Fee(member, on: new DateOnly(2026, 9, 1)));
        var second = await finance.ChargeAsync(Charges.Fee(member, 500));
        using var channel = finance.Grpc();
        var directory = new FinanceDirectory.FinanceDirectoryClient(channel);
        var standing = await directory.GetStandingAsync(new GetStandingRequest { Member = member });
        Assert.Equal((2500, 2, "2026-09-01"), (standing.BalanceMinor, standing.Version, standing.OldestOpenOn));
        Assert.Equal([second.Id.ToString(), first.Id.ToString()], standing.RecentCharges);

        var unknown = await directory.GetStandingAsync(new GetStandingRequest { Member = Charges.NewMember() });
        Assert.Equal((0, 0, ""), (unknown.BalanceMinor, unknown.Version, unknown.OldestOpenOn));
    }

    [Fact]
    public async Task Another_members_account_is_not_found_and_no_token_sees_nothing()
    {
        var finance = await network.HostAsync();
        var fee = await finance.ChargeAsync(Charges.Fee(Charges.NewMember()));
        using var other = finance.RestAsMember(Charges.NewMember());
        Assert.Equal(HttpStatusCode.NotFound, (await other.AskAsync($"accounts/{Charges.IdOf(fee.Member)}")).Status);
        using var nobody = finance.RestWithoutToken();
        Assert.Equal(HttpStatusCode.Unauthorized, (await nobody.AskAsync($"accounts/{Charges.IdOf(fee.Member)}")).Status);
        using var organiser = finance.Rest("organiser");
        Assert.Equal(HttpStatusCode.Forbidden, (await organiser.AskAsync($"accounts/{Charges.IdOf(fee.Member)}")).Status);
        using var desk = finance.Rest("librarian");
        Assert.Equal(HttpStatusCode.NotFound, (await desk.AskAsync("accounts/nonsense")).Status);
    }

    [Fact]
    public async Task A_charge_that_the_price_list_does_not_agree_with_is_booked_and_named()
    {
        var finance = await network.HostAsync();
        var member = Charges.NewMember();
        Assert.Equal(1999, (await finance.ChargeAsync(Charges.Fee(member, 1999))).AmountMinor);
        Assert.Equal(1999, await finance.BalanceAsync(member));

        var prices = finance.Get<Network>();
        Assert.Empty(TariffAlarm.DisagreementsOf(Charges.Fee(member), prices));
        Assert.Empty(TariffAlarm.DisagreementsOf(Charges.Fine(member), prices));
        Assert.Empty(TariffAlarm.DisagreementsOf(Disabled(member, -500, 1500), prices));
        Assert.Empty(TariffAlarm.DisagreementsOf(Capped(member), prices));
        Assert.Empty(TariffAlarm.DisagreementsOf(Upgraded(member), prices));
        Assert.Single(TariffAlarm.DisagreementsOf(Charges.Fee(member, 1999), prices));
        Assert.Single(TariffAlarm.DisagreementsOf(Disabled(member, -400, 1600), prices));
        Assert.Single(TariffAlarm.DisagreementsOf(Charges.Fee(member) with { AmountMinor = 2001 }, prices));
        Assert.Single(TariffAlarm.DisagreementsOf(Charges.Fee(member) with { Lines = [Charges.Line("membership.gold", 1, 2000, "19")] }, prices));
        Assert.Single(TariffAlarm.DisagreementsOf(Charges.Fee(member) with { Lines = [Charges.Line("membership.full", 1, 2000, "19") with { TariffVersion = "2023" }] }, prices));
    }

    private static Charge Disabled(string member, long discountMinor, long amountMinor) => Charges.Fee(member) with
    {
        AmountMinor = amountMinor,
        Lines = [Charges.Line("membership.full", 1, 2000, "19"), Charges.Line("discount.disabled", 1, discountMinor, "14")],
    };

    /// <summary>A disabled member of a small branch pays the difference (art. 19).</summary>
    private static Charge Upgraded(string member) => Charges.Fee(member) with
    {
        AmountMinor = 375,
        Lines =
        [
            Charges.Line("membership.full", 1, 2000, "19"), Charges.Line("discount.disabled", 1, -500, "14"),
            Charges.Line("membership.small-branch", 1, -1500, "19"), Charges.Line("discount.disabled", 1, 375, "14"),
        ],
    };

    private static Charge Capped(string member) => Charges.Fine(member) with
    {
        AmountMinor = 20_000,
        Lines = [Charges.Line("fine.day", 700, 30, "36") with { AmountMinor = 20_000 }],
    };
}
