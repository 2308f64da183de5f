using Library.Catalog.Features.Stock;
using Library.Catalog.V1;
using Library.ServiceDefaults.Data;
using Library.ServiceDefaults.Errors;
using Library.ServiceDefaults.Security;

namespace Library.Catalog.Features.Lockers;

/// <summary>Rows of compartments and deposits, locked until the commit: the compartment first.</summary>
public static class DepositStep
{
    /// <summary>The longest that a door takes to open, asking other services included; real time.</summary>
    public static readonly Duration OpeningTakes = Duration.FromSeconds(60);

    /// <exception cref="Failure">NOT_FOUND; COMPARTMENT_OUT_OF_USE.</exception>
    public static async Task LockCompartmentAsync(NpgsqlTransaction transaction, Guid locker, int number, CancellationToken cancellationToken)
    {
        await using var find = transaction.Command("SELECT condition FROM locker_compartment WHERE locker = $1 AND number = $2 FOR UPDATE", locker, number);
        if (await find.ExecuteScalarAsync(cancellationToken) is not string condition) throw Failure.NotFound("compartment");
        if (condition != "WORKING") throw Failure.Refused("COMPARTMENT_OUT_OF_USE");
    }

    /// <summary>As <see cref="LockCompartmentAsync"/>, and nothing may be in it.</summary>
    public static async Task LockFreeAsync(NpgsqlTransaction transaction, Guid locker, int number, CancellationToken cancellationToken)
    {
        await LockCompartmentAsync(transaction, locker, number, cancellationToken);
        await using var find = transaction.Command(
            "SELECT EXISTS (SELECT FROM locker_deposit WHERE locker = $1 AND compartment = $2 AND closed_at IS NULL)", locker, number);
        if (await find.ExecuteScalarAsync(cancellationToken) is true) throw Failure.Refused("COMPARTMENT_OCCUPIED");
    }

    /// <summary>A deposit that staff take out, move or empty; it must be there, and its door not just opening.</summary>
    /// <exception cref="Failure">NOT_FOUND; PERMISSION_DENIED at another branch; LOCKER_EMPTY, LOCKER_BUSY.</exception>
    public static async Task<DepositRow> HoldAsync(
        NpgsqlTransaction transaction, string name, LockerDeposit.Types.Purpose purpose, Caller caller, CancellationToken cancellationToken)
    {
        await using var command = transaction.Command(DepositRow.Select + " WHERE d.id = $1 FOR UPDATE OF d", ReadDeposits.IdOf(name));
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        if (!await row.ReadAsync(cancellationToken)) throw Failure.NotFound("lockerDeposit");
        var deposit = DepositRow.Read(row);
        caller.MustBeAt(deposit.Branch);
        if (deposit.State is not ("WAITING" or "NOT_COLLECTED") || deposit.Purpose != ServiceDefaults.Requests.Names.Of(purpose)) throw Failure.Refused("LOCKER_EMPTY");
        return deposit.IsOpening ? throw Failure.Refused("LOCKER_BUSY") : deposit;
    }
}
