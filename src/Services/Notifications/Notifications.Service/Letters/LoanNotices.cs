using Library.Catalog.V1;
using Library.Notifications.Domain.Choices;
using Library.Notifications.Domain.Sending;
using Library.Notifications.Domain.Wording;
using Library.Notifications.Sending;
using Library.ServiceDefaults.Time;
using NodaTime.Text;

namespace Library.Notifications.Letters;

/// <summary>
/// Gathers what a notice says of loans that fall due, or of which a formal reminder is imminent (art. 41): what the member has out when it is sent, all in one letter.
/// What was renewed or returned meanwhile is not listed, and where nothing is left nothing is sent.
/// </summary>
public sealed class LoanNotices(CatalogDirectory.CatalogDirectoryClient catalog, Addressees addressees, BusinessClock clock, TimeProvider time)
{
    public async Task<Asked<Notice>> PrepareAsync(ClaimedDelivery delivery, CancellationToken cancellationToken)
    {
        var member = delivery.Member ?? throw new InvalidOperationException($"Delivery {delivery.Id} is of the loans of nobody.");
        var asked = await Peer.AskAsync(
            time,
            deadline => catalog.GetLoansOfAsync(new GetLoansOfRequest { Member = member }, deadline: deadline, cancellationToken: cancellationToken),
            new AttemptOutcome.TryAgain(DeliveryProblem.CatalogAway), DeliveryProblem.CatalogAway);
        if (asked.Value is not { } loans) return Asked<Notice>.Stopped(asked.Stop!);
        var figures = delivery.Figures<LoanFigures>();
        var about = About(delivery.Kind, loans, LocalDate.FromDateOnly(figures.Day), clock.Today);
        if (about.Count == 0) return Asked<Notice>.Stopped(new AttemptOutcome.Suppressed(DeliveryProblem.Overtaken));
        var reader = await addressees.OfMemberAsync(member, delivery.Kind, cancellationToken);
        if (reader.Value is not { } known) return Asked<Notice>.Stopped(reader.Stop!);
        var from = addressees.LibraryOf(figures.Branch);
        var letter = delivery.Kind == NoticeKind.LoanDueSoon ? Letter.LoansDueSoon : Letter.ReminderImminent;
        return Asked<Notice>.Of(new Notice(letter, known, Values(known, from.Name, figures, about), from));
    }

    /// <summary>
    /// The loans to list; none where the notice has been overtaken. Of a day on which loans fall due: those that are due by then, if one still is on that day itself. Of the
    /// day of a run of reminders: those that are overdue by then, as long as it is not yet that day.
    /// </summary>
    public static IReadOnlyList<LoanOf> About(NoticeKind kind, LoansOf loans, LocalDate day, LocalDate today)
    {
        if (kind == NoticeKind.ReminderImminent) return today < day ? [.. loans.Loans.Where(loan => DueOn(loan) < day)] : [];
        var soon = loans.Loans.Where(loan => !loan.Overdue && DueOn(loan) <= day).ToList();
        return soon.Exists(loan => DueOn(loan) == day) ? soon : [];
    }

    /// <summary>What the templates may speak of.</summary>
    public static IReadOnlyDictionary<string, object> Values(Reader reader, string library, LoanFigures figures, IReadOnlyList<LoanOf> loans) => new Dictionary<string, object>
    {
        ["name"] = reader.Name,
        ["library"] = library,
        ["day"] = Figures.Date(LocalDate.FromDateOnly(figures.Day), reader.Language),
        ["loans"] = loans.Select(loan => new Dictionary<string, object> { ["title"] = loan.Title, ["due_on"] = Figures.Date(DueOn(loan), reader.Language) }).ToList(),
    };

    private static LocalDate DueOn(LoanOf loan) => LocalDatePattern.Iso.Parse(loan.DueOn).GetValueOrThrow();
}
