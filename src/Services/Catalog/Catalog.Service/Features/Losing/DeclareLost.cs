using Library.Catalog.Borrowers;
using Library.Catalog.Domain;
using Library.Catalog.Domain.Losses;
using Library.Catalog.Features.Holding;
using Library.Catalog.Features.Loans;
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

namespace Library.Catalog.Features.Losing;

/// <summary>
/// The reader says that a copy is lost (art. 42): a case opens, the copy is lost and still bound to the loan, and who waited for it waits for another. The copy is
/// locked first, then the loan, as the desk does it: a return of that moment comes before or after.
/// </summary>
public sealed class DeclareLost(NpgsqlDataSource database, NetworkRules rules, HoldQueue queue, ReadLosses losses, BusinessClock clock, Outbox outbox)
{
    /// <summary>In the copy's history, as staff's own mark.</summary>
    private const string Lost = "LOST";

    private const string OneOpenPerLoan = "loss_one_open_per_loan";

    public async Task<Loss> RunAsync(DeclareLoanLostRequest request, Caller caller, CommandKey key, CancellationToken cancellationToken)
    {
        var id = ResourceName.Parse(LoanRow.Collection, request.Name, "loan");
        var fields = new Fields();
        var branch = fields.Branch("branch", request.Branch, rules);
        fields.ThrowIfWrong();
        var barcode = (await LoanRow.FindAsync(database, id, cancellationToken))?.Barcode ?? throw Failure.NotFound("loan");
        var act = Act.Of(clock, caller);
        string name;
        await using (var connection = await database.OpenConnectionAsync(cancellationToken))
        {
            await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
            var record = await LockCopyAsync(transaction, barcode, cancellationToken);
            var loan = await LoanRow.LockAsync(transaction, id, cancellationToken) ?? throw Failure.NotFound("loan");
            if (loan.ReturnedAt is not null) throw Failure.Refused([ContractCode.Of(LossRefusal.LoanEnded)]);
            if (loan.ReplaceUntil is not null) throw Failure.Refused([ContractCode.Of(LossRefusal.LossDeclared)]);
            name = await SaveAsync(transaction, loan, branch, act, cancellationToken);
            await queue.ReleaseAsync(transaction, barcode, record, act.On, cancellationToken);
            await key.RecordAsync(transaction, name, null, cancellationToken);
            await transaction.CommitTracedAsync(cancellationToken);
        }
        outbox.Wake();
        return await losses.GetAsync(name, cancellationToken);
    }

    /// <summary>Adds a case within the caller's transaction and gives its name.</summary>
    /// <exception cref="Failure">LOSS_DECLARED: the loan has an open one.</exception>
    internal static async Task<Guid> OpenCaseAsync(
        NpgsqlTransaction transaction, LoanRow loan, LossCause cause, LocalDate stoppedOn, LocalDate replaceUntil, string branch, Act act,
        CancellationToken cancellationToken)
    {
        var id = Guid.CreateVersion7();
        await using var insert = transaction.Command("""
            INSERT INTO loss (id, loan, barcode, branch, cause, state, declared_at, declared_on, stopped_on, replace_until)
            VALUES ($1, $2, $3, $4, $5, 'OPEN', $6, $7, $8, $9)
            """, id, loan.Id, loan.Barcode, branch, ContractCode.Of(cause), act.At, act.On, stoppedOn, replaceUntil);
        try
        {
            await insert.ExecuteNonQueryAsync(cancellationToken);
        }
        catch (PostgresException open) when (open.ConstraintName == OneOpenPerLoan)
        {
            throw Failure.Refused([ContractCode.Of(LossRefusal.LossDeclared)]);
        }
        return id;
    }

    private async Task<string> SaveAsync(NpgsqlTransaction transaction, LoanRow loan, string branch, Act act, CancellationToken cancellationToken)
    {
        var member = loan.Member ?? throw new InvalidOperationException("An open loan has a member.");
        var until = LossRules.ReplaceUntil(loan.DueOn, rules.MadeUnder(loan.RulebookVersion, act.On).Loss);
        var name = ResourceName.Of(LossRow.Collection, await OpenCaseAsync(transaction, loan, LossCause.Lost, act.On, until, branch, act, cancellationToken));
        await using var batch = new NpgsqlBatch(transaction.Open(), transaction)
        {
            BatchCommands =
            {
                // who said that it was back says now that it is not
                DatabaseSetup.BatchCommand("""
                    UPDATE loan SET replace_until = $2, version = version + 1, claimed_returned_on = NULL,
                        claim_outcome = CASE WHEN claimed_returned_on IS NULL THEN claim_outcome ELSE 'REJECTED' END
                    WHERE id = $1
                    """, loan.Id, until),
                DatabaseSetup.BatchCommand("UPDATE item SET state = 'LOST', absence = NULL, version = version + 1 WHERE barcode = $1", loan.Barcode),
                ItemEvents.Write(loan.Barcode, act, Lost, branch),
                Snapshots.EndSpellIfOver(member, act.On),
                outbox.Write(new LoanDeclaredLost
                {
                    Aggregate = loan.Name,
                    Version = loan.Version + 1,
                    Loss = name,
                    Member = ResourceName.Of("members", member),
                    Barcode = loan.Barcode,
                    Branch = branch,
                    DeclaredOn = act.On.ToDateOnly(),
                    ReplaceUntil = until.ToDateOnly(),
                }),
            },
        };
        await batch.ExecuteNonQueryAsync(cancellationToken);
        return name;
    }

    private static async Task<Guid> LockCopyAsync(NpgsqlTransaction transaction, string barcode, CancellationToken cancellationToken)
    {
        await using var command = transaction.Command("SELECT record FROM item WHERE barcode = $1 FOR UPDATE", barcode);
        return (Guid)(await command.ExecuteScalarAsync(cancellationToken))!;
    }
}
