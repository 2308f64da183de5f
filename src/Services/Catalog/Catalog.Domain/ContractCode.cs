using System.Collections.Frozen;
using System.Text;

namespace Library.Catalog.Domain;

/// <summary>The names that enum members bear in the outward contract: <c>SerialIssue</c> is <c>SERIAL_ISSUE</c> there.</summary>
public static class ContractCode
{
    /// <summary>The contract's name of <paramref name="value"/>, in SCREAMING_SNAKE_CASE.</summary>
    /// <exception cref="KeyNotFoundException">The value is not a declared member.</exception>
    public static string Of<T>(T value)
        where T : struct, Enum => Names<T>.ByValue[value];

    /// <summary>Reads a contract name; case matters. False for anything that is not exactly a declared member's name.</summary>
    public static bool TryParse<T>(string? code, out T value)
        where T : struct, Enum
    {
        value = default;
        return code is not null && Names<T>.ByCode.TryGetValue(code, out value);
    }

    private static string ScreamingSnake(string name)
    {
        var code = new StringBuilder(name.Length + 8);
        foreach (var letter in name)
        {
            if (char.IsUpper(letter) && code.Length > 0)
            {
                code.Append('_');
            }

            code.Append(char.ToUpperInvariant(letter));
        }

        return code.ToString();
    }

    private static class Names<T>
        where T : struct, Enum
    {
        public static readonly FrozenDictionary<T, string> ByValue = Enum.GetValues<T>().ToFrozenDictionary(v => v, v => ScreamingSnake(v.ToString()));
        public static readonly FrozenDictionary<string, T> ByCode = ByValue.ToFrozenDictionary(p => p.Value, p => p.Key, StringComparer.Ordinal);
    }
}
