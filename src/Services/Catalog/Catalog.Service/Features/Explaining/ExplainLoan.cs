using System.Globalization;
using Library.Catalog.Borrowers;
using Library.Catalog.Domain;
using Library.Catalog.Domain.Fines;
using Library.Catalog.Domain.Lending;
using Library.Catalog.Domain.Losses;
using Library.Catalog.Features.Archive;
using Library.Catalog.Features.Loans;
using Library.Catalog.Features.Losing;
using Library.Catalog.Features.Printing;
using Library.Catalog.Features.Renewing;
using Library.Catalog.Rules;
using Library.Catalog.V1;
using Library.ServiceDefaults.Data;
using Library.ServiceDefaults.Errors;
using Library.ServiceDefaults.Requests;
using Library.ServiceDefaults.Security;
using Library.ServiceDefaults.Time;
using DueRuleAnswer = Library.Catalog.V1.ExplainLoanResponse.Types.DueRule;
using FineAnswer = Library.Catalog.V1.ExplainLoanResponse.Types.Fine;
using FineLineAnswer = Library.Catalog.V1.ExplainLoanResponse.Types.FineLine;

namespace Library.Catalog.Features.Explaining;

/// <summary>
/// Says what a loan's due date, its fine and a refusal to renew rest on: dates, articles, and the versions of rules, calendar and prices. Made by the very
/// rules that decide, from the same rows; it asks no other service, so that of what Membership and Finance own the desk's copy counts.
/// </summary>
public sealed class ExplainLoan(NpgsqlDataSource database, NetworkRules rules, Fines fines, LossPrices losses, ArchiveReadings archive, BusinessClock clock, Texts texts)
{
    public async Task<ExplainLoanResponse> RunAsync(ExplainLoanRequest request, Caller caller, string acceptLanguage, CancellationToken cancellationToken)
    {
        var loan = await LoanRow.FindAsync(database, ResourceName.Parse(LoanRow.Collection, request.Name, "loan"), cancellationToken) ?? throw Failure.NotFound("loan");
        caller.MustOwn(loan.MemberName, "loan");
        await archive.PassAsync(isOut: loan.ReturnedAt is null, loan.MemberName, loan.Name, caller, request.Purpose, cancellationToken);
        var language = texts.Choose(acceptLanguage);
        var today = clock.Today;
        var loss = await LossRow.OfLoanAsync(database, loan.Id, cancellationToken);
        var ended = loan.ReturnedAt?.InZone(clock.Zone).Date;
        return new ExplainLoanResponse
        {
            Loan = loan.Name,
            DueDate = DueDateOf(loan, language),
            Claim = ClaimOf(loan, language),
            Fine = FineOf(loan.EndedLost && loss is not null ? losses.Fine(loss, ended!.Value) : fines.Price(loan, ended ?? today), language),
            Loss = loss is { State: LossState.Open } ? LossOf(loss, today, language) : null,
            Renewal = loan is { ReturnedAt: null, Member: { } member } ? await RenewalAsync(loan, member, today, language, cancellationToken) : null,
        };
    }

    private ExplainLoanResponse.Types.DueDate DueDateOf(LoanRow loan, string language)
    {
        // a loan of an older version: the day of the loan where it was never renewed, else what the period says
        var lentOn = loan.LentAt.InZone(clock.Zone).Date;
        var rulebook = rules.MadeUnder(loan.RulebookVersion, lentOn);
        var period = DueDates.PeriodDays(Codes.MaterialRuleOf(loan.Material), Codes.LendingRuleOf(loan.Lending), rulebook, loan.Branch);
        var from = loan.CountedFrom ?? (loan.Renewals == 0 ? lentOn : loan.DueOn.PlusDays(-(period ?? 0)));
        LocalDate? ends = period is { } length ? from.PlusDays(length) : null;
        var rule = RuleOf(loan, ends);
        var article = rule == DueRuleAnswer.Discretion ? rulebook.Discretion.Article : rules.ArticleOfMaterial(loan.Material, from);
        return new ExplainLoanResponse.Types.DueDate
        {
            DueOn = loan.DueOn.Iso(),
            CountedFrom = from.Iso(),
            Rule = rule,
            Article = article,
            RulebookVersion = loan.RulebookVersion,
            CalendarVersion = loan.CalendarVersion,
            Text = Say(language, $"explain.due.{Names.Of(rule)}", article,
                ("from", texts.Day(from, language)), ("due", texts.Day(loan.DueOn, language)), ("ends", texts.Day(ends ?? loan.DueOn, language)),
                ("days", Figure(Period.DaysBetween(from, rule == DueRuleAnswer.NextOpenDay ? ends ?? loan.DueOn : loan.DueOn)))),
        };
    }

