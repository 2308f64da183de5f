using Library.Finance.Domain;

namespace Library.Finance.Features;

/// <summary>The outward contract's names of refusals, which are keys of the texts.</summary>
public static class Refusals
{
    public const string AmountExceedsDebt = "AMOUNT_EXCEEDS_DEBT", CurrencyMismatch = "CURRENCY_MISMATCH";

    public static string Of(PaymentRefusal refusal) => refusal switch
    {
        PaymentRefusal.AmountExceedsDebt => AmountExceedsDebt,
        PaymentRefusal.CurrencyMismatch => CurrencyMismatch,
    };
}
