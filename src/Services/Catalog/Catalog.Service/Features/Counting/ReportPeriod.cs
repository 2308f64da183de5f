using Library.Catalog.Rules;
using Library.ServiceDefaults.Requests;

namespace Library.Catalog.Features.Counting;

/// <summary>The days that a report is about.</summary>
internal static class ReportPeriod
{
    private static readonly LocalDate First = new(1990, 1, 1), Last = new(2999, 12, 31);

    /// <summary>Both inclusive; the later one at most what <paramref name="atMost"/> makes of the earlier.</summary>
    public static (LocalDate From, LocalDate To) Period(this Fields fields, string from, string to, Func<LocalDate, LocalDate> atMost)
    {
        var (first, last) = (Within(fields, "from", fields.Date("from", from), First, Last), fields.Date("to", to));
        return first == default || last == default ? (First, First) : (first, Within(fields, "to", last, first, atMost(first)));
    }

    /// <summary>The default where it is not, or was none.</summary>
    private static LocalDate Within(Fields fields, string field, LocalDate day, LocalDate min, LocalDate max)
    {
        if (day == default || (day >= min && day <= max)) return day;
        fields.Wrong(field, "RANGE", ("min", min.Iso()), ("max", max.Iso()));
        return default;
    }
}
