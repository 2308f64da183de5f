using System.Net;
using System.Text.Json;
using Library.Catalog.Messages;
using Library.Contracts;
using Library.Testing;

namespace Library.Catalog.Service.Tests;

/// <summary>From a suggestion to an invoice: what is ordered, came and is owed agrees to the copy and to the cent.</summary>
public sealed class AcquisitionsTests(CatalogNetwork network)
{
    // --- suggestions ---

    [Fact]
    public async Task A_member_sees_their_own_suggestions_and_nobody_elses()
    {
        var catalog = await network.HostAsync();
        var (ana, jan) = (await catalog.ReaderAsync(), await catalog.ReaderAsync());
        using var anas = catalog.RestAsMember(ana.Name);
        using var jans = catalog.RestAsMember(jan.Name);
        using var desk = catalog.Rest("librarian");
        var hers = (await anas.SendAsync("suggestions", Suggestion("Belo se pere na devetdeset"))).Succeeded();
        Assert.Equal(("SUGGESTED", ana.Name, "9789610145578"), (hers.Text("state"), hers.Text("member"), hers.Text("isbn")));
        var his = (await jans.SendAsync("suggestions", Suggestion("Figa"))).Succeeded().Text("name");
        Assert.Equal([hers.Text("name")], await NamesAsync(anas, "suggestions"));
        Assert.Equal(HttpStatusCode.NotFound, (await anas.AskAsync(his)).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await anas.AskAsync($"suggestions?member={jan.Name}")).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await anas.SendAsync("suggestions", Suggestion("Figa", jan.Name))).Status);
        Assert.Equal(HttpStatusCode.Forbidden, (await anas.SendAsync($"{his}:accept", new { })).Status);
        Assert.Equal([his], await NamesAsync(desk, $"suggestions?member={jan.Name}"));
        Assert.Equal("", (await desk.SendAsync("suggestions", Suggestion("Naša ideja"))).Succeeded().Text("member"));
        Assert.Equal(["title:REQUIRED", "isbn:FORMAT", "material:REQUIRED", "branch:UNKNOWN"], (await anas.SendAsync("suggestions", new { isbn = "123", branch = "XYZ" })).Violations);
    }

    [Fact]
    public async Task Ten_suggestions_at_once_leave_a_member_with_five_and_a_decided_one_makes_room()
    {
        var catalog = await network.HostAsync();
        var ana = await catalog.ReaderAsync();
        using var anas = catalog.RestAsMember(ana.Name);
        using var desk = catalog.Rest("librarian");
        var answers = await Task.WhenAll(Enumerable.Range(0, 10).Select(number => anas.SendAsync("suggestions", Suggestion($"Knjiga {number}"))));
        Assert.Equal(5, answers.Count(answer => answer.Status == HttpStatusCode.OK));
        Assert.All(answers.Where(answer => answer.Status != HttpStatusCode.OK), answer => Assert.Equal(("SUGGESTION_LIMIT", "5"), (answer.Reason, answer.Metadata("limit"))));
        Assert.Equal(5, await catalog.ScalarAsync<long>("SELECT count(*) FROM suggestion WHERE member = $1", ana.Id));

        var first = answers.First(answer => answer.Status == HttpStatusCode.OK).Text("name");
        Assert.Equal(["reason:REQUIRED"], (await desk.SendAsync($"{first}:decline", new { })).Violations);
        var declined = (await desk.SendAsync($"{first}:decline", new { reason = "OUT_OF_SCOPE" })).Succeeded();
        Assert.Equal(("DECLINED", "OUT_OF_SCOPE"), (declined.Text("state"), declined.Text("reason")));
        Assert.Equal("SUGGESTION_STATE", (await desk.SendAsync($"{first}:accept", new { })).Reason);
        (await anas.SendAsync("suggestions", Suggestion("Šesta"))).Succeeded();
    }

    [Fact]
    public async Task An_erased_members_suggestions_stay_without_the_member()
    {
        var catalog = await network.HostAsync();
        var ana = await catalog.ReaderAsync();
        using var anas = catalog.RestAsMember(ana.Name);
        using var desk = catalog.Rest("librarian");
        var suggestion = (await anas.SendAsync("suggestions", Suggestion("Figa"))).Succeeded().Text("name");
        await catalog.PublishAsync(Stock.Snapshot(ana, 2, ana.Card) with { State = "ERASED" });
        await Eventually.IsTrueAsync(async () => (await desk.AskAsync(suggestion)).Text("member").Length == 0, "the suggestion is nobody's");
        Assert.Equal("SUGGESTED", (await desk.AskAsync(suggestion)).Text("state"));
        Assert.Equal(0, await catalog.ScalarAsync<long>("SELECT count(*) FROM suggestion WHERE member = $1", ana.Id));
    }

    [Fact]
    public async Task A_suggestion_goes_with_its_order_line_until_the_book_is_here()
    {
        var catalog = await network.HostAsync();
        using var desk = catalog.Rest("librarian");
        var ana = await catalog.ReaderAsync();
        using var anas = catalog.RestAsMember(ana.Name);
        var suggestion = (await anas.SendAsync("suggestions", Suggestion("Figa"))).Succeeded().Text("name");
        var (supplier, fund) = (await desk.SupplierAsync(), await catalog.FundAsync());
        var draft = new { title = "Figa", authors = "Goran Vojnović", year = 2016 };
        object Body() => new { supplier, lines = new[] { Line(fund, draft: draft, suggestion: suggestion) } };
        Assert.Equal("SUGGESTION_STATE", (await desk.SendAsync("orders", Body())).Reason);
        (await desk.SendAsync($"{suggestion}:accept", new { })).Succeeded();

        // two orders that answer one suggestion at once: one of them is refused
        var orders = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => desk.SendAsync("orders", Body())));
        Assert.Equal(3, orders.Count(order => order.Status != HttpStatusCode.OK && order.Reason == "SUGGESTION_STATE"));
        var first = orders.Single(order => order.Status == HttpStatusCode.OK).Text("name");
        Assert.Equal("SUGGESTION_STATE", (await desk.SendAsync($"{suggestion}:decline", new { reason = "NO_BUDGET" })).Reason);
        (await desk.SendAsync($"{first}:send", new { })).Succeeded();
        Assert.Equal("ORDERED", (await anas.AskAsync(suggestion)).Text("state"));
        Assert.Equal("SUGGESTION_STATE", (await desk.SendAsync($"{suggestion}:accept", new { })).Reason);
        (await desk.SendAsync($"{first}/lines/1:cancel", new { })).Succeeded();
        Assert.Equal("ACCEPTED", (await anas.AskAsync(suggestion)).Text("state"));

        var second = (await desk.SendAsync("orders", Body())).Succeeded().Text("name");
        (await desk.SendAsync($"{second}:send", new { })).Succeeded();
        Assert.Equal("RECORD_NEEDED", (await ArriveAsync(desk, second, 1, "RAD", Stock.NewBarcode())).Reason);
        var record = await catalog.RecordAsync("Figa");
        var arrived = (await desk.SendAsync($"{second}/lines/1:receive", new { branch = "RAD", barcodes = new[] { Stock.NewBarcode() }, record })).Succeeded();
        Assert.Equal(record, arrived.Body.GetProperty("lines")[0].GetProperty("record").GetString());
        Assert.Equal("ARRIVED", (await anas.AskAsync(suggestion)).Text("state"));
        Assert.Equal(1, (await desk.AskAsync(record)).Number("copiesTotal"));
    }

    // --- orders and arrivals ---

    [Fact]
    public async Task An_order_is_sent_once_comes_in_parts_and_Finance_is_told_to_the_cent()
    {
        var catalog = await network.HostAsync();
        using var desk = catalog.Rest("librarian");
        var (record, fund) = (await catalog.RecordAsync(), await catalog.FundAsync());
        // 24.99 less 25 % is 18.74 a copy
        var order = await OrderedAsync(desk, Line(fund, record, priceMinor: 24_99, discount: 2_500, copies: [("RAD", 3), ("BLE", 1)]));
        Assert.Equal((4 * 18_74, "DRAFT"), (order.Number("totalMinor"), order.Text("state")));
        Assert.Equal("ORDER_NOT_SENT", (await ArriveAsync(desk, order.Text("name"), 1, "RAD", Stock.NewBarcode())).Reason);
        var sends = await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => desk.SendAsync($"{order.Text("name")}:send", new { })));
        Assert.Single(sends, answer => answer.Status == HttpStatusCode.OK);
        Assert.Equal(2, sends.Count(answer => answer.Status != HttpStatusCode.OK && answer.Reason == "ORDER_SENT"));
        var placed = Assert.Single(await ToldAsync<OrderPlaced>(catalog, order.Text("name")));
        Assert.Equal([("BLE", "Bled", 1, 18_74L, fund, "BOOK"), ("RAD", "Radovljica", 3, 56_22L, fund, "BOOK")],
            placed.Shares.Select(share => (share.Branch, share.Municipality, share.Copies, share.AmountMinor, share.Fund, share.Material)));

        var barcode = Stock.NewBarcode();
        var part = (await ArriveAsync(desk, order.Text("name"), 1, "RAD", barcode)).Succeeded();
        Assert.Equal((0, 1), Copies(part, "RAD", copies => (copies.GetProperty("invoiced").GetInt32(), copies.GetProperty("arrived").GetInt32())));
        var item = (await desk.AskAsync($"items/{barcode}")).Succeeded();
        Assert.Equal((record, "RAD", 18_74, "PURCHASE", "AVAILABLE"),
            (item.Text("record"), item.Text("branch"), item.Number("priceMinor"), item.Text("acquisition"), item.Text("state")));
        (await ArriveAsync(desk, order.Text("name"), 1, "RAD", Stock.NewBarcode(), Stock.NewBarcode())).Succeeded();
        Assert.Equal("ARRIVAL_EXCEEDS_ORDER", (await ArriveAsync(desk, order.Text("name"), 1, "RAD", Stock.NewBarcode())).Reason);
        Assert.Equal([18_74L, 37_48L], (await ToldAsync<OrderLineArrived>(catalog, order.Text("name"))).Select(told => told.Share.AmountMinor));
        Assert.Contains(order.Text("name"), await NamesAsync(desk, "orders?outstanding=true&pageSize=50", order.Text("supplier")));

        var cancelled = (await desk.SendAsync($"{order.Text("name")}/lines/1:cancel", new { })).Succeeded();
        Assert.Equal(56_22, cancelled.Number("totalMinor"));
        Assert.Equal("NOTHING_TO_CANCEL", (await desk.SendAsync($"{order.Text("name")}/lines/1:cancel", new { })).Reason);
        Assert.Equal("ARRIVAL_EXCEEDS_ORDER", (await ArriveAsync(desk, order.Text("name"), 1, "BLE", Stock.NewBarcode())).Reason);
        Assert.Equal([("BLE", 18_74L)], Assert.Single(await ToldAsync<OrderLineCancelled>(catalog, order.Text("name"))).Shares.Select(share => (share.Branch, share.AmountMinor)));
        Assert.DoesNotContain(order.Text("name"), await NamesAsync(desk, "orders?outstanding=true&pageSize=50", order.Text("supplier")));
    }

    [Fact]
    public async Task Two_desks_receiving_the_last_copy_make_one_item()
    {
        var catalog = await network.HostAsync();
        using var desk = catalog.Rest("librarian");
        for (var round = 0; round < 5; round++)
        {
            var record = await catalog.RecordAsync();
            var order = await SentAsync(desk, Line(await catalog.FundAsync(), record));
            var answers = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => ArriveAsync(desk, order, 1, "RAD", Stock.NewBarcode())));
            Assert.Single(answers, answer => answer.Status == HttpStatusCode.OK);
            Assert.Equal(3, answers.Count(answer => answer.Status != HttpStatusCode.OK && answer.Reason == "ARRIVAL_EXCEEDS_ORDER"));
            Assert.Equal(1, await catalog.ScalarAsync<long>("SELECT count(*) FROM item WHERE record = $1", Id(record)));
            Assert.Equal(1, (await desk.AskAsync(record)).Number("copiesTotal"));
            Assert.Single(await ToldAsync<OrderLineArrived>(catalog, order));
        }
    }

    [Fact]
    public async Task An_arrival_with_one_bad_barcode_is_refused_whole()
    {
        var catalog = await network.HostAsync();
        using var desk = catalog.Rest("librarian");
        using var bled = catalog.Rest("librarian", "BLE");
        var record = await catalog.RecordAsync();
        var order = await SentAsync(desk, Line(await catalog.FundAsync(), record, copies: [("RAD", 5)]));
        var good = Stock.NewBarcode();
        var refused = await ArriveAsync(desk, order, 1, "RAD", good, await catalog.ItemAsync());
        Assert.Equal((HttpStatusCode.Conflict, "ALREADY_EXISTS"), (refused.Status, refused.Reason));
        Assert.Equal(HttpStatusCode.NotFound, (await desk.AskAsync($"items/{good}")).Status);
        Assert.Equal(0, Copies((await desk.AskAsync(order)).Succeeded(), "RAD", copies => copies.GetProperty("arrived").GetInt32()));
        Assert.Equal(0, (await desk.AskAsync(record)).Number("copiesTotal"));
        Assert.Empty(await ToldAsync<OrderLineArrived>(catalog, order));

        Assert.Equal("ARRIVAL_EXCEEDS_ORDER", (await ArriveAsync(desk, order, 1, "RAD", [.. Enumerable.Range(0, 6).Select(_ => Stock.NewBarcode())])).Reason);
        Assert.Equal(HttpStatusCode.NotFound, (await ArriveAsync(desk, order, 1, "BLE", Stock.NewBarcode())).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await ArriveAsync(desk, order, 2, "RAD", Stock.NewBarcode())).Status);
        Assert.Equal(HttpStatusCode.Forbidden, (await ArriveAsync(bled, order, 1, "RAD", Stock.NewBarcode())).Status);
        Assert.Equal(["barcodes:FORMAT"], (await ArriveAsync(desk, order, 1, "RAD", good, good)).Violations);
        var key = Guid.NewGuid().ToString("N");
        var body = new { branch = "RAD", barcodes = new[] { good } };
        var first = (await desk.SendAsync($"{order}/lines/1:receive", body, key)).Succeeded();
        Assert.Equal(first.Body.ToString(), (await desk.SendAsync($"{order}/lines/1:receive", body, key)).Succeeded().Body.ToString());
        Assert.Equal(1, (await desk.AskAsync(record)).Number("copiesTotal"));
    }

    [Fact]
    public async Task What_is_wrong_with_an_order_is_named_and_nothing_is_kept()
    {
        var catalog = await network.HostAsync();
        using var desk = catalog.Rest("librarian");
        var (supplier, fund, record) = (await desk.SupplierAsync(), await catalog.FundAsync(), await catalog.RecordAsync());
        var bad = await desk.SendAsync("orders", new
        {
            supplier, lines = new object[]
            {
                new { record, draft = new { title = "" }, material = "BOOK", lending = "LENDABLE", priceMinor = -1, discountBasisPoints = 10_001, fund, copies = new[] { new { branch = "XYZ", count = 0 } } },
                new { material = "BOOK", lending = "LENDABLE", units = 2, fund = "" },
            },
        });
        Assert.Equal(
        [
            "lines[0].copies.branch:UNKNOWN", "lines[0].copies.count:RANGE", "lines[0].discountBasisPoints:RANGE", "lines[0].draft.title:REQUIRED", "lines[0].priceMinor:RANGE",
            "lines[0].record:ONE_OF", "lines[1].copies.size:RANGE", "lines[1].fund:REQUIRED", "lines[1].record:ONE_OF", "lines[1].units:RANGE",
        ], bad.Violations.Order(StringComparer.Ordinal));
        Task<Answer> OrderAsync(string from, object line) => desk.SendAsync("orders", new { supplier = from, lines = new[] { line } });
        Assert.Equal(["supplier:UNKNOWN"], (await OrderAsync($"suppliers/{Guid.NewGuid():D}", Line(fund, record))).Violations);
        Assert.Equal(["lines.fund:UNKNOWN"], (await OrderAsync(supplier, Line("NO-SUCH", record))).Violations);
        Assert.Equal(HttpStatusCode.NotFound, (await OrderAsync(supplier, Line(fund, $"records/{Guid.NewGuid():D}"))).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await OrderAsync(supplier, Line(fund, record, suggestion: $"suggestions/{Guid.NewGuid():D}"))).Status);
        Assert.Equal(["lines[0].copies:FORMAT"], (await OrderAsync(supplier, Line(fund, record, copies: [("RAD", 1), ("RAD", 2)]))).Violations);
        Assert.Equal(0, await catalog.ScalarAsync<long>("SELECT count(*) FROM purchase_order WHERE supplier = $1", Id(supplier)));

        var order = await OrderedAsync(desk, Line(fund, record));
        (await desk.SendAsync($"{order.Text("name")}/lines/1:cancel", new { })).Succeeded();
        Assert.Equal("ORDER_EMPTY", (await desk.SendAsync($"{order.Text("name")}:send", new { })).Reason);
        Assert.Empty(await ToldAsync<OrderLineCancelled>(catalog, order.Text("name")));
        var same = await desk.SendAsync("suppliers", new { displayName = (await desk.AskAsync(supplier)).Text("displayName") });
        Assert.Equal((HttpStatusCode.Conflict, "ALREADY_EXISTS"), (same.Status, same.Reason));
        using var accountant = catalog.Rest("accountant");
        Assert.Equal(HttpStatusCode.Conflict, (await accountant.SendAsync("acquisitionFunds", new { code = fund })).Status);
        Assert.Equal(["municipality:UNKNOWN"], (await accountant.SendAsync("acquisitionFunds", new { code = Desk.New("F"), municipality = "Ljubljana" })).Violations);
        Assert.Equal(HttpStatusCode.Forbidden, (await desk.SendAsync("acquisitionFunds", new { code = Desk.New("F") })).Status);
    }

    // --- invoices ---

    [Fact]
    public async Task An_invoice_that_adds_up_is_taken_once_and_Finance_is_told_who_pays()
    {
        var catalog = await network.HostAsync();
        using var desk = catalog.Rest("librarian");
        var (fund, other) = (await catalog.FundAsync(), await catalog.FundAsync("Bled"));
        var order = await SentAsync(desk, Line(fund, await catalog.RecordAsync(), copies: [("RAD", 2), ("BLE", 1)]));
        var body = Invoice(catalog, await SupplierOfAsync(desk, order), "2026-17", 43_33, 2_89,
            OfOrder(order, "RAD", 2, 28_57, 500, 1_43), OfOrder(order, "BLE", 1, 14_29, 950, 1_36), new { branch = "BLE", fund = other, netMinor = 47, vatBasisPoints = 2_200, vatMinor = 10 });
        var key = Guid.NewGuid().ToString("N");
        var taken = (await desk.SendAsync("supplierInvoices", body, key)).Succeeded();
        Assert.Equal(46_22, taken.Number("totalMinor"));
        Assert.Equal(taken.Body.ToString(), (await desk.SendAsync("supplierInvoices", body, key)).Succeeded().Body.ToString());
        Assert.Equal(taken.Body.ToString(), (await desk.AskAsync(taken.Text("name"))).Succeeded().Body.ToString());
        var told = Assert.Single(await ToldAsync<InvoiceReceived>(catalog, taken.Text("name")));
        Assert.Equal((46_22L, 43_33L, 2_89L, 46_22L), (told.TotalMinor, told.NetMinor, told.VatMinor, told.Shares.Sum(share => share.AmountMinor)));
        Assert.Equal([(fund, "Radovljica", 2, 30_00L, "BOOK"), (fund, "Bled", 1, 15_65L, "BOOK"), (other, "Bled", 0, 57L, "")],
            told.Shares.Select(share => (share.Fund, share.Municipality, share.Copies, share.AmountMinor, share.Material)));
        Assert.Equal(2, Copies((await desk.AskAsync(order)).Succeeded(), "RAD", copies => copies.GetProperty("invoiced").GetInt32()));

        // invoiced before it came: it cannot be cancelled, only received
        Assert.Equal("ORDER_LINE_INVOICED", (await desk.SendAsync($"{order}/lines/1:cancel", new { })).Reason);
        var again = await desk.SendAsync("supplierInvoices", body);
        Assert.Equal((HttpStatusCode.Conflict, "INVOICE_NUMBER_USED"), (again.Status, again.Reason));
        var more = await desk.SendAsync("supplierInvoices", Invoice(catalog, await SupplierOfAsync(desk, order), "2026-18", 10_00, 50, OfOrder(order, "RAD", 1, 10_00, 500, 50)));
        Assert.Equal((HttpStatusCode.BadRequest, "INVOICE_EXCEEDS_ORDER"), (more.Status, more.Reason));
    }

    [Theory]
    [InlineData(20_01, 1_00, "INVOICE_TOTAL_DIFFERS")]
    [InlineData(19_99, 1_00, "INVOICE_TOTAL_DIFFERS")]
    [InlineData(20_00, 1_01, "INVOICE_TOTAL_DIFFERS")]
    public async Task An_invoice_that_is_a_cent_off_is_refused_whole(long net, long vat, string reason)
    {
        var catalog = await network.HostAsync();
        using var desk = catalog.Rest("librarian");
        var order = await SentAsync(desk, Line(await catalog.FundAsync(), await catalog.RecordAsync()));
        var supplier = await SupplierOfAsync(desk, order);
        Assert.Equal(reason, (await desk.SendAsync("supplierInvoices", Invoice(catalog, supplier, "1", net, vat, OfOrder(order, "RAD", 1, 20_00, 500, 1_00)))).Reason);
        Assert.Equal("INVOICE_VAT_DIFFERS", (await desk.SendAsync("supplierInvoices", Invoice(catalog, supplier, "1", 20_00, 1_02, OfOrder(order, "RAD", 1, 20_00, 500, 1_02)))).Reason);
        Assert.Equal(0, await catalog.ScalarAsync<long>("SELECT count(*) FROM supplier_invoice WHERE supplier = $1", Id(supplier)));
        Assert.Equal(0, Copies((await desk.AskAsync(order)).Succeeded(), "RAD", copies => copies.GetProperty("invoiced").GetInt32()));
        (await desk.SendAsync("supplierInvoices", Invoice(catalog, supplier, "1", 20_00, 1_00, OfOrder(order, "RAD", 1, 20_00, 500, 1_00)))).Succeeded();
    }

    [Fact]
    public async Task One_number_of_one_supplier_is_taken_once_also_when_two_desks_type_it_at_once()
    {
        var catalog = await network.HostAsync();
        using var desk = catalog.Rest("librarian");
        var (one, two, fund) = (await desk.SupplierAsync(), await desk.SupplierAsync(), await catalog.FundAsync());
        object Body(string supplier) => Invoice(catalog, supplier, "RN-1", 100, 22, new { branch = "RAD", fund, netMinor = 100, vatBasisPoints = 2_200, vatMinor = 22 });
        var answers = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => desk.SendAsync("supplierInvoices", Body(one))));
        Assert.Single(answers, answer => answer.Status == HttpStatusCode.OK);
        Assert.Equal(3, answers.Count(answer => answer.Status == HttpStatusCode.Conflict && answer.Reason == "INVOICE_NUMBER_USED"));
        (await desk.SendAsync("supplierInvoices", Body(two))).Succeeded();
        Assert.Single(await NamesAsync(desk, $"supplierInvoices?supplier={one}&pageSize=50"));
    }

    [Fact]
    public async Task Two_invoices_about_the_last_copy_are_one()
    {
        var catalog = await network.HostAsync();
        using var desk = catalog.Rest("librarian");
        var order = await SentAsync(desk, Line(await catalog.FundAsync(), await catalog.RecordAsync()));
        var supplier = await SupplierOfAsync(desk, order);
        var answers = await Task.WhenAll(Enumerable.Range(0, 4).Select(number =>
            desk.SendAsync("supplierInvoices", Invoice(catalog, supplier, $"N-{number}", 20_00, 1_00, OfOrder(order, "RAD", 1, 20_00, 500, 1_00)))));
        Assert.Single(answers, answer => answer.Status == HttpStatusCode.OK);
        Assert.Equal(3, answers.Count(answer => answer.Status != HttpStatusCode.OK && answer.Reason == "INVOICE_EXCEEDS_ORDER"));
        Assert.Equal(1, await catalog.ScalarAsync<long>("SELECT count(*) FROM supplier_invoice WHERE supplier = $1", Id(supplier)));
    }

    [Fact]
    public async Task The_database_itself_refuses_an_invoice_whose_lines_do_not_add_up()
    {
        var catalog = await network.HostAsync();
        using var desk = catalog.Rest("librarian");
        var (supplier, fund) = (Id(await desk.SupplierAsync()), await catalog.FundAsync());
        var broken = await Assert.ThrowsAsync<Npgsql.PostgresException>(() => catalog.ExecuteAsync("""
            WITH head AS (INSERT INTO supplier_invoice (id, supplier, number, issued_on, due_on, net_minor, vat_minor, total_minor, currency_code)
                VALUES (gen_random_uuid(), $1, '1', '2026-01-01', '2026-01-31', 100, 0, 100, 'EUR') RETURNING id)
            INSERT INTO supplier_invoice_line (invoice, line, branch, material, fund, copies, net_minor, vat_basis_points, vat_minor)
            SELECT id, 1, 'RAD', '', $2, 0, 99, 0, 0 FROM head
            """, supplier, fund));
        Assert.Equal("supplier_invoice_adds_up", broken.ConstraintName);
    }

    [Fact]
    public async Task An_invoice_names_only_what_its_supplier_was_sent()
    {
        var catalog = await network.HostAsync();
        using var desk = catalog.Rest("librarian");
        var (record, fund) = (await catalog.RecordAsync(), await catalog.FundAsync());
        var sent = await SentAsync(desk, Line(fund, record));
        var draft = await OrderedAsync(desk, Line(fund, record));
        var subscription = await catalog.SubscribedAsync(desk);
        Task<Answer> InvoiceAsync(string supplier, object line) => desk.SendAsync("supplierInvoices", Invoice(catalog, supplier, "7", 20_00, 1_00, line));
        var supplier = await SupplierOfAsync(desk, sent);
        Assert.Equal(["lines[0].orderLine:UNKNOWN"], (await InvoiceAsync(await desk.SupplierAsync(), OfOrder(sent, "RAD", 1, 20_00, 500, 1_00))).Violations);
        Assert.Equal(["lines[0].orderLine:UNKNOWN"], (await InvoiceAsync(supplier, OfOrder(sent, "BLE", 1, 20_00, 500, 1_00))).Violations);
        Assert.Equal(["lines[0].orderLine:UNKNOWN"], (await InvoiceAsync(draft.Text("supplier"), OfOrder(draft.Text("name"), "RAD", 1, 20_00, 500, 1_00))).Violations);
        Assert.Equal(["lines[0].subscription:UNKNOWN"], (await InvoiceAsync(supplier, new { subscription, netMinor = 20_00, vatBasisPoints = 500, vatMinor = 1_00 })).Violations);
        Assert.Equal(["lines.fund:UNKNOWN"], (await InvoiceAsync(supplier, new { branch = "RAD", fund = "NO-SUCH", netMinor = 20_00, vatBasisPoints = 500, vatMinor = 1_00 })).Violations);
        Assert.Equal(["supplier:UNKNOWN"], (await InvoiceAsync($"suppliers/{Guid.NewGuid():D}", OfOrder(sent, "RAD", 1, 20_00, 500, 1_00))).Violations);
        Assert.Equal(["lines[0].branch:UNKNOWN", "lines[0].fund:FORBIDDEN", "lines[0].copies:RANGE", "lines[0].netMinor:RANGE"],
            (await InvoiceAsync(supplier, new { orderLine = $"{sent}/lines/1", branch = "XYZ", fund, copies = 0, netMinor = -1 })).Violations);
        var paid = (await InvoiceAsync((await desk.AskAsync(subscription)).Text("supplier"), new { subscription, netMinor = 20_00, vatBasisPoints = 500, vatMinor = 1_00 })).Succeeded();
        Assert.Equal(("SERIAL_ISSUE", "RAD", 21_00L), (await ToldAsync<InvoiceReceived>(catalog, paid.Text("name")))[0].Shares
            .Select(share => (share.Material, share.Branch, share.AmountMinor)).Single());
    }

    // --- reports ---

    [Fact]
    public async Task A_year_is_told_by_fund_material_and_plan()
    {
        var catalog = await network.HostAsync();
        using var desk = catalog.Rest("librarian");
        var (fund, year) = (await catalog.FundAsync("Bohinj"), catalog.Clock.Today.Year);
        // three of 20.00 ordered, two came, one cancelled, two invoiced at 21.00
        var order = await SentAsync(desk, Line(fund, await catalog.RecordAsync(), priceMinor: 20_00, copies: [("BOH", 3)], material: "GAME"));
        (await ArriveAsync(desk, order, 1, "BOH", Stock.NewBarcode(), Stock.NewBarcode())).Succeeded();
        (await desk.SendAsync($"{order}/lines/1:cancel", new { })).Succeeded();
        var invoice = Invoice(catalog, await SupplierOfAsync(desk, order), "1", 40_00, 2_00, OfOrder(order, "BOH", 2, 40_00, 500, 2_00));
        (await desk.SendAsync("supplierInvoices", invoice)).Succeeded();
        object Plan(int copies) => new { year, branch = "BOH", material = "GAME", fund, copies, amountMinor = 100_00 };
        (await desk.SendAsync("acquisitionPlans", Plan(1))).Succeeded();
        var planned = (await desk.SendAsync("acquisitionPlans", Plan(3))).Succeeded();
        Assert.Equal((3, 2, 42_00, 6_667, 4_200),
            (planned.Number("copies"), planned.Number("arrivedCopies"), planned.Number("invoicedMinor"), planned.Number("copiesBasisPoints"), planned.Number("amountBasisPoints")));
        var rows = (await desk.AskAsync($"acquisitionPlans?year={year}&branch=BOH&pageSize=200")).Succeeded().Body.GetProperty("acquisitionPlans").EnumerateArray();
        Assert.Equal(3, rows.Single(row => row.GetProperty("fund").GetString() == fund).GetProperty("copies").GetInt32());

        var report = (await desk.AskAsync($"acquisitionReports/{year}")).Succeeded().Body;
        var use = report.GetProperty("funds").EnumerateArray().Single(row => row.GetProperty("fund").GetString() == fund);
        Assert.Equal(("Bohinj", 40_00, 40_00, 42_00), (use.GetProperty("municipality").GetString(), use.GetProperty("orderedMinor").GetInt64(),
            use.GetProperty("arrivedMinor").GetInt64(), use.GetProperty("invoicedMinor").GetInt64()));
        var games = report.GetProperty("averages").EnumerateArray().Single(row => row.GetProperty("material").GetString() == "GAME");
        Assert.Equal((2, 21_00), (games.GetProperty("copies").GetInt64(), games.GetProperty("averageMinor").GetInt64()));
        Assert.Empty((await desk.AskAsync("acquisitionReports/2001")).Succeeded().Body.GetProperty("funds").EnumerateArray());
        Assert.Equal(["year:RANGE"], (await desk.AskAsync("acquisitionReports/1999")).Violations);
        Assert.Equal(["fund:UNKNOWN"], (await desk.SendAsync("acquisitionPlans", new { year, branch = "BOH", material = "GAME", fund = "NO-SUCH" })).Violations);
    }

    private static object Suggestion(string title, string member = "") => new { title, authors = "", isbn = "978-961-01-4557-8", material = "BOOK", branch = "RAD", member };

    private static object Line(string fund, string? record = null, object? draft = null, long priceMinor = 20_00, int discount = 0, (string Branch, int Count)[]? copies = null,
        string? suggestion = null, string material = "BOOK") => new
    {
        record, draft, material, lending = "LENDABLE", priceMinor, discountBasisPoints = discount, fund, suggestion,
        copies = (copies ?? [("RAD", 1)]).Select(part => new { branch = part.Branch, count = part.Count }),
    };

    private static async Task<Answer> OrderedAsync(HttpClient desk, params object[] lines) =>
        (await desk.SendAsync("orders", new { supplier = await desk.SupplierAsync(), lines })).Succeeded();

    private static async Task<string> SentAsync(HttpClient desk, params object[] lines) =>
        (await desk.SendAsync($"{(await OrderedAsync(desk, lines)).Text("name")}:send", new { })).Succeeded().Text("name");

    private static Task<Answer> ArriveAsync(HttpClient desk, string order, int line, string branch, params string[] barcodes) =>
        desk.SendAsync($"{order}/lines/{line}:receive", new { branch, barcodes });

    private static async Task<string> SupplierOfAsync(HttpClient desk, string order) => (await desk.AskAsync(order)).Succeeded().Text("supplier");

    private static object OfOrder(string order, string branch, int copies, long net, int rate, long vat) => new
    {
        orderLine = $"{order}/lines/1", branch, copies, netMinor = net, vatBasisPoints = rate, vatMinor = vat,
    };

    private static object Invoice(TestHost catalog, string supplier, string number, long net, long vat, params object[] lines) => new
    {
        supplier, number, issuedOn = catalog.Clock.Today.Iso(), dueOn = catalog.Clock.Today.PlusDays(30).Iso(), lines, netMinor = net, vatMinor = vat, totalMinor = net + vat,
    };

    private static T Copies<T>(Answer order, string branch, Func<JsonElement, T> read) =>
        read(order.Body.GetProperty("lines")[0].GetProperty("copies").EnumerateArray().Single(copies => copies.GetProperty("branch").GetString() == branch));

    private static async Task<IReadOnlyList<string>> NamesAsync(HttpClient client, string path, string? supplier = null)
    {
        var page = (await client.AskAsync(supplier is null ? path : $"{path}&supplier={supplier}")).Succeeded();
        return [.. page.Body.EnumerateObject().Single(field => field.Value.ValueKind == JsonValueKind.Array).Value.EnumerateArray().Select(row => row.GetProperty("name").GetString()!)];
    }

    private static async Task<IReadOnlyList<T>> ToldAsync<T>(TestHost catalog, string aggregate) where T : IMessage
    {
        var bodies = await catalog.ScalarAsync<string>(
            "SELECT '[' || coalesce(string_agg(body, ',' ORDER BY position), '') || ']' FROM outbox WHERE type = $1 AND aggregate = $2", typeof(T).FullName!, aggregate);
        return JsonSerializer.Deserialize<List<T>>(bodies, JsonSerializerOptions.Web)!;
    }

    private static Guid Id(string name) => Guid.Parse(name[(name.IndexOf('/', StringComparison.Ordinal) + 1)..]);
}
