using Library.ServiceDefaults.Errors;

namespace Library.Finance.Features;

/// <summary>
/// A charge made a second ago is known (the mirror of ADR 1). Charges come by message, within milliseconds, so whoever joins or returns an
/// overdue book and pays at once may be faster than the charge. An answer that a charge under way would change is therefore tried again after
/// growing pauses, six times within 1.5 s; nothing is locked or held open meanwhile. After that the answer stands.
/// </summary>
public static class SecondLook
{
    private static readonly TimeSpan[] Pauses = [.. new[] { 25, 50, 100, 200, 400, 725 }.Select(ms => TimeSpan.FromMilliseconds(ms))];

    /// <summary>Tries again where the attempt is refused for <paramref name="reason"/>; the last refusal is the caller's.</summary>
    /// <exception cref="Failure">As the last attempt threw it.</exception>
    public static async Task<T> BeforeRefusingAsync<T>(string reason, Func<Task<T>> attempt, CancellationToken cancellationToken)
    {
        foreach (var pause in Pauses)
            try
            {
                return await attempt();
            }
            catch (Failure refused) when (refused.Reason == reason)
            {
                await Task.Delay(pause, cancellationToken);
            }
        return await attempt();
    }

    /// <summary>Looks again where nothing is found; null where there is nothing at the last look either.</summary>
    public static async Task<T?> BeforeMissingAsync<T>(Func<Task<T?>> look, CancellationToken cancellationToken) where T : class
    {
        foreach (var pause in Pauses)
        {
            if (await look() is { } found) return found;
            await Task.Delay(pause, cancellationToken);
        }
        return await look();
    }
}
