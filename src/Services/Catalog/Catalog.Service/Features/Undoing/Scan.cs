using System.Globalization;
using Library.Catalog.Domain;
using Library.Catalog.Domain.Undo;
using Library.Catalog.Features.Stock;
using Library.Catalog.Rules;
using Library.Catalog.V1;
using Library.ServiceDefaults.Data;
using Library.ServiceDefaults.Errors;
using Library.ServiceDefaults.Requests;

namespace Library.Catalog.Features.Undoing;

/// <summary>What the three ways of undoing share.</summary>
internal static class Scan
{
    /// <summary>The reason as the history of the copy bears it; empty where none is given.</summary>
    public static string Reason(this Fields fields, Undo.Types.Reason reason)
    {
        if (reason == Undo.Types.Reason.Unspecified) return "";
        fields.Enum("reason", reason);
        return Names.Of(reason);
    }

    /// <summary>Locks the copy of a loan, which comes before the loan in the order of locks. Nothing where there is no such loan.</summary>
    public static async Task LockCopyAsync(NpgsqlTransaction transaction, Guid loan, CancellationToken cancellationToken)
    {
        await using var command = transaction.Command("SELECT FROM item WHERE barcode = (SELECT barcode FROM loan WHERE id = $1) FOR UPDATE", loan);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <exception cref="Failure">FAILED_PRECONDITION with every reason against it.</exception>
    public static void MustBeUndoable(UndoFacts facts, string branch, NetworkRules rules, Act act)
    {
        var minutes = rules.On(act.On).UndoMinutes;
        var reasons = UndoRules.Against(facts, branch, minutes, act.At);
        if (reasons.Count > 0)
            throw Failure.Refused([.. reasons.Select(ContractCode.Of)], ("minutes", minutes.ToString(CultureInfo.InvariantCulture)));
    }
}
