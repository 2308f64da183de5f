using NodaTime;

namespace Library.Events.Domain.Registrations;

/// <summary>How long the name and e-mail of a guest are kept (design decision 9).</summary>
public static class GuestRetention
{
    /// <summary>Days after the day on which the event ended.</summary>
    public const int Days = 30;

    /// <summary>
    /// On <paramref name="day"/> the guests of every event that ended before this instant are forgotten: the event's last day in
    /// <paramref name="zone"/> lies <see cref="Days"/> days back or more.
    /// </summary>
    public static Instant ForgottenWhenEndedBefore(LocalDate day, DateTimeZone zone) =>
        zone.AtStartOfDay(day.PlusDays(1 - Days)).ToInstant();
}
