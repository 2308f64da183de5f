using System.Net;
using System.Text.Json;
using Library.Catalog.Features.Forgetting;
using Library.Catalog.Features.Overdue;
using Library.Catalog.Features.Reminding;
using Library.Catalog.Messages;
using Library.ServiceDefaults.Jobs;
using Library.Testing;
using NodaTime;

namespace Library.Catalog.Service.Tests;

/// <summary>Lost copies: declared, replaced, compensated, handed in after all, and found again.</summary>
public sealed class LossTests(OwnCatalog own) : IClassFixture<OwnCatalog>
{
    [Fact]
    public async Task Who_loses_a_copy_is_told_until_when_to_replace_it_and_what_each_way_costs_art_42()
    {
        var catalog = own.Host;
        using var desk = catalog.Rest("librarian", "RAD", "en");
        var (ana, today) = (await catalog.ReaderAsync(), catalog.Clock.Today);
        var loan = await catalog.LentAsync(ana);
        await catalog.WasDueAsync(loan, 9);
        var loss = (await desk.DeclareLostAsync(loan)).Succeeded();
        var until = today.PlusDays(-9).PlusMonths(2);
        Assert.Equal(
            (loan, "OPEN", "LOST", today.Iso(), today.PlusDays(-9).Iso(), until.Iso(), "art. 42", "2024"),
            (loss.Text("loan"), loss.Text("state"), loss.Text("cause"), loss.Text("declaredOn"), loss.Text("dueOn"), loss.Text("replaceUntil"), loss.Text("article"), loss.Text("rulebookVersion")));
        Assert.Equal((270, 0, 600, 870, "2024"), Cost(loss, "replacement"));
        Assert.Equal((270, 3000, 0, 3270, "2024"), Cost(loss, "compensation"));
        Assert.DoesNotContain(ana.Id.ToString("D"), loss.Body.ToString(), StringComparison.Ordinal);

        // the reader reads the same in their own language
        using var member = catalog.RestAsMember(ana.Name, "sl");
        var explained = (await member.AskAsync($"{loan}:explain")).Succeeded().Body.GetProperty("loss");
        Assert.Equal(loss.Text("name"), explained.GetProperty("loss").GetProperty("name").GetString());
        Assert.Equal(
            $"Izguba prijavljena {Day(today)}. Enak izvod lahko prinesete do {Day(until)}; do tedaj zamudnina miruje. (čl. 42)", explained.GetProperty("text").GetString());
        Assert.Contains("zamudnina 2,70 EUR + ponovna obdelava 6,00 EUR = 8,70 EUR", explained.GetProperty("replacementText").GetString(), StringComparison.Ordinal);
        Assert.Contains("najmanj 30,00 EUR", explained.GetProperty("compensationText").GetString(), StringComparison.Ordinal);

        Assert.Equal("LOST", (await desk.AskAsync($"items/{loss.Text("barcode")}")).Text("state"));
        Assert.Equal("OPEN", (await desk.AskAsync(loan)).Text("state"));
        Assert.Equal(0L, await catalog.PendingAsync(ana)); // nothing is charged before it is settled
        Assert.Equal("LOSS_DECLARED", (await desk.DeclareLostAsync(loan)).Reason);
        Assert.Equal("RENEWAL_NOT_ALLOWED", (await desk.SendAsync($"{loan}:renew", new { })).Reason);
        Assert.Equal(1, await catalog.ToldAsync<LoanDeclaredLost>(loan));
    }

    [Fact]
    public async Task What_is_declared_lost_is_neither_claimed_to_be_back_nor_undone_and_a_claim_ends_with_the_declaration_art_42()
    {
        var catalog = own.Host;
        using var desk = catalog.Rest("librarian", "RAD");
        var loan = await catalog.LentAsync(await catalog.ReaderAsync());
        (await desk.SendAsync($"{loan}:claimReturned", new { branch = "RAD" })).Succeeded();
        (await desk.DeclareLostAsync(loan)).Succeeded();
        Assert.Equal("REJECTED", (await desk.AskAsync(loan)).Text("claimOutcome"));
        Assert.Equal("LOSS_DECLARED", (await desk.SendAsync($"{loan}:claimReturned", new { branch = "RAD" })).Reason);
        Assert.Equal("UNDO_OVERTAKEN", (await desk.SendAsync($"{loan}:undo", new { branch = "RAD", reason = "WRONG_ITEM" })).Reason);
        Assert.Equal("OPEN", (await desk.AskAsync(loan)).Text("state"));
    }

