using System.Collections.Frozen;
using System.Globalization;
using Google.Protobuf;
using Library.Catalog.Domain.Serials;
using Library.Catalog.V1;
using Library.ServiceDefaults.Requests;
using NodaTime.Text;
using Numbering = Library.Catalog.Domain.Serials.Numbering;
using PublicationPattern = Library.Catalog.Domain.Serials.PublicationPattern;
using Sent = Library.Catalog.V1.PublicationPattern;
using SentNumbering = Library.Catalog.V1.Numbering;
using SentSpan = Library.Catalog.V1.DaySpan;

namespace Library.Catalog.Features.Subscribing;

/// <summary>Publication patterns as they are sent and kept (the contract's message as JSON) and as the rules want them.</summary>
public static class Patterns
{
    private const int MostSpans = 50, MostSpanDays = 366, MostVolume = 10_000, MostNumber = 1_000_000, MostPerVolume = 1_000, MostYearsBack = 10;
    private static readonly AnnualDatePattern Annual = AnnualDatePattern.CreateWithInvariantCulture("MM-dd");

    public static string ToJson(Sent pattern) => JsonFormatter.Default.Format(pattern);

    public static Sent FromJson(string json) => JsonParser.Default.Parse<Sent>(json);

    /// <summary>What was checked when it was sent.</summary>
    public static PublicationPattern Rule(Sent sent) => Read(new Fields(), sent, LocalDatePattern.Iso.Parse(sent.FirstOn).Value);

    /// <summary>Names every field that is wrong; the pattern is good only where none is.</summary>
    public static PublicationPattern Read(this Fields fields, Sent? sent, LocalDate today)
    {
        if (sent is null) fields.Wrong("pattern", "REQUIRED");
        sent ??= new Sent();
        fields.Enum("pattern.frequency", sent.Frequency);
        var firstOn = fields.Date("pattern.firstOn", sent.FirstOn);
        if (firstOn != default) fields.Range("pattern.firstOn", Period.DaysBetween(today, firstOn), -366 * MostYearsBack, MostSpanDays);
        var byWeeks = sent.Frequency is Sent.Types.Frequency.Daily or Sent.Types.Frequency.Weekly or Sent.Types.Frequency.Fortnightly;
        if (!byWeeks && sent.Weekdays.Count > 0) fields.Wrong("pattern.weekdays", "FORBIDDEN");
        if (byWeeks && sent.DaysOfMonth.Count > 0) fields.Wrong("pattern.daysOfMonth", "FORBIDDEN");
        foreach (var day in sent.Weekdays) fields.Enum("pattern.weekdays", day);
        foreach (var day in sent.DaysOfMonth) fields.Range("pattern.daysOfMonth", day, 1, 31);
        return new PublicationPattern
        {
            Frequency = (Frequency)sent.Frequency,
            FirstOn = firstOn,
            Weekdays = sent.Weekdays.Select(day => (IsoDayOfWeek)day).ToFrozenSet(),
            DaysOfMonth = sent.DaysOfMonth.ToFrozenSet(),
            Skipped = Spans(fields, "pattern.skipped", sent.Skipped),
            Combined = Spans(fields, "pattern.combined", sent.Combined),
            Numbering = NumberingOf(fields, sent.Numbering),
        };
    }

    private static List<Domain.Serials.DaySpan> Spans(Fields fields, string field, IReadOnlyList<SentSpan> sent)
    {
        fields.Range($"{field}.size", sent.Count, 0, MostSpans);
        var spans = new List<Domain.Serials.DaySpan>();
        for (var index = 0; index < Math.Min(sent.Count, MostSpans); index++)
            spans.Add(Span(fields, string.Create(CultureInfo.InvariantCulture, $"{field}[{index}]"), sent[index]));
        return spans;
    }

    private static Domain.Serials.DaySpan Span(Fields fields, string field, SentSpan sent)
    {
        if (Annual.Parse(sent.From) is { Success: true } from && Annual.Parse(sent.To) is { Success: true } to)
            return new Domain.Serials.DaySpan.EveryYear(from.Value, to.Value);
        if (LocalDatePattern.Iso.Parse(sent.From) is { Success: true } first && LocalDatePattern.Iso.Parse(sent.To) is { Success: true } last)
        {
            fields.Range($"{field}.to", Period.DaysBetween(first.Value, last.Value), 0, MostSpanDays);
            return new Domain.Serials.DaySpan.Once(first.Value, last.Value);
        }
        fields.Wrong(field, "FORMAT", ("expected", "from, to: MM-DD, YYYY-MM-DD"));
        return new Domain.Serials.DaySpan.Once(default, default);
    }

    private static Numbering NumberingOf(Fields fields, SentNumbering? sent)
    {
        if (sent is null) fields.Wrong("pattern.numbering", "REQUIRED");
        sent ??= new SentNumbering { FirstNumber = 1, Change = SentNumbering.Types.VolumeChange.Never };
        fields.Range("pattern.numbering.firstVolume", sent.FirstVolume, 0, MostVolume);
        fields.Range("pattern.numbering.firstNumber", sent.FirstNumber, 1, MostNumber);
        fields.Enum("pattern.numbering.change", sent.Change);
        var afterNumbers = sent.Change == SentNumbering.Types.VolumeChange.AfterNumbers;
        fields.Range("pattern.numbering.numbersPerVolume", sent.NumbersPerVolume, afterNumbers ? 1 : 0, afterNumbers ? MostPerVolume : 0);
        var begins = new AnnualDate(1, 1);
        if (sent.YearBeginsOn.Length > 0)
        {
            if (sent.Change != SentNumbering.Types.VolumeChange.EveryYear) fields.Wrong("pattern.numbering.yearBeginsOn", "FORBIDDEN");
            if (Annual.Parse(sent.YearBeginsOn) is { Success: true } given) begins = given.Value;
            else fields.Wrong("pattern.numbering.yearBeginsOn", "FORMAT", ("expected", "MM-DD"));
        }
        return new Numbering
        {
            FirstVolume = sent.FirstVolume,
            FirstNumber = sent.FirstNumber,
            Change = (VolumeChange)sent.Change,
            YearBeginsOn = begins,
            NumbersPerVolume = Math.Max(1, sent.NumbersPerVolume),
            NumbersRunOn = sent.NumbersRunOn,
        };
    }
}
