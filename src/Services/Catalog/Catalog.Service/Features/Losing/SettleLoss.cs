using Library.Catalog.Borrowers;
using Library.Catalog.Domain;
using Library.Catalog.Domain.Losses;
using Library.Catalog.Features.Interlibrary;
using Library.Catalog.Features.Loans;
using Library.Catalog.Features.Stock;
using Library.Catalog.Messages;
using Library.Catalog.Rules;
using Library.Catalog.V1;
using Library.Contracts;
using Library.ServiceDefaults.Data;
using Library.ServiceDefaults.Errors;
using Library.ServiceDefaults.Messaging;
using Library.ServiceDefaults.Requests;
using Library.ServiceDefaults.Security;
using Library.ServiceDefaults.Time;

namespace Library.Catalog.Features.Losing;

/// <summary>
/// Ends a case (art. 42): the reader brought the same, or pays. Everything is charged by it, and the loan of a lost copy ends with it. Copy, loan and case are
/// locked in this order, so that of two desks one settles it and one hears that it has ended.
/// </summary>
public sealed class SettleLoss(
    NpgsqlDataSource database, NetworkRules rules, LossPrices prices, AddReplacement replacement, ReadLosses losses, BusinessClock clock, Outbox outbox)
{
    /// <param name="Transaction">Of the settlement.</param>
    /// <param name="Loss">As it was, locked.</param>
    /// <param name="Loan">As it was, locked.</param>
    /// <param name="Branch">Where it is settled.</param>
    /// <param name="Act">When, and in which role.</param>
    private sealed record Settling(NpgsqlTransaction Transaction, LossRow Loss, LoanRow Loan, string Branch, Act Act);

    /// <param name="State">What the case becomes.</param>
    /// <param name="Cost">What is charged.</param>
    private sealed record Settlement(LossState State, LossCost Cost)
    {
        public string? NewBarcode { get; init; }
        public long? AssessedMinor { get; init; }
        public string? AssessedReason { get; init; }
        public string? AssessedBy { get; init; }
    }

    public Task<Loss> ReplaceAsync(ReplaceLossRequest request, Caller caller, CommandKey key, CancellationToken cancellationToken)
    {
        var fields = new Fields();
        var branch = fields.Branch("branch", request.Branch, rules);
        var barcode = request.NewBarcode.Length > 0 ? fields.Code("newBarcode", request.NewBarcode) : null;
        fields.ThrowIfWrong();
        return RunAsync(request.Name, branch, caller, key, async settling =>
        {
            if (barcode is not null && settling.Loan.LenderDueOn is not null) throw Failure.Refused([ContractCode.Of(LossRefusal.CopyOfPartner)]);
            if (barcode is not null) await replacement.RunAsync(settling.Transaction, settling.Loss.Barcode, barcode, branch, settling.Act, cancellationToken);
            return new Settlement(LossState.Replaced, prices.Replacement(settling.Loss, settling.Act.On)) { NewBarcode = barcode };
        }, cancellationToken);
    }

    public Task<Loss> CompensateAsync(CompensateLossRequest request, Caller caller, CommandKey key, CancellationToken cancellationToken)
    {
        var fields = new Fields();
        var branch = fields.Branch("branch", request.Branch, rules);
        var (assessed, reason) = fields.Assessment(request.AssessedMinor, request.Reason);
        fields.ThrowIfWrong();
        return RunAsync(request.Name, branch, caller, key, settling => prices.Compensation(settling.Loss, assessed, settling.Act.On) switch
        {
            CompensationDecision.Granted granted => Task.FromResult(new Settlement(LossState.Compensated, granted.Cost)
            {
                AssessedMinor = assessed, AssessedReason = reason, AssessedBy = assessed is null ? null : caller.Subject,
            }),
            CompensationDecision.Refused refused => throw Failure.Refused(
                [ContractCode.Of(refused.Reason)], ("leastMinor", AssessmentFields.Figure(refused.LeastMinor)), ("mostMinor", AssessmentFields.Figure(refused.MostMinor))),
            var other => throw new InvalidOperationException($"{other.GetType().Name} is no answer to an assessment."),
        }, cancellationToken);
    }

    private async Task<Loss> RunAsync(
        string name, string branch, Caller caller, CommandKey key, Func<Settling, Task<Settlement>> decide, CancellationToken cancellationToken)
    {
        var id = ResourceName.Parse(LossRow.Collection, name, "loss");
        var known = await LossRow.FindAsync(database, id, cancellationToken) ?? throw Failure.NotFound("loss");
        var act = Act.Of(clock, caller);
        await using (var connection = await database.OpenConnectionAsync(cancellationToken))
        {
            await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
            await using (var copy = transaction.Command("SELECT FROM item WHERE barcode = $1 FOR UPDATE", known.Barcode))
                await copy.ExecuteNonQueryAsync(cancellationToken);
            var loan = await LoanRow.LockAsync(transaction, known.Loan, cancellationToken) ?? throw Failure.NotFound("loan");
            var loss = await LossRow.LockAsync(transaction, id, cancellationToken) ?? throw Failure.NotFound("loss");
            if (loss.State != LossState.Open) throw Failure.Refused([ContractCode.Of(LossRefusal.LossEnded)]);
            var settling = new Settling(transaction, loss, loan, branch, act);
            await SaveAsync(settling, await decide(settling), cancellationToken);
            await key.RecordAsync(transaction, name, null, cancellationToken);
            await transaction.CommitTracedAsync(cancellationToken);
        }
        outbox.Wake();
        return await losses.GetAsync(name, cancellationToken);
    }

    private async Task SaveAsync(Settling settling, Settlement settlement, CancellationToken cancellationToken)
    {
        var (loss, loan, act) = (settling.Loss, settling.Loan, settling.Act);
        var member = loan.Member ?? throw new InvalidOperationException("A loan with an open case has a member.");
        var charges = prices.ChargesOf(loss, loan, settlement.Cost, settlement.AssessedMinor is not null, act.On);
        await using var batch = new NpgsqlBatch(settling.Transaction.Open(), settling.Transaction)
        {
            BatchCommands =
            {
                DatabaseSetup.BatchCommand("""
                    UPDATE loss SET state = $2, ended_on = $3, new_barcode = $4, assessed_minor = $5, assessed_reason = $6, assessed_by = $7, version = version + 1
                    WHERE id = $1 AND state = 'OPEN'
                    """, loss.Id, ContractCode.Of(settlement.State), act.On, settlement.NewBarcode, settlement.AssessedMinor, settlement.AssessedReason, settlement.AssessedBy),
                ItemEvents.Write(loss.Barcode, act, ContractCode.Of(settlement.State), settling.Branch, note: settlement.NewBarcode ?? ""),
            },
        };
        if (loss.Facts.Cause == LossCause.Lost) EndLoan(batch, settling, settlement.Cost, charges);
        foreach (var charge in charges)
        {
            batch.BatchCommands.Add(DatabaseSetup.BatchCommand(
                "INSERT INTO loss_charge (loss, kind, charge, amount_minor) VALUES ($1, $2, $3, $4)",
                loss.Id, ContractCode.Of(charge.Kind), charge.Id, charge.AmountMinor));
            batch.BatchCommands.Add(Snapshots.CountCharge(charge, member));
        }
        // what is settled and what is charged count
        batch.BatchCommands.Add(Snapshots.EndSpellIfOver(member, act.On));
        batch.BatchCommands.Add(outbox.Write(new LossSettled
        {
            Aggregate = loss.Name,
            Version = loss.Version + 1,
            Loan = loan.Name,
            Member = ResourceName.Of("members", member),
            Barcode = loss.Barcode,
            Branch = settling.Branch,
            Outcome = ContractCode.Of(settlement.State),
            SettledOn = act.On.ToDateOnly(),
            Charges = charges,
        }));
        await batch.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>It ends without its copy: no return is counted. A partner's copy can be reported lost to the partner from now on.</summary>
    private static void EndLoan(NpgsqlBatch batch, Settling settling, LossCost cost, IReadOnlyList<Charge> charges)
    {
        batch.BatchCommands.Add(DatabaseSetup.BatchCommand("""
            UPDATE loan SET returned_at = $2, returned_branch = $3, overdue_days = $4, fine_minor = $5, version = version + 1 WHERE id = $1
            """, settling.Loan.Id, settling.Act.At, settling.Branch, cost.Fine.OverdueDays,
            charges.Where(charge => charge.Kind == ChargeKind.Fine).Sum(charge => charge.AmountMinor)));
        if (settling.Loan.LenderDueOn is not null) batch.BatchCommands.Add(LenderCopy.TakenBack(settling.Loan.Barcode, settling.Act.At));
    }
}
