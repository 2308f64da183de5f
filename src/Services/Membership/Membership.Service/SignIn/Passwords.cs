using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Konscious.Security.Cryptography;

namespace Library.Membership.SignIn;

/// <summary>
/// Passwords as Argon2id: 19 MiB, two passes, one lane (what OWASP asks for at least). The text names its parameters, so that they can
/// be raised later. At most two are computed at one time, which bounds the memory that sign-ins can take; the others wait for five
/// seconds at most.
/// </summary>
public sealed class Passwords : IDisposable
{
    /// <summary>Longer ones are refused unread.</summary>
    public const int MostCharacters = 200;

    private const int MemoryKib = 19 * 1024, Passes = 2, Lanes = 1, SaltBytes = 16, HashBytes = 32, AtOnce = 2;
    private static readonly TimeSpan WaitAtMost = TimeSpan.FromSeconds(5);
    private readonly SemaphoreSlim slots = new(AtOnce);

    /// <exception cref="TimeoutException">Too many at this moment.</exception>
    public async Task<string> HashAsync(string password, CancellationToken cancellationToken)
    {
        var salt = RandomNumberGenerator.GetBytes(SaltBytes);
        var hash = await ComputeAsync(password, salt, MemoryKib, Passes, Lanes, cancellationToken);
        return string.Create(CultureInfo.InvariantCulture,
            $"argon2id$m={MemoryKib},t={Passes},p={Lanes}${Convert.ToBase64String(salt)}${Convert.ToBase64String(hash)}");
    }

    /// <summary>Takes as long for a null <paramref name="kept"/> (nobody of that name) as for a wrong password.</summary>
    /// <exception cref="TimeoutException">Too many at this moment.</exception>
    public async Task<bool> VerifyAsync(string? kept, string password, CancellationToken cancellationToken)
    {
        if (kept?.Split('$') is not ["argon2id", var figures, var salt, var hash])
        {
            await ComputeAsync(password, new byte[SaltBytes], MemoryKib, Passes, Lanes, cancellationToken);
            return false;
        }
        var numbers = figures.Split(',').Select(figure => int.Parse(figure.AsSpan(2), CultureInfo.InvariantCulture)).ToArray();
        var computed = await ComputeAsync(password, Convert.FromBase64String(salt), numbers[0], numbers[1], numbers[2], cancellationToken);
        return CryptographicOperations.FixedTimeEquals(computed, Convert.FromBase64String(hash));
    }

    private async Task<byte[]> ComputeAsync(string password, byte[] salt, int memoryKib, int passes, int lanes, CancellationToken cancellationToken)
    {
        if (!await slots.WaitAsync(WaitAtMost, cancellationToken)) throw new TimeoutException("Too many passwords are being checked.");
        try
        {
            using var argon = new Argon2id(Encoding.UTF8.GetBytes(password.Normalize(NormalizationForm.FormC)))
            {
                Salt = salt, MemorySize = memoryKib, Iterations = passes, DegreeOfParallelism = lanes,
            };
            return await argon.GetBytesAsync(HashBytes);
        }
        finally
        {
            slots.Release();
        }
    }

    public void Dispose() => slots.Dispose();
}
