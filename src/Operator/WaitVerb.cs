using System.Diagnostics;
using System.Globalization;

namespace Library.Operator;

/// <summary>Tells how a network comes up, or what becomes of it.</summary>
internal static class WaitVerb
{
    private static readonly TimeSpan LookAgain = TimeSpan.FromMilliseconds(150);
    private static readonly TimeSpan FollowAgain = TimeSpan.FromSeconds(1);

    // the AppHost has to be alive and answer within this, whatever its services do
    private static readonly TimeSpan FirstAnswer = TimeSpan.FromSeconds(30);
    private const int LogLines = 25;
    private const int MaxRestarts = 4;

    /// <summary><c>wait SECONDS [PID]</c>, PID that of the AppHost just started: until every process is healthy; says what each is doing meanwhile.</summary>
    internal static async Task<int> UntilHealthyAsync(string[] args, CancellationToken cancellation)
    {
        var limit = TimeSpan.FromSeconds(args is [var seconds, ..] ? int.Parse(seconds, CultureInfo.InvariantCulture) : 180);
        int? starting = args is [_, var pid] ? int.Parse(pid, CultureInfo.InvariantCulture) : null;
        var network = RunningNetwork.OfThisFolder();
        var began = Stopwatch.GetTimestamp();
        var told = new Dictionary<(string, int), PartPhase>();
        while (Stopwatch.GetElapsedTime(began) < limit)
        {
            var state = (await network.TryAskAsync(new ControlRequest("status"), cancellation))?.State;
            if (state is null && (Stopwatch.GetElapsedTime(began) > FirstAnswer || (starting is { } id && Posix.Began(id) is null)))
            {
                throw new OperatorException("The network has not started. The end of its log:\n" + LogFile.Tail(Path.Combine(network.Home.Logs, "apphost.log"), LogLines));
            }

            if (state is not null)
            {
                Tell(state, told, Stopwatch.GetElapsedTime(began));
                if (state.IsHealthy)
                {
                    return Exit.Done;
                }

                PartState[] failed = [.. state.Parts.Where(p => p.Phase is PartPhase.Failed or PartPhase.Stopped || (!p.IsHealthy && p.Restarts >= MaxRestarts))];
                foreach (var part in failed)
                {
                    Report(part, state);
                }

                if (failed.Length > 0)
                {
                    return Exit.Failed;
                }
            }

            await Task.Delay(LookAgain, cancellation);
        }

        var last = await network.StateAsync(cancellation);
        foreach (var part in last.Parts.Where(p => !p.IsHealthy))
        {
            Report(part, last);
        }

        await Console.Error.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"Not healthy within {limit.TotalSeconds:0} s."));
        return Exit.Failed;
    }

    /// <summary>Until the network ends: every change of state, one line each.</summary>
    internal static async Task<int> FollowAsync(string[] args, CancellationToken cancellation)
    {
        var network = RunningNetwork.OfThisFolder();
        var began = Stopwatch.GetTimestamp();
        var told = (await network.StateAsync(cancellation)).Parts.ToDictionary(p => (p.Name, p.Replica), p => p.Phase);
        while ((await network.TryAskAsync(new ControlRequest("status"), cancellation))?.State is { } state)
        {
            Tell(state, told, Stopwatch.GetElapsedTime(began));
            await Task.Delay(FollowAgain, cancellation);
        }

        return Exit.Done;
    }

    internal static void Report(PartState part, NetworkState state)
    {
        Console.Error.WriteLine($"{StatusVerb.Name(part, state)}: {StatusVerb.Health(part)}{(part.Problem is null ? "" : ", ")}{part.Problem}");
        if (part.Phase != PartPhase.Waiting && LogFile.Tail(part.Log, LogLines) is { Length: > 0 } tail)
        {
            Console.Error.WriteLine($"The end of {part.Log}:");
            Console.Error.WriteLine(tail);
        }
    }

    private static void Tell(NetworkState state, Dictionary<(string, int), PartPhase> told, TimeSpan since)
    {
        foreach (var part in state.Parts)
        {
            var known = told.TryGetValue((part.Name, part.Replica), out var phase);
            told[(part.Name, part.Replica)] = part.Phase;
            if ((!known || phase != part.Phase) && part.Phase is not (PartPhase.Waiting or PartPhase.Starting))
            {
                var problem = part.Problem is null ? "" : $": {part.Problem}";
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{since.TotalSeconds,6:0.0} s  {StatusVerb.Name(part, state),-25} {StatusVerb.Health(part)}{problem}"));
            }
        }
    }
}
