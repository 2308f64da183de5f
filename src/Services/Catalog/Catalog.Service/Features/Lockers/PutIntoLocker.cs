using Library.Catalog.Domain.Lockers;
using Library.Catalog.Domain.Stock;
using Library.Catalog.Features.Holding;
using Library.Catalog.Features.Stock;
using Library.Catalog.Messages;
using Library.Catalog.Rules;
using Library.Catalog.V1;
using Library.ServiceDefaults.Data;
using Library.ServiceDefaults.Errors;
using Library.ServiceDefaults.Messaging;
using Library.ServiceDefaults.Requests;
using Library.ServiceDefaults.Security;
using Library.ServiceDefaults.Time;

namespace Library.Catalog.Features.Lockers;

/// <summary>Puts a member's copies into a compartment, and into another one where the door jams.</summary>
public sealed class PutIntoLocker(NpgsqlDataSource database, KeepLockers lockers, ReadDeposits deposits, HoldQueue queue, BusinessClock clock, Outbox outbox)
{
    private sealed record Wanted(Guid Member, IReadOnlyList<string> Barcodes, LocalDate Until);

    public async Task<LockerDeposit> RunAsync(CreateLockerDepositRequest request, Caller caller, CommandKey key, CancellationToken cancellationToken)
    {
        var wanted = Check(request);
        var locker = await lockers.IdAsync(request.Locker, caller, cancellationToken);
        var id = Guid.CreateVersion7();
        var name = ResourceName.Of(ReadDeposits.Collection, id);
        await using (var connection = await database.OpenConnectionAsync(cancellationToken))
        {
            await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
            await DepositStep.LockFreeAsync(transaction, locker, request.Compartment, cancellationToken);
            await using (var find = transaction.Command("SELECT EXISTS (SELECT FROM borrower WHERE member = $1)", wanted.Member))
                if (await find.ExecuteScalarAsync(cancellationToken) is not true) throw Failure.NotFound("member");
            await using var batch = new NpgsqlBatch(transaction.Open(), transaction)
            {
                BatchCommands =
                {
                    DatabaseSetup.BatchCommand("""
                        INSERT INTO locker_deposit (id, locker, compartment, purpose, member, state, deposited_at, collect_until) VALUES ($1, $2, $3, 'COLLECTION', $4, 'WAITING', $5, $6)
                        """, id, locker, request.Compartment, wanted.Member, clock.Now, wanted.Until),
                },
            };
            var (branch, copies) = await LockCopiesAsync(transaction, locker, wanted, cancellationToken);
            if (await HoldQueue.FirstSetAsideAsync(transaction, wanted.Barcodes, cancellationToken, otherThanFor: wanted.Member) is { } held)
                throw Failure.Refused("ITEM_NOT_FREE", ("barcode", held));
            var ofHolds = await queue.WaitInLockerAsync(transaction, wanted.Barcodes, wanted.Member, (branch, wanted.Until), Act.Of(clock, caller), cancellationToken);
            foreach (var copy in copies) SetAside(batch, id, wanted.Member, copy, ofHolds.Contains(copy.Barcode));
            batch.BatchCommands.Add(outbox.Write(Ready(name, 1, wanted.Member, locker, request.Compartment, wanted.Until)));
            await batch.ExecuteNonQueryAsync(cancellationToken);
            await key.RecordAsync(transaction, name, null, cancellationToken);
            await transaction.CommitTracedAsync(cancellationToken);
        }
        outbox.Wake();
        return await deposits.GetAsync(name, caller, cancellationToken);
    }

    /// <summary>The old code opens nothing any more; what had become too late to collect stays so.</summary>
    public async Task<LockerDeposit> MoveAsync(MoveLockerDepositRequest request, Caller caller, CommandKey key, CancellationToken cancellationToken)
    {
        var known = await deposits.GetAsync(request.Name, caller, cancellationToken);
        await using (var connection = await database.OpenConnectionAsync(cancellationToken))
        {
            await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
            await DepositStep.LockFreeAsync(transaction, ResourceName.Parse(KeepLockers.Collection, known.Locker, "locker"), request.Compartment, cancellationToken);
            var deposit = await DepositStep.HoldAsync(transaction, request.Name, LockerDeposit.Types.Purpose.Collection, caller, cancellationToken);
            await using var batch = new NpgsqlBatch(transaction.Open(), transaction)
            {
                BatchCommands =
                {
                    DatabaseSetup.BatchCommand("""
                        UPDATE locker_deposit SET compartment = $2, generation = generation + 1, wrong_attempts = 0, blocked_until = NULL, version = version + 1 WHERE id = $1
                        """, deposit.Id, request.Compartment),
                },
            };
            if (deposit.State == "WAITING")
                batch.BatchCommands.Add(outbox.Write(Ready(
                    deposit.Name, deposit.Version + 1, deposit.Member!.Value, deposit.Locker, request.Compartment, deposit.CollectUntil!.Value)));
            await batch.ExecuteNonQueryAsync(cancellationToken);
            await key.RecordAsync(transaction, request.Name, null, cancellationToken);
            await transaction.CommitTracedAsync(cancellationToken);
        }
        outbox.Wake();
        return await deposits.GetAsync(request.Name, caller, cancellationToken);
    }

