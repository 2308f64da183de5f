using Library.Catalog.Messages;
using Library.Catalog.V1;
using Library.Events.Messages;
using Library.Events.V1;
using Library.Membership.V1;
using Library.Testing;
using Kind = Library.Membership.V1.NoticeChoice.Types.Kind;
using Channel = Library.Membership.V1.NoticeChoice.Types.Channel;

namespace Library.Notifications.Service.Tests;

[Collection(nameof(NotificationsHost))]
public sealed class LettersTests(NotificationsHost notifications)
{
    [Theory]
    [InlineData("sl", "2. opomin: vrnite izposojeno gradivo", "Pozdravljeni, Ana Novak!", "8. 4. 2024", "3. 4. 2024", "Strošek tega opomina: 2,00 EUR", "Zamudnina, če gradivo vrnete danes: 2,70 EUR")]
    [InlineData("en", "Reminder no. 2: please return your loans", "Dear Ana Novak,", "8 April 2024", "3 April 2024", "Price of this reminder: EUR 2.00", "Fine if you return everything today: EUR 2.70")]
    public async Task A_reminder_speaks_the_members_language(string language, string subject, string greeting, string on, string due, string price, string fine)
    {
        var (member, email) = notifications.Join(language);
        await notifications.Host.PublishAsync(NotificationsHost.Reminder(member, level: 2));
        var delivery = Assert.Single(await notifications.DoneAsync(member));
        Assert.Equal(("REMINDER", "EMAIL", "SENT", language, member),
            (delivery.Text("kind"), delivery.Text("channel"), delivery.Text("state"), delivery.Text("language"), delivery.Text("subject")));
        Assert.True(DateTimeOffset.Parse(delivery.Text("sentAt"), null) >= DateTimeOffset.Parse(delivery.Text("createdAt"), null));

        var letter = Assert.Single(notifications.Smtp.To(email));
        Assert.Equal(subject, letter.Subject);
        Assert.Equal(("Knjižnica A. T. Linharta Radovljica", "obvestila@linhart.example"), (letter.From.Mailboxes.Single().Name, letter.From.Mailboxes.Single().Address));
        Assert.Equal($"{delivery.Text("name").Split('/')[1].Replace("-", "", StringComparison.Ordinal)}@linhart.example", letter.MessageId);
        foreach (var words in new[] { greeting, on, due, price, fine, "– Alamut <1. del> & drugo", "– Visoška kronika", "Knjižnica A. T. Linharta Radovljica" })
            Assert.Contains(words, letter.TextBody, StringComparison.Ordinal);
        Assert.DoesNotContain("Deseti brat", letter.TextBody, StringComparison.Ordinal);
        Assert.DoesNotContain("\r\n\r\n\r\n", letter.TextBody, StringComparison.Ordinal);
        Assert.Contains("Alamut &lt;1. del&gt; &amp; drugo", letter.HtmlBody, StringComparison.Ordinal);
        Assert.Equal(1, await notifications.ToldAsync("NoticeDelivered", member));
    }

    [Fact]
    public async Task A_language_that_the_network_does_not_speak_gives_way_to_the_networks_own()
    {
        var (member, _) = notifications.Join("lt");
        await notifications.Host.PublishAsync(NotificationsHost.Reminder(member));
        Assert.Equal("sl", Assert.Single(await notifications.DoneAsync(member)).Text("language"));
    }

    [Theory]
    [InlineData("sl", "Rezervirano gradivo vas čaka: Visoška kronika", "Čaka do vključno: 12. 3. 2031", "Jutri se izteče rezervacija: Visoška kronika")]
    [InlineData("en", "Reserved material is waiting for you: Visoška kronika", "Waits until (inclusive): 12 March 2031", "Your reservation ends tomorrow: Visoška kronika")]
    public async Task Reserved_material_says_where_and_until_when_and_once_more_the_day_before_art_33(string language, string subject, string until, string ending)
    {
        var (member, email) = notifications.Join(language, notices: [Chosen(Kind.HoldReady), Chosen(Kind.HoldExpiring)]);
        var hold = $"holds/{Guid.CreateVersion7():D}";
        notifications.Catalog.Ready[hold] = new ReadyHold { Title = "Visoška kronika", PickupBranch = "BLE", ReadyUntil = "2031-03-12" };
        await notifications.Host.PublishAsync(new HoldReady { Aggregate = hold, Version = 2, Member = member, PickupBranch = "BLE", ReadyUntil = new DateOnly(2031, 3, 12) });
        Assert.Equal(("HOLD_READY", "SENT", hold), (Assert.Single(await notifications.DoneAsync(member)) is var told ? (told.Text("kind"), told.Text("state"), told.Text("subject")) : default));
        var letter = Assert.Single(notifications.Smtp.To(email));
        Assert.Equal(subject, letter.Subject);
        foreach (var words in new[] { until, "Knjižnica Blaža Kumerdeja Bled, Ulica Jule Vovk Molnar 2, 4260 Bled" }) Assert.Contains(words, letter.TextBody, StringComparison.Ordinal);

        await notifications.Host.PublishAsync(new HoldExpiring { Aggregate = hold, Version = 3, Member = member, PickupBranch = "BLE", ReadyUntil = new DateOnly(2031, 3, 12) });
        await notifications.DoneAsync(member, count: 2);
        Assert.Single(notifications.Smtp.To(email), mail => mail.Subject == ending);
    }

