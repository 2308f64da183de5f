using System.Globalization;
using NodaTime;
using NodaTime.Text;

namespace Library.Catalog.Domain.Offline;

/// <summary>
/// Reads the file that a desk has written while the system was down (art. 28; docs/offline.md): a header, an act a line, and a last line with their
/// count. The whole file is checked before anything of it is applied.
/// </summary>
public static class OfflineLogReader
{
    /// <summary>Acts of one log, at most (inclusive).</summary>
    public const int MostLines = 5_000;

    /// <summary>Characters of one line, at most (inclusive), without its end.</summary>
    public const int LongestLine = 160;

    private const string Header = "OFFLINE-LOG,1,BRANCH,DEVICE,LOG-ID", End = "END", ByteOrderMark = "\u00ef\u00bb\u00bf";

    /// <summary>Reads a file. Lines end with LF or CR LF; a byte order mark before the first is passed over, as are empty lines after the last.</summary>
    /// <param name="text">The file, a character a byte.</param>
    /// <param name="now">When it came in: what lies after it is in the future, what lies long before it is too old.</param>
    public static OfflineReading Read(string text, Instant now)
    {
        var rows = (text.StartsWith(ByteOrderMark, StringComparison.Ordinal) ? text[ByteOrderMark.Length..] : text).Split('\n');
        if (ReadHeader(Clean(rows[0])) is not { } header) return Wrong(1, OfflineFlawKind.Form, Header);
        var lines = new List<OfflineLine>();
        for (var at = 1; at < rows.Length; at++)
        {
            var row = Clean(rows[at]);
            if (row.StartsWith($"{End},", StringComparison.Ordinal)) return ReadEnd(rows, at, header with { Lines = lines });
            // nothing ends the file's last row, and it is not the last line of a log
            if (at == rows.Length - 1) return Wrong(at + 1, OfflineFlawKind.Cut);
            if (lines.Count == MostLines) return Wrong(at + 1, OfflineFlawKind.TooMany);
            var (line, flaw) = ReadLine(row, at + 1, lines.Count == 0 ? null : lines[^1].At, now);
            if (line is null) return new OfflineReading(null, flaw);
            lines.Add(line);
        }
        return Wrong(rows.Length, OfflineFlawKind.Cut);
    }

    private static OfflineReading Wrong(int line, OfflineFlawKind kind, string expected = "") => new(null, new OfflineFlaw(line, kind, expected));

    private static string Clean(string row) => row.EndsWith('\r') ? row[..^1] : row;

    private static OfflineLog? ReadHeader(string row) =>
        row.Length <= LongestLine && row.Split(',') is ["OFFLINE-LOG", "1", var branch, var device, var id]
            && Barcode.IsLabel(branch) && Barcode.IsLabel(device) && Guid.TryParseExact(id, "D", out var known) && known != Guid.Empty
            ? new OfflineLog(known, branch, device, [])
            : null;

    private static OfflineReading ReadEnd(string[] rows, int at, OfflineLog log)
    {
        var expected = string.Create(CultureInfo.InvariantCulture, $"{End},{log.Lines.Count}");
        if (Clean(rows[at]) != expected || log.Lines.Count == 0) return Wrong(at + 1, OfflineFlawKind.Form, log.Lines.Count == 0 ? Form(1) : expected);
        var beyond = Array.FindIndex(rows, at + 1, row => Clean(row).Length > 0);
        return beyond < 0 ? new OfflineReading(log, null) : Wrong(beyond + 1, OfflineFlawKind.Form, "nothing");
    }

    private static string Form(int number) => string.Create(CultureInfo.InvariantCulture, $"{number},INSTANT,LOAN,BARCODE,CARD / {number},INSTANT,RETURN,BARCODE");

    private static (OfflineLine? Line, OfflineFlaw? Flaw) ReadLine(string row, int line, Instant? before, Instant now)
    {
        var number = line - 1;
        var parts = row.Length <= LongestLine ? row.Split(',') : [];
        var wrong = new OfflineFlaw(line, OfflineFlawKind.Form, Form(number));
        if (parts.Length < 4 || parts[0] != number.ToString(CultureInfo.InvariantCulture) || !Barcode.TryParse(parts[3], out var barcode)) return (null, wrong);
        if (OffsetDateTimePattern.Rfc3339.Parse(parts[1]) is not { Success: true } instant || !ContractCode.TryParse<OfflineKind>(parts[2], out var kind)) return (null, wrong);
        CardNumber? card = null;
        var isWhole = kind switch
        {
            OfflineKind.Loan => parts.Length == 5 && CardNumber.TryParse(parts[4], out card),
            OfflineKind.Return => parts.Length == 4,
        };
        if (!isWhole) return (null, wrong);
        var at = instant.Value.ToInstant();
        if (at > now + OfflineRules.MostAhead) return (null, new OfflineFlaw(line, OfflineFlawKind.Future));
        return (new OfflineLine(number, OfflineRules.Order(at, before), kind, barcode.Value, card, OfflineRules.Judge(at, before, now)), null);
    }
}
