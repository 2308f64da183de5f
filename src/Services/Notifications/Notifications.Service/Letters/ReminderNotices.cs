using System.Globalization;
using Library.Catalog.V1;
using Library.Notifications.Domain.Choices;
using Library.Notifications.Domain.Sending;
using Library.Notifications.Domain.Wording;
using Library.Notifications.Sending;
using NodaTime.Text;

namespace Library.Notifications.Letters;

/// <summary>Gathers what a formal reminder says: the titles that are overdue now, as Catalog knows them, and the level's price as it was charged.</summary>
public sealed class ReminderNotices(CatalogDirectory.CatalogDirectoryClient catalog, Addressees addressees, TimeProvider time)
{
    public async Task<Asked<Notice>> PrepareAsync(ClaimedDelivery delivery, CancellationToken cancellationToken)
    {
        var member = delivery.Member ?? throw new InvalidOperationException($"Delivery {delivery.Id} is a reminder to nobody.");
        var reader = await addressees.OfMemberAsync(member, NoticeKind.Reminder, cancellationToken);
        if (reader.Value is not { } known) return Asked<Notice>.Stopped(reader.Stop!);
        var loans = await Peer.AskAsync(
            time,
            deadline => catalog.GetLoansOfAsync(new GetLoansOfRequest { Member = member }, deadline: deadline, cancellationToken: cancellationToken),
            new AttemptOutcome.TryAgain(DeliveryProblem.CatalogAway), DeliveryProblem.CatalogAway);
        if (loans.Value is not { } lent) return Asked<Notice>.Stopped(loans.Stop!);
        var figures = delivery.Figures<ReminderFigures>();
        var from = addressees.LibraryOf(figures.Branch);
        return Asked<Notice>.Of(new Notice(Letter.Reminder, known, Values(known, from.Name, figures, lent), from));
    }

    /// <summary>What the templates of a reminder may speak of.</summary>
    public static IReadOnlyDictionary<string, object> Values(
        Reader reader, string library, ReminderFigures figures, LoansOf loans) => new Dictionary<string, object>
    {
        ["name"] = reader.Name,
        ["library"] = library,
        ["level"] = figures.Level.ToString(CultureInfo.InvariantCulture),
        ["reminded_on"] = Figures.Date(LocalDate.FromDateOnly(figures.RemindedOn), reader.Language),
        ["amount"] = Figures.Money(figures.AmountMinor, figures.CurrencyCode, reader.Language),
        ["accruing"] = loans.AccruingMinor > 0 ? Figures.Money(loans.AccruingMinor, figures.CurrencyCode, reader.Language) : "",
        ["loans"] = loans.Loans.Where(loan => loan.Overdue)
            .Select(loan => new Dictionary<string, object>
            {
                ["title"] = loan.Title,
                ["due_on"] = Figures.Date(LocalDatePattern.Iso.Parse(loan.DueOn).GetValueOrThrow(), reader.Language),
            })
            .ToList(),
    };
}
