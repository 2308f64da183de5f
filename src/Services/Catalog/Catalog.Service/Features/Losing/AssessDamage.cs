using Library.Catalog.Borrowers;
using Library.Catalog.Domain;
using Library.Catalog.Domain.Losses;
using Library.Catalog.Domain.Stock;
using Library.Catalog.Features.Holding;
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
using DamageRule = Library.Catalog.Domain.Losses.Damage;

namespace Library.Catalog.Features.Losing;

/// <summary>
/// Charges whoever had a copy last for the damage that it came back with (art. 42), while the loan still names them; the desk is not told who it is. Each kind is
/// charged once for a loan. What must be mended leaves circulation; what is unusable opens a case.
/// </summary>
public sealed class AssessDamage(NpgsqlDataSource database, NetworkRules rules, HoldQueue queue, BusinessClock clock, Outbox outbox)
{
    private const string OncePerLoanAndKind = "damage_once_per_loan_and_kind";

    /// <summary>In the copy's history, with the kinds.</summary>
    private const string Damaged = "DAMAGED";

    /// <param name="Barcode">Of the copy.</param>
    /// <param name="Branch">Where it is in hand.</param>
    /// <param name="Loan">That it came back from; null: the last one.</param>
    /// <param name="Damages">Each kind once.</param>
    /// <param name="AssessedMinor">Of a binding.</param>
    /// <param name="Reason">Of the assessment.</param>
    /// <param name="Act">When, and in which role.</param>
    /// <param name="Actor">Subject of the token.</param>
    private sealed record Asked(
        string Barcode, string Branch, Guid? Loan, IReadOnlyList<DamageRule> Damages, long AssessedMinor, string? Reason, Act Act, string Actor)
    {
        public bool IsUnusable => Damages.Any(damage => damage.Kind == DamageKind.Unusable);
    }

    private sealed record Copy(CopyState State, string Home, Guid Record, bool OfPartner);

    public async Task<DamageAssessment> RunAsync(AssessDamageRequest request, Caller caller, CommandKey key, CancellationToken cancellationToken)
    {
        var asked = Check(request, caller);
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        var copy = await LockAsync(transaction, asked.Barcode, cancellationToken);
        var loan = await LoanAsync(transaction, asked, cancellationToken);
        var assessed = Decide(asked, copy, loan);
        var answer = await SaveAsync(transaction, asked, copy, loan, assessed, cancellationToken);
        await key.RecordAsync(transaction, $"items/{asked.Barcode}", answer, cancellationToken);
        await transaction.CommitTracedAsync(cancellationToken);
        outbox.Wake();
        return answer;
    }

    private Asked Check(AssessDamageRequest request, Caller caller)
    {
        const int most = 20;
        var fields = new Fields();
        var branch = fields.Branch("branch", request.Branch, rules);
        var loan = request.Loan.Length > 0 ? fields.Name("loan", LoanRow.Collection, request.Loan) : (Guid?)null;
        if (request.Kinds.Count is 0 or > most) fields.Wrong("kinds", "COUNT", ("expected", $"1–{most}"));
        foreach (var (at, kind) in request.Kinds.Take(most).Index()) fields.Enum($"kinds[{at}]", kind);
        if (request.Kinds.Contains(V1.Damage.Types.Kind.Unusable) && request.Kinds.Count > 1) fields.Wrong("kinds", "COUNT", ("expected", "1"));
        var bindings = request.Kinds.Count(kind => kind == V1.Damage.Types.Kind.Binding);
        if (bindings > 1) fields.Wrong("kinds", "TWICE");
        var (assessed, reason) = fields.Assessment(request.AssessedMinor, request.Reason);
        if (bindings > 0 && request.AssessedMinor == 0) fields.Wrong("assessedMinor", "REQUIRED");
        if (bindings == 0 && request.AssessedMinor != 0) fields.Wrong("assessedMinor", "FORBIDDEN");
        fields.ThrowIfWrong();
        if (!Barcode.TryParse(request.Barcode, out var label)) throw Failure.NotFound("item");
        return new Asked(
            label.Value, branch, loan,
            [.. request.Kinds.GroupBy(kind => kind).Select(same => new DamageRule(Codes.Parse<DamageKind>(Names.Of(same.Key)), same.Count()))],
            assessed ?? 0, reason, Act.Of(clock, caller), caller.Subject);
    }

