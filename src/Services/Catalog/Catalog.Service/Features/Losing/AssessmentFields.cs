using System.Globalization;
using Library.Catalog.V1;
using Library.ServiceDefaults.Requests;

namespace Library.Catalog.Features.Losing;

/// <summary>A value that staff assessed, and why: both or neither.</summary>
internal static class AssessmentFields
{
    /// <summary>Null for both where nothing was assessed.</summary>
    public static (long? Minor, string? Reason) Assessment(this Fields fields, long minor, Assessment.Types.Reason reason)
    {
        fields.Range("assessedMinor", minor, 0, Stock.CopyFields.MostMinor);
        if (minor == 0)
        {
            if (reason != default) fields.Wrong("reason", "FORBIDDEN");
            return (null, null);
        }
        fields.Enum("reason", reason);
        return (minor, Names.Of(reason));
    }

    public static string Figure(long value) => value.ToString(CultureInfo.InvariantCulture);
}
