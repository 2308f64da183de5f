using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using System.Security.Claims;
using System.Security.Cryptography;
using System.Text;
using Microsoft.IdentityModel.Tokens;

namespace Library.ServiceDefaults.Security;

/// <summary>
/// What tokens said that were found good, until they expire: a desk sends the same one for an hour, and checking its signature costs more
/// than the rest of the edge. Kept by SHA-256, so that no token lies in memory; at most <see cref="Most"/> of them.
/// </summary>
public sealed class CheckedTokens(SigningKeys keys, TimeProvider time)
{
    private const int Most = 10_000, UsualLength = 4096;
    private readonly ConcurrentDictionary<Hash, Entry> entries = new();

    private readonly record struct Hash(UInt128 First, UInt128 Second);

    /// <param name="Key">Null for a token of our own services, whose key never changes in a process.</param>
    private sealed record Entry(ClaimsPrincipal Principal, SecurityKey? Key, DateTimeOffset Until);

    /// <summary>Whose the token is; null where it has to be checked, which is also so once the published keys have been fetched anew.</summary>
    public ClaimsPrincipal? Find(string token)
    {
        var hash = HashOf(token);
        if (!entries.TryGetValue(hash, out var entry)) return null;
        if (time.GetUtcNow() < entry.Until && (entry.Key is null || ReferenceEquals(entry.Key, keys.Find(entry.Key.KeyId)))) return entry.Principal;
        entries.TryRemove(hash, out _);
        return null;
    }

    /// <summary>Remembers a token that was found good just now.</summary>
    public void Keep(string token, SecurityToken read, ClaimsPrincipal principal)
    {
        if (entries.Count >= Most) MakeRoom();
        var key = read.Issuer == ServiceTokens.Issuer ? null : read.SigningKey ?? throw new InvalidOperationException("A good token has a key.");
        entries[HashOf(token)] = new Entry(principal, key, read.ValidTo);
    }

    /// <summary>The expired ones go; where that is not enough all, which costs everybody one check.</summary>
    private void MakeRoom()
    {
        var now = time.GetUtcNow();
        foreach (var (hash, entry) in entries)
            if (entry.Until <= now) entries.TryRemove(hash, out _);
        if (entries.Count >= Most) entries.Clear();
    }

    private static Hash HashOf(string token)
    {
        var length = Encoding.UTF8.GetMaxByteCount(token.Length);
        Span<byte> bytes = length <= UsualLength ? stackalloc byte[length] : new byte[length];
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(bytes[..Encoding.UTF8.GetBytes(token, bytes)], hash);
        return MemoryMarshal.Read<Hash>(hash);
    }
}