    [Fact]
    public async Task One_key_opens_one_case_and_who_may_not_opens_none_art_42()
    {
        var catalog = own.Host;
        using var desk = catalog.Rest("librarian", "RAD");
        var ana = await catalog.ReaderAsync();
        var (loan, key) = (await catalog.LentAsync(ana), Guid.NewGuid().ToString("N"));
        using var member = catalog.RestAsMember(ana.Name);
        using var bled = catalog.Rest("librarian", "BLE");
        Assert.Equal(HttpStatusCode.Forbidden, (await member.DeclareLostAsync(loan)).Status);
        Assert.Equal(HttpStatusCode.Forbidden, (await bled.DeclareLostAsync(loan)).Status);
        Assert.Equal(["branch:UNKNOWN"], (await catalog.Rest("librarian").SendAsync($"{loan}:declareLost", new { branch = "NOWHERE" })).Violations);
        Assert.Equal(HttpStatusCode.NotFound, (await desk.DeclareLostAsync($"loans/{Guid.NewGuid():D}")).Status);
        var first = (await desk.SendAsync($"{loan}:declareLost", new { branch = "RAD" }, key)).Succeeded();
        var again = (await desk.SendAsync($"{loan}:declareLost", new { branch = "RAD" }, key)).Succeeded();
        Assert.Equal(first.Text("name"), again.Text("name"));
        Assert.Equal(1L, await catalog.ScalarAsync<long>("SELECT count(*) FROM loss WHERE loan = $1", Id(loan)));
    }

    [Fact]
    public async Task Who_brings_the_same_pays_reprocessing_and_the_fine_until_the_declaration_art_42()
    {
        var catalog = own.Host;
        using var desk = catalog.Rest("librarian", "RAD");
        var ana = await catalog.ReaderAsync();
        var record = await catalog.RecordAsync();
        var barcode = await catalog.ItemAsync(record: record);
        var loan = await catalog.LentAsync(ana, barcode);
        await catalog.WasDueAsync(loan, 30);
        var loss = (await desk.DeclareLostAsync(loan)).Succeeded().Text("name");
        await catalog.DeclaredDaysAgoAsync(loss, 20); // ten days late then
        var (fresh, key) = (Stock.NewBarcode(), Guid.NewGuid().ToString("N"));
        var settled = (await desk.SendAsync($"{loss}:replace", new { branch = "RAD", newBarcode = fresh }, key)).Succeeded();
        Assert.Equal(("REPLACED", fresh, catalog.Clock.Today.Iso()), (settled.Text("state"), settled.Text("newBarcode"), settled.Text("endedOn")));
        Assert.Equal(["FINE 300", "REPROCESSING 600"], Charges(settled));
        Assert.Equal(900L, await catalog.PendingAsync(ana));
        Assert.Equal(settled.Body.ToString(), (await desk.SendAsync($"{loss}:replace", new { branch = "RAD", newBarcode = fresh }, key)).Succeeded().Body.ToString());

        var item = (await desk.AskAsync($"items/{fresh}")).Succeeded();
        Assert.Equal((record, "AVAILABLE", "GIFT", 1500), (item.Text("record"), item.Text("state"), item.Text("acquisition"), item.Number("priceMinor")));
        Assert.NotEqual((await desk.AskAsync($"items/{barcode}")).Text("accessionNumber"), item.Text("accessionNumber"));
        Assert.Equal("LOST", (await desk.AskAsync($"items/{barcode}")).Text("state"));
        Assert.Equal(["REPLACES", "CREATED"], await KindsAsync(desk, fresh));
        Assert.Equal(["REPLACED", "LOST", "LENT", "CREATED"], await KindsAsync(desk, barcode)); // it never came back

        // each charge bears the list that it was priced by, and what is told adds up
        var told = await catalog.LastToldAsync<LossSettled>(loss);
        Assert.Equal(("REPLACED", 900, ana.Name), (told.Outcome, told.Charges.Sum(charge => charge.AmountMinor), told.Member));
        Assert.All(told.Charges, charge => Assert.Equal((charge.AmountMinor, "2024", loan), (charge.Lines.Sum(line => line.AmountMinor), charge.Lines[0].TariffVersion, charge.Subject)));
    }

