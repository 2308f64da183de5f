using Google.Protobuf.Collections;
using Library.Catalog.Rules;
using Library.Catalog.V1;
using Library.ServiceDefaults.Requests;

namespace Library.Catalog.Features.Stock;

/// <summary>Who of a commission signed: their part in it and initials, never a name.</summary>
public static class Signatures
{
    private const int Least = 2, Most = 10, LongestRole = 60, LongestInitials = 5;

    public static IReadOnlyList<CommissionSignature> Signed(this Fields fields, RepeatedField<CommissionSignature> given, LocalDate today)
    {
        if (given.Count is < Least or > Most) fields.Wrong("signatures", "COUNT", ("expected", $"{Least}–{Most}"));
        return [.. given.Take(Most).Select((signature, at) => One(fields, $"signatures[{at}]", signature, today))];
    }

    private static CommissionSignature One(Fields fields, string field, CommissionSignature given, LocalDate today)
    {
        var on = fields.Date($"{field}.signedOn", given.SignedOn);
        if (on > today) fields.Wrong($"{field}.signedOn", "FUTURE");
        return new CommissionSignature
        {
            Role = fields.Text($"{field}.role", given.Role, 1, LongestRole),
            Initials = fields.Text($"{field}.initials", given.Initials, 1, LongestInitials),
            SignedOn = on.Iso(),
        };
    }
}
