using System.Globalization;
using Library.Events.V1;
using Library.Notifications.Domain.Choices;
using Library.Notifications.Domain.Sending;
using Library.Notifications.Domain.Wording;
using Library.Notifications.Sending;
using Library.ServiceDefaults.Networks;
using Library.ServiceDefaults.Requests;

namespace Library.Notifications.Letters;

/// <summary>Gathers what a notice of a registration says, and of whom: a guest as Events knows them, a member as Membership does.</summary>
public sealed class RegistrationNotices(EventsDirectory.EventsDirectoryClient events, Addressees addressees, Network network, TimeProvider time)
{
    public async Task<Asked<Notice>> PrepareAsync(ClaimedDelivery delivery, CancellationToken cancellationToken)
    {
        var asked = await Peer.AskAsync(
            time,
            deadline => events.GetRegistrationContactAsync(
                new GetRegistrationContactRequest { Name = delivery.Subject }, deadline: deadline, cancellationToken: cancellationToken),
            new AttemptOutcome.Failed(DeliveryProblem.NoRecipient), DeliveryProblem.EventsAway);
        if (asked.Value is not { } contact) return Asked<Notice>.Stopped(asked.Stop!);
        var news = delivery.Figures<RegistrationFigures>().News;
        if (!news.IsStillTrue(Names.Of(contact.State))) return Asked<Notice>.Stopped(new AttemptOutcome.Suppressed(DeliveryProblem.Overtaken));

        var reader = contact.Member.Length > 0
            ? await addressees.OfMemberAsync(contact.Member, NoticeKind.EventRegistration, cancellationToken)
            : GuestOf(contact);
        if (reader.Value is not { } known) return Asked<Notice>.Stopped(reader.Stop!);
        var from = addressees.LibraryOf(contact.Event.Branch);
        return Asked<Notice>.Of(new Notice(Letter.EventRegistration, known, Values(
            known, from.Name, news, contact, network.TimeZone, network.Branches.GetValueOrDefault(contact.Event.Branch)), from));
    }

    /// <summary>What the templates of a registration may speak of.</summary>
    public static IReadOnlyDictionary<string, object> Values(
        Reader reader, string library, RegistrationNews news, RegistrationContact contact, DateTimeZone zone, Branch? branch)
    {
        var startsAt = Instant.FromDateTimeOffset(contact.Event.StartsAt.ToDateTimeOffset()).InZone(zone).LocalDateTime;
        return new Dictionary<string, object>
        {
            ["name"] = reader.Name,
            ["library"] = library,
            ["news"] = news.Code(),
            ["title"] = contact.Event.Title,
            ["starts_on"] = Figures.Date(startsAt.Date, reader.Language),
            ["starts_at"] = Figures.Time(startsAt.TimeOfDay, reader.Language),
            ["branch"] = branch?.Name ?? library,
            ["address"] = branch is null ? "" : $"{branch.Street}, {branch.PostCode} {branch.City}",
            ["seats"] = contact.Seats.ToString(CultureInfo.InvariantCulture),
            ["position"] = contact.Position.ToString(CultureInfo.InvariantCulture),
        };
    }

    /// <summary>A guest has no choices: who gives an address at registration wants the answer there.</summary>
    private Asked<Reader> GuestOf(RegistrationContact contact) => contact.GuestEmail.Length == 0
        ? Asked<Reader>.Stopped(new AttemptOutcome.Failed(DeliveryProblem.NoRecipient))
        : Asked<Reader>.Of(new Reader(contact.GuestName, contact.GuestEmail, addressees.LanguageOf(contact.Language), [NoticeChannel.Email]));
}
