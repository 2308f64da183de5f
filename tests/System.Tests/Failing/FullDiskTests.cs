using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using Library.Testing;

namespace Library.Acceptance.Failing;

/// <summary>A network whose databases lie on a small disk of their own; needs the right to mount one.</summary>
public sealed class SmallDisk() : RunningLibrary("system-test-disk", "--Network=radovljica")
{
    private const string Size = "640m";
    private readonly string disk = Path.Combine(Path.GetTempPath(), $"library-disk-{Environment.ProcessId}");

    public bool IsMounted { get; private set; }

    private string Filler => Path.Combine(disk, "filler");

    public override async ValueTask InitializeAsync()
    {
        Directory.CreateDirectory(disk);
        IsMounted = await RunToolAsync("mount", "-t", "tmpfs", "-o", $"size={Size},mode=0755", "tmpfs", disk) == 0;
        if (IsMounted) await base.InitializeAsync();
    }

    /// <summary>The databases lie behind a link: so the AppHost puts them where it must.</summary>
    protected override void Prepare()
    {
        Directory.CreateDirectory(Path.Combine(Home, "data"));
        Directory.CreateSymbolicLink(Path.Combine(Home, "data", "postgres"), Path.Combine(disk, "postgres"));
    }

    /// <summary>Leaves so much room on the disk and no more.</summary>
    public void FillUpTo(long bytesFree)
    {
        using (var filler = new FileStream(Filler, FileMode.Create))
        {
            var block = new byte[1024 * 1024];
            try
            {
                while (true) filler.Write(block);
            }
            catch (IOException)
            {
                // full
            }
        }
        using var cut = new FileStream(Filler, FileMode.Open);
        cut.SetLength(Math.Max(0, cut.Length - bytesFree));
    }

    public void MakeRoom() => File.Delete(Filler);

    public override async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        if (IsMounted)
        {
            await base.DisposeAsync();
            await RunToolAsync("umount", disk);
        }
        Directory.Delete(disk);
    }

    private static async Task<int> RunToolAsync(string tool, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(tool, arguments) { RedirectStandardError = true, RedirectStandardOutput = true })!;
        await process.WaitForExitAsync();
        return process.ExitCode;
    }
}

public sealed class FullDiskTests(SmallDisk library) : IClassFixture<SmallDisk>
{
    private const int MostCommands = 20_000, Refusals = 60;

    [Fact]
    public async Task When_the_databases_disk_is_full_commands_are_refused_none_is_lost_and_work_goes_on_once_there_is_room()
    {
        Assert.SkipUnless(library.IsMounted, "This test mounts a small disk, which this user may not.");
        var parts = new Parts(library.Home);
        var copy = await library.AddCopyAsync(await library.ImportAsync($"Poln disk {Desk.Unique("naslov")}"));
        var joined = await library.JoinAsync($"{Desk.Unique("disk")}@example.org");
        using var librarian = await library.AsAsync("librarian@RAD");
        librarian.Timeout = TimeSpan.FromSeconds(20);

        library.FillUpTo(bytesFree: 1024 * 1024);
        var acknowledged = new HashSet<string>();
        var (refused, odd, lent, n) = (0, new List<string>(), false, 0);
        for (; n < MostCommands && refused < Refusals; n++)
        {
            var (code, answer) = await TryAsync(librarian, lent, copy, (string)joined["cardNumber"]!, $"disk-{n}-{Environment.ProcessId}");
            switch (code)
            {
                case 200:
                    if (!lent) acknowledged.Add((string)answer["name"]!);
                    lent = !lent;
                    break;
                case 503 or 504:
                    refused++;
                    if (code == 503 && answer.Reason() is not ("UNAVAILABLE" or "STORAGE_FULL")) odd.Add(answer.ToJsonString());
                    break;
                // a command whose answer was lost with the server may have happened: its opposite is refused by the rules
                case 400 when answer.Reason() == "ITEM_ON_LOAN":
                    lent = true;
                    break;
                case 404:
                    lent = false;
                    break;
                default:
                    odd.Add(string.Create(CultureInfo.InvariantCulture, $"{code} {answer}"));
                    break;
            }
        }
        Assert.True(refused >= Refusals, $"The disk was never full: {n} commands.");
        Assert.True(odd.Count == 0, string.Join('\n', odd.Take(10)));

        library.MakeRoom();
        await parts.AllAreHealthyAsync();
        var held = await parts.ReadAsync("catalog", "SELECT 'loans/' || id FROM loan WHERE barcode = $1", copy);
        Assert.Empty(acknowledged.Except(held));
        // who was told to try again shortly does so, with the same key
        await Eventually.IsTrueAsync(
            async () => (await TryAsync(librarian, lent, copy, (string)joined["cardNumber"]!, $"disk-again-{Environment.ProcessId}")).Code is not (503 or 504), "a command is taken again");
        var other = await library.AddCopyAsync(await library.ImportAsync($"Spet prostor {Desk.Unique("naslov")}"));
        await librarian.PostAsync("loans", Desk.Loan(other, (string)joined["cardNumber"]!));
        var (agree, text) = await library.RunAsync("reconcile", "--wait", "90");
        Assert.True(agree == 0, text);
    }

    private static async Task<(int Code, JsonObject Answer)> TryAsync(HttpClient librarian, bool lent, string copy, string card, string key)
    {
        try
        {
            return lent
                ? await librarian.TryPostAsync("returns", new JsonObject { ["barcode"] = copy, ["branch"] = "RAD" }, key)
                : await librarian.TryPostAsync("loans", Desk.Loan(copy, card), key);
        }
        catch (TaskCanceledException)
        {
            return (504, []);
        }
    }
}
