using Google.Protobuf.WellKnownTypes;
using Library.Catalog.V1;
using Library.Events.V1;
using Library.Notifications.Domain.Choices;
using Library.Notifications.Sending;

namespace Library.Notifications.Letters;

/// <summary>
/// What templates are tried with when the service starts. Made by the same functions as the letters, so that a template that
/// renders here renders there; each case that a template may distinguish is among them.
/// </summary>
public static class Samples
{
    /// <summary>As many levels as a rulebook may have.</summary>
    private const int MostLevels = 9;

    public static IEnumerable<IReadOnlyDictionary<string, object>> Of(NoticeKind kind, string language)
    {
        var reader = new Reader("Reader Name", "reader@library.example", language, [NoticeChannel.Email]);
        return kind switch
        {
            NoticeKind.Reminder => Reminders(reader),
            NoticeKind.EventRegistration => Registrations(reader),
            NoticeKind.HoldReady or NoticeKind.HoldExpiring => [HoldNotices.Values(reader, "Library", new ReadyHold { Title = "A title", ReadyUntil = "2024-04-09" }, null)],
            var other => throw new NotSupportedException($"There is no sample of {other.Code()}."),
        };
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
            Event = new Event { Title = "A reading", StartsAt = Timestamp.FromDateTimeOffset(new DateTimeOffset(2024, 4, 9, 17, 0, 0, TimeSpan.Zero)) },
        };
        foreach (var news in System.Enum.GetValues<RegistrationNews>())
            yield return RegistrationNotices.Values(reader, "Library", news, contact, DateTimeZone.Utc, null);
    }
}
