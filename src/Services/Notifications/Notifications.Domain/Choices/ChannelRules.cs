namespace Library.Notifications.Domain.Choices;

/// <summary>By which channels a notice goes to a member, given the member's choice (art. 33, 41 and the joining form).</summary>
public static class ChannelRules
{
    /// <summary>Where no choice was made.</summary>
    public const NoticeChannel Default = NoticeChannel.Email;

    /// <summary>Whether the member cannot do without: a formal reminder (art. 36–37) is sent whatever was chosen.</summary>
    public static bool IsMandatory(NoticeKind kind) => kind == NoticeKind.Reminder;

    /// <summary>
    /// The channels, e-mail first; empty where the member wants none. A mandatory notice goes by e-mail besides whatever was chosen; the list of loans
    /// goes by e-mail or not at all.
    /// </summary>
    /// <param name="kind">What the notice is about.</param>
    /// <param name="chosen">The channels chosen for this kind, perhaps none; null where the member made no choice.</param>
    /// <param name="isAskedFor">It was asked for just now, at the desk or by the member: that counts more than what was chosen once, and it goes by e-mail.</param>
    public static IReadOnlyList<NoticeChannel> Channels(NoticeKind kind, IReadOnlyCollection<NoticeChannel>? chosen, bool isAskedFor = false) => isAskedFor
        ? [NoticeChannel.Email]
        : [.. (chosen ?? [Default])
            .Where(channel => kind != NoticeKind.LoanList || channel == NoticeChannel.Email)
            .Concat(IsMandatory(kind) ? [NoticeChannel.Email] : [])
            .Distinct()
            .Order()];
}
