using System.Diagnostics;

namespace Library.Operator;

/// <summary>Taking down and bringing up.</summary>
internal static class PartVerbs
{
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan DownLimit = TimeSpan.FromSeconds(150);
    private static readonly TimeSpan LookAgain = TimeSpan.FromMilliseconds(100);

    /// <summary><c>stop NAME</c>: returns when its processes have ended; they stay down.</summary>
    internal static async Task<int> StopAsync(string[] args, CancellationToken cancellation)
    {
        var name = OneName(args);
        Demand(await RunningNetwork.OfThisFolder().AskAsync(new ControlRequest("stop", name), cancellation));
        Console.WriteLine($"{name} is stopped, until ./library start {name}.");
        return Exit.Done;
    }

    /// <summary><c>start NAME</c>: returns when it is healthy.</summary>
    internal static async Task<int> StartAsync(string[] args, CancellationToken cancellation)
    {
        var name = OneName(args);
        var network = RunningNetwork.OfThisFolder();
        Demand(await network.AskAsync(new ControlRequest("start", name), cancellation));
        var began = Stopwatch.GetTimestamp();
        while (true)
        {
            var state = await network.StateAsync(cancellation);
            PartState[] parts = [.. state.Parts.Where(p => p.Name == name)];
            if (parts.All(p => p.IsHealthy))
            {
                Console.WriteLine($"{name} is {StatusVerb.Health(parts[0])}.");
                return Exit.Done;
            }

            if (parts.FirstOrDefault(p => p.Phase == PartPhase.Failed) is { } failed)
            {
                WaitVerb.Report(failed, state);
                return Exit.Failed;
            }

            if (Stopwatch.GetElapsedTime(began) > StartLimit)
            {
                WaitVerb.Report(parts.First(p => !p.IsHealthy), state);
                return Exit.Failed;
            }

            await Task.Delay(LookAgain, cancellation);
        }
    }

    /// <summary>Exit code 0 when a run holds this folder, healthy or not.</summary>
    internal static Task<int> IsRunningAsync(string[] args, CancellationToken cancellation) =>
        Task.FromResult(RunningNetwork.OfThisFolder().IsRunning ? Exit.Done : Exit.Failed);

    /// <summary><c>down</c>: returns when the last process has ended. Nothing running is fine.</summary>
    internal static async Task<int> DownAsync(string[] args, CancellationToken cancellation)
    {
        var network = RunningNetwork.OfThisFolder();
        if (network.Recorded is not { Stopped: false } state || !Posix.IsAlive(state.Pid, state.PidBegan))
        {
            return Exit.Done;
        }

        if (await network.TryAskAsync(new ControlRequest("down"), cancellation) is null)
        {
            Posix.Signal(state.Pid, Posix.SigTerm); // it runs but its socket is gone
        }

        var began = Stopwatch.GetTimestamp();
        while (Posix.IsAlive(state.Pid, state.PidBegan))
        {
            if (Stopwatch.GetElapsedTime(began) > DownLimit)
            {
                throw new OperatorException($"AppHost (pid {state.Pid}) has not ended within {DownLimit.TotalSeconds:0} s.");
            }

            await Task.Delay(LookAgain, cancellation);
        }

        return Exit.Done;
    }

    private static string OneName(string[] args) => args is [var name] ? name : throw new OperatorException("Name one part, as ./library status lists them.");

    private static void Demand(ControlAnswer answer)
    {
        if (!answer.Ok)
        {
            throw new OperatorException($"{answer.Problem} Parts: {string.Join(", ", answer.State?.Parts.Select(p => p.Name).Distinct() ?? [])}.");
        }
    }
}
