using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Library.Catalog.Domain.Labels;

/// <summary>A sheet of A4 with labels in columns and rows that fill it without a gap, such as 3×8 labels of 70 × 37.125 mm.</summary>
/// <param name="Columns">Labels across, 1–6.</param>
/// <param name="Rows">Labels down, 1–20.</param>
public sealed record LabelSheet(int Columns, int Rows)
{
    /// <summary>The most labels across (inclusive).</summary>
    public const int MaxColumns = 6;

    /// <summary>The most labels down (inclusive).</summary>
    public const int MaxRows = 20;

    private const int PageWidthMm = 210, PageHeightMm = 297;

    /// <summary>3×8: what is used where nothing is said.</summary>
    public static readonly LabelSheet Usual = new(3, 8);

    /// <summary>Labels on a sheet.</summary>
    public int Labels => Columns * Rows;

    /// <summary>Of one label, in millimetres.</summary>
    public decimal WidthMm => (decimal)PageWidthMm / Columns;

    /// <summary>Of one label, in millimetres.</summary>
    public decimal HeightMm => (decimal)PageHeightMm / Rows;

    /// <summary>Reads <c>3x8</c>: columns, rows. False where it is not of this form or out of bounds.</summary>
    public static bool TryParse(string? text, [NotNullWhen(true)] out LabelSheet? sheet)
    {
        sheet = null;
        if (text?.Split('x') is not [{ } across, { } down]
            || !int.TryParse(across, NumberStyles.None, CultureInfo.InvariantCulture, out var columns)
            || !int.TryParse(down, NumberStyles.None, CultureInfo.InvariantCulture, out var rows))
        {
            return false;
        }

        sheet = columns is >= 1 and <= MaxColumns && rows is >= 1 and <= MaxRows ? new LabelSheet(columns, rows) : null;
        return sheet is not null;
    }
}
