using System.Globalization;
using Aspire.Hosting.ApplicationModel;

namespace Library.AppHost.Local.Engine;

/// <summary>How patiently a process that died is started again.</summary>
/// <param name="First">The pause after the first death; each further one is twice as long.</param>
/// <param name="Longest">No pause is longer.</param>
/// <param name="ForgivenAfter">So long in good health, and the next pause is the first again.</param>
internal sealed record BackOff(TimeSpan First, TimeSpan Longest, TimeSpan ForgivenAfter)
{
    internal static readonly BackOff Usual = new(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(30), TimeSpan.FromSeconds(10));

    /// <param name="deaths">In a row, from 1.</param>
    internal TimeSpan Pause(int deaths) => deaths > 16 ? Longest : TimeSpan.FromTicks(Math.Min(Longest.Ticks, First.Ticks << (deaths - 1)));
}

/// <summary>One process of a resource: waits for what it depends on, runs it, asks after its health, starts it again when it dies.</summary>
internal sealed class Replica(ProcessResource resource, LaunchContext context, Func<ProcessResource, IReadOnlyList<Replica>> replicasOf, bool oneShot, BackOff backOff, Pulse pulse)
{
    private static readonly TimeSpan ProbeTimeout = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan ProbeWhileStarting = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan ProbeWhileRunning = TimeSpan.FromSeconds(3);

    private readonly Lock _lock = new();
    private CancellationTokenSource? _life;
    private Task _living = Task.CompletedTask;
    private bool _hasWaited;
    private volatile PartState _state = new()
    {
        Name = resource.Name,
        Replica = context.Replica,
        Kind = resource.Kind,
        Phase = PartPhase.Waiting,
        Healthy = false,
        Problem = null,
        Pid = null,
        PidBegan = null,
        StopSignal = resource.StopSignal,
        Ports = resource.Endpoints.ToDictionary(e => e.Name, e => context.Ports[resource, e.Name, context.Replica]),
        Url = resource.Endpoints.FirstOrDefault(e => e.Name == "http") is { } http ? $"http://localhost:{context.Ports[resource, http.Name, context.Replica]}" : null,
        Restarts = 0,
        Version = resource.Version(context),
        Log = Path.Combine(context.Home.Logs, (context.Replica == 0 ? resource.Name : $"{resource.Name}-{context.Replica}") + ".log"),
        OneShot = oneShot,
    };

    internal ProcessResource Resource => resource;

    internal PartState State => _state;

    /// <summary>Begins to run it, unless it runs already. One that has just failed or finished may still be tidying up: it begins after that.</summary>
    internal void Start()
    {
        lock (_lock)
        {
            if (!_living.IsCompleted && _state.Phase is not (PartPhase.Failed or PartPhase.Finished))
            {
                return;
            }

            // begun: a second start in the same moment does nothing
            _state = _state with { Phase = PartPhase.Waiting, Problem = null };
            _life?.Dispose();
            _life = new CancellationTokenSource();
            _living = LiveAsync(_living, _life.Token);
        }

        pulse.Beat();
    }

    /// <summary>Takes it down; it stays so until <see cref="Start"/>.</summary>
    internal async Task StopAsync()
    {
        Task living;
        lock (_lock)
        {
            _life?.Cancel();
            living = _living;
        }

        await living;
        if (State.Phase != PartPhase.Finished)
        {
            Change(s => s with { Phase = PartPhase.Stopped, Healthy = false, Problem = null });
        }
    }

