using System.Diagnostics.CodeAnalysis;

namespace Library.Catalog.Domain;

/// <summary>International standard serial numbers (ISO 3297).</summary>
public static class Issn
{
    private const int Length = 8;

    /// <summary>Finds the number in the text and gives it as <c>1234-567X</c>. False where the length or the check digit is wrong.</summary>
    public static bool TryNormalise(string? text, [NotNullWhen(true)] out string? issn)
    {
        issn = null;
        Span<char> digits = stackalloc char[Length];
        var count = 0;
        foreach (var c in (text ?? "").AsSpan().Trim())
        {
            if (char.IsAsciiDigit(c) || (c is 'x' or 'X' && count == Length - 1))
            {
                if (count == Length)
                {
                    return false;
                }

                digits[count++] = char.ToUpperInvariant(c);
            }
            else if (c is not ('-' or '‐' or '‑' or '–') || count != Length / 2)
            {
                break;
            }
        }

        if (count != Length || !HasGoodCheckDigit(digits))
        {
            return false;
        }

        issn = $"{digits[..4]}-{digits[4..]}";
        return true;
    }

    private static bool HasGoodCheckDigit(ReadOnlySpan<char> digits)
    {
        var sum = 0;
        for (var i = 0; i < Length; i++)
        {
            sum += (Length - i) * (digits[i] == 'X' ? 10 : digits[i] - '0');
        }

        return sum % 11 == 0;
    }
}
