using System.Net;
using Library.Catalog.Features.Lockers;
using Library.Catalog.Messages;
using Library.Testing;
using Npgsql;
using static Library.Catalog.Service.Tests.Lockers;

namespace Library.Catalog.Service.Tests;

/// <summary>Parcel lockers: put in, opened by a code at any hour, not collected, given back through it, a door that jams.</summary>
public sealed class LockerTests(CatalogNetwork network)
{
    [Fact]
    public async Task A_code_opens_once_and_lends_at_that_instant()
    {
        var catalog = await network.HostAsync();
        using var desk = catalog.Rest("librarian", "RAD");
        using var box = await LockerAsync(catalog, desk);
        var (ana, free, lent) = (await catalog.ReaderAsync(), await catalog.ItemAsync(), await catalog.ItemAsync());
        await catalog.LentAsync(ana, lent);
        var put = (await PutAsync(desk, box, ana, [free, lent])).Succeeded();
        Assert.Equal(("WAITING", "", catalog.Clock.Today.PlusDays(3).Iso()), (put.Text("state"), put.Text("code"), put.Text("collectUntil")));
        Assert.Equal(("ON_HOLD_SHELF", "OCCUPIED"), (await ItemStateAsync(desk, free), await CompartmentAsync(box, 1)));
        Assert.Equal(1, await catalog.ToldAsync<LockerReady>(put.Text("name")));
        Assert.Equal("ITEM_HELD_FOR_ANOTHER", (await desk.LendAsync(free, (await catalog.ReaderAsync()).Card)).Reason);

        var code = await CodeAsync(catalog, ana, put.Text("name"));
        Assert.Matches("^[0-9]{8}$", code);
        var key = Guid.NewGuid().ToString("N");
        for (var again = 0; again < 2; again++)
        {
            var opened = (await box.OpenAsync(1, code, key)).Succeeded();
            Assert.Equal(("COLLECTED", ""), (opened.Text("state"), opened.Text("member")));
        }
        Assert.Equal("LOCKER_EMPTY", (await box.OpenAsync(1, code)).Reason);
        Assert.Equal(("ON_LOAN", "FREE"), (await ItemStateAsync(desk, free), await CompartmentAsync(box, 1)));
        Assert.Equal(2, await catalog.ScalarAsync<long>("SELECT count(*) FROM loan WHERE member = $1", ana.Id));
    }

