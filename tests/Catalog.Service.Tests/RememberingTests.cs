using Library.Catalog.Features.Forgetting;
using Library.Catalog.Features.Overdue;
using Library.Catalog.Features.Reminding;
using Library.Catalog.Messages;
using Library.Finance.Messages;
using Library.ServiceDefaults.Jobs;
using Library.Testing;
using NodaTime;

namespace Library.Catalog.Service.Tests;

/// <summary>The day's jobs, run twice; and what the desk is told by Membership and Finance, delivered twice and in the wrong order.</summary>
public sealed class RememberingTests(CatalogNetwork network)
{
    [Fact]
    public async Task A_loan_becomes_overdue_once_for_each_due_day()
    {
        var catalog = await network.HostAsync();
        var job = Job<TellOverdue>(catalog);
        var (loan, inTime) = (await catalog.LentAsync(await catalog.ReaderAsync()), await catalog.LentAsync(await catalog.ReaderAsync()));
        await catalog.WasDueAsync(loan, 1);
        await catalog.WasDueAsync(inTime, 0);
        for (var run = 0; run < 2; run++) await job.RunAsync(catalog.Clock.Today, TestContext.Current.CancellationToken);
        Assert.Equal((1, 0), (await catalog.ToldAsync<LoanBecameOverdue>(loan), await catalog.ToldAsync<LoanBecameOverdue>(inTime)));

        await catalog.WasDueAsync(loan, 2); // another due day, as after a renewal
        await job.RunAsync(catalog.Clock.Today, TestContext.Current.CancellationToken);
        Assert.Equal(2, await catalog.ToldAsync<LoanBecameOverdue>(loan));
    }

    [Fact]
    public async Task A_member_is_reminded_once_a_week_one_level_higher_and_anew_when_all_is_settled_art_36()
    {
        var catalog = await network.HostAsync();
        var job = Job<RemindMembers>(catalog);
        var (reader, barcode) = (await catalog.ReaderAsync(), await catalog.ItemAsync());
        var loan = await catalog.LentAsync(reader, barcode);
        await catalog.LentAsync(reader);
        await catalog.WasDueAsync(loan, 20);
        await catalog.ExecuteAsync("UPDATE loan SET due_on = $2 WHERE member = $1", reader.Id, catalog.Clock.Today.PlusDays(-20));
        var monday = catalog.Clock.Today.Previous(IsoDayOfWeek.Monday);

        await job.RunAsync(monday.PlusDays(-1), TestContext.Current.CancellationToken); // not the day
        Assert.Equal(0, await catalog.ToldAsync<ReminderDue>(reader.Name));
        for (var run = 0; run < 2; run++) await job.RunAsync(monday, TestContext.Current.CancellationToken);
        Assert.Equal((1, 200L), (await catalog.ToldAsync<ReminderDue>(reader.Name), await PendingAsync(catalog, reader)));
        await job.RunAsync(monday.PlusDays(7), TestContext.Current.CancellationToken);
        await job.RunAsync(monday.PlusDays(14), TestContext.Current.CancellationToken);
        Assert.Equal((3, 800L), (await catalog.ToldAsync<ReminderDue>(reader.Name), await PendingAsync(catalog, reader)));
        Assert.Equal(3, await LevelAsync(catalog, reader));

        // the third is the notice of unreturned material: it blocks until everything is back and settled
        using var desk = catalog.Rest("librarian");
        Assert.Contains("UNRETURNED_NOTICE", (await desk.LendAsync(await catalog.ItemAsync(), reader.Card)).Metadata("all"), StringComparison.Ordinal);
        await catalog.ExecuteAsync("UPDATE loan SET due_on = $2 WHERE member = $1", reader.Id, catalog.Clock.Today.PlusDays(5));
        Assert.Equal(3, await LevelAsync(catalog, reader));
        await PaidAsync(catalog, reader);
        await Eventually.IsTrueAsync(async () => await LevelAsync(catalog, reader) == 0, "the spell is over");
    }

