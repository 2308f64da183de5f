using Library.Catalog.Messages;
using Library.Contracts;
using Library.Finance.Features.PostingCharge;
using Library.ServiceDefaults.Networks;
using Library.Testing;
using Charge = Library.Contracts.Charge;

namespace Library.Finance.Service.Tests;

/// <summary>What lost and damaged copies cost is booked as it was decided, once.</summary>
public sealed class LossChargeTests(FinanceNetwork network)
{
    private const string Loan = "loans/019a0000-0000-7000-8000-000000000000";

    [Fact]
    public async Task A_compensated_loss_is_owed_once_by_its_kinds_and_each_is_income_of_its_own_art_42()
    {
        var finance = await network.HostAsync();
        var (member, id) = (Charges.NewMember(), Guid.CreateVersion7());
        var loss = $"losses/{Guid.CreateVersion7():D}";
        Charge[] charges =
        [
            Charges.Fine(member), Of(member, ChargeKind.Compensation, Charges.Line("compensation.least-unit", 1, 3000, "art. 42")),
            Of(member, ChargeKind.Reprocessing, Charges.Line("reprocessing", 1, 600, "art. 42")),
        ];
        var settled = new LossSettled
        {
            Aggregate = loss, Version = 2, Loan = Loan, Member = member, Barcode = "A-1", Branch = "RAD", Outcome = "COMPENSATED", SettledOn = Charges.Day, Charges = charges,
        };
        await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => finance.PublishAsync(settled, id)));
        await finance.PublishAsync(settled, Guid.CreateVersion7()); // told again
        foreach (var charge in charges) await finance.BookedAsync(charge);
        Assert.Equal(270 + 3000 + 600, await finance.BalanceAsync(member));
        Assert.Equal("income:compensation 3000,income:fine 270,income:reprocessing 600", await finance.ScalarAsync<string>("""
            SELECT string_agg(l.account || ' ' || l.credit_minor, ',' ORDER BY l.account) FROM ledger_line l JOIN ledger_entry e ON e.id = l.entry_id
            WHERE e.source = ANY ($1) AND l.credit_minor > 0
            """, (object)charges.Select(charge => $"charges/{charge.Id:D}").ToArray()));
        using var desk = finance.Rest("librarian", "RAD", "en");
        var account = await desk.AskAsync($"accounts/{Charges.IdOf(member)}");
        Assert.Contains("Compensation for a unit, at least: 1 × 30.00 (art. 42)", account.Body.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Damage_is_owed_once_art_42()
    {
        var finance = await network.HostAsync();
        var (member, id) = (Charges.NewMember(), Guid.CreateVersion7());
        var mending = Of(member, ChargeKind.Other, Charges.Line("damage.binding", 1, 1200, "art. 42"), Charges.Line("label.code", 1, 50, "art. 42"));
        var assessed = new DamageAssessed
        {
            Aggregate = Loan, Version = 3, Member = member, Barcode = "A-1", Branch = "RAD", AssessedOn = Charges.Day, Kinds = ["BINDING", "CODE_LABEL"], Charges = [mending],
        };
        for (var time = 0; time < 2; time++) await finance.PublishAsync(assessed, id);
        await finance.BookedAsync(mending);
        Assert.Equal(1250, await finance.BalanceAsync(member));
    }

    [Fact]
    public async Task A_loss_that_ended_without_a_charge_is_noted_once_and_books_nothing()
    {
        var finance = await network.HostAsync();
        var member = Charges.NewMember();
        var (loss, damage) = (Guid.CreateVersion7(), Guid.CreateVersion7());
        for (var time = 0; time < 2; time++)
        {
            await finance.PublishAsync(new LossSettled
            {
                Aggregate = $"losses/{loss:D}", Version = 2, Loan = Loan, Member = member, Barcode = "A-1", Branch = "RAD", Outcome = "RETURNED", SettledOn = Charges.Day, Charges = [],
            }, loss);
            await finance.PublishAsync(new DamageAssessed
            {
                Aggregate = Loan, Version = 3, Member = member, Barcode = "A-1", Branch = "RAD", AssessedOn = Charges.Day, Kinds = ["UNUSABLE"], Loss = $"losses/{loss:D}", Charges = [],
            }, damage);
        }
        await Eventually.SeesAsync(() => finance.ScalarAsync<long>("SELECT count(*) FROM inbox WHERE message_id IN ($1, $2)", loss, damage), n => n == 2, "both are noted");
        Assert.Equal(0, await finance.ScalarAsync<long>("SELECT count(*) FROM charge WHERE member_id = $1", Charges.IdOf(member)));
    }

    [Fact]
    public async Task The_price_list_agrees_with_what_is_assessed_and_not_with_another_least()
    {
        var prices = (await network.HostAsync()).Get<Network>();
        var member = Charges.NewMember();
        Assert.Empty(TariffAlarm.DisagreementsOf(Of(member, ChargeKind.Compensation, Charges.Line("compensation.assessed", 1, 4500, "art. 42")), prices));
        Assert.Empty(TariffAlarm.DisagreementsOf(Of(member, ChargeKind.Compensation, Charges.Line("compensation.least-periodical", 1, 500, "art. 42")), prices));
        Assert.Empty(TariffAlarm.DisagreementsOf(Of(member, ChargeKind.Other, Charges.Line("damage.box", 2, 150, "art. 42"), Charges.Line("damage.binding", 1, 999, "art. 42")), prices));
        Assert.Single(TariffAlarm.DisagreementsOf(Of(member, ChargeKind.Compensation, Charges.Line("compensation.least-unit", 1, 2500, "art. 42")), prices));
    }

    private static Charge Of(string member, ChargeKind kind, params ChargeLine[] lines) => Charges.Fee(member) with
    {
        Kind = kind, Subject = Loan, AmountMinor = lines.Sum(line => line.AmountMinor), Lines = lines,
    };
}
