using Library.Contracts;
using Library.ServiceDefaults.Requests;
using Kind = Library.Finance.V1.Charge.Types.Kind;

namespace Library.Finance.Ledger;

/// <summary>A kind of charge in messages, in the outward contract and in the database, where it bears the contract's name.</summary>
public static class ChargeKinds
{
    /// <summary>The contract's name: EXCEPTIONAL_RENEWAL.</summary>
    public static string CodeOf(ChargeKind kind) => Names.Of(kind switch
    {
        ChargeKind.Membership => Kind.Membership,
        ChargeKind.Fine => Kind.Fine,
        ChargeKind.Reminder => Kind.Reminder,
        ChargeKind.ExceptionalRenewal => Kind.ExceptionalRenewal,
        ChargeKind.HoldNotCollected => Kind.HoldNotCollected,
        ChargeKind.Interlibrary => Kind.Interlibrary,
        ChargeKind.Compensation => Kind.Compensation,
        ChargeKind.Reprocessing => Kind.Reprocessing,
        ChargeKind.Card => Kind.Card,
        ChargeKind.CollectionCost => Kind.CollectionCost,
        ChargeKind.Interest => Kind.Interest,
        ChargeKind.Other => Kind.Other,
    });

    /// <summary>The contract's value of a name that stands in the database.</summary>
    public static Kind Read(string code) => Names.Parse<Kind>(code) ?? throw new InvalidOperationException("The database holds a kind of charge that the contract does not know.");
}
