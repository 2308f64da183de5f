using Library.Catalog.Messages;
using Reason = Library.Finance.V1.RefundDue.Types.Reason;

namespace Library.Finance.Features.WithdrawingCharge;

/// <summary>Why a charge is taken back, in messages and in the outward contract, whose name stands in the database.</summary>
public static class WithdrawalReasons
{
    public static Reason Of(WithdrawalReason reason) => reason switch
    {
        WithdrawalReason.ReturnUndone => Reason.ReturnUndone,
        WithdrawalReason.RenewalUndone => Reason.RenewalUndone,
        WithdrawalReason.ItemFound => Reason.ItemFound,
        WithdrawalReason.ItemReplaced => Reason.ItemReplaced,
    };
}
