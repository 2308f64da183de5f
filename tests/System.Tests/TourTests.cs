using System.Diagnostics;

namespace Library.Acceptance;

/// <summary>What a stranger pastes from the README works.</summary>
public sealed class TourTests(RunningLibrary library)
{
    [Fact]
    public Task The_tour_of_the_README_runs_when_pasted() => PasteAsync(library.Home);

    /// <summary>Pastes the tour into a shell that speaks with the network of a folder.</summary>
    internal static async Task PasteAsync(string home)
    {
        var readme = await File.ReadAllTextAsync(Path.Combine(RunningLibrary.Root, "README.md"));
        const string Begin = "```bash\n";
        var from = readme.IndexOf(Begin, StringComparison.Ordinal) + Begin.Length;
        var tour = readme[from..readme.IndexOf("```", from, StringComparison.Ordinal)];

        using var shell = Process.Start(new ProcessStartInfo("bash", ["-euo", "pipefail", "-s"])
        {
            WorkingDirectory = RunningLibrary.Root,
            RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true,
            Environment = { ["LIBRARY_HOME"] = home },
        })!;
        await shell.StandardInput.WriteAsync(tour);
        shell.StandardInput.Close();
        var (output, error) = (shell.StandardOutput.ReadToEndAsync(), shell.StandardError.ReadToEndAsync());
        await shell.WaitForExitAsync();

        Assert.True(shell.ExitCode == 0, await output + await error);
        var text = (await output).Replace(" ", "", StringComparison.Ordinal);
        Assert.Contains("\"fineMinor\":270", text, StringComparison.Ordinal);
        Assert.Contains("\"kind\":\"REMINDER\"", text, StringComparison.Ordinal);
        Assert.Contains("\"state\":\"CONFIRMED\"", text, StringComparison.Ordinal);
        Assert.Contains("\"balanceMinor\":0", text, StringComparison.Ordinal);
    }
}