    [Fact]
    public async Task The_replacement_of_a_kit_has_its_units_goes_home_and_serves_who_waits_art_42()
    {
        var catalog = own.Host;
        using var desk = catalog.Rest("librarian");
        var record = await catalog.RecordAsync();
        var barcode = await catalog.ItemAsync("BLE", record, material: "STORY_SUITCASE", units: 3);
        var ana = await catalog.ReaderAsync();
        var loan = await catalog.LentAsync(ana, barcode, "BLE");
        var hold = (await desk.SendAsync("holds", new { record, member = (await catalog.ReaderAsync()).Name, pickupBranch = "BLE" })).Succeeded();
        var declared = (await desk.DeclareLostAsync(loan)).Succeeded();
        Assert.Equal((0, 0, 1800, 1800, "2024"), Cost(declared, "replacement"));
        Assert.Equal((0, 9000, 0, 9000, "2024"), Cost(declared, "compensation"));
        var (fresh, taken) = (Stock.NewBarcode(), await catalog.ItemAsync());
        Assert.Equal("ALREADY_EXISTS", (await desk.SendAsync($"{declared.Text("name")}:replace", new { branch = "RAD", newBarcode = taken })).Reason);
        Assert.Equal("OPEN", (await desk.AskAsync(declared.Text("name"))).Text("state"));
        (await desk.SendAsync($"{declared.Text("name")}:replace", new { branch = "RAD", newBarcode = fresh })).Succeeded();
        var item = (await desk.AskAsync($"items/{fresh}")).Succeeded();
        Assert.Equal(("IN_TRANSIT", "BLE", 3L), (item.Text("state"), item.Text("branch"), item.Number("units")));
        var arrived = (await desk.ReturnAsync(fresh, "BLE")).Succeeded();
        Assert.Equal(("HOLD_SHELF", hold.Text("name")), (arrived.Text("next"), arrived.Text("hold")));
    }

    [Fact]
    public async Task Who_cannot_replace_pays_the_least_or_the_assessed_higher_value_art_42()
    {
        var catalog = own.Host;
        using var desk = catalog.Rest("librarian", "RAD");
        var ana = await catalog.ReaderAsync();
        async Task<string> LostAsync(string material = "BOOK")
        {
            var loan = await catalog.LentAsync(ana, await catalog.ItemAsync(material: material));
            return (await desk.DeclareLostAsync(loan)).Succeeded().Text("name");
        }

        var issue = await LostAsync("SERIAL_ISSUE");
        Assert.Equal(["COMPENSATION 500"], Charges((await desk.SendAsync($"{issue}:compensate", new { branch = "RAD" })).Succeeded()));
        var loss = await LostAsync();
        Assert.Equal(["reason:REQUIRED"], (await desk.SendAsync($"{loss}:compensate", new { branch = "RAD", assessedMinor = 4500 })).Violations);
        Assert.Equal(["reason:FORBIDDEN"], (await desk.SendAsync($"{loss}:compensate", new { branch = "RAD", reason = "RARE" })).Violations);
        var low = await desk.SendAsync($"{loss}:compensate", new { branch = "RAD", assessedMinor = 2999, reason = "RARE" });
        Assert.Equal(("ASSESSED_TOO_LOW", "3000", "20000"), (low.Reason, low.Metadata("leastMinor"), low.Metadata("mostMinor")));
        Assert.Equal("ASSESSED_TOO_HIGH", (await desk.SendAsync($"{loss}:compensate", new { branch = "RAD", assessedMinor = 20001, reason = "RARE" })).Reason);
        Assert.Equal(0L, await catalog.ScalarAsync<long>("SELECT count(*) FROM loss_charge WHERE loss = $1", Id(loss)));
        var paid = (await desk.SendAsync($"{loss}:compensate", new { branch = "RAD", assessedMinor = 4500, reason = "OUT_OF_PRINT" })).Succeeded();
        Assert.Equal(("COMPENSATED", 4500, "OUT_OF_PRINT"), (paid.Text("state"), paid.Number("assessedMinor"), paid.Text("assessedReason")));
        Assert.Equal(["COMPENSATION 4500"], Charges(paid));
        var line = Assert.Single((await catalog.LastToldAsync<LossSettled>(loss)).Charges).Lines.Single();
        Assert.Equal(("compensation.assessed", 1, 4500L, "art. 42"), (line.PriceCode, line.Count, line.UnitMinor, line.Article));

        Assert.Equal("LOSS_ENDED", (await desk.SendAsync($"{loss}:compensate", new { branch = "RAD" })).Reason);
        Assert.Equal("LOSS_ENDED", (await desk.SendAsync($"{loss}:replace", new { branch = "RAD" })).Reason);
        Assert.Equal("LOAN_ENDED", (await desk.DeclareLostAsync(paid.Text("loan"))).Reason);
        var ended = (await desk.AskAsync($"{paid.Text("loan")}?purpose=DISPUTE")).Succeeded();
        Assert.Equal(("RETURNED", true), (ended.Text("state"), ended.Body.GetProperty("lost").GetBoolean()));
    }

