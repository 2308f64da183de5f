using Library.Catalog.V1;
using Library.Notifications.Domain.Choices;
using Library.Notifications.Domain.Sending;
using Library.Notifications.Domain.Wording;
using Library.Notifications.Sending;
using Library.ServiceDefaults.Networks;
using NodaTime.Text;

namespace Library.Notifications.Letters;

/// <summary>Gathers what a notice of reserved material says. One that is collected or given up meanwhile is not told of any more.</summary>
public sealed class HoldNotices(CatalogDirectory.CatalogDirectoryClient catalog, Addressees addressees, Network network, TimeProvider time)
{
    public async Task<Asked<Notice>> PrepareAsync(ClaimedDelivery delivery, CancellationToken cancellationToken)
    {
        var asked = await Peer.AskAsync(
            time,
            deadline => catalog.GetReadyHoldAsync(new GetReadyHoldRequest { Name = delivery.Subject }, deadline: deadline, cancellationToken: cancellationToken),
            new AttemptOutcome.Suppressed(DeliveryProblem.Overtaken), DeliveryProblem.CatalogAway);
        if (asked.Value is not { } hold) return Asked<Notice>.Stopped(asked.Stop!);
        var member = delivery.Member ?? throw new InvalidOperationException($"Delivery {delivery.Id} is of a hold of nobody.");
        var reader = await addressees.OfMemberAsync(member, delivery.Kind, cancellationToken);
        if (reader.Value is not { } known) return Asked<Notice>.Stopped(reader.Stop!);
        var from = addressees.LibraryOf(hold.PickupBranch);
        return Asked<Notice>.Of(new Notice(known, Values(known, from.Name, hold, network.Branches.GetValueOrDefault(hold.PickupBranch)), from));
    }

    /// <summary>What the templates of reserved material may speak of.</summary>
    public static IReadOnlyDictionary<string, object> Values(Reader reader, string library, ReadyHold hold, ServiceDefaults.Networks.Branch? branch) => new Dictionary<string, object>
    {
        ["name"] = reader.Name,
        ["library"] = library,
        ["title"] = hold.Title,
        ["ready_until"] = Figures.Date(LocalDatePattern.Iso.Parse(hold.ReadyUntil).GetValueOrThrow(), reader.Language),
        ["branch"] = branch?.Name ?? library,
        ["address"] = branch is null ? "" : $"{branch.Street}, {branch.PostCode} {branch.City}",
    };
}
