using System.Globalization;

namespace Library.Membership.Domain;

/// <summary>Numbers of cards: the code of the branch that handed the card out, then at least seven digits that no other card has.</summary>
public static class CardNumber
{
    /// <summary>For example <c>RAD0000042</c>.</summary>
    /// <param name="branch">Code of the branch.</param>
    /// <param name="serial">1 and up, never given twice in the whole network.</param>
    public static string Of(string branch, long serial) => string.Create(CultureInfo.InvariantCulture, $"{branch}{serial:D7}");
}

/// <summary>Registration numbers: counted from 1 within a library, never given twice, also after an erasure.</summary>
public static class RegistrationNumber
{
    /// <summary>At least six digits, for example <c>000042</c>.</summary>
    public static string Of(long number) => number.ToString("D6", CultureInfo.InvariantCulture);
}
