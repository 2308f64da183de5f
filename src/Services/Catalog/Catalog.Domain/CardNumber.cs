using System.Diagnostics.CodeAnalysis;

namespace Library.Catalog.Domain;

/// <summary>
/// The number of a member's card: the same characters and length as a <see cref="Barcode"/>. It points to a person: it has no place in a log or an
/// address.
/// </summary>
public sealed record CardNumber
{
    private CardNumber(string value) => Value = value;

    /// <summary>The characters on the card.</summary>
    public string Value { get; }

    /// <summary>Reads a card number; false, with null, where the text is not one.</summary>
    public static bool TryParse(string? text, [NotNullWhen(true)] out CardNumber? cardNumber)
    {
        cardNumber = Barcode.IsLabel(text) ? new CardNumber(text) : null;
        return cardNumber is not null;
    }

    /// <summary>Does not show the number, so that it cannot slip into a log; use <see cref="Value"/>.</summary>
    public override string ToString() => "card number";
}