    [Fact]
    public async Task After_the_two_months_the_fine_runs_on_until_all_is_settled_art_42()
    {
        var catalog = own.Host;
        using var desk = catalog.Rest("librarian", "RAD", "en");
        var ana = await catalog.ReaderAsync();
        var (loan, today) = (await catalog.LentAsync(ana), catalog.Clock.Today);
        await catalog.WasDueAsync(loan, 100);
        var loss = (await desk.DeclareLostAsync(loan)).Succeeded().Text("name");
        await catalog.DeclaredDaysAgoAsync(loss, 90); // ten days late then
        var until = today.PlusDays(-100).PlusMonths(2);
        var days = 10 + Period.DaysBetween(until, today);
        var explained = (await desk.AskAsync($"{loan}:explain")).Succeeded().Body.GetProperty("loss");
        Assert.Contains("since then the fine runs on", explained.GetProperty("text").GetString(), StringComparison.Ordinal);
        var settled = (await desk.SendAsync($"{loss}:compensate", new { branch = "RAD" })).Succeeded();
        Assert.Equal(["COMPENSATION 3000", $"FINE {days * 30}"], Charges(settled));
        // the loan keeps its fine, and explains it by the case
        Assert.Equal(days * 30L, await catalog.ScalarAsync<long>("SELECT fine_minor FROM loan WHERE id = $1", Id(loan)));
        var fine = (await desk.AskAsync($"{loan}:explain?purpose=DISPUTE")).Succeeded().Body.GetProperty("fine");
        Assert.Equal((days * 30L, 2), (fine.GetProperty("amountMinor").GetInt64(), fine.GetProperty("lines").GetArrayLength()));
    }

    [Fact]
    public async Task What_was_declared_lost_is_no_overdue_material_until_the_two_months_are_over_art_42()
    {
        var catalog = own.Host;
        using var desk = catalog.Rest("librarian", "RAD");
        var ana = await catalog.ReaderAsync();
        var loan = await catalog.LentAsync(ana);
        await catalog.WasDueAsync(loan, 20);
        var monday = catalog.Clock.Today.Next(IsoDayOfWeek.Monday);
        await Job<RemindMembers>(catalog).RunAsync(monday, TestContext.Current.CancellationToken);
        Assert.Equal(1, await catalog.ToldAsync<ReminderDue>(ana.Name));
        await catalog.ExecuteAsync("DELETE FROM pending_charge WHERE member = $1", ana.Id); // paid
        (await desk.DeclareLostAsync(loan)).Succeeded();
        Assert.Equal(0, await catalog.ScalarAsync<int>("SELECT level FROM reminder_spell WHERE member = $1", ana.Id));
        await Job<RemindMembers>(catalog).RunAsync(monday.PlusDays(7), TestContext.Current.CancellationToken);
        Assert.Equal(1, await catalog.ToldAsync<ReminderDue>(ana.Name));
        using var channel = catalog.Grpc("notifications");
        var told = await new V1.CatalogDirectory.CatalogDirectoryClient(channel).GetLoansOfAsync(new V1.GetLoansOfRequest { Member = ana.Name });
        Assert.False(Assert.Single(told.Loans).Overdue);

        // on the day after the two months it is again, and the count begins anew
        var after = catalog.Clock.Today.PlusDays(-20).PlusMonths(2).PlusDays(1);
        await Job<TellOverdue>(catalog).RunAsync(after.PlusDays(-1), TestContext.Current.CancellationToken);
        Assert.Equal(0, await catalog.ToldAsync<LoanBecameOverdue>(loan));
        await Job<TellOverdue>(catalog).RunAsync(after, TestContext.Current.CancellationToken);
        Assert.Equal(1, await catalog.ToldAsync<LoanBecameOverdue>(loan));
        var next = after.DayOfWeek == IsoDayOfWeek.Monday ? after : after.Next(IsoDayOfWeek.Monday);
        await Job<RemindMembers>(catalog).RunAsync(next, TestContext.Current.CancellationToken);
        Assert.Equal((2, 1), (await catalog.ToldAsync<ReminderDue>(ana.Name), await catalog.ScalarAsync<int>("SELECT level FROM reminder_spell WHERE member = $1", ana.Id)));
    }

