using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Unicode;
using Library.Catalog.Domain;
using Library.Catalog.Domain.Marc;

namespace Library.Catalog.Features.Importing;

/// <summary>A record of a file, ready to be stored.</summary>
public sealed record IncomingRecord
{
    private const int LongestControlNumber = 200;

    public required long Position { get; init; }
    public required long ByteOffset { get; init; }
    /// <summary>Field 001; a hash of the record where it has none that can be kept.</summary>
    public required string ControlNumber { get; init; }
    public required byte[] Raw { get; init; }
    public required byte[] ContentHash { get; init; }
    public required IndexedRecord Index { get; init; }
    /// <summary>What was wrong with it and is repaired in what is made of it; the raw record stays as it came.</summary>
    public required IReadOnlyList<string> Notes { get; init; }

    public static IncomingRecord From(MarcRecord record)
    {
        // a record element leaves the file's coding behind: what is not UTF-8 is written anew, or nobody could read it again
        var raw = record.Form == MarcForm.Xml && !Utf8.IsValid(record.Raw.Span) ? MarcWriter.ToXml(record) : record.Raw.ToArray();
        var content = SHA256.HashData([.. Encoding.ASCII.GetBytes($"{record.Format} {record.Form} "), .. raw]);
        var normalised = NormalisedRecord.From(record);
        return new IncomingRecord
        {
            Position = record.Position,
            ByteOffset = record.ByteOffset,
            ControlNumber = normalised.ControlNumber is { Length: > 0 and <= LongestControlNumber } number
                ? number
                : string.Create(CultureInfo.InvariantCulture, $"sha256:{Convert.ToHexStringLower(SHA256.HashData(raw))}"),
            Raw = raw,
            ContentHash = content,
            Index = new IndexedRecord(normalised),
            Notes = record.Flaws.Codes(),
        };
    }
}

/// <summary>A piece of a file that is not stored, and why.</summary>
public sealed record Reject(long Position, long ByteOffset, string RecordId, string Reason)
{
    private const int LongestText = 300;

    public static Reject From(MarcReject reject) => new(
        reject.Position, reject.ByteOffset, Clean(reject.RecordId ?? ""), $"{ContractCode.Of(reject.Reason)}: {Clean(reject.Text)}");

    /// <summary>The database does not take what it cannot hold as text.</summary>
    public static Reject NotStorable(IncomingRecord record) =>
        new(record.Position, record.ByteOffset, Clean(record.ControlNumber), "NOT_STORABLE: the database does not take the text of this record");

    private static string Clean(string text)
    {
        var clean = string.Concat(text.EnumerateRunes().Where(rune => !Rune.IsControl(rune)).Take(LongestText).Select(rune => rune.ToString()));
        return clean;
    }
}