    [Fact]
    public async Task Two_instances_of_the_jobs_at_one_instant_tell_and_remind_once_art_36()
    {
        var catalog = await network.HostAsync();
        var loans = new List<string>();
        var readers = new List<Reader>();
        for (var number = 0; number < 5; number++)
        {
            readers.Add(await catalog.ReaderAsync());
            loans.Add(await catalog.LentAsync(readers[^1]));
            await catalog.WasDueAsync(loans[^1], 10);
        }
        var monday = catalog.Clock.Today.Previous(IsoDayOfWeek.Monday);
        await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => Job<TellOverdue>(catalog).RunAsync(monday, TestContext.Current.CancellationToken)));
        await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => Job<RemindMembers>(catalog).RunAsync(monday, TestContext.Current.CancellationToken)));
        foreach (var loan in loans) Assert.Equal(1, await catalog.ToldAsync<LoanBecameOverdue>(loan));
        foreach (var reader in readers) Assert.Equal((1, 200L), (await catalog.ToldAsync<ReminderDue>(reader.Name), await PendingAsync(catalog, reader)));
    }

    [Fact]
    public async Task A_returned_loan_forgets_its_reader_in_time_but_not_while_money_is_open_art_21()
    {
        var catalog = await network.HostAsync();
        using var desk = catalog.Rest("librarian");
        var (settled, owing) = (await catalog.ReaderAsync(), await catalog.ReaderAsync(debtMinor: 100));
        foreach (var reader in new[] { settled, owing })
        {
            var barcode = await catalog.ItemAsync();
            await catalog.LentAsync(reader, barcode);
            (await desk.ReturnAsync(barcode)).Succeeded();
        }
        await Job<ForgetReaders>(catalog).RunAsync(catalog.Clock.Today.PlusDays(-1), TestContext.Current.CancellationToken);
        Assert.Equal(1, await LinkedAsync(settled));
        await Job<ForgetReaders>(catalog).RunAsync(catalog.Clock.Today.PlusDays(400), TestContext.Current.CancellationToken);
        Assert.Equal((0, 1), (await LinkedAsync(settled), await LinkedAsync(owing)));

        Task<long> LinkedAsync(Reader reader) => catalog.ScalarAsync<long>("SELECT count(*) FROM loan WHERE member = $1", reader.Id);
    }

    [Fact]
    public async Task A_stale_snapshot_of_a_member_is_skipped_and_a_replaced_card_stays_replaced()
    {
        var catalog = await network.HostAsync();
        var reader = new Reader(Guid.CreateVersion7(), Stock.NewBarcode());
        var (second, id) = (Stock.NewBarcode(), Guid.CreateVersion7());
        await catalog.PublishAsync(Stock.Snapshot(reader, 2, second, reader.Card), id);
        await catalog.PublishAsync(Stock.Snapshot(reader, 2, second, reader.Card), id);
        await catalog.PublishAsync(Stock.Snapshot(reader, 1, reader.Card));
        await Eventually.IsTrueAsync(async () => await catalog.ScalarAsync<long>(
            "SELECT count(*) FROM borrower_card WHERE member = $1 AND replaced = (card_number = $2)", reader.Id, reader.Card) == 2, "both cards are known");
        using var desk = catalog.Rest("librarian");
        Assert.Equal("CARD_REPLACED", (await desk.LendAsync(await catalog.ItemAsync(), reader.Card)).Reason);
        (await desk.LendAsync(await catalog.ItemAsync(), second)).Succeeded();
    }

    [Fact]
    public async Task A_charge_is_never_counted_twice_whatever_the_order_of_the_balances()
    {
        var catalog = await network.HostAsync();
        var (reader, charge) = (await catalog.ReaderAsync(), Guid.CreateVersion7());
        await catalog.ExecuteAsync("INSERT INTO pending_charge (id, member, amount_minor, charged_on) VALUES ($1, $2, 270, $3)", charge, reader.Id, catalog.Clock.Today);
        // the payment's balance overtakes that of the charge: the balance stays, the charge is still taken off
        await catalog.PublishAsync(Balance(reader, 3, 0, null));
        await Eventually.IsTrueAsync(async () => await catalog.ScalarAsync<long>("SELECT count(*) FROM borrower_debt WHERE member = $1", reader.Id) == 1, "the balance is known");
        var id = Guid.CreateVersion7();
        await catalog.PublishAsync(Balance(reader, 2, 270, charge), id);
        await catalog.PublishAsync(Balance(reader, 2, 270, charge), id);
        await Eventually.IsTrueAsync(async () => await PendingAsync(catalog, reader) == 0, "the charge is taken off");
        Assert.Equal(0L, await catalog.ScalarAsync<long>("SELECT balance_minor FROM borrower_debt WHERE member = $1", reader.Id));
    }

    private static BalanceChanged Balance(Reader reader, long version, long minor, Guid? posted) => new()
    {
        Aggregate = $"accounts/{reader.Id:D}",
        Version = version,
        Member = reader.Name,
        BalanceMinor = minor,
        CurrencyCode = "EUR",
        OldestOpenOn = minor > 0 ? new DateOnly(2026, 11, 1) : null,
        PostedChargeId = posted,
    };

    private static async Task PaidAsync(TestHost catalog, Reader reader)
    {
        await catalog.ExecuteAsync("DELETE FROM pending_charge WHERE member = $1", reader.Id);
        await catalog.PublishAsync(Balance(reader, 9, 0, null));
    }

    private static Task<long> PendingAsync(TestHost catalog, Reader reader) =>
        catalog.ScalarAsync<long>("SELECT coalesce(sum(amount_minor), 0)::bigint FROM pending_charge WHERE member = $1", reader.Id);

    private static Task<int> LevelAsync(TestHost catalog, Reader reader) => catalog.ScalarAsync<int>("SELECT level FROM reminder_spell WHERE member = $1", reader.Id);

    private static T Job<T>(TestHost catalog) where T : IPeriodicJob => catalog.Get<IEnumerable<IPeriodicJob>>().OfType<T>().Single();
}
