using System.Text.Json;
using Library.Notifications.Domain.Choices;

namespace Library.Notifications.Sending;

/// <summary>By which the letter of a formal reminder is written; no personal data.</summary>
public sealed record ReminderFigures(int Level, DateOnly RemindedOn, long AmountMinor, string CurrencyCode, string Branch);

/// <summary>By which the letter of a registration is written; no personal data.</summary>
public sealed record RegistrationFigures(RegistrationNews News);

/// <summary>A notice of what waits for its reader is written by nothing but that itself, as it is when it is sent.</summary>
public sealed record HoldFigures;

/// <summary>By which a letter on loans is written: the day on which they fall due, or on which reminders go out. No loan.</summary>
public sealed record LoanFigures(DateOnly Day, string Branch);

/// <summary>By which a receipt is written: where and when. No loan.</summary>
public sealed record VisitFigures(string Branch, DateOnly VisitedOn);

/// <summary>A delivery whose attempt this process has begun.</summary>
/// <param name="Id">Also of the letter's Message-ID, so that a repeat after a crash is recognised.</param>
/// <param name="MessageId">Of the message that made it.</param>
/// <param name="Kind">What it is about.</param>
/// <param name="Channel">How it goes.</param>
/// <param name="Member"><c>members/ID</c>; null for a guest.</param>
/// <param name="Subject">Resource name of what it is about.</param>
/// <param name="FiguresJson">See <see cref="Figures"/>.</param>
/// <param name="Language">As far as it is known; empty before the first attempt.</param>
/// <param name="Attempts">Number of the attempt, counted from 1.</param>
/// <param name="Problem">Of the attempt before; null where there is none.</param>
/// <param name="Version">Before the attempt's outcome.</param>
/// <param name="TraceParent">Of the message that made it.</param>
/// <param name="Lease">Shows that the attempt is ours.</param>
public sealed record ClaimedDelivery(
    Guid Id, Guid MessageId, NoticeKind Kind, NoticeChannel Channel, string? Member, string Subject, string FiguresJson, string Language,
    int Attempts, string? Problem, long Version, string? TraceParent, Guid Lease)
{
    /// <summary>The figures of its kind.</summary>
    public T Figures<T>() => JsonSerializer.Deserialize<T>(FiguresJson) ?? throw new InvalidOperationException($"Delivery {Id} has no figures.");
}
