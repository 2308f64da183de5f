using System.Text;

namespace Library.Catalog.Domain.Tests.Marc;

/// <summary>Damages files as transports, programs and people do. The same random numbers give the same damage.</summary>
internal static class Mutation
{
    private const int MaxLength = 1_300_000;

    private static readonly string[] Floods = ["x", "<", " ", "&", "\u001B", "\u001Fa", "\u001F", "\u001E", "\u001D", "\0", "\u00E9", "<!--", "<a>", "<subfield code='a'/>", "<datafield tag='1'/>"];

    private static readonly string[] Switches =
    [
        "\u001B", "\u001B(", "\u001B$", "\u001B$1", "\u001B(B", "\u001B)!E", "\u001B(!E", "\u001B(N", "\u001B)Q", "\u001B(2", "\u001B)4", "\u001B(S", "\u001Bg", "\u001Bb", "\u001Bp",
        "\u001Bs", "\u001B$)1", "\u001B,X", "\u001B*P", "\u001Bn", "\u001B~", "\u001B}", "\u001BH", "\u000E", "\u000F", "&#x010D;", "&#x", "&#x10FFFF;",
    ];

    private static readonly string[] Markup =
    [
        "<", ">", "</", "/>", "<record>", "</record>", "<record", "<rec>", "<marc:record>", "</marc:record>", "<x:record xmlns:x='y'>", "<datafield", "<datafield tag='245'>", "</datafield>",
        "<subfield code='a'>", "</subfield>", "<controlfield tag='001'>", "</controlfield>", "<leader>", "</leader>", "<df t='200'>", "<cf ", "<!--", "-->", "<![CDATA[", "]]>",
        "<!DOCTYPE r>", "<!ENTITY a 'b'>", "<?xml version='1.0' encoding='ISO-8859-1'?>", "<?xml encoding='windows-1250'?>", "<?", "?>", "&amp;", "&", "&a;", "&#0;", "&#x1F;",
        "&#xD800;", "&#x10FFFF;", "&#xFFFE;", " tag='24'", " ind1=''", " code='ab'", " a='1' a='2'", " xmlns=''", " xmlns:marc=''", " xml:space='x'", "x:", "xmlns:", "\"", "'",
    ];

    /// <summary>A damaged copy of <paramref name="file"/>, at times run together with <paramref name="other"/>.</summary>
    public static byte[] Of(byte[] file, byte[] other, Random random)
    {
        var bytes = file.ToList();
        for (var hits = random.Next(1, random.Next(2, 10)); hits > 0; hits--)
        {
            Hit(bytes, other, random);
            if (bytes.Count > MaxLength)
            {
                bytes.RemoveRange(MaxLength, bytes.Count - MaxLength);
            }
        }

        return [.. bytes];
    }

    // longer than any record may be
    private static void Flood(List<byte> bytes, int at, Random random)
    {
        var drop = Encoding.Latin1.GetBytes(Floods[random.Next(Floods.Length)]);
        bytes.InsertRange(at, Enumerable.Repeat(drop, random.Next(1_000, MaxLength) / drop.Length).SelectMany(some => some).ToArray());
    }

    private static void Hit(List<byte> bytes, byte[] other, Random random)
    {
        var at = random.Next(bytes.Count + 1);
        var rest = bytes.Count - at;
        switch (random.Next(12))
        {
            case 1 when random.Next(100) == 0:
                Flood(bytes, at, random);
                break;
            case 0 when rest > 0:
                bytes[at] ^= (byte)(1 << random.Next(8));
                break;
            case 1 when rest > 0:
                bytes[at] = (byte)random.Next(256);
                break;
            case 2:
                var noise = new byte[random.Next(1, 30)];
                random.NextBytes(noise);
                bytes.InsertRange(at, noise);
                break;
            case 3:
                bytes.RemoveRange(at, Math.Min(rest, random.Next(1, 60)));
                break;
            case 4:
                bytes.InsertRange(at, bytes.GetRange(at, Math.Min(rest, random.Next(1, 3_000))));
                break;
            case 5 when random.Next(3) == 0:
                bytes.RemoveRange(at, rest);
                break;
            case 6:
                var from = random.Next(other.Length + 1);
                bytes.RemoveRange(at, random.Next(2) == 0 ? rest : 0);
                bytes.InsertRange(at, other.AsSpan(from).ToArray());
                break;
            case 7:
                ChangeDigits(bytes, random);
                break;
            case 8:
                bytes.InsertRange(at, Encoding.Latin1.GetBytes(Switches[random.Next(Switches.Length)]));
                break;
            case 9:
                bytes.Insert(at, (byte)(0x1D + random.Next(3)));
                break;
            case 10 or 11:
                bytes.InsertRange(Tag(bytes, at), Encoding.Latin1.GetBytes(Markup[random.Next(Markup.Length)]));
                break;
        }
    }

    // in a leader or directory, the first of the file or one behind a record terminator
    private static void ChangeDigits(List<byte> bytes, Random random)
    {
        var start = random.Next(2) == 0 ? 0 : bytes.IndexOf(0x1D, random.Next(bytes.Count + 1)) + 1;
        for (var i = random.Next(1, 6); i > 0; i--)
        {
            var at = start + random.Next(random.Next(2) == 0 ? 24 : 200);
            if (at < bytes.Count)
            {
                bytes[at] = (byte)(random.Next(8) == 0 ? random.Next(256) : '0' + random.Next(10));
            }
        }
    }

    // markup is put beside markup, where there is some
    private static int Tag(List<byte> bytes, int at) => bytes.IndexOf((byte)'<', at) is >= 0 and var tag ? tag : at;
}
