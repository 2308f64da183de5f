using System.Text;
using System.Text.RegularExpressions;
using Library.Catalog.Domain.Marc;

namespace Library.Catalog.Domain.Tests.Marc;

/// <summary>Accepted and rejected together are all that was found: every byte of a file belongs to one record, one reject or to filler.</summary>
internal static class Coverage
{
    public static void Check(byte[] file, IReadOnlyList<MarcReading> found, bool isXml)
    {
        Assert.Equal(Enumerable.Range(1, found.Count), found.Select(reading => reading.Position));
        var at = !isXml && file.AsSpan().StartsWith("\uFEFF"u8) ? 3L : 0;
        foreach (var reading in found)
        {
            Assert.InRange(reading.ByteOffset, at, file.Length);
            CheckFiller(file.AsSpan((int)at, (int)(reading.ByteOffset - at)), isXml);
            Assert.InRange(reading.ByteLength, 1, file.Length - reading.ByteOffset);
            at = reading.ByteOffset + reading.ByteLength;
            if (reading is MarcRecord record)
            {
                Assert.True(record.Raw.Span.SequenceEqual(file.AsSpan((int)reading.ByteOffset, record.Raw.Length)), $"record {reading.Position} is not the file's");
            }
        }

        // only these are not read to the end, and nothing comes after them
        var isGivenUp = found.LastOrDefault() is MarcReject { Reason: MarcRejectReason.DtdProhibited } || (isXml && file is [0xFF, 0xFE, ..] or [0xFE, 0xFF, ..]);
        if (!isGivenUp)
        {
            CheckFiller(file.AsSpan((int)at), isXml);
        }
    }

    private static void CheckFiller(ReadOnlySpan<byte> filler, bool isXml)
    {
        if (!isXml)
        {
            Assert.Equal(-1, filler.IndexOfAnyExcept("\r\n\0\x1A"u8));
            return;
        }

        foreach (var name in new[] { "leader", "controlfield", "datafield", "lab", "cf", "df" })
        {
            Assert.True(!IsStarted(filler, name), $"<{name}> was passed over");
        }
    }

    // an element of that name, with any prefix, outside comments and character data
    private static bool IsStarted(ReadOnlySpan<byte> filler, string name)
    {
        var text = Encoding.Latin1.GetString(filler);
        text = Regex.Replace(text, "<!--.*?-->|<!\\[CDATA\\[.*?\\]\\]>", " ", RegexOptions.Singleline);
        return Regex.IsMatch(text, $"<(?:[^ \\t\\r\\n/>:<]{{1,50}}:)?{name}[ \\t\\r\\n/>]");
    }
}
