using System.Net;
using System.Text.Json;
using Library.Catalog.Features.Forgetting;
using Library.Catalog.Features.HandingOver;
using Library.Catalog.Features.Reminding;
using Library.Catalog.Messages;
using Library.ServiceDefaults.Jobs;
using Library.Testing;
using NodaTime;

namespace Library.Catalog.Service.Tests;

/// <summary>Claims that go to a lawyer or a collection agency after the third reminder.</summary>
public sealed class ClaimTests(OwnCatalog own) : IClassFixture<OwnCatalog>
{
    [Fact]
    public async Task After_the_third_reminder_and_the_day_of_the_next_the_claim_is_handed_over_once_art_36_39()
    {
        var catalog = own.Host;
        var ana = await catalog.ReaderAsync();
        var barcode = await catalog.ItemAsync();
        var loan = await catalog.LentAsync(ana, barcode);
        await catalog.WasDueAsync(await catalog.LentAsync(ana), -60); // in time: no part of it
        await catalog.WasDueAsync(loan, 20);
        var third = await RemindedAsync(catalog, 3);
        await HandOverAsync(catalog, third.PlusDays(7)); // the day of the next reminder is still in time
        Assert.Empty(await ClaimsOfAsync(catalog, ana));
        for (var run = 0; run < 2; run++) await HandOverAsync(catalog, third.PlusDays(8));
        await HandOverAsync(catalog, third.PlusDays(9));
        var claim = Assert.Single(await ClaimsOfAsync(catalog, ana));
        Assert.Equal(
            ("OPEN", third.PlusDays(8).Iso(), 3, "RAD"),
            (claim.GetProperty("state").GetString(), claim.GetProperty("handedOverOn").GetString(), claim.GetProperty("level").GetInt32(), claim.GetProperty("branch").GetString()));
        var days = Period.DaysBetween(catalog.Clock.Today.PlusDays(-20), third.PlusDays(8));
        var told = await catalog.LastToldAsync<ClaimHandedOver>(claim.GetProperty("name").GetString()!);
        Assert.Equal((ana.Name, 3, "EUR"), (told.Member, told.Level, told.CurrencyCode));
        var claimed = Assert.Single(told.Loans);
        Assert.Equal((loan, barcode, days * 30L), (claimed.Loan, claimed.Barcode, claimed.FineMinor));
        Assert.Equal(loan, Assert.Single(claim.GetProperty("loans").EnumerateArray()).GetProperty("loan").GetString());
        Assert.Equal(1L, await ToldOfAsync(catalog, ana));
    }

