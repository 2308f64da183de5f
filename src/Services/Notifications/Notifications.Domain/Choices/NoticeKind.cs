using System.Collections.Frozen;

namespace Library.Notifications.Domain.Choices;

/// <summary>What a notice is about (art. 33, 41 and the joining form). The contract's name is given by <see cref="NoticeNames.Code(NoticeKind)"/>.</summary>
public enum NoticeKind
{
    /// <summary>A reservation is about to expire.</summary>
    HoldExpiring = 1,

    /// <summary>Reserved material has arrived.</summary>
    HoldReady,

    /// <summary>A loan period is about to end.</summary>
    LoanDueSoon,

    /// <summary>A formal reminder is imminent.</summary>
    ReminderImminent,

    /// <summary>A formal reminder (art. 36–37). It is not optional.</summary>
    Reminder,

    /// <summary>The membership is about to end.</summary>
    MembershipEnding,

    /// <summary>General news.</summary>
    News,

    /// <summary>Claims that are not settled.</summary>
    UnsettledClaims,

    /// <summary>The list of borrowed material; by e-mail only.</summary>
    LoanList,

    /// <summary>A registration for an event: confirmed, on the waiting list, moved up.</summary>
    EventRegistration,

    /// <summary>An event is near.</summary>
    EventReminder,

    /// <summary>An event was moved or called off.</summary>
    EventChanged,
}

/// <summary>How a notice reaches its reader.</summary>
public enum NoticeChannel
{
    /// <summary>By e-mail.</summary>
    Email = 1,

    /// <summary>By text message.</summary>
    Sms,
}

/// <summary>The outward contract's names of kinds and channels.</summary>
public static class NoticeNames
{
    private static readonly FrozenDictionary<NoticeKind, string> Kinds = new Dictionary<NoticeKind, string>
    {
        [NoticeKind.HoldExpiring] = "HOLD_EXPIRING",
        [NoticeKind.HoldReady] = "HOLD_READY",
        [NoticeKind.LoanDueSoon] = "LOAN_DUE_SOON",
        [NoticeKind.ReminderImminent] = "REMINDER_IMMINENT",
        [NoticeKind.Reminder] = "REMINDER",
        [NoticeKind.MembershipEnding] = "MEMBERSHIP_ENDING",
        [NoticeKind.News] = "NEWS",
        [NoticeKind.UnsettledClaims] = "UNSETTLED_CLAIMS",
        [NoticeKind.LoanList] = "LOAN_LIST",
        [NoticeKind.EventRegistration] = "EVENT_REGISTRATION",
        [NoticeKind.EventReminder] = "EVENT_REMINDER",
        [NoticeKind.EventChanged] = "EVENT_CHANGED",
    }.ToFrozenDictionary();

    private static readonly FrozenDictionary<string, NoticeKind> ByCode =
        Kinds.ToFrozenDictionary(pair => pair.Value, pair => pair.Key, StringComparer.Ordinal);

    /// <summary>For example EVENT_REGISTRATION.</summary>
    public static string Code(this NoticeKind kind) => Kinds[kind];

    /// <summary>EMAIL or SMS.</summary>
    public static string Code(this NoticeChannel channel) => channel switch
    {
        NoticeChannel.Email => "EMAIL",
        NoticeChannel.Sms => "SMS",
    };

    /// <summary>The kind with this name; null where there is none.</summary>
    public static NoticeKind? Kind(string code) => ByCode.TryGetValue(code, out var kind) ? kind : null;

    /// <summary>The channel with this name; null where there is none.</summary>
    public static NoticeChannel? Channel(string code) => code switch
    {
        "EMAIL" => NoticeChannel.Email,
        "SMS" => NoticeChannel.Sms,
        _ => null,
    };
}
