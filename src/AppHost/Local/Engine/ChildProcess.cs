using System.Diagnostics;

namespace Library.AppHost.Local.Engine;

/// <summary>What to start.</summary>
internal abstract record Launch
{
    /// <param name="FileName">A path, or a name looked up in <c>PATH</c>.</param>
    /// <param name="Arguments">One by one, no shell in between.</param>
    /// <param name="Environment">All that the process gets: nothing is inherited besides.</param>
    /// <param name="WorkingDirectory">An existing folder.</param>
    internal sealed record Command(
        string FileName, IReadOnlyList<string> Arguments, IReadOnlyDictionary<string, string> Environment, string WorkingDirectory) : Launch;

    /// <param name="Problem">What is missing and how to get it.</param>
    internal sealed record Impossible(string Problem) : Launch;
}

/// <summary>A process in a session of its own, its output kept in a log.</summary>
internal sealed class ChildProcess : IDisposable
{
    private static readonly TimeSpan SignalAgain = TimeSpan.FromSeconds(2);

    private readonly Process _process;
    private readonly LogFile _log;
    private readonly Task _pumping;

    private ChildProcess(Process process, LogFile log)
    {
        _process = process;
        _log = log;
        Pid = process.Id;
        Began = Posix.Began(process.Id);
        _pumping = Task.WhenAll(PumpAsync(process.StandardOutput.BaseStream), PumpAsync(process.StandardError.BaseStream));
        Exited = ExitAsync();
    }

    internal int Pid { get; }

    /// <summary>Null when it ended before it could be looked at.</summary>
    internal long? Began { get; }

    /// <summary>The exit code; 128 + n when ended by signal n.</summary>
    internal Task<int> Exited { get; }

    internal static ChildProcess Start(Launch.Command command, string logPath)
    {
        // setsid: the process leads its own group, so that whatever it starts can be ended with it,
        // and Ctrl-C on the operator's terminal reaches the AppHost alone, which stops everything in order
        var start = new ProcessStartInfo("setsid")
        {
            WorkingDirectory = command.WorkingDirectory,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        start.ArgumentList.Add(command.FileName);
        foreach (var argument in command.Arguments)
        {
            start.ArgumentList.Add(argument);
        }

        start.Environment.Clear();
        foreach (var (name, value) in command.Environment)
        {
            start.Environment[name] = value;
        }

        var log = new LogFile(logPath);
        try
        {
            var process = Process.Start(start) ?? throw new InvalidOperationException($"{command.FileName} was not started.");
            process.StandardInput.Close();
            return new ChildProcess(process, log);
        }
        catch
        {
            log.Dispose();
            throw;
        }
    }

    /// <summary>Asks it to end, then after the grace kills its whole group.</summary>
    internal async Task StopAsync(int signal, TimeSpan grace)
    {
        var began = Stopwatch.GetTimestamp();
        while (!Exited.IsCompleted && Stopwatch.GetElapsedTime(began) < grace)
        {
            // again and again: a program that has not yet come to listen for it (RabbitMQ while it boots) loses the first
            Posix.Signal(Pid, signal);
            await Task.WhenAny(Exited, Task.Delay(grace < SignalAgain ? grace : SignalAgain));
        }

        // also the helpers that a program in good order has left behind
        Posix.SignalGroup(Pid, Posix.SigKill);
        await Exited;
    }

    public void Dispose()
    {
        _process.Dispose();
        _log.Dispose();
    }

    private async Task<int> ExitAsync()
    {
        await _process.WaitForExitAsync();
        Posix.SignalGroup(Pid, Posix.SigKill);
        // a grandchild that has left the group may hold the pipe open: the log is not waited for longer than this
        await Task.WhenAny(_pumping, Task.Delay(TimeSpan.FromSeconds(1)));
        return _process.ExitCode;
    }

    private async Task PumpAsync(Stream output)
    {
        var buffer = new byte[8192];
        try
        {
            while (await output.ReadAsync(buffer) is > 0 and var read)
            {
                _log.Write(buffer.AsSpan(0, read));
            }
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            // the pipe or the log was closed after the process had ended
        }
    }
}
