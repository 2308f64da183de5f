namespace Library.AppHost.Local.Engine;

/// <summary>Beats whenever the state of any process changes; whoever waits for a condition looks again.</summary>
internal sealed class Pulse
{
    private TaskCompletionSource _next = new(TaskCreationOptions.RunContinuationsAsynchronously);

    internal void Beat() =>
        Interlocked.Exchange(ref _next, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).SetResult();

    internal async Task UntilAsync(Func<bool> condition, CancellationToken cancellation)
    {
        while (true)
        {
            var next = Volatile.Read(ref _next).Task; // taken before looking, so that no beat is missed
            if (condition())
            {
                return;
            }

            await next.WaitAsync(cancellation);
        }
    }
}