    private async Task LiveAsync(Task before, CancellationToken stop)
    {
        await Task.Yield();
        await before.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        try
        {
            // only the first time: a service that dies must come back even while the broker is away
            if (!_hasWaited)
            {
                await WaitForOthersAsync(stop);
                _hasWaited = true;
            }

            for (var deaths = 1; ; deaths++)
            {
                var (end, healthyFor) = await RunOnceAsync(stop);
                if (stop.IsCancellationRequested)
                {
                    return;
                }

                switch (end)
                {
                    case RunEnd.NotStarted(var problem):
                        Change(s => s with { Phase = PartPhase.Failed, Problem = problem });
                        return;
                    case RunEnd.Ended(0) when oneShot:
                        Change(s => s with { Phase = PartPhase.Finished, Problem = null });
                        return;
                    case RunEnd.Ended(var code) when oneShot:
                        Change(s => s with { Phase = PartPhase.Failed, Problem = string.Create(CultureInfo.InvariantCulture, $"ended with exit code {code}") });
                        return;
                    case RunEnd.Ended(var code):
                        deaths = healthyFor >= backOff.ForgivenAfter ? 1 : deaths;
                        var pause = backOff.Pause(deaths);
                        Change(s => s with
                        {
                            Phase = PartPhase.BackingOff,
                            Restarts = s.Restarts + 1,
                            Problem = string.Create(CultureInfo.InvariantCulture, $"ended with exit code {code}, started again after {pause.TotalSeconds:0.#} s"),
                        });
                        await Task.Delay(pause, stop);
                        break;
                }
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // taken down while waiting: StopAsync says so in the state
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or InvalidOperationException or System.ComponentModel.Win32Exception)
        {
            Change(s => s with { Phase = PartPhase.Failed, Healthy = false, Pid = null, PidBegan = null, Problem = e.Message });
        }
    }

    private async Task WaitForOthersAsync(CancellationToken stop)
    {
        foreach (var wait in resource.Waits)
        {
            bool Reached() => replicasOf(wait.Process).All(r => wait.Kind == WaitKind.Completion ? r.State.Phase == PartPhase.Finished : r.State.IsHealthy);
            Change(s => s with { Phase = PartPhase.Waiting, Problem = $"waits for {wait.Named.Name}" });
            await pulse.UntilAsync(Reached, stop);
        }
    }

    private async Task<(RunEnd End, TimeSpan HealthyFor)> RunOnceAsync(CancellationToken stop)
    {
        Change(s => s with { Phase = PartPhase.Starting, Healthy = false, Problem = null });
        try
        {
            return await resource.PrepareAsync(context, stop) switch
            {
                Launch.Impossible(var problem) => (new RunEnd.NotStarted(problem), TimeSpan.Zero),
                Launch.Command command when Tool.Find(command.FileName) is null =>
                    (new RunEnd.NotStarted($"the program {command.FileName} is missing; ./library doctor says how to get it"), TimeSpan.Zero),
                Launch.Command command => await RunAsync(command, stop),
                var other => throw new InvalidOperationException($"{other} is no way to start {resource.Name}."),
            };
        }
        finally
        {
            await resource.AfterExitAsync(context);
        }
    }

    private async Task<(RunEnd End, TimeSpan HealthyFor)> RunAsync(Launch.Command command, CancellationToken stop)
    {
        stop.ThrowIfCancellationRequested();
        using var child = ChildProcess.Start(command, State.Log);
        Change(s => s with { Pid = child.Pid, PidBegan = child.Began });
        var healthyFor = await WatchAsync(child, stop);
        if (!child.Exited.IsCompleted)
        {
            await child.StopAsync(resource.StopSignal, resource.StopGrace);
        }

        var code = await child.Exited;
        Change(s => s with { Pid = null, PidBegan = null, Healthy = false });
        return (new RunEnd.Ended(code), healthyFor);
    }

    /// <summary>Asks after its health until it ends or is to be stopped.</summary>
    /// <returns>How long it has been healthy without a break.</returns>
    private async Task<TimeSpan> WatchAsync(ChildProcess child, CancellationToken stop)
    {
        long? healthySince = null;
        while (!child.Exited.IsCompleted && !stop.IsCancellationRequested)
        {
            if (!oneShot)
            {
                var problem = await ProbeAsync(child, stop);
                if (child.Exited.IsCompleted || stop.IsCancellationRequested)
                {
                    break;
                }

                healthySince = problem is null ? healthySince ?? System.Diagnostics.Stopwatch.GetTimestamp() : null;
                Change(s => s with { Phase = problem is null ? PartPhase.Running : s.Phase, Healthy = problem is null, Problem = problem });
            }

            var pause = oneShot ? Timeout.InfiniteTimeSpan : State.Phase == PartPhase.Running ? ProbeWhileRunning : ProbeWhileStarting;
            await Task.WhenAny(child.Exited, Task.Delay(pause, stop));
        }

        return healthySince is { } since ? System.Diagnostics.Stopwatch.GetElapsedTime(since) : TimeSpan.Zero;
    }

    private async Task<string?> ProbeAsync(ChildProcess child, CancellationToken stop)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(stop);
        limit.CancelAfter(ProbeTimeout);
        try
        {
            var probe = resource.ProbeAsync(context, limit.Token);
            return await Task.WhenAny(probe, child.Exited) == probe ? await probe : "ended";
        }
        catch (OperationCanceledException)
        {
            return $"does not answer within {ProbeTimeout.TotalSeconds:0} s";
        }
    }

    private void Change(Func<PartState, PartState> change)
    {
        lock (_lock)
        {
            var next = change(_state);
            if (next == _state)
            {
                return;
            }

            _state = next;
        }

        pulse.Beat();
    }

    private abstract record RunEnd
    {
        internal sealed record NotStarted(string Problem) : RunEnd;

        internal sealed record Ended(int ExitCode) : RunEnd;
    }
}
