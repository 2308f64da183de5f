using System.Globalization;
using Library.Catalog.Borrowers;
using Library.Catalog.Domain;
using Library.Catalog.Domain.Fines;
using Library.Catalog.Domain.Lending;
using Library.Catalog.Features.Archive;
using Library.Catalog.Features.Loans;
using Library.Catalog.Features.Renewing;
using Library.Catalog.Rules;
using Library.Catalog.V1;
using Library.ServiceDefaults.Data;
using Library.ServiceDefaults.Errors;
using Library.ServiceDefaults.Requests;
using Library.ServiceDefaults.Security;
using Library.ServiceDefaults.Time;
using FineAnswer = Library.Catalog.V1.ExplainLoanResponse.Types.Fine;
using FineLineAnswer = Library.Catalog.V1.ExplainLoanResponse.Types.FineLine;

namespace Library.Catalog.Features.Explaining;

/// <summary>
/// Says what a loan's due date, its fine and a refusal to renew rest on: dates, articles, and the versions of rules, calendar and prices. Made by the very
/// rules that decide, from the same rows; it asks no other service, so that of what Membership and Finance own the desk's copy counts.
/// </summary>
public sealed class ExplainLoan(NpgsqlDataSource database, NetworkRules rules, Fines fines, ArchiveReadings archive, BusinessClock clock, Texts texts)
{
    public async Task<ExplainLoanResponse> RunAsync(ExplainLoanRequest request, Caller caller, string acceptLanguage, CancellationToken cancellationToken)
    {
        var loan = await LoanRow.FindAsync(database, ResourceName.Parse(LoanRow.Collection, request.Name, "loan"), cancellationToken) ?? throw Failure.NotFound("loan");
        caller.MustOwn(loan.MemberName, "loan");
        await archive.PassAsync(isOut: loan.ReturnedAt is null, loan.MemberName, loan.Name, caller, request.Purpose, cancellationToken);
        var language = texts.Choose(acceptLanguage);
        var today = clock.Today;
        return new ExplainLoanResponse
        {
            Loan = loan.Name,
            DueDate = DueDateOf(loan, language),
            Fine = FineOf(loan, fines.Price(loan, loan.ReturnedAt?.InZone(clock.Zone).Date ?? today), language),
            Renewal = loan is { ReturnedAt: null, Member: { } member } ? await RenewalAsync(loan, member, today, language, cancellationToken) : null,
        };
    }

    private ExplainLoanResponse.Types.DueDate DueDateOf(LoanRow loan, string language)
    {
        // a loan of an older version: the day of the loan where it was never renewed, else what the period says
        var lentOn = loan.LentAt.InZone(clock.Zone).Date;
        var rulebook = rules.MadeUnder(loan.RulebookVersion, lentOn);
        var period = rulebook.Lending.GetValueOrDefault(Codes.MaterialRuleOf(loan.Material))?.PeriodDays ?? 0;
        var from = loan.CountedFrom ?? (loan.Renewals == 0 ? lentOn : loan.DueOn.PlusDays(-period));
        var rule = loan.DueRule ?? DueRule.Period;
        var article = rule == DueRule.Discretion ? rulebook.Discretion.Article : rules.ArticleOfMaterial(loan.Material, from);
        return new ExplainLoanResponse.Types.DueDate
        {
            DueOn = loan.DueOn.Iso(),
            CountedFrom = from.Iso(),
            Rule = Names.Parse<ExplainLoanResponse.Types.DueRule>(ContractCode.Of(rule)) ?? default,
            Article = article,
            RulebookVersion = loan.RulebookVersion,
            CalendarVersion = loan.CalendarVersion,
            Text = Say(language, $"explain.due.{ContractCode.Of(rule)}", article,
                ("from", Day(from, language)), ("due", Day(loan.DueOn, language)), ("days", Figure(Period.DaysBetween(from, loan.DueOn)))),
        };
    }

    private FineAnswer FineOf(LoanRow loan, Fine fine, string language)
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
                    ("days", Figure(fine.OverdueDays)), ("amount", Money(fine.AmountMinor, fine.CurrencyCode, language)), ("cap", Money(fine.CapMinor, fine.CurrencyCode, language))),
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
                ("count", Figure(line.Count)), ("units", Figure(line.Units)), ("from", Day(line.From, language)), ("to", Day(line.To, language)),
                ("unit", Money(line.UnitMinor, fine.CurrencyCode, language)), ("amount", Money(line.AmountMinor, fine.CurrencyCode, language)), ("tariff", line.TariffVersion)),
        }));
        return answer;
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

    private string Day(LocalDate day, string language) =>
        day.ToString(texts.Get(language, "explain.date", []), CultureInfo.InvariantCulture);

    private string Money(long minor, string currencyCode, string language)
    {
        var (whole, cents) = Math.DivRem(minor, 100);
        return string.Create(CultureInfo.InvariantCulture, $"{whole}{texts.Get(language, "explain.decimalMark", [])}{cents:00} {currencyCode}");
    }

    private static string Figure(int figure) => figure.ToString(CultureInfo.InvariantCulture);
}
