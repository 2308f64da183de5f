using Google.Protobuf.WellKnownTypes;
using Library.Catalog.V1;
using Library.Events.V1;
using Library.Notifications.Domain.Choices;
using Library.Notifications.Sending;
using Library.ServiceDefaults.Requests;
using UnfilledReason = Library.Catalog.V1.InterlibraryRequest.Types.UnfilledReason;

namespace Library.Notifications.Letters;

/// <summary>
/// What templates are tried with when the service starts. Made by the same functions as the letters, so that a template that
/// renders here renders there; each case that a template may distinguish is among them.
/// </summary>
public static class Samples
{
    /// <summary>As many levels as a rulebook may have.</summary>
    private const int MostLevels = 9;

    public static IEnumerable<IReadOnlyDictionary<string, object>> Of(Letter letter, string language)
    {
        var reader = new Reader("Reader Name", "reader@library.example", language, [NoticeChannel.Email]);
        var head = new HoldNotices.Head(reader, "Library", null);
        return letter switch
        {
            Letter.Reminder => Reminders(reader),
            Letter.EventRegistration => Registrations(reader),
            Letter.HoldReady or Letter.HoldExpiring => [HoldNotices.Values(head, new ReadyHold { Title = "A title", ReadyUntil = "2024-04-09" })],
            Letter.LockerReady => Lockers(head),
            Letter.InterlibraryArrived => Arrivals(head),
            Letter.InterlibraryUnfilled => System.Enum.GetValues<UnfilledReason>().Skip(1).Select(reason =>
                HoldNotices.Values(head, new InterlibraryNews { Title = "A title", UnfilledReason = Names.Of(reason) })),
            Letter.LicenceOffered => [HoldNotices.Values(head, new LicenceOffer { Title = "A title", OfferedUntil = SomeTime }, DateTimeZone.Utc)],
            Letter.LoansDueSoon or Letter.ReminderImminent => Loans(reader),
            Letter.VisitReceipt => Visits(reader),
        };
    }

    private static readonly Timestamp SomeTime = Timestamp.FromDateTimeOffset(new DateTimeOffset(2024, 4, 9, 17, 0, 0, TimeSpan.Zero));

    private static IEnumerable<IReadOnlyDictionary<string, object>> Lockers(HoldNotices.Head head)
    {
        string[][] cases = [["A title"], ["First title", "Second title"]];
        foreach (var titles in cases)
            yield return HoldNotices.Values(head, new LockerPickup { Titles = { titles }, Locker = "A locker", Compartment = 7, Code = "12345678", CollectUntil = "2024-04-09" });
    }

    private static IEnumerable<IReadOnlyDictionary<string, object>> Arrivals(HoldNotices.Head head)
    {
        foreach (var only in new[] { false, true })
            yield return HoldNotices.Values(head, new InterlibraryNews { Title = "A title", WaitsUntil = "2024-04-09", LenderDueOn = "2024-05-09", LibraryUseOnly = only });
    }

    private static IEnumerable<IReadOnlyDictionary<string, object>> Loans(Reader reader)
    {
        var figures = new LoanFigures(new DateOnly(2024, 4, 8), "");
        var (first, second) = (new LoanOf { Title = "First title", DueOn = "2024-04-07" }, new LoanOf { Title = "Second title", DueOn = "2024-04-08" });
        LoanOf[][] cases = [[first], [first, second]];
        foreach (var loans in cases) yield return LoanNotices.Values(reader, "Library", figures, loans);
    }

    private static IEnumerable<IReadOnlyDictionary<string, object>> Visits(Reader reader)
    {
        var lent = new DeskVisit.Types.Line { Kind = DeskVisit.Types.Kind.Lent, Title = "First title", DueOn = "2024-04-30" };
        var renewed = new DeskVisit.Types.Line { Kind = DeskVisit.Types.Kind.Renewed, Title = "Second title", DueOn = "2024-04-30" };
        var returned = new DeskVisit.Types.Line { Kind = DeskVisit.Types.Kind.Returned, Title = "Third title" };
        var late = new DeskVisit.Types.Line { Kind = DeskVisit.Types.Kind.Returned, Title = "Fourth title", OverdueDays = 9, FineMinor = 270 };
        DeskVisit.Types.Line[][] cases = [[lent], [renewed], [returned], [late], [lent, renewed, returned, late]];
        foreach (var lines in cases)
            foreach (var cut in new[] { false, true })
                yield return VisitNotices.Values(
                    reader, "Library", new DeskVisit { Day = "2024-04-09", CurrencyCode = "XXX", Lines = { lines }, FineTotalMinor = lines.Sum(line => line.FineMinor), Cut = cut }, null);
    }

    private static IEnumerable<IReadOnlyDictionary<string, object>> Reminders(Reader reader)
    {
        var first = new LoanOf { Title = "First title", DueOn = "2024-04-03", Overdue = true };
        var second = new LoanOf { Title = "Second title", DueOn = "2024-04-05", Overdue = true };
        LoansOf[] cases =
        [
            new() { AccruingMinor = 270, Loans = { first, second } },
            new() { AccruingMinor = 120, Loans = { first } },
            new(),
        ];
        for (var level = 1; level <= MostLevels; level++)
        {
            var figures = new ReminderFigures(level, new DateOnly(2024, 4, 8), 200, "XXX", "");
            foreach (var loans in cases) yield return ReminderNotices.Values(reader, "Library", figures, loans);
        }
    }

    private static IEnumerable<IReadOnlyDictionary<string, object>> Registrations(Reader reader)
    {
        var contact = new RegistrationContact
        {
            Seats = 2, Position = 3,
            Event = new Event { Title = "A reading", StartsAt = SomeTime },
        };
        foreach (var news in System.Enum.GetValues<RegistrationNews>())
            yield return RegistrationNotices.Values(reader, "Library", news, contact, DateTimeZone.Utc, null);
    }
}
