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
    public static IEnumerable<IReadOnlyDictionary<string, object>> Of(NoticeKind kind, string language)
    {
        var reader = new Reader("Ana Novak", "ana@novak.example", language, [NoticeChannel.Email]);
        return kind switch
        {
            NoticeKind.Reminder => Reminders(reader),
            NoticeKind.EventRegistration => Registrations(reader),
            var other => throw new NotSupportedException($"There is no sample of {other.Code()}."),
        };
    }

    private static IEnumerable<IReadOnlyDictionary<string, object>> Reminders(Reader reader)
    {
        var overdue = new LoansOf { AccruingMinor = 270 };
        overdue.Loans.Add(new LoanOf { Title = "Alamut", DueOn = "2024-04-03", Overdue = true });
        overdue.Loans.Add(new LoanOf { Title = "Visoška kronika", DueOn = "2024-04-05", Overdue = true });
        for (var level = 1; level <= 4; level++)
        {
            var figures = new ReminderFigures(level, new DateOnly(2024, 4, 8), 200, "EUR", "");
            yield return ReminderNotices.Values(reader, "Knjižnica", figures, overdue);
            yield return ReminderNotices.Values(reader, "Knjižnica", figures, new LoansOf());
        }
    }

    private static IEnumerable<IReadOnlyDictionary<string, object>> Registrations(Reader reader)
    {
        var contact = new RegistrationContact
        {
            Seats = 2, Position = 3,
            Event = new Event { Title = "Večer s pesnico", StartsAt = Timestamp.FromDateTimeOffset(new DateTimeOffset(2024, 4, 9, 17, 0, 0, TimeSpan.Zero)) },
        };
        foreach (var news in System.Enum.GetValues<RegistrationNews>())
            yield return RegistrationNotices.Values(reader, "Knjižnica", news, contact, DateTimeZone.Utc, null);
    }
}