    /// <summary>The rule that gave the due date; of a period also what moved its end: the lender's day, or a day when the branch is closed.</summary>
    /// <param name="loan">As it is now.</param>
    /// <param name="periodEnds">Null: such an item is not lent for a period any more.</param>
    private static DueRuleAnswer RuleOf(LoanRow loan, LocalDate? periodEnds) => loan.DueRule switch
    {
        null or DueRule.Period when loan.DueOn > periodEnds => DueRuleAnswer.NextOpenDay,
        null or DueRule.Period when loan.DueOn < periodEnds && loan.DueOn == loan.LenderDueOn => DueRuleAnswer.LendersDay,
        var kept => Names.Parse<DueRuleAnswer>(ContractCode.Of(kept ?? DueRule.Period)) ?? default,
    };

    /// <summary>Null where none was made, or it was rejected.</summary>
    private ExplainLoanResponse.Types.Claim? ClaimOf(LoanRow loan, string language) => loan.ClaimedReturnedOn is not { } day ? null : new()
    {
        ClaimedReturnedOn = day.Iso(),
        Text = Say(language, "explain.claim", "", ("claimed", texts.Day(day, language))),
    };

    private FineAnswer FineOf(Fine fine, string language)
    {
        var answer = new FineAnswer
        {
            OverdueDays = fine.OverdueDays,
            AmountMinor = fine.AmountMinor,
            CurrencyCode = fine.CurrencyCode,
            CapMinor = fine.CapMinor,
            CapReached = fine.CapReached,
            Text = fine.OverdueDays == 0
                ? Say(language, "explain.fine.NONE", "")
                : Say(language, fine.CapReached ? "explain.fine.CAPPED" : "explain.fine.SUM", fine.Lines.Count > 0 ? fine.Lines[0].Article : "",
                    ("days", Figure(fine.OverdueDays)), ("amount", texts.Money(fine.AmountMinor, fine.CurrencyCode, language)), ("cap", texts.Money(fine.CapMinor, fine.CurrencyCode, language))),
        };
        answer.Lines.AddRange(fine.Lines.Select(line => new FineLineAnswer
        {
            From = line.From.Iso(),
            To = line.To.Iso(),
            Count = line.Count,
            Units = line.Units,
            UnitMinor = line.UnitMinor,
            AmountMinor = line.AmountMinor,
            TariffVersion = line.TariffVersion,
            Article = line.Article,
            Text = Say(language, $"explain.fine.{ContractCode.Of(line.Unit)}", line.Article,
                ("count", Figure(line.Count)), ("units", Figure(line.Units)), ("from", texts.Day(line.From, language)), ("to", texts.Day(line.To, language)),
                ("unit", texts.Money(line.UnitMinor, fine.CurrencyCode, language)), ("amount", texts.Money(line.AmountMinor, fine.CurrencyCode, language)), ("tariff", line.TariffVersion)),
        }));
        return answer;
    }

