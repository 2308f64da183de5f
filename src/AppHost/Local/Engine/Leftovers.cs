namespace Library.AppHost.Local.Engine;

/// <summary>Processes that outlived the AppHost which started them.</summary>
internal static class Leftovers
{
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan LookAgain = TimeSpan.FromMilliseconds(50);

    /// <summary>Ends them in reverse order; a process of the same number that began at another time is somebody else's and left alone.</summary>
    internal static async Task EndAsync(NetworkState? crashed, TextWriter output)
    {
        if (crashed is null or { Stopped: true })
        {
            return;
        }

        foreach (var part in crashed.Parts.Reverse())
        {
            if (part is not { Pid: { } pid, PidBegan: { } began } || !Posix.IsAlive(pid, began))
            {
                continue;
            }

            output.WriteLine($"Ending {part.Name} (pid {pid}), left by a run that crashed.");
            Posix.Signal(pid, part.StopSignal);
            var deadline = System.Diagnostics.Stopwatch.GetTimestamp();
            while (Posix.IsAlive(pid, began) && System.Diagnostics.Stopwatch.GetElapsedTime(deadline) < Grace)
            {
                await Task.Delay(LookAgain);
            }

            Posix.SignalGroup(pid, Posix.SigKill);
        }

        if (crashed.EpmdPort is { } port)
        {
            await PortMapper.EndAsync(port);
        }
    }
}
