using Grpc.Core;
using Library.Catalog.Domain;
using Library.Catalog.Domain.Lending;
using Library.Catalog.Domain.Lockers;
using Library.Catalog.Features.CheckingOut;
using Library.Catalog.Features.Loans;
using Library.Catalog.V1;
using Library.ServiceDefaults.Data;
using Library.ServiceDefaults.Errors;
using Library.ServiceDefaults.Requests;
using Library.ServiceDefaults.Security;
using Library.ServiceDefaults.Time;

namespace Library.Catalog.Features.Lockers;

/// <summary>
/// Opens a door for a code. Three steps: the code is tried and the deposit claimed, which stands whatever comes of it; what is in it and not the member's yet
/// is lent by the desk's own rules; the deposit is closed, and with that the door opens. One that broke off after lending opens with the same code again.
/// </summary>
public sealed class OpenLocker(NpgsqlDataSource database, KeepLockers lockers, ReadDeposits deposits, LockerCodes codes, CheckOutItem checkOut, BusinessClock clock)
{
    public async Task<LockerDeposit> RunAsync(OpenLockerRequest request, Caller caller, CommandKey key, CancellationToken cancellationToken)
    {
        var fields = new Fields();
        if (request.Code.Length != LockerRules.CodeDigits || !request.Code.All(char.IsAsciiDigit)) fields.Wrong("code", "FORMAT", ("expected", $"{LockerRules.CodeDigits} × 0–9"));
        fields.ThrowIfWrong();
        var locker = await lockers.IdAsync(request.Name, caller, cancellationToken);
        var deposit = await ClaimAsync(locker, request, cancellationToken);
        try
        {
            await LendAsync(deposit, cancellationToken);
        }
        catch (RpcException)
        {
            await using var free = database.Command("UPDATE locker_deposit SET opening_until = NULL WHERE id = $1", deposit.Id);
            await free.ExecuteNonQueryAsync(cancellationToken);
            throw;
        }
        await CloseAsync(deposit, key, cancellationToken);
        return await deposits.GetAsync(deposit.Name, caller, cancellationToken);
    }

    /// <summary>A wrong code is counted and committed before it is refused.</summary>
    private async Task<DepositRow> ClaimAsync(Guid locker, OpenLockerRequest request, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await DepositStep.LockCompartmentAsync(transaction, locker, request.Compartment, cancellationToken);
        if (await WaitingAsync(transaction, locker, request.Compartment, cancellationToken) is not { } deposit) throw Failure.Refused("LOCKER_EMPTY");
        if (deposit.IsOpening) throw Failure.Refused("LOCKER_BUSY");
        var outcome = LockerRules.Try(
            new CodeAttempt(codes.IsRight(deposit.Id, deposit.Generation, request.Code), deposit.WrongAttempts, deposit.BlockedUntil), deposit.RealNow);
        await using (var keep = transaction.Command("UPDATE locker_deposit SET wrong_attempts = $2, blocked_until = $3, opening_until = $4 WHERE id = $1",
            deposit.Id, outcome.WrongAttempts, outcome.BlockedUntil, outcome.Refused is null ? deposit.RealNow + DepositStep.OpeningTakes : null))
            await keep.ExecuteNonQueryAsync(cancellationToken);
        await transaction.CommitTracedAsync(cancellationToken);
        return outcome.Refused is { } refused ? throw Failure.Refused(ContractCode.Of(refused)) : deposit;
    }

    private async Task<DepositRow?> WaitingAsync(NpgsqlTransaction transaction, Guid locker, int compartment, CancellationToken cancellationToken)
    {
        await using var command = transaction.Command(
            DepositRow.Select + " WHERE d.locker = $1 AND d.compartment = $2 AND d.state = 'WAITING' AND d.collect_until >= $3 FOR UPDATE OF d", locker, compartment, clock.Today);
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        return await row.ReadAsync(cancellationToken) ? DepositRow.Read(row) : null;
    }

    /// <summary>The copies were lendable when they were put in and nobody else could take them: what refuses now is about the member, and refuses the first.</summary>
    private async Task LendAsync(DepositRow deposit, CancellationToken cancellationToken)
    {
        await using var find = database.Command("SELECT card_number FROM borrower_card WHERE member = $1 AND NOT replaced", deposit.Member);
        if (await find.ExecuteScalarAsync(cancellationToken) is not string card) throw LoanRefusing.Failure([LoanRefusal.CardReplaced], []);
        foreach (var barcode in deposit.Barcodes)
            try
            {
                await checkOut.RunAsync(new CreateLoanRequest { Barcode = barcode, CardNumber = card, Branch = deposit.Branch }, caller: null, CommandKey.None, cancellationToken);
            }
            catch (Failure refused) when (refused.All.Contains(LoanRefusal.AlreadyLentToMember.Code()))
            {
                // lent before it was put in, or by an opening that broke off
            }
    }

    private async Task CloseAsync(DepositRow deposit, CommandKey key, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await using (var close = transaction.Command("""
            WITH collected AS (
                UPDATE locker_deposit SET state = 'COLLECTED', closed_at = $2, opening_until = NULL, version = version + 1 WHERE id = $1 AND closed_at IS NULL RETURNING id)
            UPDATE locker_deposit_item i SET open = false FROM collected WHERE i.deposit = collected.id
            """, deposit.Id, clock.Now))
            if (await close.ExecuteNonQueryAsync(cancellationToken) == 0) throw Failure.Refused("LOCKER_EMPTY");
        await key.RecordAsync(transaction, deposit.Name, null, cancellationToken);
        await transaction.CommitTracedAsync(cancellationToken);
    }
}
