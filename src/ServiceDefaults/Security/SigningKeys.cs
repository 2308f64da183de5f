using Microsoft.Extensions.Logging;
using Microsoft.IdentityModel.Tokens;

namespace Library.ServiceDefaults.Security;

/// <summary>
/// The public keys that Membership publishes. Fetched when a token names one that is not known, at most every two seconds, and every ten
/// minutes besides; kept in memory and, where there is a database, there: checking a token costs no call, and goes on while Membership is
/// away, also for a service that starts then (ADR 8).
/// </summary>
public sealed class SigningKeys(Func<CancellationToken, Task<string>> fetch, TimeProvider time, ILogger<SigningKeys> log, KnownKeys? kept = null) : IDisposable
{
    private static readonly TimeSpan LeastInterval = TimeSpan.FromSeconds(2), FetchTimeout = TimeSpan.FromSeconds(3), FetchAgain = TimeSpan.FromMinutes(10);
    private readonly SemaphoreSlim one = new(1);
    private volatile IReadOnlyDictionary<string, SecurityKey> keys = new Dictionary<string, SecurityKey>();
    private long lastFetch = long.MinValue;
    private volatile bool away;

    public SecurityKey? Find(string? keyId) => keyId is null ? null : keys.GetValueOrDefault(keyId);

    /// <summary>
    /// Sees to it that this key is known, where it can be. False where it is not known and nobody could be asked: then the token can
    /// be called neither good nor bad. A failure leaves the known ones in force.
    /// </summary>
    public async Task<bool> EnsureAsync(string? keyId, CancellationToken cancellationToken)
    {
        if (Find(keyId) is null) await LookAsync(keyId, cancellationToken);
        else LookAgainInTime();
        return !away || keyId is null || Find(keyId) is not null;
    }

    /// <summary>Fetches the keys anew where that is long ago, so that one that was withdrawn is forgotten; nobody waits for it.</summary>
    public void LookAgainInTime()
    {
        if (IsDue(FetchAgain) && one.CurrentCount > 0) _ = LookAsync(null, CancellationToken.None);
    }

    private bool IsDue(TimeSpan interval) => Interlocked.Read(ref lastFetch) is var last && (last == long.MinValue || time.GetElapsedTime(last) >= interval);

    /// <summary>Unless this key is known meanwhile: those kept from before, then those published now.</summary>
    private async Task LookAsync(string? keyId, CancellationToken cancellationToken)
    {
        await one.WaitAsync(cancellationToken);
        try
        {
            if (Find(keyId) is not null || !IsDue(keyId is null ? FetchAgain : LeastInterval)) return;
            if (keys.Count == 0 && kept is not null)
                await TryAsync(async () =>
                {
                    if (await kept.ReadAsync(cancellationToken) is { } before) Take(before);
                }, cancellationToken);
            if (Find(keyId) is not null) return;
            Interlocked.Exchange(ref lastFetch, time.GetTimestamp());
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            limit.CancelAfter(FetchTimeout);
            var published = "";
            away = !await TryAsync(async () => Take(published = await fetch(limit.Token)), cancellationToken);
            if (!away && kept is not null) await TryAsync(() => kept.WriteAsync(published, cancellationToken), cancellationToken);
        }
        finally
        {
            one.Release();
        }
    }

    private async Task<bool> TryAsync(Func<Task> look, CancellationToken cancellationToken)
    {
        try
        {
            await look();
            return true;
        }
        catch (Exception problem) when (problem is HttpRequestException or OperationCanceledException or ArgumentException or NpgsqlException or TimeoutException)
        {
            if (cancellationToken.IsCancellationRequested) throw;
            log.LogWarning("The signing keys could not be fetched or kept ({Problem}); {Count} are known", problem.GetType().Name, keys.Count);
            return false;
        }
    }

    private void Take(string keySet) => keys = new JsonWebKeySet(keySet).GetSigningKeys().ToDictionary(key => key.KeyId);

    public void Dispose() => one.Dispose();
}
