using System.Net;
using Library.Catalog.Features.Forgetting;
using Library.ServiceDefaults.Jobs;
using Library.Testing;
using Npgsql;

namespace Library.Catalog.Service.Tests;

/// <summary>Who had what is open to staff only to settle a dispute or trace damage, and is written down (art. 21–22).</summary>
public sealed class ArchiveTests(CatalogNetwork network)
{
    [Fact]
    public async Task Staff_say_why_they_read_what_a_member_has_returned_and_are_written_down()
    {
        var catalog = await network.HostAsync();
        using var staff = catalog.Rest("librarian");
        var (ana, loan) = await ReturnedAsync(catalog);
        var open = await catalog.LentAsync(ana);
        Assert.Equal(["purpose:REQUIRED"], (await staff.AskAsync($"loans?member={ana.Name}&state=RETURNED")).Violations);
        Assert.Equal(["purpose:REQUIRED"], (await staff.AskAsync(loan)).Violations);
        Assert.Empty(await LogAsync(catalog, ana.Name, loan, open));

        var listed = (await staff.AskAsync($"loans?member={ana.Name}&state=RETURNED&purpose=DISPUTE")).Succeeded().Body.GetProperty("loans").EnumerateArray().Single();
        Assert.Equal(loan, listed.GetProperty("name").GetString());
        Assert.Equal(ana.Name, (await staff.AskAsync($"{loan}?purpose=DAMAGE")).Succeeded().Text("member"));
        Assert.Equal([$"staff/test DAMAGE {loan}", $"staff/test DISPUTE {ana.Name}"], await LogAsync(catalog, ana.Name, loan, open));

        // the desk's own work with what is out needs no reason
        Assert.Equal(ana.Name, (await staff.AskAsync(open)).Succeeded().Text("member"));
        (await staff.AskAsync($"loans?member={ana.Name}")).Succeeded();
        Assert.Equal(2, (await LogAsync(catalog, ana.Name, loan, open)).Length);
    }

