using Google.Protobuf.WellKnownTypes;
using Library.ServiceDefaults.Requests;
using NodaTime.Text;

namespace Library.Catalog.Rules;

/// <summary>What several features read from a request or write into an answer.</summary>
public static class Requests
{
    /// <summary>The code of a branch of this network.</summary>
    public static string Branch(this Fields fields, string field, string value, NetworkRules rules)
    {
        if (value.Length == 0) fields.Wrong(field, "REQUIRED");
        else if (!rules.IsBranch(value)) fields.Wrong(field, "UNKNOWN");
        return value;
    }

    /// <summary>YYYY-MM-DD.</summary>
    public static string Iso(this LocalDate date) => LocalDatePattern.Iso.Format(date);

    public static Timestamp ToTimestamp(this Instant instant) => Timestamp.FromDateTimeOffset(instant.ToDateTimeOffset());

    /// <summary>Of a text that was checked before.</summary>
    public static LocalDate DateOf(string iso) => LocalDatePattern.Iso.Parse(iso).Value;
}
