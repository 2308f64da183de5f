using Google.Protobuf.WellKnownTypes;
using Library.Catalog.Borrowers;
using Library.Catalog.Domain;
using Library.Catalog.Domain.Lending;
using Library.Catalog.Features.Counting;
using Library.Catalog.Features.Holding;
using Library.Catalog.Features.Interlibrary;
using Library.Catalog.Features.Loans;
using Library.Catalog.Messages;
using Library.Catalog.Rules;
using Library.Catalog.V1;
using Library.ServiceDefaults.Data;
using Library.ServiceDefaults.Errors;
using Library.ServiceDefaults.Messaging;
using Library.ServiceDefaults.Requests;
using Library.ServiceDefaults.Security;
using Library.ServiceDefaults.Time;

namespace Library.Catalog.Features.CheckingOut;

/// <summary>
/// Lends an item (art. 26–30). One local transaction of two batches: the facts, with the item's row locked, and the loan. Only where the
/// local facts would refuse for a reason that Membership or Finance own are these asked, outside of it, and the decision made once more (ADR 1).
/// </summary>
public sealed partial class CheckOutItem(
    NpgsqlDataSource database, NetworkRules rules, AskOwners owners, HoldQueue queue, BusinessClock clock, Outbox outbox, DeskMetrics metrics)
{
    private const string OneOpenLoanPerItem = "loan_one_open_per_item";

    /// <param name="request">What is lent to which card, and where.</param>
    /// <param name="caller">Whose discretion counts; null: another feature lends, which allows nothing beyond the rules.</param>
    /// <param name="key">Of the command.</param>
    /// <param name="cancellationToken">Of the call.</param>
    public async Task<Loan> RunAsync(CreateLoanRequest request, Caller? caller, CommandKey key, CancellationToken cancellationToken)
    {
        var fields = new Fields();
        var barcode = fields.Code("barcode", request.Barcode);
        var card = fields.Code("cardNumber", request.CardNumber);
        var branch = fields.Branch("branch", request.Branch, rules);
        var allowance = caller is null ? null : Allowance.Of(request.Discretion, caller, fields);
        fields.ThrowIfWrong();

        var desk = new Desk(barcode, card, branch, allowance);
        var outcome = await TryAsync(desk, key, cancellationToken);
        IReadOnlyList<string> away = [];
        if (outcome is Outcome.NoCard or Outcome.Refused { MayBeStale: true })
        {
            away = await owners.RefreshAsync(card, (outcome as Outcome.Refused)?.Member, cancellationToken);
            outcome = await TryAsync(desk, key, cancellationToken);
        }
        switch (outcome)
        {
            case Outcome.Lent lent:
                outbox.Wake();
                metrics.Lent(branch);
                return lent.Loan;
            case Outcome.Refused refused:
                throw LoanRefusing.Failure(refused.Reasons, away);
            default:
                throw Failure.NotFound("card", LoanRefusing.Stale(away));
        }
    }

    private sealed record Desk(string Barcode, string Card, string Branch, Allowance? Allowance);

    private sealed record ItemRow(string Branch, string Material, string Lending, string State, bool Youth, string Title, Guid Record)
    {
        /// <summary>Of a copy that another library lends to us: its last day.</summary>
        public LocalDate? LenderDueOn { get; init; }
        public required bool LenderRenews { get; init; }
        /// <summary>Who alone may have it.</summary>
        public Guid? KeptFor { get; init; }
    }

    /// <param name="Item">Null: there is none of the barcode.</param>
    /// <param name="OpenLoanOf">The member who has it.</param>
    /// <param name="OnLoan">Whether anybody has it.</param>
    /// <param name="SetAsideFor">The member whose hold it is set aside for.</param>
    /// <param name="Borrower">Null: no such card is known here.</param>
    private sealed record Facts(ItemRow? Item, Guid? OpenLoanOf, bool OnLoan, Guid? SetAsideFor, Borrower? Borrower);

    private abstract record Outcome
    {
        public sealed record Lent(Loan Loan) : Outcome;

        /// <summary>No member has such a card, as far as is known here.</summary>
        public sealed record NoCard : Outcome;

        public sealed record Refused(Guid Member, IReadOnlyList<LoanRefusal> Reasons) : Outcome
        {
            public bool MayBeStale => Reasons.Any(reason => reason.MayBeStale());
        }
    }

    private async Task<Outcome> TryAsync(Desk desk, CommandKey key, CancellationToken cancellationToken)
    {
        var now = clock.Now;
        var today = now.InZone(clock.Zone).Date;
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);

        var facts = await LoadAsync(transaction, desk, today, cancellationToken);
        if (facts.Item is not { } item) throw Failure.NotFound("item");
        if (facts.Borrower is not { } borrower) return new Outcome.NoCard();

        var itemFacts = FactsOf(item, facts, today);
        desk.Allowance?.MustBeWithin(DueDates.ForLoan(itemFacts, rules.On(today), rules.Calendar(desk.Branch), today), rules.On(today).Discretion, today, item.LenderDueOn);
        var decision = CheckOutRules.Decide(
            new CheckOutFacts(borrower.Facts(rules.SmallFeeBranches(today)), itemFacts), rules.On(today), rules.Calendar(desk.Branch), today, desk.Allowance?.Asked);
        if (decision is CheckOutDecision.Refused refused) return new Outcome.Refused(borrower.Member, refused.Reasons);
        try
        {
            var loan = await SaveAsync(transaction, desk, borrower, item, (CheckOutDecision.Granted)decision, now, key, cancellationToken);
            // whoever it was set aside for waits for another
            if (itemFacts.HeldForAnother) await queue.ReleaseAsync(transaction, desk.Barcode, item.Record, today, cancellationToken);
            await transaction.CommitTracedAsync(cancellationToken);
            return new Outcome.Lent(loan);
        }
        catch (PostgresException broken) when (broken.ConstraintName == OneOpenLoanPerItem)
        {
            return new Outcome.Refused(borrower.Member, [LoanRefusal.ItemOnLoan]);
        }
    }

    /// <summary>One round trip. The item's row is locked first: what the later statements see is true until the commit.</summary>
    private static async Task<Facts> LoadAsync(NpgsqlTransaction transaction, Desk desk, LocalDate today, CancellationToken cancellationToken)
    {
        await using var batch = new NpgsqlBatch(transaction.Open(), transaction)
        {
            BatchCommands =
            {
                DatabaseSetup.BatchCommand("""
                    SELECT i.branch, i.material, i.lending, coalesce(i.absence, i.state), i.youth, r.title, i.record, i.lender_due_on, i.lender_renews, i.kept_for
                    FROM item i JOIN record r ON r.id = i.record WHERE i.barcode = $1 FOR UPDATE OF i
                    """, desk.Barcode),
                DatabaseSetup.BatchCommand("SELECT member FROM loan WHERE barcode = $1 AND returned_at IS NULL", desk.Barcode),
                DatabaseSetup.BatchCommand("SELECT member FROM hold WHERE barcode = $1 AND closed_at IS NULL", desk.Barcode),
                DatabaseSetup.BatchCommand(Borrower.ByCard, desk.Card, today),
            },
        };
        await using var row = await batch.ExecuteReaderAsync(cancellationToken);
        var item = await row.ReadAsync(cancellationToken)
            ? new ItemRow(row.GetString(0), row.GetString(1), row.GetString(2), row.GetString(3), row.GetBoolean(4), row.GetString(5), row.GetGuid(6))
            {
                LenderDueOn = row.IsDBNull(7) ? null : row.GetFieldValue<LocalDate>(7),
                LenderRenews = row.GetBoolean(8),
                KeptFor = row.IsDBNull(9) ? null : row.GetGuid(9),
            }
            : null;
        await row.NextResultAsync(cancellationToken);
        var onLoan = await row.ReadAsync(cancellationToken);
        var openLoanOf = onLoan ? row.GetGuid(0) : (Guid?)null;
        await row.NextResultAsync(cancellationToken);
        var setAsideFor = await row.ReadAsync(cancellationToken) ? row.GetGuid(0) : (Guid?)null;
        await row.NextResultAsync(cancellationToken);
        return new Facts(item, openLoanOf, onLoan, setAsideFor, await row.ReadAsync(cancellationToken) ? Borrower.Read(row) : null);
    }

    private ItemFacts FactsOf(ItemRow item, Facts facts, LocalDate today) => new()
    {
        Material = Codes.MaterialRuleOf(item.Material),
        Lending = rules.LendingOf(item.Lending, item.Material, item.Branch, item.Title, today),
        Status = item.State switch
        {
            "IN_TRANSIT" => StockStatus.InTransit,
            "LOST" => StockStatus.Lost,
            "MISSING" => StockStatus.Missing,
            "IN_REPAIR" => StockStatus.UnderRepair,
            "WITHDRAWN" => StockStatus.WrittenOff,
            _ => StockStatus.InStock,
        },
        Audience = item.Youth ? AgeSection.Youth : AgeSection.Adult,
        // without a loan it is lent to a partner library
        OnLoanTo = !facts.OnLoan ? item.State == "ON_LOAN" ? LoanHolder.Another : LoanHolder.None : facts.OpenLoanOf == facts.Borrower?.Member ? LoanHolder.ThisMember : LoanHolder.Another,
        HeldForAnother = (facts.SetAsideFor ?? item.KeptFor) is { } waiting && waiting != facts.Borrower?.Member,
        LenderDueOn = item.LenderDueOn,
        LenderRenews = item.LenderRenews,
    };

    /// <summary>One round trip. The answer names no person, so that it may be kept with the key.</summary>
    private async Task<Loan> SaveAsync(
        NpgsqlTransaction transaction, Desk desk, Borrower borrower, ItemRow item, CheckOutDecision.Granted granted, Instant now, CommandKey key,
        CancellationToken cancellationToken)
    {
        var id = Guid.CreateVersion7();
        var name = ResourceName.Of(LoanRow.Collection, id);
        var loan = new Loan
        {
            Name = name,
            Barcode = desk.Barcode,
            Title = item.Title,
            LentAt = Timestamp.FromDateTimeOffset(now.ToDateTimeOffset()),
            DueOn = granted.DueOn.Iso(),
            RenewalsLeft = granted.RenewalsLeft,
            State = Loan.Types.State.Open,
            Branch = desk.Branch,
        };
        var lent = new ItemLent
        {
            Aggregate = name,
            Version = 1,
            Member = ResourceName.Of("members", borrower.Member),
            Barcode = desk.Barcode,
            Branch = desk.Branch,
            Material = item.Material,
            LentAt = now.ToDateTimeOffset(),
            DueOn = granted.DueOn.ToDateOnly(),
        };
        await using var batch = new NpgsqlBatch(transaction.Open(), transaction)
        {
            BatchCommands =
            {
                DatabaseSetup.BatchCommand("""
                    INSERT INTO loan (id, barcode, member, branch, lent_at, due_on, rulebook_version, calendar_version, category, age_section, municipality, counted,
                        counted_from, due_rule)
                    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, true, $12, $13)
                    """, id, desk.Barcode, borrower.Member, desk.Branch, now, granted.DueOn, granted.RulebookVersion, granted.CalendarVersion,
                    borrower.Category, ContractCode.Of(borrower.Section), borrower.Municipality, now.InZone(clock.Zone).Date, ContractCode.Of(granted.Rule)),
                DatabaseSetup.BatchCommand(
                    "UPDATE item SET state = 'ON_LOAN', location = $2, kept_for = NULL, version = version + 1 WHERE barcode = $1", desk.Barcode, desk.Branch),
                outbox.Write(lent),
                CirculationFacts.Lent(id, now, clock.Zone),
                HoldQueue.Fulfil(borrower.Member, item.Record, now, now.InZone(clock.Zone).Date),
            },
        };
        if (desk.Allowance?.Record(id, desk.Branch, granted, now) is { } allowed) batch.BatchCommands.Add(allowed);
        if (item.LenderDueOn is not null) batch.BatchCommands.Add(LenderCopy.Lent(desk.Barcode, now));
        if (key.Given) batch.BatchCommands.Add(key.Record(name, loan));
        await batch.ExecuteNonQueryAsync(cancellationToken);
        return loan;
    }
}