    [Fact]
    public async Task Handed_in_after_all_it_is_an_ordinary_return_art_42()
    {
        var catalog = own.Host;
        using var desk = catalog.Rest("librarian", "RAD");
        var ana = await catalog.ReaderAsync();
        var barcode = await catalog.ItemAsync();
        var loan = await catalog.LentAsync(ana, barcode);
        await catalog.WasDueAsync(loan, 9);
        var loss = (await desk.DeclareLostAsync(loan)).Succeeded().Text("name");
        await catalog.DeclaredDaysAgoAsync(loss, 5);
        Assert.Equal("ITEM_ON_LOAN", (await desk.SendAsync($"items/{barcode}:mark", new { branch = "RAD", mark = "FOUND" })).Reason); // bound to the loan
        var back = (await desk.ReturnAsync(barcode)).Succeeded();
        Assert.Equal((loan, 270, "SHELVE"), (back.Text("loan"), back.Number("fineMinor"), back.Text("next")));
        var ended = (await desk.AskAsync(loss)).Succeeded();
        Assert.Equal(("RETURNED", catalog.Clock.Today.Iso(), 0), (ended.Text("state"), ended.Text("endedOn"), ended.Body.GetProperty("charges").GetArrayLength()));
        Assert.Equal((270L, 1L), (await catalog.PendingAsync(ana), await catalog.ToldAsync<ItemReturned>(loan)));
        Assert.Equal("RETURNED", (await catalog.LastToldAsync<LossSettled>(loss)).Outcome);
        Assert.Equal("LOSS_ENDED", (await desk.SendAsync($"{loss}:compensate", new { branch = "RAD" })).Reason);
        // it is lent again, and lost again
        var second = await catalog.LentAsync(await catalog.ReaderAsync(), barcode);
        Assert.Equal("OPEN", (await desk.DeclareLostAsync(second)).Succeeded().Text("state"));
    }

    [Fact]
    public async Task A_lost_copy_is_not_counted_as_returned_and_loans_and_facts_agree()
    {
        var catalog = own.Host;
        using var desk = catalog.Rest("librarian", "SRV");
        using var admin = catalog.Rest("admin");
        var today = catalog.Clock.Today.Iso();
        async Task<long> ReturnsAsync() => await catalog.ScalarAsync<long>(
            "SELECT coalesce(sum(count), 0)::bigint FROM (SELECT count, kind, branch FROM circulation_fact UNION ALL SELECT count, kind, branch FROM circulation_day) c WHERE kind = 'RETURN' AND branch = 'SRV'");
        var before = await ReturnsAsync();
        var loan = await catalog.LentAsync(await catalog.ReaderAsync(), await catalog.ItemAsync("SRV"), "SRV");
        var loss = (await desk.DeclareLostAsync(loan, "SRV")).Succeeded().Text("name");
        (await desk.SendAsync($"{loss}:compensate", new { branch = "SRV" })).Succeeded();
        Assert.Equal(before, await ReturnsAsync());
        var agree = (await admin.AskAsync($"circulationStatistics:reconcile?from={today}&to={today}")).Succeeded();
        Assert.Equal(agree.Number("loans"), agree.Number("counted"));
    }