    [Fact]
    public async Task A_run_that_is_a_year_late_and_three_at_one_instant_hand_over_once_art_36()
    {
        var catalog = own.Host;
        var readers = new List<Reader>();
        for (var number = 0; number < 4; number++)
        {
            readers.Add(await catalog.ReaderAsync());
            await catalog.WasDueAsync(await catalog.LentAsync(readers[^1]), 20);
        }
        var fourth = await RemindedAsync(catalog, 4);
        await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => HandOverAsync(catalog, fourth.PlusYears(1))));
        foreach (var reader in readers)
        {
            Assert.Equal(4, Assert.Single(await ClaimsOfAsync(catalog, reader)).GetProperty("level").GetInt32());
            Assert.Equal(1L, await ToldOfAsync(catalog, reader));
        }
    }

    [Fact]
    public async Task A_settled_spell_closes_the_claim_and_a_new_one_has_its_own_art_36()
    {
        var catalog = own.Host;
        using var desk = catalog.Rest("librarian", "RAD");
        var ana = await catalog.ReaderAsync();
        var barcode = await catalog.ItemAsync();
        await catalog.WasDueAsync(await catalog.LentAsync(ana, barcode), 20);
        var third = await RemindedAsync(catalog, 3);
        await HandOverAsync(catalog, third.PlusDays(8));
        // brought back and not paid: it stays open
        (await desk.ReturnAsync(barcode)).Succeeded();
        await HandOverAsync(catalog, third.PlusDays(9));
        Assert.Equal(["OPEN"], States(await ClaimsOfAsync(catalog, ana)));
        await catalog.ExecuteAsync("DELETE FROM pending_charge WHERE member = $1", ana.Id); // paid
        await catalog.ExecuteAsync("UPDATE reminder_spell SET level = 0, spell_started_on = NULL WHERE member = $1", ana.Id);
        await HandOverAsync(catalog, third.PlusDays(10));
        Assert.Equal(["CLOSED"], States(await ClaimsOfAsync(catalog, ana)));

        await catalog.WasDueAsync(await catalog.LentAsync(ana, barcode), 20);
        await catalog.ExecuteAsync("""
            UPDATE reminder_spell SET level = 3, spell_started_on = $2, last_reminded_on = $3 WHERE member = $1
            """, ana.Id, third.PlusDays(30), third.PlusDays(49));
        await HandOverAsync(catalog, third.PlusDays(57));
        Assert.Equal(["OPEN", "CLOSED"], States(await ClaimsOfAsync(catalog, ana)).Order().Reverse());
        Assert.Equal(2L, await ToldOfAsync(catalog, ana));
    }

    [Fact]
    public async Task Who_owes_only_what_the_spell_cost_is_handed_over_and_a_declared_loss_goes_along_art_36_42()
    {
        var catalog = own.Host;
        using var desk = catalog.Rest("librarian", "RAD");
        var (ana, bor) = (await catalog.ReaderAsync(), await catalog.ReaderAsync());
        var barcode = await catalog.ItemAsync();
        await catalog.WasDueAsync(await catalog.LentAsync(ana, barcode), 20);
        var lost = await catalog.LentAsync(bor);
        await catalog.WasDueAsync(lost, 20);
        var third = await RemindedAsync(catalog, 3);
        (await desk.ReturnAsync(barcode)).Succeeded(); // the reminders and the fine are not paid
        (await desk.DeclareLostAsync(lost)).Succeeded();
        await HandOverAsync(catalog, third.PlusDays(8));
        Assert.Empty(Assert.Single(await ClaimsOfAsync(catalog, ana)).GetProperty("loans").EnumerateArray());
        var claimed = Assert.Single(Assert.Single(await ClaimsOfAsync(catalog, bor)).GetProperty("loans").EnumerateArray());
        Assert.Equal((lost, 20 * 30L), (claimed.GetProperty("loan").GetString(), claimed.GetProperty("fineMinor").GetInt64())); // the fine stands still
    }

    [Fact]
    public async Task The_database_lets_in_one_claim_a_spell()
    {
        var catalog = own.Host;
        var ana = await catalog.ReaderAsync();
        await catalog.WasDueAsync(await catalog.LentAsync(ana), 20);
        await HandOverAsync(catalog, (await RemindedAsync(catalog, 3)).PlusDays(8));
        var second = await Assert.ThrowsAsync<Npgsql.PostgresException>(() => catalog.ExecuteAsync("""
            INSERT INTO claim (id, member, spell_started_on, level, branch, handed_over_at, handed_over_on)
            SELECT gen_random_uuid(), member, spell_started_on, level, branch, handed_over_at, handed_over_on FROM claim WHERE member = $1
            """, ana.Id));
        Assert.Equal("claim_one_per_spell", second.ConstraintName);
    }

    [Fact]
    public async Task Claims_are_read_by_staff_in_pages_and_forget_the_member_in_time_art_21()
    {
        var catalog = own.Host;
        using var accountant = catalog.Rest("accountant");
        using var member = catalog.RestAsMember((await catalog.ReaderAsync()).Name);
        Assert.Equal(HttpStatusCode.Forbidden, (await member.AskAsync("claims")).Status);
        Assert.Equal(["pageSize:RANGE"], (await accountant.AskAsync("claims?pageSize=500")).Violations);
        var (ana, bor) = (await catalog.ReaderAsync(), await catalog.ReaderAsync());
        foreach (var reader in new[] { ana, bor }) await catalog.WasDueAsync(await catalog.LentAsync(reader), 20);
        await HandOverAsync(catalog, (await RemindedAsync(catalog, 3)).PlusDays(8));
        var first = (await accountant.AskAsync("claims?state=OPEN&pageSize=1")).Succeeded();
        var second = (await accountant.AskAsync($"claims?state=OPEN&pageSize=1&pageToken={first.Text("nextPageToken")}")).Succeeded();
        Assert.NotEqual(Assert.Single(Names(first)), Assert.Single(Names(second)));

        await catalog.ExecuteAsync("UPDATE claim SET closed_at = $2 WHERE member = $1", ana.Id, catalog.Clock.Now);
        await catalog.ExecuteAsync("DELETE FROM pending_charge WHERE member = $1", ana.Id); // paid
        await catalog.Get<IEnumerable<IPeriodicJob>>().OfType<ForgetReaders>().Single().RunAsync(catalog.Clock.Today.PlusDays(400), TestContext.Current.CancellationToken);
        Assert.Empty(await ClaimsOfAsync(catalog, ana));
        Assert.Single(await ClaimsOfAsync(catalog, bor));

        static IEnumerable<string> Names(Answer page) => page.Body.GetProperty("claims").EnumerateArray().Select(claim => claim.GetProperty("name").GetString()!);
    }

    /// <summary>So many reminders to whoever has anything overdue, on the coming Mondays; gives the day of the last.</summary>
    private static async Task<LocalDate> RemindedAsync(TestHost catalog, int times)
    {
        var monday = catalog.Clock.Today.Next(IsoDayOfWeek.Monday);
        for (var time = 0; time < times; time++)
            await catalog.Get<IEnumerable<IPeriodicJob>>().OfType<RemindMembers>().Single().RunAsync(monday.PlusDays(7 * time), TestContext.Current.CancellationToken);
        return monday.PlusDays(7 * (times - 1));
    }

    private static Task HandOverAsync(TestHost catalog, LocalDate day) =>
        catalog.Get<IEnumerable<IPeriodicJob>>().OfType<HandOverClaims>().Single().RunAsync(day, TestContext.Current.CancellationToken);

    private static async Task<IReadOnlyList<JsonElement>> ClaimsOfAsync(TestHost catalog, Reader reader)
    {
        using var desk = catalog.Rest("librarian");
        var claims = new List<JsonElement>();
        for (string? token = ""; token is not null;)
        {
            var page = (await desk.AskAsync($"claims?pageSize=200&pageToken={token}")).Succeeded();
            claims.AddRange(page.Body.GetProperty("claims").EnumerateArray().Where(claim => claim.GetProperty("member").GetString() == reader.Name));
            token = page.Text("nextPageToken") is { Length: > 0 } next ? next : null;
        }
        return claims;
    }

    private static IEnumerable<string> States(IEnumerable<JsonElement> claims) => claims.Select(claim => claim.GetProperty("state").GetString()!);

    private static Task<long> ToldOfAsync(TestHost catalog, Reader reader) => catalog.ScalarAsync<long>(
        "SELECT count(*) FROM outbox WHERE type = $1 AND body::jsonb ->> 'member' = $2", typeof(ClaimHandedOver).FullName!, reader.Name);
}
