using System.Text;

namespace Library.Catalog.Domain.Marc;

/// <summary>What begins with a '&lt;', as far as cutting a file into record elements needs to know.</summary>
internal enum XmlTagKind
{
    Other,
    RecordStart,
    RecordEnd,
    Field,
    Comment,
    CharacterData,
    Doctype,
    Declaration,
}

/// <summary>A tag at the head of some bytes. <see cref="Length"/> is that of the mark itself; of an end tag, with the closing bracket.</summary>
internal readonly record struct XmlTag(XmlTagKind Kind, string Prefix, int Length)
{
    /// <summary>How many bytes must be in view to tell what a tag is.</summary>
    public const int MaxLength = 256;

    private const int MaxPrefix = 64;

    /// <summary>What closes a comment or character data.</summary>
    public byte[] Closing => Kind == XmlTagKind.Comment ? "-->"u8.ToArray() : "]]>"u8.ToArray();

    /// <summary>Reads the tag that begins at the first of <paramref name="bytes"/>.</summary>
    public static XmlTag At(ReadOnlySpan<byte> bytes)
    {
        bytes = bytes[..Math.Min(bytes.Length, MaxLength)]; // a tag that never ends is not searched for its end again and again
        if (bytes.StartsWith("<!--"u8))
        {
            return new(XmlTagKind.Comment, "", 4);
        }

        if (bytes.StartsWith("<![CDATA["u8))
        {
            return new(XmlTagKind.CharacterData, "", 9);
        }

        if (bytes.StartsWith("<!DOCTYPE"u8))
        {
            return new(XmlTagKind.Doctype, "", 9);
        }

        if (bytes.StartsWith("<?xml "u8))
        {
            return new(XmlTagKind.Declaration, "", 6);
        }

        return Element(bytes);
    }

    /// <summary>The length of a comment or character data with its end, or 0 where the end is not in view.</summary>
    public static int ClosedLength(ReadOnlySpan<byte> bytes, XmlTag tag)
    {
        var at = bytes[tag.Length..].IndexOf(tag.Closing);
        return at < 0 ? 0 : tag.Length + at + tag.Closing.Length;
    }

    /// <summary>The coding that an XML declaration names; null where it names none, or one that is not known here.</summary>
    public static Encoding? DeclaredEncoding(ReadOnlySpan<byte> bytes)
    {
        bytes = bytes[..Math.Min(bytes.Length, MaxLength)];
        var end = bytes.IndexOf("?>"u8);
        var text = end < 0 ? "" : Encoding.Latin1.GetString(bytes[..end]);
        var at = text.IndexOf("encoding=", StringComparison.Ordinal);
        var name = at < 0 ? "" : text[(at + 9)..].Trim().Trim('"', '\'').Split('"', '\'')[0];
        return name.ToUpperInvariant() switch
        {
            "ISO-8859-1" or "LATIN1" => Encoding.Latin1,
            "US-ASCII" or "ASCII" => Encoding.ASCII,
            var other when IsSingleByte(other) => CodePagesEncodingProvider.Instance.GetEncoding(other),
            _ => null,
        };
    }

    // in these every byte of ASCII is itself, so that tags can be told in the bytes
    private static bool IsSingleByte(string name) =>
        name.StartsWith("ISO-8859-", StringComparison.Ordinal) || name.StartsWith("WINDOWS-125", StringComparison.Ordinal) || name.StartsWith("KOI8-", StringComparison.Ordinal);

    private static XmlTag Element(ReadOnlySpan<byte> bytes)
    {
        var isEnd = bytes.StartsWith("</"u8);
        var from = isEnd ? 2 : 1;
        var nameLength = bytes[from..].IndexOfAny(" \t\r\n/><"u8);
        if (nameLength is < 2 or > MaxPrefix)
        {
            return new(XmlTagKind.Other, "", 1);
        }

        var name = bytes.Slice(from, nameLength);
        var prefixLength = name.IndexOf((byte)':');
        var local = name[(prefixLength + 1)..];
        if (!local.SequenceEqual("record"u8) && !local.SequenceEqual("rec"u8))
        {
            var isField = !isEnd && (local.SequenceEqual("leader"u8) || local.SequenceEqual("controlfield"u8) || local.SequenceEqual("datafield"u8)
                || local.SequenceEqual("lab"u8) || local.SequenceEqual("cf"u8) || local.SequenceEqual("df"u8));
            return new(isField ? XmlTagKind.Field : XmlTagKind.Other, "", 1);
        }

        var prefix = prefixLength < 0 ? "" : Encoding.UTF8.GetString(name[..prefixLength]);
        if (!isEnd)
        {
            return new(XmlTagKind.RecordStart, prefix, from + nameLength);
        }

        var close = bytes.IndexOf((byte)'>');
        return new(XmlTagKind.RecordEnd, prefix, close < 0 ? from + nameLength : close + 1);
    }
}
