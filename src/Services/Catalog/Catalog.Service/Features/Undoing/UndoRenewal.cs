using Library.Catalog.Borrowers;
using Library.Catalog.Domain.Lending;
using Library.Catalog.Domain.Undo;
using Library.Catalog.Features.Counting;
using Library.Catalog.Features.Loans;
using Library.Catalog.Features.Renewing;
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

namespace Library.Catalog.Features.Undoing;

/// <summary>Undoes the last renewal of a loan: its due date and counts are what they were, its fee and the fine that was charged with it are taken back.</summary>
public sealed class UndoRenewal(NpgsqlDataSource database, NetworkRules rules, BusinessClock clock, Outbox outbox)
{
    public async Task<Loan> RunAsync(UndoRenewalRequest request, Caller caller, CommandKey key, CancellationToken cancellationToken)
    {
        var id = ResourceName.Parse(LoanRow.Collection, request.Name, "loan");
        var fields = new Fields();
        var branch = fields.Branch("branch", request.Branch, rules);
        var reason = fields.Reason(request.Reason);
        fields.ThrowIfWrong();

        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await Scan.LockCopyAsync(transaction, id, cancellationToken);
        var loan = await LoanRow.LockAsync(transaction, id, cancellationToken) ?? throw Failure.NotFound("loan");
        var renewal = await RenewalAsync(transaction, id, cancellationToken);
        if (renewal is not { At: null, Undone: true })
        {
            var act = Act.Of(clock, caller);
            Scan.MustBeUndoable(
                new UndoFacts
                {
                    DoneAt = renewal.At,
                    // an older version that renewed it once more kept nothing
                    Overtaken = loan.ReturnedAt is not null || loan.ClaimedReturnedOn is not null || (renewal.Before is { } before && before.Renewals + 1 != loan.Renewals),
                },
                branch, rules, act);
            loan = await SaveAsync(transaction, loan, renewal, (branch, reason), act, cancellationToken);
        }
        var answer = loan.Answer(rules, clock.Today, withMember: false);
        await key.RecordAsync(transaction, loan.Name, answer, cancellationToken);
        await transaction.CommitTracedAsync(cancellationToken);
        outbox.Wake();
        return answer;
    }

    /// <param name="At">When it was renewed last, while that can be undone.</param>
    /// <param name="Before">What it overwrote.</param>
    /// <param name="Undone">One was undone.</param>
    private sealed record Renewal(Instant? At, BeforeRenewal? Before, bool Undone);

    private static async Task<Renewal> RenewalAsync(NpgsqlTransaction transaction, Guid loan, CancellationToken cancellationToken)
    {
        await using var command = transaction.Command("SELECT renewed_at, before_renewal::text, renewal_undone_at IS NOT NULL FROM loan WHERE id = $1", loan);
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        await row.ReadAsync(cancellationToken);
        return row.IsDBNull(0)
            ? new Renewal(null, null, row.GetBoolean(2))
            : new Renewal(row.GetFieldValue<Instant>(0), BeforeRenewal.Parse(row.GetString(1)), row.GetBoolean(2));
    }

    private async Task<LoanRow> SaveAsync(
        NpgsqlTransaction transaction, LoanRow loan, Renewal renewal, (string Branch, string Reason) asked, Act act, CancellationToken cancellationToken)
    {
        var member = loan.Member ?? throw new InvalidOperationException("An open loan has a member.");
        if (renewal is not { At: { } renewedAt, Before: { } before }) throw new InvalidOperationException("A renewal that can be undone is whole.");
        var renewedOn = renewedAt.InZone(clock.Zone).Date;
        var after = loan with
        {
            DueOn = LocalDate.FromDateOnly(before.DueOn),
            Renewals = before.Renewals,
            ExceptionalRenewals = before.ExceptionalRenewals,
            RulebookVersion = before.RulebookVersion,
            CalendarVersion = before.CalendarVersion,
            CountedFrom = before.CountedFrom is { } from ? LocalDate.FromDateOnly(from) : null,
            DueRule = before.DueRule is { } rule ? Codes.Parse<DueRule>(rule) : null,
            Version = loan.Version + 1,
        };
        await using var batch = new NpgsqlBatch(transaction.Open(), transaction)
        {
            BatchCommands =
            {
                DatabaseSetup.BatchCommand("""
                    UPDATE loan SET due_on = $2, renewals = $3, exceptional_renewals = $4, version = $5, rulebook_version = $6, calendar_version = $7,
                        counted_from = $8, due_rule = $9, renewed_at = NULL, before_renewal = NULL, renewal_undone_at = $10
                    WHERE id = $1
                    """, loan.Id, after.DueOn, after.Renewals, after.ExceptionalRenewals, after.Version, after.RulebookVersion, after.CalendarVersion,
                    after.CountedFrom, before.DueRule, act.At),
                CirculationFacts.Renewed(loan.Id, renewedOn, count: -1),
                ItemEvents.Write(loan.Barcode, act, ItemEvents.RenewalUndone, asked.Branch, note: asked.Reason),
                outbox.Write(new RenewalUndone
                {
                    Aggregate = loan.Name,
                    Version = after.Version,
                    Member = ResourceName.Of("members", member),
                    DueOn = before.DueOn,
                    UndoneAt = act.At.ToDateTimeOffset(),
                }),
            },
        };
        foreach (var charge in before.Charges)
            TakeBack.Add(batch, outbox, after, new TakenBack(charge.Id, charge.AmountMinor, charge.CurrencyCode, asked.Branch, WithdrawalReason.RenewalUndone), act.On);
        if (after.DueOn < renewedOn) batch.BatchCommands.Add(Snapshots.ResumeSpell(member, renewedOn));
        await batch.ExecuteNonQueryAsync(cancellationToken);
        return after;
    }
}
