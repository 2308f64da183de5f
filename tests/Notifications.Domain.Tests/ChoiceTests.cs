using Library.Notifications.Domain.Choices;
using static Library.Notifications.Domain.Choices.NoticeChannel;

namespace Library.Notifications.Domain.Tests;

public sealed class ChoiceTests
{
    [Fact]
    public void Without_a_choice_a_notice_goes_by_email() =>
        Assert.All(Enum.GetValues<NoticeKind>(), kind => Assert.Equal([Email], ChannelRules.Channels(kind, null)));

    [Fact]
    public void A_member_who_wants_none_gets_none() => Assert.Empty(ChannelRules.Channels(NoticeKind.EventRegistration, []));

    [Fact]
    public void A_member_has_what_was_chosen_each_channel_once()
    {
        Assert.Equal([Sms], ChannelRules.Channels(NoticeKind.HoldReady, [Sms]));
        Assert.Equal([Email, Sms], ChannelRules.Channels(NoticeKind.HoldReady, [Sms, Email, Sms]));
    }

    [Fact]
    public void Formal_reminders_are_not_optional_art_36()
    {
        Assert.Equal([Email], ChannelRules.Channels(NoticeKind.Reminder, []));
        Assert.Equal([Email, Sms], ChannelRules.Channels(NoticeKind.Reminder, [Sms]));
        Assert.Equal([NoticeKind.Reminder], Enum.GetValues<NoticeKind>().Where(ChannelRules.IsMandatory));
    }

    [Fact]
    public void The_list_of_loans_goes_by_email_or_not_at_all()
    {
        Assert.Empty(ChannelRules.Channels(NoticeKind.LoanList, [Sms]));
        Assert.Equal([Email], ChannelRules.Channels(NoticeKind.LoanList, [Sms, Email]));
    }

    [Fact]
    public void What_was_asked_for_goes_by_email_whatever_was_chosen_art_41()
    {
        Assert.Equal([Email], ChannelRules.Channels(NoticeKind.LoanList, [], isAskedFor: true));
        Assert.Equal([Email], ChannelRules.Channels(NoticeKind.LoanList, [Sms], isAskedFor: true));
    }

    [Fact]
    public void Names_are_the_contracts()
    {
        Assert.All(Enum.GetValues<NoticeKind>(), kind => Assert.Equal(kind, NoticeNames.Kind(kind.Code())));
        Assert.All(Enum.GetValues<NoticeChannel>(), channel => Assert.Equal(channel, NoticeNames.Channel(channel.Code())));
        Assert.Null(NoticeNames.Kind("reminder"));
        Assert.Null(NoticeNames.Channel("PIGEON"));
        Assert.Equal("EVENT_REGISTRATION", NoticeKind.EventRegistration.Code());
    }

    [Theory]
    [InlineData(RegistrationNews.Confirmed, "CONFIRMED", true)]
    [InlineData(RegistrationNews.Confirmed, "CANCELLED", false)]
    [InlineData(RegistrationNews.Waitlisted, "WAITLISTED", true)]
    [InlineData(RegistrationNews.Waitlisted, "CONFIRMED", false)] // it moved up meanwhile, and another notice tells so
    [InlineData(RegistrationNews.Promoted, "CONFIRMED", true)]
    [InlineData(RegistrationNews.Promoted, "CANCELLED", false)]
    public void A_notice_of_a_registration_is_sent_only_while_it_is_true(RegistrationNews news, string state, bool sent) =>
        Assert.Equal(sent, news.IsStillTrue(state));
}
