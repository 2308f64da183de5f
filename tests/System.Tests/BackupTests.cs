using System.Text.Json.Nodes;
using Library.Testing;

namespace Library.Acceptance;

/// <summary>A backup is taken while the desks work, and what is restored from it agrees with itself (ADR 13).</summary>
public sealed class BackupTests(RunningLibrary library)
{
    private static readonly string Folder = Path.Combine(RunningLibrary.Root, ".local", "system-test-backup");
    private readonly SecondLibrary origin = new(library.Home);
    private readonly SecondLibrary restored = new(Path.Combine(RunningLibrary.Root, ".local", "system-test-restored"));

    [Fact]
    public async Task What_is_backed_up_at_work_and_restored_into_an_empty_place_agrees_and_goes_on()
    {
        await restored.RunAsync("down", "--wipe");
        if (Directory.Exists(Folder)) Directory.Delete(Folder, recursive: true);
        var email = $"{Desk.Unique("opomnjena")}@example.org";
        var overdue = await OverdueAsync(email);
        var copies = await CopiesAsync(3);
        using var librarian = await library.AsAsync("librarian@RAD");

        var desk = new SteadyDesk();
        using var stop = new CancellationTokenSource();
        var work = desk.RunAsync(copies, () => librarian, stop.Token);
        IReadOnlyList<(string Table, Guid Id)> before;
        try
        {
            await desk.GoesOnAsync(15);
            // what is charged now is published and lies in Finance's queue: at the cut it stands in Catalog's outbox only
            await library.PartAsync("stop", "finance");
            foreach (var barcode in overdue) await librarian.PostAsync("returns", new JsonObject { ["barcode"] = barcode, ["branch"] = "RAD" });
            await Eventually.SeesAsync(() => origin.RowsAsync("catalog", "SELECT id FROM outbox WHERE published_at IS NULL AND body::jsonb -> 'fine' ->> 'id' IS NOT NULL"),
                waiting => waiting.Count == 0, "the fines are published");
            before = desk.Acknowledged;
            await origin.RunAsync("backup", Folder);
            await library.PartAsync("start", "finance");
            await desk.GoesOnAsync(10);
        }
        finally
        {
            await stop.CancelAsync();
            await work;
        }
        Assert.Empty(desk.Strange);
        await origin.AgreesAsync();

        try
        {
            await restored.RunAsync("restore", Folder);
            await restored.RunAsync("up", "--detach");
            await restored.AgreesAsync();
            foreach (var (service, table) in new[] { ("catalog", "loan"), ("membership", "member"), ("finance", "payment") })
            {
                var ids = before.Where(row => row.Table == table).Select(row => row.Id).ToArray();
                Assert.Equal($"{ids.Length}", (await restored.RowsAsync(service, $"SELECT count(*) FROM {table} WHERE id = ANY ($1)", ids)).Single());
            }
            // what was told again did its work no second time: the reminder had been sent before the backup
            Assert.NotEmpty(await library.MailsToAsync(email));
            Assert.Equal(0, await restored.MailsToAsync(email));
            await TourTests.PasteAsync(restored.Home);
            await restored.AgreesAsync();
        }
        finally
        {
            await restored.RunAsync("down", "--wipe");
        }
    }

    [Fact]
    public async Task A_backup_goes_into_an_empty_folder_only_and_a_changed_one_is_not_restored()
    {
        await restored.RunAsync("down", "--wipe");
        var folder = Folder + "-changed";
        if (Directory.Exists(folder)) Directory.Delete(folder, recursive: true);
        await origin.RunAsync("backup", folder);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(folder));

        var (again, text) = await origin.TryAsync("backup", folder);
        Assert.True(again == 1 && text.Contains("not empty", StringComparison.Ordinal), text);
        Assert.Contains("runs here", (await origin.TryAsync("restore", folder)).Text, StringComparison.Ordinal);

        var dump = Path.Combine(folder, "finance-db.dump");
        var content = await File.ReadAllBytesAsync(dump);
        content[content.Length / 2] ^= 1;
        await File.WriteAllBytesAsync(dump, content);
        Assert.Contains("finance-db.dump is missing or not what was written", (await restored.TryAsync("restore", folder)).Text, StringComparison.Ordinal);

        var manifest = Path.Combine(folder, "manifest.json");
        await File.WriteAllTextAsync(manifest, (await File.ReadAllTextAsync(manifest)).Replace("\"format\": 1", "\"format\": 2", StringComparison.Ordinal));
        Assert.Contains("format 2", (await restored.TryAsync("restore", folder)).Text, StringComparison.Ordinal);
        File.Delete(manifest);
        Assert.Contains("no whole backup", (await restored.TryAsync("restore", folder)).Text, StringComparison.Ordinal);
        Assert.False(Directory.Exists(Path.Combine(restored.Home, "data")), "A refused restore has written something.");
    }

    /// <summary>Three copies lent to one member and overdue since long, the reminder sent.</summary>
    private async Task<IReadOnlyList<string>> OverdueAsync(string email)
    {
        using var librarian = await library.AsAsync("librarian@RAD");
        using var admin = await library.AsAsync("admin");
        var joined = await library.JoinAsync(email);
        var copies = await CopiesAsync(3);
        foreach (var copy in copies) await librarian.PostAsync("loans", Desk.Loan(copy, (string)joined["cardNumber"]!));
        await admin.PostAsync("clock:advance", new JsonObject { ["days"] = 30 });
        await Eventually.SeesAsync(
            () => library.MailsToAsync(email), mails => mails.Any(mail => ((string)mail["subject"]!).Contains(". opomin", StringComparison.Ordinal)), "the reminder is sent");
        return copies;
    }

    private async Task<IReadOnlyList<string>> CopiesAsync(int count)
    {
        var record = await library.ImportAsync($"Varnostna kopija {Desk.Unique("naslov")}");
        var copies = new List<string>();
        for (var copy = 0; copy < count; copy++) copies.Add(await library.AddCopyAsync(record));
        return copies;
    }
}
