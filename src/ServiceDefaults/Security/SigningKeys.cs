using Microsoft.Extensions.Logging;
using Microsoft.IdentityModel.Tokens;

namespace Library.ServiceDefaults.Security;

/// <summary>
/// The public keys that Membership publishes. Fetched when a token names one that is not known, at most every two
/// seconds, and kept in memory: checking a token costs no call, and goes on while Membership is away.
/// </summary>
public sealed class SigningKeys(Func<CancellationToken, Task<string>> fetch, TimeProvider time, ILogger<SigningKeys> log) : IDisposable
{
    private static readonly TimeSpan LeastInterval = TimeSpan.FromSeconds(2), FetchTimeout = TimeSpan.FromSeconds(3);
    private readonly SemaphoreSlim one = new(1);
    private volatile IReadOnlyDictionary<string, SecurityKey> keys = new Dictionary<string, SecurityKey>();
    private long lastFetch = long.MinValue;

    public SecurityKey? Find(string? keyId) => keyId is null ? null : keys.GetValueOrDefault(keyId);

    /// <summary>Fetches the keys unless this one is known. A failure leaves the known ones in force; the token is then refused.</summary>
    public async Task EnsureAsync(string? keyId, CancellationToken cancellationToken)
    {
        if (Find(keyId) is not null) return;
        await one.WaitAsync(cancellationToken);
        try
        {
            if (Find(keyId) is not null || (lastFetch != long.MinValue && time.GetElapsedTime(lastFetch) < LeastInterval)) return;
            lastFetch = time.GetTimestamp();
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            limit.CancelAfter(FetchTimeout);
            keys = new JsonWebKeySet(await fetch(limit.Token)).GetSigningKeys().ToDictionary(key => key.KeyId);
        }
        catch (Exception problem) when (problem is HttpRequestException or OperationCanceledException or ArgumentException)
        {
            if (cancellationToken.IsCancellationRequested) throw;
            log.LogWarning("The signing keys could not be fetched ({Problem}); {Count} are known", problem.GetType().Name, keys.Count);
        }
        finally
        {
            one.Release();
        }
    }

    public void Dispose() => one.Dispose();
}
