using System.Globalization;
using Grpc.Core;
using Library.Catalog.V1;
using Library.Notifications.Domain.Choices;
using Library.Notifications.Domain.Sending;
using Library.Notifications.Domain.Wording;
using Library.Notifications.Sending;
using Library.ServiceDefaults.Networks;
using NodaTime.Text;
using Branch = Library.ServiceDefaults.Networks.Branch;

namespace Library.Notifications.Letters;

/// <summary>
/// Gathers what a notice says of something that waits for its reader: reserved material at a branch, copies in a locker, a partner's copy, a licence; or of what could
/// not be got. The subject says which. What is collected, given up or over meanwhile is not told of any more. The code of a locker is asked for here, stands in the
/// letter, and nowhere else.
/// </summary>
public sealed class HoldNotices(CatalogDirectory.CatalogDirectoryClient catalog, Addressees addressees, Network network, TimeProvider time)
{
    public Task<Asked<Notice>> PrepareAsync(ClaimedDelivery delivery, CancellationToken cancellationToken) => delivery.Subject.Split('/')[0] switch
    {
        "holds" => AskAsync(
            delivery, deadline => catalog.GetReadyHoldAsync(new GetReadyHoldRequest { Name = delivery.Subject }, deadline: deadline, cancellationToken: cancellationToken),
            hold => hold.PickupBranch, (hold, head) => Values(head, hold),
            _ => delivery.Kind == NoticeKind.HoldExpiring ? Letter.HoldExpiring : Letter.HoldReady, cancellationToken),
        "lockerDeposits" => AskAsync(
            delivery, deadline => catalog.GetLockerPickupAsync(new GetLockerPickupRequest { Name = delivery.Subject }, deadline: deadline, cancellationToken: cancellationToken),
            pickup => pickup.Branch, (pickup, head) => Values(head, pickup), _ => Letter.LockerReady, cancellationToken),
        "interlibraryRequests" => AskAsync(
            delivery,
            deadline => catalog.GetInterlibraryNewsAsync(new GetInterlibraryNewsRequest { Name = delivery.Subject }, deadline: deadline, cancellationToken: cancellationToken),
            news => news.Branch, (news, head) => Values(head, news),
            news => news.UnfilledReason.Length > 0 ? Letter.InterlibraryUnfilled : Letter.InterlibraryArrived, cancellationToken),
        "licenceHolds" => AskAsync(
            delivery, deadline => catalog.GetLicenceOfferAsync(new GetLicenceOfferRequest { Name = delivery.Subject }, deadline: deadline, cancellationToken: cancellationToken),
            _ => "", (offer, head) => Values(head, offer, network.TimeZone), _ => Letter.LicenceOffered, cancellationToken),
        var other => throw new NotSupportedException($"Nothing is known of notices of {other}."),
    };

    /// <summary>What every one of these letters may speak of.</summary>
    /// <param name="Reader">Who reads it.</param>
    /// <param name="Library">Which writes.</param>
    /// <param name="Branch">Where it waits; null where it waits at no branch, or the branch is not known any more.</param>
    public sealed record Head(Reader Reader, string Library, Branch? Branch);

    public static IReadOnlyDictionary<string, object> Values(Head head, ReadyHold hold) => new Dictionary<string, object>(Common(head))
    {
        ["title"] = hold.Title,
        ["ready_until"] = Day(hold.ReadyUntil, head),
    };

    public static IReadOnlyDictionary<string, object> Values(Head head, LockerPickup pickup) => new Dictionary<string, object>(Common(head))
    {
        ["titles"] = pickup.Titles.Select(title => new Dictionary<string, object> { ["title"] = title }).ToList(),
        ["locker"] = pickup.Locker,
        ["compartment"] = pickup.Compartment.ToString(CultureInfo.InvariantCulture),
        ["code"] = pickup.Code,
        ["collect_until"] = Day(pickup.CollectUntil, head),
    };

    public static IReadOnlyDictionary<string, object> Values(Head head, InterlibraryNews news) => news.UnfilledReason.Length > 0
        ? new Dictionary<string, object>(Common(head)) { ["title"] = news.Title, ["reason"] = news.UnfilledReason }
        : new Dictionary<string, object>(Common(head))
        {
            ["title"] = news.Title,
            ["waits_until"] = Day(news.WaitsUntil, head),
            ["lender_due_on"] = Day(news.LenderDueOn, head),
            ["in_library_only"] = news.LibraryUseOnly ? "yes" : "",
        };

    public static IReadOnlyDictionary<string, object> Values(Head head, LicenceOffer offer, DateTimeZone zone)
    {
        var until = Instant.FromDateTimeOffset(offer.OfferedUntil.ToDateTimeOffset()).InZone(zone).LocalDateTime;
        return new Dictionary<string, object>(Common(head))
        {
            ["title"] = offer.Title,
            ["until_on"] = Figures.Date(until.Date, head.Reader.Language),
            ["until_at"] = Figures.Time(until.TimeOfDay, head.Reader.Language),
        };
    }

    private async Task<Asked<Notice>> AskAsync<T>(
        ClaimedDelivery delivery, Func<DateTime, AsyncUnaryCall<T>> call, Func<T, string> branchOf, Func<T, Head, IReadOnlyDictionary<string, object>> valuesOf,
        Func<T, Letter> letterOf, CancellationToken cancellationToken) where T : class
    {
        var asked = await Peer.AskAsync(time, call, new AttemptOutcome.Suppressed(DeliveryProblem.Overtaken), DeliveryProblem.CatalogAway);
        if (asked.Value is not { } waiting) return Asked<Notice>.Stopped(asked.Stop!);
        var member = delivery.Member ?? throw new InvalidOperationException($"Delivery {delivery.Id} is of something that waits for nobody.");
        var reader = await addressees.OfMemberAsync(member, delivery.Kind, cancellationToken);
        if (reader.Value is not { } known) return Asked<Notice>.Stopped(reader.Stop!);
        var from = addressees.LibraryOf(branchOf(waiting));
        var head = new Head(known, from.Name, network.Branches.GetValueOrDefault(branchOf(waiting)));
        return Asked<Notice>.Of(new Notice(letterOf(waiting), known, valuesOf(waiting, head), from));
    }

    private static Dictionary<string, object> Common(Head head) => new()
    {
        ["name"] = head.Reader.Name,
        ["library"] = head.Library,
        ["branch"] = head.Branch?.Name ?? head.Library,
        ["address"] = head.Branch is { } branch ? $"{branch.Street}, {branch.PostCode} {branch.City}" : "",
    };

    private static string Day(string iso, Head head) => Figures.Date(LocalDatePattern.Iso.Parse(iso).GetValueOrThrow(), head.Reader.Language);
}