    private DamageDecision.Assessed Decide(Asked asked, Copy copy, LoanRow loan)
    {
        if (DamageRules.Against(copy.State) is { } against) throw Failure.Refused([ContractCode.Of(against)]);
        if (copy.OfPartner) throw Failure.Refused([ContractCode.Of(LossRefusal.CopyOfPartner)]);
        if (asked.Damages.Any(damage => damage.Count > loan.Units)) throw Failure.Invalid(new Violation("kinds", "COUNT", ("expected", $"1–{loan.Units}")));
        var (list, rulebook) = (rules.Prices.On(asked.Act.On), rules.MadeUnder(loan.RulebookVersion, asked.Act.On));
        var most = LossRules.Bounds(FactsOf(loan), list, rulebook.Loss, rulebook.Fine).MostMinor;
        return DamageRules.Assess(asked.Damages, asked.AssessedMinor, most, list) switch
        {
            DamageDecision.Assessed assessed => assessed,
            DamageDecision.Refused refused => throw Failure.Refused(
                [ContractCode.Of(refused.Reason)], ("kinds", string.Join(',', refused.Kinds.Select(kind => ContractCode.Of(kind)))), ("mostMinor", AssessmentFields.Figure(most))),
            var other => throw new InvalidOperationException($"{other.GetType().Name} is no answer to damage."),
        };
    }

    private async Task<DamageAssessment> SaveAsync(
        NpgsqlTransaction transaction, Asked asked, Copy copy, LoanRow loan, DamageDecision.Assessed assessed, CancellationToken cancellationToken)
    {
        var member = loan.Member ?? throw Failure.Refused("LOAN_WITHOUT_READER");
        await NoteAsync(transaction, asked, loan, assessed, cancellationToken);
        var facts = FactsOf(loan);
        var loss = asked.IsUnusable
            ? ResourceName.Of(LossRow.Collection, await DeclareLost.OpenCaseAsync(
                transaction, loan, LossCause.Damaged, facts.StoppedOn, facts.ReplaceUntil, asked.Branch, asked.Act, cancellationToken))
            : null;
        var charges = ChargesOf(assessed, loan, asked.Act.On);
        var sent = assessed.ToRepair && copy.State != CopyState.InRepair;
        await using (var batch = new NpgsqlBatch(transaction.Open(), transaction))
        {
            batch.BatchCommands.Add(ItemEvents.Write(asked.Barcode, asked.Act, Damaged, asked.Branch, note: string.Join(' ', asked.Damages.Select(damage => ContractCode.Of(damage.Kind)))));
            if (sent)
            {
                batch.BatchCommands.Add(DatabaseSetup.BatchCommand(
                    "UPDATE item SET state = 'LOST', absence = 'IN_REPAIR', location = $2, version = version + 1 WHERE barcode = $1", asked.Barcode, copy.Home));
                batch.BatchCommands.Add(ItemEvents.Write(asked.Barcode, asked.Act, ContractCode.Of(CopyMark.SentToRepair), asked.Branch));
            }
            batch.BatchCommands.Add(DatabaseSetup.BatchCommand("UPDATE loan SET version = version + 1 WHERE id = $1", loan.Id));
            foreach (var charge in charges) batch.BatchCommands.Add(Snapshots.CountCharge(charge, member));
            batch.BatchCommands.Add(outbox.Write(new DamageAssessed
            {
                Aggregate = loan.Name,
                Version = loan.Version + 1,
                Member = ResourceName.Of("members", member),
                Barcode = asked.Barcode,
                Branch = asked.Branch,
                AssessedOn = asked.Act.On.ToDateOnly(),
                Kinds = [.. asked.Damages.Select(damage => ContractCode.Of(damage.Kind))],
                Loss = loss,
                Charges = charges,
            }));
            await batch.ExecuteNonQueryAsync(cancellationToken);
        }
        if (sent) await queue.ReleaseAsync(transaction, asked.Barcode, copy.Record, asked.Act.On, cancellationToken);
        return Answer(asked, loan, assessed, charges, loss, sent ? CopyState.InRepair : copy.State);
    }

    private DamageAssessment Answer(
        Asked asked, LoanRow loan, DamageDecision.Assessed assessed, IReadOnlyList<Charge> charges, string? loss, CopyState state)
    {
        var answer = new DamageAssessment
        {
            Loan = loan.Name,
            Barcode = asked.Barcode,
            CurrencyCode = rules.CurrencyCode,
            TariffVersion = rules.Prices.On(asked.Act.On)?.Version ?? "",
            Loss = loss ?? "",
            ItemState = Codes.StateOf(ContractCode.Of(state)),
        };
        answer.Lines.AddRange(assessed.Prices.Select(price => new DamageAssessment.Types.Line
        {
            Kind = Names.Parse<V1.Damage.Types.Kind>(ContractCode.Of(price.Kind)) ?? default, Count = price.Count, UnitMinor = price.UnitMinor, AmountMinor = price.AmountMinor,
        }));
        answer.Charges.AddRange(charges.Select(charge => new Loss.Types.Charged
        {
            Charge = ResourceName.Of("charges", charge.Id), Kind = ContractCode.Of(charge.Kind), AmountMinor = charge.AmountMinor,
        }));
        return answer;
    }