    /// <summary>What the reader is told when it is declared, and until it is settled.</summary>
    private ExplainLoanResponse.Types.OpenLoss LossOf(LossRow row, LocalDate today, string language)
    {
        var loss = row.Answer(losses, today);
        var until = row.Facts.ReplaceUntil;
        return new ExplainLoanResponse.Types.OpenLoss
        {
            Loss = loss,
            Text = Say(language, $"explain.loss.{ContractCode.Of(row.Facts.Cause)}.{(today <= until ? "FREE" : "RUNS_ON")}", loss.Article,
                ("declared", texts.Day(row.DeclaredOn, language)), ("until", texts.Day(until, language))),
            ReplacementText = Say(language, "explain.loss.REPLACEMENT", loss.Article, Costs(loss.Replacement)),
            CompensationText = Say(language, "explain.loss.COMPENSATION", loss.Article, Costs(loss.Compensation)),
        };

        (string, string)[] Costs(Loss.Types.Cost cost) =>
        [
            ("fine", texts.Money(cost.FineMinor, loss.CurrencyCode, language)), ("compensation", texts.Money(cost.CompensationMinor, loss.CurrencyCode, language)),
            ("reprocessing", texts.Money(cost.ReprocessingMinor, loss.CurrencyCode, language)), ("total", texts.Money(cost.TotalMinor, loss.CurrencyCode, language)),
            ("units", Figure(loss.Units)), ("tariff", cost.TariffVersion),
        ];
    }

    private async Task<ExplainLoanResponse.Types.Renewal> RenewalAsync(LoanRow loan, Guid member, LocalDate today, string language, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var batch = new NpgsqlBatch(connection)
        {
            BatchCommands = { RenewLoan.IsReserved(loan, member, today), DatabaseSetup.BatchCommand(Borrower.ByMember, member, today) },
        };
        await using var row = await batch.ExecuteReaderAsync(cancellationToken);
        await row.ReadAsync(cancellationToken);
        var isReserved = row.GetBoolean(0);
        await row.NextResultAsync(cancellationToken);
        var borrower = await row.ReadAsync(cancellationToken) ? Borrower.Read(row) : throw new InvalidOperationException("A borrower with a loan is gone.");
        switch (RenewLoan.Decide(loan, borrower, isReserved, exceptional: false, rules, today))
        {
            case RenewalDecision.Granted granted:
                return new ExplainLoanResponse.Types.Renewal { Possible = true, DueOn = granted.DueOn.Iso() };
            case RenewalDecision.Refused { ExceptionalLeft: true, Reasons: [LoanRefusal.RenewalLimit] }
                when RenewLoan.Decide(loan, borrower, isReserved, exceptional: true, rules, today) is RenewalDecision.Granted paid:
                return new ExplainLoanResponse.Types.Renewal { Possible = true, DueOn = paid.DueOn.Iso(), Exceptional = true };
            case RenewalDecision.Refused refused:
                var answer = new ExplainLoanResponse.Types.Renewal();
                answer.Refusals.AddRange(refused.Reasons.Select(reason => new ExplainLoanResponse.Types.Refusal
                {
                    Reason = reason.Code(), Article = rules.ArticleOf(reason, loan.Material, today), Text = texts.Get(language, reason.Code(), []),
                }));
                return answer;
            case var other:
                throw new InvalidOperationException($"{other.GetType().Name} is no answer to a renewal.");
        }
    }

    /// <summary>The sentence, and the article where the network's rules have any.</summary>
    private string Say(string language, string key, string article, params ReadOnlySpan<(string Name, string Value)> figures)
    {
        var known = new List<KeyValuePair<string, string>>();
        foreach (var (name, value) in figures) known.Add(KeyValuePair.Create(name, value));
        var text = texts.Get(language, key, known);
        return article.Length == 0 ? text : $"{text} ({texts.Get(language, "explain.article", [KeyValuePair.Create("article", article.Replace("art. ", "", StringComparison.Ordinal))])})";
    }

    private static string Figure(int figure) => figure.ToString(CultureInfo.InvariantCulture);
}