    private Wanted Check(CreateLockerDepositRequest request)
    {
        var fields = new Fields();
        var member = fields.Name("member", "members", request.Member);
        if (request.Barcodes.Count is 0 or > LockerRules.MostCopies) fields.Wrong("barcodes", "COUNT", ("expected", $"1–{LockerRules.MostCopies}"));
        foreach (var (at, barcode) in request.Barcodes.Take(LockerRules.MostCopies).Index())
            if (request.Barcodes.IndexOf(fields.Code($"barcodes[{at}]", barcode)) < at) fields.Wrong($"barcodes[{at}]", "TWICE");
        var today = clock.Today;
        var until = fields.OptionalDate("collectUntil", request.CollectUntil) ?? today.PlusDays(LockerRules.UsualDays);
        if (until < today || until > today.PlusDays(LockerRules.MostDays))
            fields.Wrong("collectUntil", "RANGE", ("min", today.Iso()), ("max", today.PlusDays(LockerRules.MostDays).Iso()));
        fields.ThrowIfWrong();
        return new Wanted(member, request.Barcodes, until);
    }

    /// <param name="Barcode">Of the copy.</param>
    /// <param name="FromShelf">It is taken from the shelf for this.</param>
    private sealed record Copy(string Barcode, bool FromShelf);

    /// <summary>The member has it, or may have it: free, or waiting for the member; and its lender leaves it here for as long as it waits.</summary>
    private static async Task<(string Branch, IReadOnlyList<Copy> Copies)> LockCopiesAsync(
        NpgsqlTransaction transaction, Guid locker, Wanted wanted, CancellationToken cancellationToken)
    {
        await using var command = transaction.Command($"""
            SELECT i.barcode, {ItemRow.State}, i.location = k.branch, coalesce(i.kept_for <> $3, false),
                i.lending = 'LENDABLE' AND coalesce(i.lender_due_on >= $4, true),
                (SELECT l.member = $3 FROM loan l WHERE l.barcode = i.barcode AND l.returned_at IS NULL), k.branch
            FROM item i JOIN locker k ON k.id = $2 WHERE i.barcode = ANY ($1) ORDER BY i.barcode FOR UPDATE OF i
            """, wanted.Barcodes.ToArray(), locker, wanted.Member, wanted.Until);
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        var (branch, copies) = ("", new List<Copy>());
        while (await row.ReadAsync(cancellationToken))
        {
            var barcode = row.GetString(0);
            var isLentToMember = !row.IsDBNull(5) && row.GetBoolean(5);
            var takes = CopyRules.TakesFromShelf(Codes.Parse<CopyState>(row.GetString(1)), row.GetBoolean(2), row.GetBoolean(3));
            if (!isLentToMember && (takes is null || !row.GetBoolean(4))) throw Failure.Refused("ITEM_NOT_FREE", ("barcode", barcode));
            copies.Add(new Copy(barcode, !isLentToMember && takes is true));
            branch = row.GetString(6);
        }
        return copies.Count == wanted.Barcodes.Count ? (branch, copies) : throw Failure.NotFound("item");
    }

    /// <summary>What a hold has is kept by the hold: it goes to the next in its queue, or home, by the scan that takes it out of the locker.</summary>
    private static void SetAside(NpgsqlBatch batch, Guid deposit, Guid member, Copy copy, bool isOfHold)
    {
        batch.BatchCommands.Add(DatabaseSetup.BatchCommand(
            "INSERT INTO locker_deposit_item (deposit, barcode, set_aside) VALUES ($1, $2, $3)", deposit, copy.Barcode, copy.FromShelf && !isOfHold));
        if (copy.FromShelf)
            batch.BatchCommands.Add(DatabaseSetup.BatchCommand(
                "UPDATE item SET state = 'ON_HOLD_SHELF', kept_for = $2, version = version + 1 WHERE barcode = $1", copy.Barcode, isOfHold ? null : member));
    }

    private static LockerReady Ready(string name, long version, Guid member, Guid locker, int compartment, LocalDate until) => new()
    {
        Aggregate = name,
        Version = version,
        Member = ResourceName.Of("members", member),
        Locker = ResourceName.Of(KeepLockers.Collection, locker),
        Compartment = compartment,
        CollectUntil = until.ToDateOnly(),
    };
}
