using System.Diagnostics.CodeAnalysis;

namespace Library.Catalog.Domain;

/// <summary>The barcode of an item: 1 to 30 characters of A–Z, 0–9 and '-'. Small letters are not folded: a barcode is what the label says.</summary>
public sealed record Barcode
{
    /// <summary>The longest barcode or card number, in characters (inclusive).</summary>
    public const int MaxLength = 30;

    private Barcode(string value) => Value = value;

    /// <summary>The characters on the label.</summary>
    public string Value { get; }

    /// <summary>Reads a barcode; false, with null, where the text is not one.</summary>
    public static bool TryParse(string? text, [NotNullWhen(true)] out Barcode? barcode)
    {
        barcode = IsLabel(text) ? new Barcode(text) : null;
        return barcode is not null;
    }

    /// <inheritdoc/>
    public override string ToString() => Value;

    internal static bool IsLabel([NotNullWhen(true)] string? text) =>
        text is { Length: >= 1 and <= MaxLength } && text.All(c => c is (>= 'A' and <= 'Z') or (>= '0' and <= '9') or '-');
}
