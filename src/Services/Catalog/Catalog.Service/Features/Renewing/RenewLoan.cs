using Library.Catalog.Borrowers;
using Library.Catalog.Domain;
using Library.Catalog.Domain.Lending;
using Library.Catalog.Features.Counting;
using Library.Catalog.Features.Holding;
using Library.Catalog.Features.Loans;
using Library.Catalog.Messages;
using Library.Catalog.Rules;
using Library.Catalog.V1;
using Library.Contracts;
using Library.ServiceDefaults.Data;
using Library.ServiceDefaults.Errors;
using Library.ServiceDefaults.Messaging;
using Library.ServiceDefaults.Networks;
using Library.ServiceDefaults.Requests;
using Library.ServiceDefaults.Security;
using Library.ServiceDefaults.Time;

namespace Library.Catalog.Features.Renewing;

/// <summary>
/// Renews a loan, counted from today (art. 30–31). The fine of an overdue one until today is charged with it, because the new due day
/// would else forgive it. Asks Membership and Finance as the desk does (ADR 1).
/// </summary>
public sealed class RenewLoan(NpgsqlDataSource database, NetworkRules rules, Fines fines, AskOwners owners, BusinessClock clock, Outbox outbox, DeskMetrics metrics)
{
    public async Task<Loan> RunAsync(RenewLoanRequest request, Caller caller, CommandKey key, CancellationToken cancellationToken)
    {
        var id = ResourceName.Parse(LoanRow.Collection, request.Name, "loan");
        var (renewed, member, reasons) = await TryAsync(id, request.Exceptional, onceToday: false, caller, key, cancellationToken);
        IReadOnlyList<string> away = [];
        if (reasons.Any(reason => reason.MayBeStale()))
        {
            away = await owners.RefreshAsync("", member, cancellationToken);
            (renewed, _, reasons) = await TryAsync(id, request.Exceptional, onceToday: false, caller, key, cancellationToken);
        }
        if (renewed is null) throw LoanRefusing.Failure(reasons, away);
        outbox.Wake();
        return renewed;
    }

    /// <summary>One of several: free renewals only, nobody is asked, and a loan that was renewed today stays as it is, so that all of them can be asked for again.</summary>
    public async Task<(Loan? Renewed, IReadOnlyList<LoanRefusal> Reasons)> OnceTodayAsync(Guid id, Caller caller, CancellationToken cancellationToken)
    {
        var (renewed, _, reasons) = await TryAsync(id, exceptional: false, onceToday: true, caller, CommandKey.None, cancellationToken);
        if (renewed is not null) outbox.Wake();
        return (renewed, reasons);
    }

    private async Task<(Loan? Renewed, Guid? Member, IReadOnlyList<LoanRefusal> Reasons)> TryAsync(
        Guid id, bool exceptional, bool onceToday, Caller caller, CommandKey key, CancellationToken cancellationToken)
    {
        var today = clock.Today;
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        if (await LoanRow.LockAsync(transaction, id, cancellationToken) is not { } loan) throw Failure.NotFound("loan");
        caller.MustOwn(loan.MemberName, "loan");
        if (loan is not { ReturnedAt: null, Member: { } member }) return (null, null, [LoanRefusal.RenewalNotAllowed]);
        if (onceToday && loan.Renewals > 0 && loan.CountedFrom == today) return (loan.Answer(rules, today, withMember: false), member, []);

        var (found, isReserved) = await BorrowerAsync(transaction, loan, member, today, cancellationToken);
        var borrower = found ?? throw new InvalidOperationException("A borrower with a loan is gone.");
        var decision = Decide(loan, borrower, isReserved, exceptional, rules, today);
        if (decision is RenewalDecision.Refused refused) return (null, member, refused.Reasons);

        var renewed = await SaveAsync(transaction, loan, member, (RenewalDecision.Granted)decision, today, key, cancellationToken);
        await transaction.CommitTracedAsync(cancellationToken);
        metrics.Renewed();
        return (renewed, member, []);
    }

    /// <summary>By the rules of the day.</summary>
    internal static RenewalDecision Decide(LoanRow loan, Borrower borrower, bool isReserved, bool exceptional, NetworkRules rules, LocalDate today) => RenewalRules.Decide(
        new RenewalFacts
        {
            Borrower = borrower.Facts(rules.SmallFeeBranches(today)),
            Material = Codes.MaterialRuleOf(loan.Material),
            Lending = rules.LendingOf(loan.Lending, loan.Material, loan.ItemBranch, loan.Title, today),
            DueOn = loan.DueOn,
            RenewalsMade = loan.Renewals,
            ExceptionalAsked = exceptional,
            TitleReservedByAnother = isReserved,
            ClaimedReturned = loan.ClaimedReturnedOn is not null,
            DeclaredLost = loan.ReplaceUntil is not null,
            LenderDueOn = loan.LenderDueOn,
            LenderRenews = loan.LenderRenews,
        },
        rules.On(today), rules.Calendar(loan.Branch), today);

