using System.Globalization;
using NodaTime.Text;

namespace Library.ServiceDefaults.Networks;

/// <summary>How dates, times and weekdays are written in network files.</summary>
internal static class Reading
{
    private static readonly LocalTimePattern Time = LocalTimePattern.CreateWithInvariantCulture("HH:mm");
    private static readonly AnnualDatePattern MonthDay = AnnualDatePattern.CreateWithInvariantCulture("MM-dd");

    private static readonly Dictionary<string, IsoDayOfWeek> Weekdays = new(StringComparer.Ordinal)
    {
        ["MON"] = IsoDayOfWeek.Monday,
        ["TUE"] = IsoDayOfWeek.Tuesday,
        ["WED"] = IsoDayOfWeek.Wednesday,
        ["THU"] = IsoDayOfWeek.Thursday,
        ["FRI"] = IsoDayOfWeek.Friday,
        ["SAT"] = IsoDayOfWeek.Saturday,
        ["SUN"] = IsoDayOfWeek.Sunday,
    };

    /// <summary><c>YYYY-MM-DD</c>; null where it is no day of the calendar.</summary>
    public static LocalDate? Date(FileNode? node) =>
        node?.Text is { } text && LocalDatePattern.Iso.Parse(text).TryGetValue(default, out var date) ? date : null;

    /// <summary><c>MM-DD</c>; null where no year has that day.</summary>
    public static AnnualDate? Annual(FileNode? node) =>
        node?.Text is { } text && MonthDay.Parse(text).TryGetValue(default, out var date) ? date : null;

    /// <summary><c>HH:MM-HH:MM</c>; null where it is not that. The end may still lie before the start.</summary>
    public static OpenInterval? Interval(FileNode? node)
    {
        if (node?.Text?.Split('-') is not [var from, var to])
        {
            return null;
        }

        return Time.Parse(from).TryGetValue(default, out var start) && Time.Parse(to).TryGetValue(default, out var end) ? new OpenInterval(start, end) : null;
    }

    public static IsoDayOfWeek? Weekday(string? name) => name is not null && Weekdays.TryGetValue(name, out var day) ? day : null;

    /// <summary>A percentage with at most two decimals, in hundredths of a percent; null where it is not that.</summary>
    public static int? BasisPoints(FileNode? node) =>
        node?.Number is { } percent && percent is >= 0 and <= 100 && percent * 100 == decimal.Truncate(percent * 100)
            ? decimal.ToInt32(percent * 100)
            : null;

    /// <summary><c>SERVICE_POINT</c> as <c>ServicePoint</c>. Only for values that the schema's enumeration has let through.</summary>
    public static TEnum Enumerated<TEnum>(string name)
        where TEnum : struct, Enum => Enum.Parse<TEnum>(name.Replace("_", "", StringComparison.Ordinal), ignoreCase: true);

    /// <summary>A percentage for an error message.</summary>
    public static string Percent(int basisPoints) => (basisPoints / 100m).ToString("0.##", CultureInfo.InvariantCulture);
}
