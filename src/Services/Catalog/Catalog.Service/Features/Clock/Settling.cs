using System.Diagnostics;
using System.Globalization;
using Google.Protobuf;
using Library.Contracts.Operations;
using Library.ServiceDefaults.Errors;

namespace Library.Catalog.Features.Clock;

/// <summary>
/// Knows when a day's work is done: nothing unpublished, nothing untried, and every message published since the beginning handled by
/// every service that consumes it. A message is handled in the transaction that writes what follows from it, so a look at all outboxes
/// that began after everything known was handled, and that finds nothing new, proves that nothing is under way (ADR 6).
/// </summary>
public sealed class Settling(IReadOnlyList<Station> stations, TimeProvider time)
{
    private const int MostMessages = 10_000;
    private static readonly TimeSpan AtMost = TimeSpan.FromSeconds(30), FirstPause = TimeSpan.FromMilliseconds(5), LongestPause = TimeSpan.FromMilliseconds(50);

    /// <summary>Clocks of the service and its database may differ by this much.</summary>
    private static readonly Duration Margin = Duration.FromSeconds(1);

    private Instant since = Now(time) - Margin;
    private HashSet<ByteString> handled = [];

    /// <summary>Returns when the day's work is done.</summary>
    /// <exception cref="Failure">DEADLINE_EXCEEDED after 30 s, with what is stuck.</exception>
    public async Task WaitAsync(CancellationToken cancellationToken)
    {
        var begin = Stopwatch.GetTimestamp();
        var pause = FirstPause;
        while (true)
        {
            var look = Now(time);
            var backlogs = await Task.WhenAll(stations.Select(
                async station => (station.Name, Backlog: await station.GetBacklogAsync(since, cancellationToken))));
            var stuck = Waiting(backlogs);
            if (stuck.Count == 0)
            {
                List<PublishedMessage> fresh = [.. backlogs.SelectMany(b => b.Backlog.Published).Where(message => !handled.Contains(message.Id))];
                if (fresh.Count == 0)
                {
                    // all of these are handled: the next day need not look at them again
                    handled = [.. backlogs.SelectMany(b => b.Backlog.Published).Select(message => message.Id)];
                    since = look - Margin;
                    return;
                }
                stuck = await UnhandledAsync(fresh, cancellationToken);
                if (stuck.Count == 0)
                {
                    handled.UnionWith(fresh.Select(message => message.Id));
                    continue;
                }
            }
            if (Stopwatch.GetElapsedTime(begin) > AtMost) throw Failure.Stuck(string.Join("; ", stuck));
            await Task.Delay(pause, cancellationToken);
            pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
        }
    }

    private static List<string> Waiting(IEnumerable<(string Name, GetBacklogResponse Backlog)> backlogs)
    {
        var waiting = new List<string>();
        foreach (var (name, backlog) in backlogs)
        {
            if (backlog.Unpublished > 0) waiting.Add(string.Create(CultureInfo.InvariantCulture, $"{name}: {backlog.Unpublished} messages to publish"));
            if (backlog.Untried > 0) waiting.Add(string.Create(CultureInfo.InvariantCulture, $"{name}: {backlog.Untried} queued and not tried"));
            if (backlog.Published.Count >= MostMessages)
                waiting.Add(string.Create(CultureInfo.InvariantCulture, $"{name}: {MostMessages} messages or more in a day"));
        }
        return waiting;
    }

    private async Task<List<string>> UnhandledAsync(List<PublishedMessage> messages, CancellationToken cancellationToken)
    {
        var unhandled = new List<string>();
        foreach (var part in messages.Chunk(MostMessages))
        {
            var request = new FindUnhandledRequest { Messages = { part } };
            var answers = await Task.WhenAll(stations.Select(station => station.FindUnhandledAsync(request, cancellationToken)));
            foreach (var answer in answers)
                unhandled.AddRange(answer.Unhandled.Select(found => string.Create(CultureInfo.InvariantCulture, $"{found.Key} ({found.Value})")));
        }
        return unhandled;
    }

    private static Instant Now(TimeProvider time) => Instant.FromDateTimeOffset(time.GetUtcNow());
}
