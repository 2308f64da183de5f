using Grpc.Core;
using Library.Catalog.Domain.Lockers;
using Library.Catalog.Features.Returning;
using Library.Catalog.V1;
using Library.ServiceDefaults.Data;
using Library.ServiceDefaults.Errors;
using Library.ServiceDefaults.Requests;
using Library.ServiceDefaults.Security;
using Library.ServiceDefaults.Time;

namespace Library.Catalog.Features.Lockers;

/// <summary>Copies given back through a locker: a compartment is opened for them, and they count as returned from then once staff have scanned them.</summary>
public sealed class ReturnThroughLocker(NpgsqlDataSource database, KeepLockers lockers, ReadDeposits deposits, ReturnItem takeBack, BusinessClock clock)
{
    private const int MostAttempts = 4;

    /// <summary>The smallest that is free and large enough; two who come at once get one each.</summary>
    public async Task<LockerDeposit> DropAsync(DropInLockerRequest request, Caller caller, CommandKey key, CancellationToken cancellationToken)
    {
        var fields = new Fields();
        if (!Enum.IsDefined(request.Size)) fields.Wrong("size", "ENUM", ("expected", Names.Of<Locker.Types.Size>()));
        fields.ThrowIfWrong();
        var locker = await lockers.IdAsync(request.Name, caller, cancellationToken);
        var id = Guid.CreateVersion7();
        var name = ResourceName.Of(ReadDeposits.Collection, id);
        await using (var connection = await database.OpenConnectionAsync(cancellationToken))
        {
            await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
            if (!await PutAsync(transaction, id, locker, request.Size, cancellationToken)) throw Failure.Refused("LOCKER_FULL");
            await key.RecordAsync(transaction, name, null, cancellationToken);
            await transaction.CommitTracedAsync(cancellationToken);
        }
        return await deposits.GetAsync(name, caller, cancellationToken);
    }

    /// <summary>A compartment that somebody else took since the statement began is passed over by the next.</summary>
    private async Task<bool> PutAsync(NpgsqlTransaction transaction, Guid id, Guid locker, Locker.Types.Size size, CancellationToken cancellationToken)
    {
        for (var attempt = 0; attempt < MostAttempts; attempt++)
        {
            await using var put = transaction.Command("""
                WITH chosen AS (
                    SELECT c.locker, c.number FROM locker_compartment c
                    WHERE c.locker = $2 AND c.condition = 'WORKING' AND array_position(ARRAY['SMALL', 'MEDIUM', 'LARGE'], c.size) >= $3
                        AND NOT EXISTS (SELECT FROM locker_deposit d WHERE d.locker = c.locker AND d.compartment = c.number AND d.closed_at IS NULL)
                    ORDER BY array_position(ARRAY['SMALL', 'MEDIUM', 'LARGE'], c.size), c.number LIMIT 1 FOR UPDATE SKIP LOCKED)
                INSERT INTO locker_deposit (id, locker, compartment, purpose, state, deposited_at) SELECT $1, locker, number, 'RETURN', 'WAITING', $4 FROM chosen
                ON CONFLICT DO NOTHING
                """, id, locker, Math.Max(1, (int)size), clock.Now);
            if (await put.ExecuteNonQueryAsync(cancellationToken) == 1) return true;
        }
        return false;
    }

    /// <summary>Each copy is returned in a transaction of its own; said again after it broke off, what is back already is on nobody's loan.</summary>
    public async Task<EmptyLockerDepositResponse> EmptyAsync(EmptyLockerDepositRequest request, Caller caller, CommandKey key, CancellationToken cancellationToken)
    {
        var fields = new Fields();
        if (request.Barcodes.Count > LockerRules.MostReturned) fields.Wrong("barcodes", "COUNT", ("expected", $"0–{LockerRules.MostReturned}"));
        foreach (var (at, barcode) in request.Barcodes.Take(LockerRules.MostReturned).Index())
            if (request.Barcodes.IndexOf(fields.Code($"barcodes[{at}]", barcode)) < at) fields.Wrong($"barcodes[{at}]", "TWICE");
        fields.ThrowIfWrong();
        var deposit = await FindAsync(request, caller, cancellationToken);
        var answer = new EmptyLockerDepositResponse();
        foreach (var barcode in request.Barcodes) answer.Copies.Add(await ReturnAsync(deposit, barcode, caller, cancellationToken));

        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await using (var close = transaction.Command("""
            UPDATE locker_deposit SET state = 'EMPTIED', closed_at = $2, version = version + 1 WHERE id = $1 AND closed_at IS NULL
            """, deposit.Id, clock.Now))
            if (await close.ExecuteNonQueryAsync(cancellationToken) == 0) throw Failure.Refused("LOCKER_EMPTY");
        answer.Deposit = deposits.Answer(deposit with { State = "EMPTIED" }, caller);
        await key.RecordAsync(transaction, request.Name, answer, cancellationToken);
        await transaction.CommitTracedAsync(cancellationToken);
        return answer;
    }

    private async Task<DepositRow> FindAsync(EmptyLockerDepositRequest request, Caller caller, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        var deposit = await DepositStep.HoldAsync(transaction, request.Name, LockerDeposit.Types.Purpose.Return, caller, cancellationToken);
        await using var count = transaction.Command("SELECT count(*) FROM item WHERE barcode = ANY ($1)", [request.Barcodes.ToArray()]);
        if ((long)(await count.ExecuteScalarAsync(cancellationToken))! < request.Barcodes.Count) throw Failure.NotFound("item");
        return deposit;
    }

    /// <summary>Only a loan that was open when it was put in ends by it.</summary>
    private async Task<EmptyLockerDepositResponse.Types.Copy> ReturnAsync(DepositRow deposit, string barcode, Caller caller, CancellationToken cancellationToken)
    {
        var copy = new EmptyLockerDepositResponse.Types.Copy { Barcode = barcode };
        await using var find = database.Command("SELECT EXISTS (SELECT FROM loan WHERE barcode = $1 AND returned_at IS NULL AND lent_at <= $2)", barcode, deposit.DepositedAt);
        if (await find.ExecuteScalarAsync(cancellationToken) is not true) return copy;
        try
        {
            var back = await takeBack.RunAsync(
                new CreateReturnRequest { Barcode = barcode, Branch = deposit.Branch }, caller, CommandKey.None, cancellationToken, deposit.DepositedAt);
            (copy.Returned, copy.Next, copy.FineMinor) = (true, back.Next, back.FineMinor);
        }
        catch (Failure gone) when (gone.StatusCode == StatusCode.NotFound)
        {
            // another desk has just taken it back
        }
        return copy;
    }
}