    [Fact]
    public async Task Who_waits_for_a_lost_copy_waits_for_another_and_who_waits_for_it_alone_goes_on_waiting_art_33()
    {
        var catalog = own.Host;
        using var desk = catalog.Rest("librarian");
        var record = await catalog.RecordAsync();
        var lost = await catalog.ItemAsync(record: record);
        var loan = await catalog.LentAsync(await catalog.ReaderAsync(), lost);
        var hold = (await desk.SendAsync("holds", new { record, member = (await catalog.ReaderAsync()).Name, pickupBranch = "RAD" })).Succeeded();
        (await desk.DeclareLostAsync(loan)).Succeeded();
        var other = await catalog.ItemAsync(record: record);
        Assert.Equal(other, (await desk.AskAsync(hold.Text("name"))).Text("barcode"));
    }

    [Fact]
    public async Task Declared_lost_it_is_neither_written_off_nor_found_by_a_stocktaking()
    {
        var catalog = own.Host;
        using var desk = catalog.Rest("librarian", "KRO");
        using var admin = catalog.Rest("admin");
        var barcode = await catalog.ItemAsync("KRO");
        var loan = await catalog.LentAsync(await catalog.ReaderAsync(), barcode, "KRO");
        var loss = (await desk.DeclareLostAsync(loan, "KRO")).Succeeded().Text("name");
        var list = (await admin.SendAsync("writeOffs", new { branch = "KRO" })).Succeeded().Text("name");
        var added = await admin.SendAsync($"{list}:add", new { barcodes = new[] { barcode }, reason = "LOST" });
        Assert.Contains("ITEM_ON_LOAN", added.Body.ToString(), StringComparison.Ordinal);
        // once it is settled the commission may give it up
        (await desk.SendAsync($"{loss}:compensate", new { branch = "KRO" })).Succeeded();
        var settled = await admin.SendAsync($"{list}:add", new { barcodes = new[] { barcode }, reason = "LOST" });
        Assert.DoesNotContain("ITEM_ON_LOAN", settled.Succeeded().Body.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_partners_copy_is_settled_and_goes_to_the_partner_art_34()
    {
        var catalog = own.Host;
        using var desk = catalog.Rest("librarian");
        var barcode = await catalog.ItemAsync();
        await catalog.ExecuteAsync("UPDATE item SET lender_due_on = $2, collection = 'INTERLIBRARY' WHERE barcode = $1", barcode, catalog.Clock.Today.PlusDays(60));
        var loan = await catalog.LentAsync(await catalog.ReaderAsync(), barcode);
        var loss = (await desk.DeclareLostAsync(loan)).Succeeded().Text("name");
        Assert.Equal("COPY_OF_PARTNER", (await desk.SendAsync($"{loss}:replace", new { branch = "RAD", newBarcode = Stock.NewBarcode() })).Reason);
        Assert.Equal("REPLACED", (await desk.SendAsync($"{loss}:replace", new { branch = "RAD" })).Succeeded().Text("state"));
    }

    [Fact]
    public async Task Cases_are_listed_newest_first_by_branch_and_state_in_pages()
    {
        var catalog = own.Host;
        using var desk = catalog.Rest("librarian", "STF");
        using var accountant = catalog.Rest("accountant");
        var names = new List<string>();
        for (var number = 0; number < 3; number++)
        {
            var loan = await catalog.LentAsync(await catalog.ReaderAsync(), await catalog.ItemAsync("STF"), "STF");
            names.Insert(0, (await desk.DeclareLostAsync(loan, "STF")).Succeeded().Text("name"));
        }
        (await desk.SendAsync($"{names[1]}:replace", new { branch = "STF" })).Succeeded();
        var first = (await accountant.AskAsync("losses?branch=STF&pageSize=2")).Succeeded();
        var second = (await accountant.AskAsync($"losses?branch=STF&pageSize=2&pageToken={first.Text("nextPageToken")}")).Succeeded();
        Assert.Equal(names, [.. Names(first), .. Names(second)]);
        Assert.Equal([names[0], names[2]], Names((await accountant.AskAsync("losses?branch=STF&state=OPEN")).Succeeded()));
        Assert.Equal([names[1]], Names((await accountant.AskAsync("losses?branch=STF&state=REPLACED")).Succeeded()));
        Assert.Equal(["branch:UNKNOWN", "pageSize:RANGE"], (await accountant.AskAsync("losses?branch=NOWHERE&pageSize=201")).Violations);
        using var organiser = catalog.Rest("organiser");
        Assert.Equal(HttpStatusCode.Forbidden, (await organiser.AskAsync("losses")).Status);

        static IEnumerable<string> Names(Answer page) => page.Body.GetProperty("losses").EnumerateArray().Select(loss => loss.GetProperty("name").GetString()!);
    }

    [Fact]
    public async Task Two_desks_settle_one_case_once_and_charge_once_art_42()
    {
        var catalog = own.Host;
        using var desk = catalog.Rest("librarian", "RAD");
        for (var round = 0; round < 5; round++)
        {
            var ana = await catalog.ReaderAsync();
            var loan = await catalog.LentAsync(ana);
            await catalog.WasDueAsync(loan, 10);
            var loss = (await desk.DeclareLostAsync(loan)).Succeeded().Text("name");
            var answers = await Task.WhenAll(
                desk.SendAsync($"{loss}:replace", new { branch = "RAD", newBarcode = Stock.NewBarcode() }), desk.SendAsync($"{loss}:compensate", new { branch = "RAD" }),
                desk.SendAsync($"{loss}:replace", new { branch = "RAD" }), desk.SendAsync($"{loss}:compensate", new { branch = "RAD", assessedMinor = 5000, reason = "RARE" }));
            var settled = Assert.Single(answers, answer => answer.Status == HttpStatusCode.OK);
            Assert.All(answers.Where(answer => answer != settled), answer => Assert.Equal("LOSS_ENDED", answer.Reason));
            Assert.Equal(Charges(settled).Sum(charge => long.Parse(charge.Split(' ')[1], null)), await catalog.PendingAsync(ana));
            Assert.Equal(1, await catalog.ToldAsync<LossSettled>(loss));
        }
    }

    [Fact]
    public async Task Declared_lost_and_handed_in_at_one_instant_one_comes_before_the_other_art_42()
    {
        var catalog = own.Host;
        using var desk = catalog.Rest("librarian", "RAD");
        for (var round = 0; round < 8; round++)
        {
            var ana = await catalog.ReaderAsync();
            var barcode = await catalog.ItemAsync();
            var loan = await catalog.LentAsync(ana, barcode);
            await catalog.WasDueAsync(loan, 10);
            var answers = await Task.WhenAll(desk.DeclareLostAsync(loan), desk.ReturnAsync(barcode), desk.DeclareLostAsync(loan));
            answers[1].Succeeded();
            Assert.All([answers[0], answers[2]], answer => Assert.True(answer.Status == HttpStatusCode.OK || answer.Reason is "LOAN_ENDED" or "LOSS_DECLARED", answer.Body.ToString()));
            Assert.Equal("AVAILABLE", (await desk.AskAsync($"items/{barcode}")).Text("state"));
            Assert.Equal(0L, await catalog.ScalarAsync<long>("SELECT count(*) FROM loss WHERE loan = $1 AND state = 'OPEN'", Id(loan)));
            Assert.Equal((300L, 1L), (await catalog.PendingAsync(ana), await catalog.ToldAsync<ItemReturned>(loan)));
        }
    }

    [Fact]
    public async Task The_database_lets_in_one_open_case_a_loan_and_one_charge_a_kind()
    {
        var catalog = own.Host;
        using var desk = catalog.Rest("librarian", "RAD");
        var loan = await catalog.LentAsync(await catalog.ReaderAsync());
        var loss = (await desk.DeclareLostAsync(loan)).Succeeded().Text("name");
        var second = await Assert.ThrowsAsync<Npgsql.PostgresException>(() => catalog.ExecuteAsync(
            "INSERT INTO loss (id, loan, barcode, branch, cause, state, declared_at, declared_on, stopped_on, replace_until) SELECT gen_random_uuid(), loan, barcode, branch, cause, state, declared_at, declared_on, stopped_on, replace_until FROM loss WHERE id = $1", Id(loss)));
        Assert.Equal("loss_one_open_per_loan", second.ConstraintName);
        (await desk.SendAsync($"{loss}:compensate", new { branch = "RAD" })).Succeeded();
        var twice = await Assert.ThrowsAsync<Npgsql.PostgresException>(() => catalog.ExecuteAsync(
            "INSERT INTO loss_charge (loss, kind, charge, amount_minor) SELECT loss, kind, gen_random_uuid(), amount_minor FROM loss_charge WHERE loss = $1", Id(loss)));
        Assert.Equal("loss_is_charged_once_by_kind", twice.ConstraintName);
    }

    [Fact]
    public async Task A_settled_loss_forgets_its_reader_as_a_return_does_art_21()
    {
        var catalog = own.Host;
        using var desk = catalog.Rest("librarian", "RAD");
        var ana = await catalog.ReaderAsync();
        var loan = await catalog.LentAsync(ana);
        var loss = (await desk.DeclareLostAsync(loan)).Succeeded().Text("name");
        (await desk.SendAsync($"{loss}:replace", new { branch = "RAD" })).Succeeded();
        async Task ForgetAsync() => await Job<ForgetReaders>(catalog).RunAsync(catalog.Clock.Today.PlusDays(400), TestContext.Current.CancellationToken);
        await ForgetAsync();
        Assert.Equal(1L, await LinksAsync());
        await catalog.ExecuteAsync("DELETE FROM pending_charge WHERE member = $1", ana.Id); // paid
        await ForgetAsync();
        Assert.Equal(0L, await LinksAsync());

        Task<long> LinksAsync() => catalog.ScalarAsync<long>("SELECT count(*) FROM loan WHERE member = $1", ana.Id);
    }

    private static (long Fine, long Compensation, long Reprocessing, long Total, string Tariff) Cost(Answer loss, string way)
    {
        var cost = loss.Body.GetProperty(way);
        long Minor(string field) => cost.TryGetProperty(field, out var value) ? value.GetInt64() : 0;
        return (Minor("fineMinor"), Minor("compensationMinor"), Minor("reprocessingMinor"), Minor("totalMinor"), cost.GetProperty("tariffVersion").GetString()!);
    }

    private static string[] Charges(Answer loss) =>
        [.. loss.Body.GetProperty("charges").EnumerateArray().Select(charge => $"{charge.GetProperty("kind").GetString()} {charge.GetProperty("amountMinor").GetInt64()}")];

    private static async Task<IEnumerable<string>> KindsAsync(HttpClient desk, string barcode) =>
        (await desk.AskAsync($"items/{barcode}/history")).Succeeded().Body.GetProperty("history").EnumerateArray().Select(entry => entry.GetProperty("kind").GetString()!);

    private static Guid Id(string name) => Guid.Parse(name[(name.IndexOf('/', StringComparison.Ordinal) + 1)..]);

    private static string Day(LocalDate day) => day.ToString("d. M. uuuu", System.Globalization.CultureInfo.InvariantCulture);

    private static T Job<T>(TestHost catalog) where T : IPeriodicJob => catalog.Get<IEnumerable<IPeriodicJob>>().OfType<T>().Single();
}

/// <summary>Losses and what they cost, where a test needs them.</summary>
public static class Losses
{
    public static Task<Answer> DeclareLostAsync(this HttpClient client, string loan, string branch = "RAD") => client.SendAsync($"{loan}:declareLost", new { branch });

    /// <summary>Makes a loss have been declared some days ago.</summary>
    public static Task<int> DeclaredDaysAgoAsync(this TestHost catalog, string loss, int days) => catalog.ExecuteAsync(
        "UPDATE loss SET declared_on = $2, stopped_on = $2 WHERE id = $1", Guid.Parse(loss["losses/".Length..]), catalog.Clock.Today.PlusDays(-days));

    /// <summary>What was told of an aggregate last.</summary>
    public static async Task<T> LastToldAsync<T>(this TestHost catalog, string aggregate) => JsonSerializer.Deserialize<T>(
        await catalog.ScalarAsync<string>("SELECT body FROM outbox WHERE type = $1 AND aggregate = $2 ORDER BY position DESC LIMIT 1", typeof(T).FullName!, aggregate),
        JsonSerializerOptions.Web)!;
}