    [Fact]
    public async Task Five_wrong_codes_block_the_right_one_too_and_the_database_holds_no_code()
    {
        var catalog = await network.HostAsync();
        using var desk = catalog.Rest("librarian");
        using var box = await LockerAsync(catalog, desk);
        var ana = await catalog.ReaderAsync();
        var deposit = (await PutAsync(desk, box, ana, [await catalog.ItemAsync()])).Succeeded().Text("name");
        var code = await CodeAsync(catalog, ana, deposit);
        var attempts = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => box.OpenAsync(1, Other(code))));
        Assert.Equal((5, 3), (attempts.Count(answer => answer.Reason == "LOCKER_CODE_WRONG"), attempts.Count(answer => answer.Reason == "LOCKER_CODE_BLOCKED")));
        Assert.Equal("LOCKER_CODE_BLOCKED", (await box.OpenAsync(1, code)).Reason);
        Assert.False(await catalog.ScalarAsync<bool>("SELECT strpos(d::text, $2) > 0 FROM locker_deposit d WHERE id = $1", Id(deposit), code));
        await catalog.ExecuteAsync("UPDATE locker_deposit SET blocked_until = clock_timestamp() - interval '1 second' WHERE id = $1", Id(deposit));
        (await box.OpenAsync(1, code)).Succeeded();
        Assert.Equal(["code:FORMAT"], (await box.OpenAsync(1, "12a")).Violations);
    }

    [Fact]
    public async Task A_member_who_is_blocked_meanwhile_opens_nothing_until_that_is_over()
    {
        var catalog = await network.HostAsync();
        using var desk = catalog.Rest("librarian");
        using var box = await LockerAsync(catalog, desk);
        var (ana, barcode) = (await catalog.ReaderAsync(), await catalog.ItemAsync());
        var deposit = (await PutAsync(desk, box, ana, [barcode])).Succeeded().Text("name");
        var code = await CodeAsync(catalog, ana, deposit);
        await catalog.ExecuteAsync("UPDATE borrower SET restricted = true WHERE member = $1", ana.Id);
        Assert.Equal("MEMBER_RESTRICTED", (await box.OpenAsync(1, code)).Reason);
        Assert.Equal("ON_HOLD_SHELF", await ItemStateAsync(desk, barcode));
        await catalog.ExecuteAsync("UPDATE borrower SET restricted = false WHERE member = $1", ana.Id);
        (await box.OpenAsync(1, code)).Succeeded();
    }

    [Fact]
    public async Task One_door_opens_for_one_of_many_who_type_the_code_or_take_it_out()
    {
        var catalog = await network.HostAsync();
        using var desk = catalog.Rest("librarian");
        for (var round = 0; round < 4; round++)
        {
            using var box = await LockerAsync(catalog, desk);
            var (ana, barcode) = (await catalog.ReaderAsync(), await catalog.ItemAsync());
            var deposit = (await PutAsync(desk, box, ana, [barcode])).Succeeded().Text("name");
            var code = await CodeAsync(catalog, ana, deposit);
            var answers = await Task.WhenAll(box.OpenAsync(1, code), box.OpenAsync(1, code), desk.SendAsync($"{deposit}:takeOut", new { }));
            var done = Assert.Single(answers, answer => answer.Status == HttpStatusCode.OK);
            Assert.All(answers.Where(answer => answer != done), answer => Assert.Contains(answer.Reason, new[] { "LOCKER_EMPTY", "LOCKER_BUSY" }));
            Assert.Equal(done.Text("state") == "COLLECTED" ? "ON_LOAN" : "AVAILABLE", await ItemStateAsync(desk, barcode));
        }
    }

    [Fact]
    public async Task One_compartment_takes_one_deposit_however_many_put_at_once()
    {
        var catalog = await network.HostAsync();
        using var desk = catalog.Rest("librarian");
        using var box = await LockerAsync(catalog, desk);
        var put = await Task.WhenAll(Enumerable.Range(0, 4).Select(async _ => await PutAsync(desk, box, await catalog.ReaderAsync(), [await catalog.ItemAsync()])));
        Assert.Single(put, answer => answer.Status == HttpStatusCode.OK);
        Assert.All(put.Where(answer => answer.Status != HttpStatusCode.OK), answer => Assert.Equal("COMPARTMENT_OCCUPIED", answer.Reason));
        var broken = await Assert.ThrowsAsync<PostgresException>(() => catalog.ExecuteAsync("""
            INSERT INTO locker_deposit (id, locker, compartment, purpose, state, deposited_at) VALUES (gen_random_uuid(), $1, 1, 'RETURN', 'WAITING', now())
            """, Id(box.Name)));
        Assert.Equal("locker_deposit_one_open_per_compartment", broken.ConstraintName);
    }

    [Fact]
    public async Task What_is_not_collected_is_told_once_opens_no_more_and_goes_back_to_the_shelf()
    {
        var catalog = await network.HostAsync();
        using var desk = catalog.Rest("librarian");
        using var box = await LockerAsync(catalog, desk);
        var (ana, barcode) = (await catalog.ReaderAsync(), await catalog.ItemAsync());
        var deposit = (await PutAsync(desk, box, ana, [barcode])).Succeeded().Text("name");
        var code = await CodeAsync(catalog, ana, deposit);
        await catalog.ExecuteAsync("UPDATE locker_deposit SET collect_until = $2 WHERE id = $1", Id(deposit), catalog.Clock.Today.PlusDays(-1));
        Assert.Equal("LOCKER_EMPTY", (await box.OpenAsync(1, code)).Reason); // whether or not the job has run
        var job = catalog.Get<TakeOutOfLocker>();
        await Task.WhenAll(job.RunAsync(catalog.Clock.Today, CancellationToken.None), job.RunAsync(catalog.Clock.Today, CancellationToken.None));
        Assert.Equal(1, await catalog.ToldAsync<LockerNotCollected>(deposit));
        Assert.Equal("OCCUPIED", await CompartmentAsync(box, 1));
        Assert.Equal("TAKEN_OUT", (await desk.SendAsync($"{deposit}:takeOut", new { })).Succeeded().Text("state"));
        Assert.Equal(("AVAILABLE", "FREE"), (await ItemStateAsync(desk, barcode), await CompartmentAsync(box, 1)));
        Assert.Equal("LOCKER_EMPTY", (await desk.SendAsync($"{deposit}:takeOut", new { })).Reason);
    }

    [Fact]
    public async Task A_door_that_jams_gives_back_what_was_not_taken_and_staff_move_it_with_a_new_code()
    {
        var catalog = await network.HostAsync();
        using var desk = catalog.Rest("librarian");
        using var box = await LockerAsync(catalog, desk, compartments: 3);
        var ana = await catalog.ReaderAsync();
        var deposit = (await PutAsync(desk, box, ana, [await catalog.ItemAsync()])).Succeeded().Text("name");
        var code = await CodeAsync(catalog, ana, deposit);
        (await box.OpenAsync(1, code)).Succeeded();
        (await box.Device.SendAsync($"{box.Name}:setCompartment", new { number = 1, state = "JAMMED" })).Succeeded();
        Assert.Equal("JAMMED", await CompartmentAsync(box, 1));
        Assert.Equal("COMPARTMENT_OUT_OF_USE", (await box.OpenAsync(1, code)).Reason);
        Assert.Equal("COMPARTMENT_OUT_OF_USE", (await PutAsync(desk, box, ana, [await catalog.ItemAsync()])).Reason);
        (await PutAsync(desk, box, await catalog.ReaderAsync(), [await catalog.ItemAsync()], compartment: 2)).Succeeded();
        Assert.Equal("COMPARTMENT_OCCUPIED", (await desk.SendAsync($"{deposit}:move", new { compartment = 2 })).Reason);
        Assert.Equal(3, (await desk.SendAsync($"{deposit}:move", new { compartment = 3 })).Succeeded().Number("compartment"));
        var newCode = await CodeAsync(catalog, ana, deposit);
        Assert.NotEqual(code, newCode);
        Assert.Equal("LOCKER_CODE_WRONG", (await box.OpenAsync(3, code)).Reason);
        (await box.OpenAsync(3, newCode)).Succeeded();
        Assert.Equal(1, await catalog.ScalarAsync<long>("SELECT count(*) FROM loan WHERE member = $1", ana.Id));
        (await desk.SendAsync($"{box.Name}:setCompartment", new { number = 1, state = "FREE" })).Succeeded();
        Assert.Equal("FREE", await CompartmentAsync(box, 1));
    }

    [Fact]
    public async Task What_is_given_back_counts_from_the_day_it_was_put_in()
    {
        var catalog = await network.HostAsync();
        using var desk = catalog.Rest("librarian");
        using var box = await LockerAsync(catalog, desk);
        var (ana, late, stray) = (await catalog.ReaderAsync(), await catalog.ItemAsync(), await catalog.ItemAsync());
        await catalog.LentAsync(ana, late);
        var dropped = (await box.Device.SendAsync($"{box.Name}:drop", new { size = "LARGE" })).Succeeded();
        Assert.Equal((2, "RETURN"), (dropped.Number("compartment"), dropped.Text("purpose")));
        await catalog.ExecuteAsync("UPDATE loan SET lent_at = lent_at - interval '30 days', due_on = $2 WHERE barcode = $1", late, catalog.Clock.Today.PlusDays(-5));
        await catalog.ExecuteAsync("UPDATE locker_deposit SET deposited_at = deposited_at - interval '4 days' WHERE id = $1", Id(dropped.Text("name")));
        Assert.Equal(HttpStatusCode.NotFound, (await desk.SendAsync($"{dropped.Text("name")}:empty", new { barcodes = new[] { late, "NO-SUCH" } })).Status);
        var key = Guid.NewGuid().ToString("N");
        for (var again = 0; again < 2; again++)
        {
            var copies = (await desk.SendAsync($"{dropped.Text("name")}:empty", new { barcodes = new[] { late, stray } }, key)).Succeeded().Body.GetProperty("copies");
            Assert.Equal((true, "SHELVE", 30), (copies[0].GetProperty("returned").GetBoolean(), copies[0].GetProperty("next").GetString(), copies[0].GetProperty("fineMinor").GetInt64()));
            Assert.False(copies[1].GetProperty("returned").GetBoolean());
        }
        Assert.Equal(1, await catalog.ScalarAsync<int>("SELECT overdue_days FROM loan WHERE barcode = $1", late));
        Assert.Equal("LOCKER_EMPTY", (await desk.SendAsync($"{dropped.Text("name")}:empty", new { })).Reason);
        Assert.Equal("FREE", await CompartmentAsync(box, 2));
    }

    [Fact]
    public async Task Many_who_give_back_at_once_get_a_compartment_each_while_there_are_any()
    {
        var catalog = await network.HostAsync();
        using var desk = catalog.Rest("librarian");
        using var box = await LockerAsync(catalog, desk, compartments: 3);
        var dropped = await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => box.Device.SendAsync($"{box.Name}:drop", new { })));
        Assert.Equal([1, 2, 3], dropped.Where(answer => answer.Status == HttpStatusCode.OK).Select(answer => answer.Number("compartment")).Order());
        Assert.All(dropped.Where(answer => answer.Status != HttpStatusCode.OK), answer => Assert.Equal("LOCKER_FULL", answer.Reason));
    }

    [Fact]
    public async Task Nobody_sees_or_opens_what_is_not_theirs_and_bad_fields_are_named()
    {
        var catalog = await network.HostAsync();
        using var desk = catalog.Rest("librarian");
        using var box = await LockerAsync(catalog, desk);
        using var other = await LockerAsync(catalog, desk);
        var (ana, bine, lent) = (await catalog.ReaderAsync(), await catalog.ReaderAsync(), await catalog.ItemAsync());
        await catalog.LentAsync(bine, lent);
        var deposit = (await PutAsync(desk, box, ana, [await catalog.ItemAsync()])).Succeeded().Text("name");
        using var his = catalog.RestAsMember(bine.Name);
        Assert.Equal(HttpStatusCode.NotFound, (await his.AskAsync(deposit)).Status);
        Assert.Empty((await his.AskAsync("lockerDeposits")).Succeeded().Body.GetProperty("lockerDeposits").EnumerateArray());
        Assert.Single((await desk.AskAsync($"lockerDeposits?locker={box.Name}&state=WAITING")).Succeeded().Body.GetProperty("lockerDeposits").EnumerateArray());
        Assert.Equal(HttpStatusCode.NotFound, (await other.Device.AskAsync(box.Name)).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await other.Device.SendAsync($"{box.Name}:open", new { compartment = 1, code = "00000000" })).Status);
        using var bled = catalog.Rest("librarian", "BLE");
        Assert.Equal(HttpStatusCode.Forbidden, (await bled.SendAsync($"{deposit}:takeOut", new { })).Status);
        var refused = await PutAsync(desk, box, ana, [lent], compartment: 2);
        Assert.Equal(("ITEM_NOT_FREE", lent), (refused.Reason, refused.Metadata("barcode")));
        Assert.Equal("compartment", (await PutAsync(desk, box, ana, [lent], compartment: 9)).Metadata("kind"));
        Assert.Equal(["member:REQUIRED", "barcodes:COUNT", "collectUntil:RANGE"],
            (await desk.SendAsync("lockerDeposits", new { locker = box.Name, compartment = 1, collectUntil = "2020-01-01" })).Violations);
        Assert.Equal(["branch:REQUIRED", "displayName:REQUIRED", "compartments[0].number:RANGE", "compartments[0].size:REQUIRED", "compartments[1].number:RANGE", "compartments[1].number:TWICE"],
            (await desk.SendAsync("lockers", new { compartments = new object[] { new { number = 0 }, new { number = 0, size = "SMALL" } } })).Violations);
        Assert.Equal(["state:ENUM"], (await desk.SendAsync($"{box.Name}:setCompartment", new { number = 1, state = "OCCUPIED" })).Violations);
        Assert.Contains((await desk.AskAsync("lockers?pageSize=200")).Succeeded().Body.GetProperty("lockers").EnumerateArray(), each => each.GetProperty("name").GetString() == box.Name);
    }
}