    [Fact]
    public async Task A_hold_that_waits_no_more_is_told_to_nobody()
    {
        var (member, email) = notifications.Join(notices: [Chosen(Kind.HoldReady)]);
        var hold = $"holds/{Guid.CreateVersion7():D}";
        await notifications.Host.PublishAsync(new HoldReady { Aggregate = hold, Version = 2, Member = member, PickupBranch = "RAD", ReadyUntil = new DateOnly(2031, 3, 12) });
        Assert.Equal("SUPPRESSED", Assert.Single(await notifications.DoneAsync(member)).Text("state"));
        Assert.Equal("OVERTAKEN", await notifications.ProblemAsync(hold));
        Assert.Empty(notifications.Smtp.To(email));
    }

    private static NoticeChoice Chosen(Kind kind) => new() { Kind = kind, Channels = { Channel.Email } };

    [Theory]
    [InlineData("sl", "Prijava potrjena: Večer s pesnico", "Kdaj: 12. 3. 2031 ob 19.00", "Kje: Knjižnica Blaža Kumerdeja Bled, Ulica Jule Vovk Molnar 2, 4260 Bled", "Število mest: 2")]
    [InlineData("en", "Registration confirmed: Večer s pesnico", "When: 12 March 2031 at 19:00", "Where: Knjižnica Blaža Kumerdeja Bled, Ulica Jule Vovk Molnar 2, 4260 Bled", "Seats: 2")]
    public async Task A_confirmation_says_when_and_where(string language, string subject, string when, string where, string seats)
    {
        var (member, email) = notifications.Join(language);
        var registration = notifications.Registration(Registration.Types.State.Confirmed, member);
        await notifications.Host.PublishAsync(new RegistrationConfirmed { Aggregate = registration, Version = 1, Member = member });
        var delivery = Assert.Single(await notifications.DoneAsync(member));
        Assert.Equal(("EVENT_REGISTRATION", "SENT", registration), (delivery.Text("kind"), delivery.Text("state"), delivery.Text("subject")));
        var letter = Assert.Single(notifications.Smtp.To(email));
        Assert.Equal(subject, letter.Subject);
        foreach (var words in new[] { when, where, seats }) Assert.Contains(words, letter.TextBody, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_guest_is_told_of_the_waiting_list_and_of_the_seat_that_came_free()
    {
        var email = $"{Guid.NewGuid():N}@kveder.example";
        var registration = notifications.Registration(Registration.Types.State.Waitlisted, guestEmail: email, language: "en");
        await notifications.Host.PublishAsync(new RegistrationWaitlisted { Aggregate = registration, Version = 1 });
        await Eventually.IsTrueAsync(() => Task.FromResult(notifications.Smtp.To(email).Count == 1), "the guest has a letter");
        Assert.Contains("your place in the queue: 3", notifications.Smtp.To(email)[0].TextBody, StringComparison.Ordinal);

        notifications.Events.Registrations[registration].State = Registration.Types.State.Confirmed;
        await notifications.Host.PublishAsync(new RegistrationPromoted { Aggregate = registration, Version = 2 });
        await Eventually.IsTrueAsync(() => Task.FromResult(notifications.Smtp.To(email).Count == 2), "the guest has another letter");
        Assert.Equal("A seat has come free: Večer s pesnico", notifications.Smtp.To(email)[1].Subject);
    }

    [Fact]
    public async Task What_is_not_true_any_more_is_not_told()
    {
        var (member, email) = notifications.Join();
        var cancelled = notifications.Registration(Registration.Types.State.Cancelled, member);
        var movedUp = notifications.Registration(Registration.Types.State.Confirmed, member);
        await notifications.Host.PublishAsync(new RegistrationConfirmed { Aggregate = cancelled, Version = 1, Member = member });
        await notifications.Host.PublishAsync(new RegistrationWaitlisted { Aggregate = movedUp, Version = 1, Member = member });
        Assert.All(await notifications.DoneAsync(member, 2), delivery => Assert.Equal("SUPPRESSED", delivery.Text("state")));
        Assert.Equal("OVERTAKEN", await notifications.ProblemAsync(cancelled));
        Assert.Empty(notifications.Smtp.To(email));
    }

    [Fact]
    public async Task Who_wants_no_notices_gets_none_but_a_formal_reminder_is_not_optional()
    {
        var (member, email) = notifications.Join(notices:
        [
            new NoticeChoice { Kind = Kind.EventRegistration }, new NoticeChoice { Kind = Kind.Reminder },
        ]);
        var registration = notifications.Registration(Registration.Types.State.Confirmed, member);
        await notifications.Host.PublishAsync(new RegistrationConfirmed { Aggregate = registration, Version = 1, Member = member });
        Assert.Equal("SUPPRESSED", Assert.Single(await notifications.DoneAsync(member)).Text("state"));
        Assert.Equal("NOT_CHOSEN", await notifications.ProblemAsync(registration));
        Assert.Empty(notifications.Smtp.To(email));

        await notifications.Host.PublishAsync(NotificationsHost.Reminder(member));
        Assert.Equal(["SENT", "SUPPRESSED"], (await notifications.DoneAsync(member, 2)).Select(delivery => delivery.Text("state")));
        Assert.Single(notifications.Smtp.To(email));
    }

    [Fact]
    public async Task A_text_message_fails_while_no_operator_is_configured()
    {
        var choice = new NoticeChoice { Kind = Kind.EventRegistration };
        choice.Channels.Add([Channel.Sms, Channel.Email]);
        var (member, email) = notifications.Join(notices: choice);
        await notifications.Host.PublishAsync(new RegistrationConfirmed
        {
            Aggregate = notifications.Registration(Registration.Types.State.Confirmed, member), Version = 1, Member = member,
        });
        var deliveries = await notifications.DoneAsync(member, 2);
        Assert.Equal(["EMAIL SENT", "SMS FAILED"], deliveries.Select(delivery => $"{delivery.Text("channel")} {delivery.Text("state")}").Order());
        Assert.Single(notifications.Smtp.To(email));
        Assert.Equal(1, await notifications.ToldAsync("NoticeFailed", member));
    }

    [Fact]
    public async Task Without_an_address_a_notice_fails_and_says_so()
    {
        var (noEmail, _) = notifications.Join(email: "");
        var (refused, _) = notifications.Join(email: "nobody@novak.example");
        var (broken, _) = notifications.Join(email: "no address at all");
        const string erased = "members/0198c0de-0000-7000-8000-00000000dead";
        foreach (var (member, problem) in new[] { (noEmail, "NO_ADDRESS"), (refused, "ADDRESS_REFUSED"), (broken, "ADDRESS_REFUSED"), (erased, "NO_RECIPIENT") })
        {
            await notifications.Host.PublishAsync(NotificationsHost.Reminder(member));
            Assert.Equal("FAILED", Assert.Single(await notifications.DoneAsync(member)).Text("state"));
            Assert.Equal(problem, await notifications.ProblemAsync(member));
            Assert.Equal(1, await notifications.ToldAsync("NoticeFailed", member));
        }
    }

    [Fact]
    public async Task Nothing_personal_is_kept_or_logged()
    {
        var (member, email) = notifications.Join(given: "Srečko", family: "Kosovel");
        var (refused, _) = notifications.Join(given: "Srečko", family: "Kosovel", email: "nobody@kosovel.example");
        await notifications.Host.PublishAsync(NotificationsHost.Reminder(member));
        await notifications.Host.PublishAsync(NotificationsHost.Reminder(refused));
        await notifications.DoneAsync(member);
        await notifications.DoneAsync(refused);
        Assert.Single(notifications.Smtp.To(email));
        foreach (var word in new[] { "Srečko", "Kosovel", "kosovel.example", email, "Alamut" })
        {
            Assert.Equal(0L, await notifications.Host.ScalarAsync<long>("SELECT count(*) FROM delivery d WHERE d::text ILIKE '%' || $1 || '%'", word));
            Assert.Equal(0L, await notifications.Host.ScalarAsync<long>("SELECT count(*) FROM outbox WHERE body ILIKE '%' || $1 || '%'", word));
            Assert.DoesNotContain(word, notifications.Log.All, StringComparison.OrdinalIgnoreCase);
        }
        // the log is not silent: it says what became of it
        Assert.Contains("ADDRESS_REFUSED", notifications.Log.All, StringComparison.Ordinal);
    }
}