    /// <summary>Whether another waits for the title of a loan.</summary>
    internal static NpgsqlBatchCommand IsReserved(LoanRow loan, Guid member, LocalDate today) => DatabaseSetup.BatchCommand($"""
        SELECT EXISTS (
            SELECT FROM hold h JOIN item i ON i.record = h.record
            WHERE i.barcode = $1 AND {HoldQueue.WaitsNow("$3")} AND (h.only_barcode IS NULL OR h.only_barcode = $1) AND h.member <> $2)
        """, loan.Barcode, member, today);

    /// <summary>The member, and whether another waits for the title. The queue stays locked: who places a hold now comes after the renewal.</summary>
    private static async Task<(Borrower? Borrower, bool IsReserved)> BorrowerAsync(
        NpgsqlTransaction transaction, LoanRow loan, Guid member, LocalDate today, CancellationToken cancellationToken)
    {
        await using var batch = new NpgsqlBatch(transaction.Open(), transaction)
        {
            BatchCommands =
            {
                HoldQueue.LockOf(loan.Barcode),
                IsReserved(loan, member, today),
                DatabaseSetup.BatchCommand(Borrower.ByMember, member, today),
            },
        };
        await using var row = await batch.ExecuteReaderAsync(cancellationToken);
        await row.NextResultAsync(cancellationToken);
        await row.ReadAsync(cancellationToken);
        var isReserved = row.GetBoolean(0);
        await row.NextResultAsync(cancellationToken);
        return (await row.ReadAsync(cancellationToken) ? Borrower.Read(row) : null, isReserved);
    }

    private async Task<Loan> SaveAsync(
        NpgsqlTransaction transaction, LoanRow loan, Guid member, RenewalDecision.Granted granted, LocalDate today, CommandKey key,
        CancellationToken cancellationToken)
    {
        var fine = fines.ChargeOf(loan, fines.Price(loan, today), today);
        var fee = granted.Exceptional ? FeeOf(loan, today) : null;
        var after = loan with
        {
            DueOn = granted.DueOn,
            Renewals = loan.Renewals + 1,
            ExceptionalRenewals = loan.ExceptionalRenewals + (granted.Exceptional ? 1 : 0),
            Version = loan.Version + 1,
        };
        var answer = after.Answer(rules, today, withMember: false);
        await using var batch = new NpgsqlBatch(transaction.Open(), transaction)
        {
            BatchCommands =
            {
                DatabaseSetup.BatchCommand("""
                    UPDATE loan SET due_on = $2, renewals = $3, exceptional_renewals = $4, version = $5, rulebook_version = $6, calendar_version = $7,
                        counted_from = $8, due_rule = $9, renewed_at = $10, before_renewal = $11::jsonb
                    WHERE id = $1
                    """, loan.Id, after.DueOn, after.Renewals, after.ExceptionalRenewals, after.Version, granted.RulebookVersion, granted.CalendarVersion,
                    today, ContractCode.Of(granted.Rule), clock.Now, BeforeRenewal.Of(loan, fee, fine).ToJson()),
                outbox.Write(new LoanRenewed
                {
                    Aggregate = loan.Name,
                    Version = after.Version,
                    Member = ResourceName.Of("members", member),
                    DueOn = after.DueOn.ToDateOnly(),
                    Fee = fee,
                    Fine = fine,
                }),
            },
        };
        foreach (var charge in new[] { fee, fine }.OfType<Charge>()) batch.BatchCommands.Add(Snapshots.CountCharge(charge, member));
        batch.BatchCommands.Add(Snapshots.EndSpellIfOver(member, today));
        batch.BatchCommands.Add(CirculationFacts.Renewed(loan.Id, today));
        if (key.Given) batch.BatchCommands.Add(key.Record(loan.Name, answer));
        await batch.ExecuteNonQueryAsync(cancellationToken);
        return answer;
    }

    /// <summary>The price of a paid renewal, per unit; null on a day without a price.</summary>
    private Charge? FeeOf(LoanRow loan, LocalDate today) => rules.Prices.On(today) is not { } list ? null : UnitCharge.Of(
        ChargeKind.ExceptionalRenewal, PriceCodes.ExceptionalRenewal, list, list.ExceptionalRenewalMinor, loan.Units, loan.MemberName!, loan.Branch, loan.Name, today, rules);
}
