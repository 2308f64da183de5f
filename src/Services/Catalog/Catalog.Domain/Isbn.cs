using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Library.Catalog.Domain;

/// <summary>International standard book numbers.</summary>
public static class Isbn
{
    /// <summary>
    /// Finds the number at the head of a catalogue's ISBN field (<c>0-19-852663-6 (pbk.)</c>) and gives it as 13 digits. False where the length or
    /// the check digit is wrong.
    /// </summary>
    public static bool TryNormalise(string? text, [NotNullWhen(true)] out string? isbn13)
    {
        isbn13 = null;
        Span<char> digits = stackalloc char[14];
        var count = 0;
        foreach (var c in (text ?? "").AsSpan().Trim())
        {
            if (char.IsAsciiDigit(c) || c is 'x' or 'X')
            {
                if (count == digits.Length)
                {
                    return false;
                }

                digits[count++] = char.ToUpperInvariant(c);
            }
            else if (c is not ('-' or '‐' or '‑' or '–'))
            {
                break;
            }
        }

        isbn13 = count switch
        {
            10 when IsIsbn10(digits[..10]) => From10(digits[..9]),
            13 when IsIsbn13(digits[..13]) => digits[..13].ToString(),
            _ => null,
        };
        return isbn13 is not null;
    }

    private static bool IsIsbn10(ReadOnlySpan<char> number)
    {
        if (number[..9].Contains('X'))
        {
            return false;
        }

        var sum = 0;
        for (var i = 0; i < 10; i++)
        {
            sum += (10 - i) * (number[i] == 'X' ? 10 : number[i] - '0');
        }

        return sum % 11 == 0;
    }

    private static bool IsIsbn13(ReadOnlySpan<char> number) =>
        !number.Contains('X') && (number.StartsWith("978", StringComparison.Ordinal) || number.StartsWith("979", StringComparison.Ordinal))
        && CheckDigit13(number[..12]) == number[12] - '0';

    private static string From10(ReadOnlySpan<char> firstNine)
    {
        var head = $"978{firstNine}";
        return head + CheckDigit13(head).ToString(CultureInfo.InvariantCulture);
    }

    private static int CheckDigit13(ReadOnlySpan<char> firstTwelve)
    {
        var sum = 0;
        for (var i = 0; i < 12; i++)
        {
            sum += (i % 2 == 0 ? 1 : 3) * (firstTwelve[i] - '0');
        }

        return (10 - (sum % 10)) % 10;
    }
}