    /// <summary>Lesser damage is one charge with a line for each kind, reprocessing another.</summary>
    private IReadOnlyList<Charge> ChargesOf(DamageDecision.Assessed assessed, LoanRow loan, LocalDate on)
    {
        if (rules.Prices.On(on) is not { } list) return [];
        var member = loan.MemberName!;
        var charges = new List<Charge>();
        var priced = assessed.Prices.Where(price => price.AmountMinor > 0).ToList();
        if (priced.Count > 0)
            charges.Add(new Charge
            {
                Id = Guid.CreateVersion7(),
                Kind = ChargeKind.Other,
                Member = member,
                Branch = loan.Branch,
                AmountMinor = priced.Sum(price => price.AmountMinor),
                CurrencyCode = list.CurrencyCode,
                ChargedOn = on.ToDateOnly(),
                Subject = loan.Name,
                Lines = [.. priced.Select(price => UnitCharge.Line(NetworkRules.CodeOf(price.Kind), list, price.UnitMinor, price.Count, on, rules))],
            });
        if (UnitCharge.Of(ChargeKind.Reprocessing, ServiceDefaults.Networks.PriceCodes.Reprocessing, list, assessed.ReprocessingMinor, 1, member, loan.Branch, loan.Name, on, rules) is { } anew)
            charges.Add(anew);
        return charges;
    }

    private LossFacts FactsOf(LoanRow loan) => new()
    {
        Cause = LossCause.Damaged,
        Material = Codes.MaterialRuleOf(loan.Material),
        DueOn = loan.DueOn,
        StoppedOn = loan.ReturnedAt!.Value.InZone(clock.Zone).Date,
        ReplaceUntil = LossRules.ReplaceUntil(loan.DueOn, rules.MadeUnder(loan.RulebookVersion, clock.Today).Loss),
        Units = loan.Units,
        PurchasePriceMinor = loan.PriceMinor,
    };

    private static async Task NoteAsync(
        NpgsqlTransaction transaction, Asked asked, LoanRow loan, DamageDecision.Assessed assessed, CancellationToken cancellationToken)
    {
        await using var insert = transaction.Command("""
            INSERT INTO damage (loan, kind, count, amount_minor, branch, assessed_at, assessed_by, assessed_reason)
            SELECT $1, kind, count, amount_minor, $5, $6, $7, $8 FROM unnest($2::text[], $3::integer[], $4::bigint[]) AS one (kind, count, amount_minor)
            """, loan.Id, asked.Damages.Select(damage => ContractCode.Of(damage.Kind)).ToArray(), asked.Damages.Select(damage => damage.Count).ToArray(),
            asked.Damages.Select(damage => assessed.Prices.FirstOrDefault(price => price.Kind == damage.Kind)?.AmountMinor ?? 0).ToArray(),
            asked.Branch, asked.Act.At, asked.Actor, asked.Reason);
        try
        {
            await insert.ExecuteNonQueryAsync(cancellationToken);
        }
        catch (PostgresException twice) when (twice.ConstraintName == OncePerLoanAndKind)
        {
            throw Failure.Refused([ContractCode.Of(LossRefusal.DamageAssessed)]);
        }
    }

    private static async Task<Copy> LockAsync(NpgsqlTransaction transaction, string barcode, CancellationToken cancellationToken)
    {
        await using var command = transaction.Command(
            $"SELECT {ItemRow.State}, coalesce(i.stands_at, i.branch), i.record, i.lender_due_on IS NOT NULL FROM item i WHERE i.barcode = $1 FOR UPDATE", barcode);
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        if (!await row.ReadAsync(cancellationToken)) throw Failure.NotFound("item");
        return new Copy(Codes.Parse<CopyState>(row.GetString(0)), row.GetString(1), row.GetGuid(2), row.GetBoolean(3));
    }

    /// <summary>The loan that the copy came back from. An earlier reader is never charged in the place of one whose link is gone.</summary>
    private static async Task<LoanRow> LoanAsync(NpgsqlTransaction transaction, Asked asked, CancellationToken cancellationToken)
    {
        var id = asked.Loan;
        if (id is null)
        {
            await using var last = transaction.Command(
                "SELECT id FROM loan WHERE barcode = $1 AND returned_at IS NOT NULL AND replace_until IS NULL ORDER BY returned_at DESC LIMIT 1", asked.Barcode);
            id = (Guid?)await last.ExecuteScalarAsync(cancellationToken);
        }
        var loan = id is { } known ? await LoanRow.LockAsync(transaction, known, cancellationToken) : null;
        if (loan is null || loan.Barcode != asked.Barcode || loan.EndedLost) throw Failure.NotFound("loan");
        return loan.ReturnedAt is null ? throw Failure.Refused([ContractCode.Of(StockRefusal.ItemOnLoan)])
            : loan.Member is null ? throw Failure.Refused("LOAN_WITHOUT_READER") : loan;
    }
}