    [Fact]
    public async Task Members_read_their_own_without_a_reason_and_nobody_elses_with_one()
    {
        var catalog = await network.HostAsync();
        var (ana, loan) = await ReturnedAsync(catalog);
        using var hers = catalog.RestAsMember(ana.Name);
        using var his = catalog.RestAsMember((await catalog.ReaderAsync()).Name);
        Assert.Single((await hers.AskAsync("loans?state=RETURNED")).Succeeded().Body.GetProperty("loans").EnumerateArray());
        (await hers.AskAsync(loan)).Succeeded();
        Assert.Equal(HttpStatusCode.NotFound, (await his.AskAsync($"{loan}?purpose=DISPUTE")).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await his.AskAsync($"loans?member={ana.Name}&state=RETURNED&purpose=DISPUTE")).Status);
        Assert.Empty(await LogAsync(catalog, ana.Name, loan));
    }

    [Fact]
    public async Task The_log_is_read_by_admins_page_by_page_and_is_never_changed()
    {
        var catalog = await network.HostAsync();
        using var staff = catalog.Rest("librarian");
        using var admin = catalog.Rest("admin");
        var (ana, _) = await ReturnedAsync(catalog, "Skrivnost");
        for (var n = 0; n < 3; n++) (await staff.AskAsync($"loans?member={ana.Name}&state=RETURNED&purpose=DISPUTE")).Succeeded();
        Assert.Equal(3, (await LogAsync(catalog, ana.Name)).Length);
        Assert.DoesNotContain("Skrivnost", (await admin.AskAsync("archiveReadings?pageSize=200")).Succeeded().Body.ToString(), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.Forbidden, (await staff.AskAsync("archiveReadings")).Status);
        foreach (var change in new[] { "UPDATE archive_reading SET reader = 'nobody'", "DELETE FROM archive_reading", "TRUNCATE archive_reading" })
        {
            var refused = await Assert.ThrowsAsync<PostgresException>(() => catalog.ExecuteAsync(change));
            Assert.Equal("archive_reading_is_append_only", refused.ConstraintName);
        }
        Assert.Equal(3, (await LogAsync(catalog, ana.Name)).Length);
    }

    [Fact]
    public async Task Who_last_had_a_copy_is_told_while_the_link_stands_and_nobody_before_them()
    {
        var catalog = await network.HostAsync();
        using var staff = catalog.Rest("librarian");
        using var admin = catalog.Rest("admin");
        var (barcode, ana, bine) = (await catalog.ItemAsync(), await catalog.ReaderAsync(), await catalog.ReaderAsync());
        Assert.Equal(["purpose:REQUIRED"], (await staff.AskAsync($"items/{barcode}:lastBorrower")).Violations);
        Assert.Equal((HttpStatusCode.NotFound, "loan"), Missing(await staff.AskAsync($"items/{barcode}:lastBorrower?purpose=DAMAGE")));
        await catalog.LentAsync(ana, barcode);
        (await staff.ReturnAsync(barcode)).Succeeded();
        var loan = await catalog.LentAsync(bine, barcode);
        Assert.Equal(bine.Name, (await staff.AskAsync($"items/{barcode}:lastBorrower?purpose=DAMAGE")).Succeeded().Text("member"));
        (await staff.ReturnAsync(barcode)).Succeeded();
        Assert.Equal((loan, bine.Name), Told(await staff.AskAsync($"items/{barcode}:lastBorrower?purpose=DAMAGE")));
        Assert.Equal([$"staff/test DAMAGE {loan}", $"staff/test DAMAGE {loan}"], await LogAsync(catalog, loan, ana.Name, bine.Name));

        await catalog.ExecuteAsync("UPDATE loan SET member = NULL WHERE member = $1", bine.Id);
        Assert.Equal((HttpStatusCode.NotFound, "loan"), Missing(await staff.AskAsync($"items/{barcode}:lastBorrower?purpose=DAMAGE")));
        Assert.Equal("", (await staff.AskAsync(loan)).Succeeded().Text("member")); // nothing to learn, no reason asked
        Assert.Equal(2, (await LogAsync(catalog, loan)).Length);
        Assert.Equal(HttpStatusCode.Forbidden, (await admin.AskAsync($"items/{barcode}:lastBorrower?purpose=DAMAGE")).Status);

        static (string, string) Told(Answer answer) => (answer.Succeeded().Text("loan"), answer.Text("member"));
        static (HttpStatusCode, string?) Missing(Answer answer) => (answer.Status, answer.Metadata("kind"));
    }

    [Fact]
    public async Task An_open_dispute_keeps_the_link_until_it_is_closed()
    {
        var catalog = await network.HostAsync();
        using var staff = catalog.Rest("librarian");
        var ((ana, disputed), (bine, settled)) = (await ReturnedAsync(catalog), await ReturnedAsync(catalog));
        using var member = catalog.RestAsMember(ana.Name);
        var key = Guid.NewGuid().ToString("N");
        for (var again = 0; again < 2; again++)
        {
            var marked = (await staff.SendAsync($"{disputed}:dispute", new { open = true }, key)).Succeeded();
            Assert.Equal((true, ""), (marked.Body.GetProperty("disputed").GetBoolean(), marked.Text("member")));
        }
        Assert.Equal(HttpStatusCode.Forbidden, (await member.SendAsync($"{disputed}:dispute", new { open = false })).Status);
        Assert.True((await staff.AskAsync($"{disputed}?purpose=DISPUTE")).Succeeded().Body.GetProperty("disputed").GetBoolean());

        await ForgetAsync(catalog);
        Assert.Equal((1, 0), (await LinkedAsync(ana), await LinkedAsync(bine)));
        Assert.Equal("LOAN_WITHOUT_READER", (await staff.SendAsync($"{settled}:dispute", new { open = true })).Reason);
        Assert.False((await staff.SendAsync($"{settled}:dispute", new { open = false })).Succeeded().Body.GetProperty("disputed").GetBoolean());
        for (var again = 0; again < 2; again++) (await staff.SendAsync($"{disputed}:dispute", new { open = false })).Succeeded();
        await ForgetAsync(catalog);
        Assert.Equal(0, await LinkedAsync(ana));
        Assert.Equal(HttpStatusCode.NotFound, (await staff.SendAsync($"loans/{Guid.NewGuid():D}:dispute", new { open = true })).Status);

        Task<long> LinkedAsync(Reader reader) => catalog.ScalarAsync<long>("SELECT count(*) FROM loan WHERE member = $1", reader.Id);
    }

    private static Task ForgetAsync(TestHost catalog) =>
        catalog.Get<IEnumerable<IPeriodicJob>>().OfType<ForgetReaders>().Single().RunAsync(catalog.Clock.Today.PlusDays(400), TestContext.Current.CancellationToken);

    private static async Task<(Reader Reader, string Loan)> ReturnedAsync(TestHost catalog, string title = "Cvetje v jeseni")
    {
        var (reader, barcode) = (await catalog.ReaderAsync(), await catalog.ItemAsync(record: await catalog.RecordAsync(title)));
        var loan = await catalog.LentAsync(reader, barcode);
        using var desk = catalog.Rest("librarian");
        (await desk.ReturnAsync(barcode)).Succeeded();
        return (reader, loan);
    }

    /// <summary>The lines about these members and loans, newest first, as an admin reads them: two a page.</summary>
    private static async Task<string[]> LogAsync(TestHost catalog, params string[] about)
    {
        using var admin = catalog.Rest("admin");
        var (lines, token) = (new List<string>(), "");
        do
        {
            var page = (await admin.AskAsync($"archiveReadings?pageSize=2&pageToken={token}")).Succeeded();
            lines.AddRange(page.Body.GetProperty("archiveReadings").EnumerateArray()
                .Where(line => about.Contains(line.GetProperty("about").GetString()))
                .Select(line => $"{line.GetProperty("reader").GetString()} {line.GetProperty("purpose").GetString()} {line.GetProperty("about").GetString()}"));
            token = page.Text("nextPageToken");
        }
        while (token.Length > 0);
        return [.. lines];
    }
}
