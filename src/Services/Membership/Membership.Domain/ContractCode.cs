using System.Collections.Frozen;

namespace Library.Membership.Domain;

/// <summary>The names that enum members bear in the outward contract and in the database: <c>EOnly</c> is <c>E_ONLY</c>.</summary>
public static class ContractCode
{
    /// <summary>The contract's name.</summary>
    /// <exception cref="KeyNotFoundException">The value is not a declared member.</exception>
    public static string Of<T>(T value) where T : struct, Enum => Known<T>.ByValue[value];

    /// <summary>The member with this name, case matters.</summary>
    /// <exception cref="KeyNotFoundException">There is none.</exception>
    public static T Parse<T>(string code) where T : struct, Enum => Known<T>.ByCode[code];

    private static string Capitals(string name) =>
        string.Concat(name.Select((letter, at) => at > 0 && char.IsUpper(letter) ? $"_{letter}" : $"{char.ToUpperInvariant(letter)}"));

    private static class Known<T> where T : struct, Enum
    {
        internal static readonly FrozenDictionary<T, string> ByValue = Enum.GetValues<T>().ToFrozenDictionary(value => value, value => Capitals(value.ToString()));
        internal static readonly FrozenDictionary<string, T> ByCode = ByValue.ToFrozenDictionary(pair => pair.Value, pair => pair.Key, StringComparer.Ordinal);
    }
}
