using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Library.Catalog.Domain.Lockers;

namespace Library.Catalog.Features.Lockers;

/// <summary>
/// One-time codes: a keyed hash of the deposit and its generation, cut to digits. So a code stands nowhere, neither plain nor hashed, and whoever has the database
/// has no codes. The key is derived from the one that all instances share.
/// </summary>
public sealed class LockerCodes(IConfiguration configuration)
{
    private readonly byte[] key = HKDF.DeriveKey(
        HashAlgorithmName.SHA256, Encoding.UTF8.GetBytes(configuration["ServiceKey"] ?? ""), 32, info: "locker codes"u8.ToArray());

    public string Of(Guid deposit, int generation)
    {
        var hash = HMACSHA256.HashData(key, Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{deposit:N} {generation}")));
        // of 64 bits, so that no code is likelier than another by more than one in 10¹¹
        var number = BinaryPrimitives.ReadUInt64BigEndian(hash) % (ulong)Math.Pow(10, LockerRules.CodeDigits);
        return number.ToString(CultureInfo.InvariantCulture).PadLeft(LockerRules.CodeDigits, '0');
    }

    public bool IsRight(Guid deposit, int generation, string typed) =>
        CryptographicOperations.FixedTimeEquals(Encoding.ASCII.GetBytes(Of(deposit, generation)), Encoding.UTF8.GetBytes(typed));
}
