using System.Globalization;
using Library.Catalog.V1;
using Library.Notifications.Domain.Sending;
using Library.Notifications.Domain.Wording;
using Library.Notifications.Sending;
using Library.ServiceDefaults.Networks;
using NodaTime.Text;
using Branch = Library.ServiceDefaults.Networks.Branch;
using VisitKind = Library.Catalog.V1.DeskVisit.Types.Kind;

namespace Library.Notifications.Letters;

/// <summary>
/// Gathers the receipt of a visit. It goes to the member whatever kinds of notices they chose, because it was asked for. Once the loans no longer name the member
/// there is nothing to say.
/// </summary>
public sealed class VisitNotices(CatalogDirectory.CatalogDirectoryClient catalog, Addressees addressees, Network network, TimeProvider time)
{
    public async Task<Asked<Notice>> PrepareAsync(ClaimedDelivery delivery, CancellationToken cancellationToken)
    {
        var member = delivery.Member ?? throw new InvalidOperationException($"Delivery {delivery.Id} is of the visit of nobody.");
        var figures = delivery.Figures<VisitFigures>();
        var request = new GetVisitOfRequest { Member = member, Branch = figures.Branch, Day = LocalDatePattern.Iso.Format(LocalDate.FromDateOnly(figures.VisitedOn)) };
        var overtaken = new AttemptOutcome.Suppressed(DeliveryProblem.Overtaken);
        var asked = await Peer.AskAsync(
            time, deadline => catalog.GetVisitOfAsync(request, deadline: deadline, cancellationToken: cancellationToken), overtaken, DeliveryProblem.CatalogAway);
        if (asked.Value is not { } visit) return Asked<Notice>.Stopped(asked.Stop!);
        if (visit.Lines.Count == 0) return Asked<Notice>.Stopped(overtaken);
        var reader = await addressees.OfMemberAsync(member, delivery.Kind, cancellationToken, isAskedFor: true);
        if (reader.Value is not { } known) return Asked<Notice>.Stopped(reader.Stop!);
        var from = addressees.LibraryOf(figures.Branch);
        return Asked<Notice>.Of(new Notice(Letter.VisitReceipt, known, Values(known, from.Name, visit, network.Branches.GetValueOrDefault(figures.Branch)), from));
    }

    /// <summary>What the templates of a receipt may speak of.</summary>
    public static IReadOnlyDictionary<string, object> Values(Reader reader, string library, DeskVisit visit, Branch? branch) => new Dictionary<string, object>
    {
        ["name"] = reader.Name,
        ["library"] = library,
        ["branch"] = branch?.Name ?? library,
        ["visited_on"] = Day(visit.Day, reader),
        ["lent"] = Lines(visit, VisitKind.Lent, reader),
        ["renewed"] = Lines(visit, VisitKind.Renewed, reader),
        ["returned"] = Lines(visit, VisitKind.Returned, reader),
        ["fines"] = visit.FineTotalMinor > 0 ? Figures.Money(visit.FineTotalMinor, visit.CurrencyCode, reader.Language) : "",
        ["cut"] = visit.Cut ? "yes" : "",
    };

    private static List<Dictionary<string, object>> Lines(DeskVisit visit, VisitKind kind, Reader reader) =>
    [
        .. visit.Lines.Where(line => line.Kind == kind).Select(line => new Dictionary<string, object>
        {
            ["title"] = line.Title,
            ["due_on"] = line.DueOn.Length > 0 ? Day(line.DueOn, reader) : "",
            ["overdue_days"] = line.OverdueDays.ToString(CultureInfo.InvariantCulture),
            ["fine"] = line.FineMinor > 0 ? Figures.Money(line.FineMinor, visit.CurrencyCode, reader.Language) : "",
        }),
    ];

    private static string Day(string iso, Reader reader) => Figures.Date(LocalDatePattern.Iso.Parse(iso).GetValueOrThrow(), reader.Language);
}
