using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Library.Catalog.Rules;

namespace Library.Catalog.Features.Overdue;

/// <summary>
/// The ids of what is told to a member once for a day. They follow from kind, member and day, so that a second run, or one beside it, tells the same under the
/// same id: the outbox takes it once, and so does who hears of it. Nothing is noted on the loans.
/// </summary>
public static class Tellings
{
    public const string Collection = "loanNotices";

    /// <summary>A version 8 UUID.</summary>
    public static Guid IdOf(string kind, Guid member, LocalDate day)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.ASCII.GetBytes($"{kind} {member:N} {day.Iso()}"), hash);
        var id = hash[..16];
        var version = BinaryPrimitives.ReadUInt16BigEndian(id[6..]);
        BinaryPrimitives.WriteUInt16BigEndian(id[6..], (ushort)((version & 0x0FFF) | 0x8000));
        id[8] = (byte)((id[8] & 0x3F) | 0x80);
        return new Guid(id, bigEndian: true);
    }
}
