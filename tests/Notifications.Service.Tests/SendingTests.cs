using System.Net;
using System.Text.Json;
using Library.Notifications.Sending;
using Library.ServiceDefaults.Operations;
using Library.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace Library.Notifications.Service.Tests;

[Collection(nameof(NotificationsHost))]
public sealed class SendingTests(NotificationsHost notifications)
{
    [Fact]
    public async Task A_message_that_comes_five_times_makes_one_letter()
    {
        var (member, email) = notifications.Join();
        var id = Guid.CreateVersion7();
        await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => notifications.Host.PublishAsync(NotificationsHost.Reminder(member), id)));
        await notifications.DoneAsync(member);
        // a later message shows that the five were handled before it
        await notifications.Host.PublishAsync(NotificationsHost.Reminder(member, level: 2));
        await notifications.DoneAsync(member, 2);
        var queues = notifications.Host.Get<Library.ServiceDefaults.Messaging.Queues>();
        await Eventually.IsTrueAsync(async () => await queues.DepthAsync("notifications", CancellationToken.None) == 0, "nothing waits in the queue");
        Assert.Equal(2, (await notifications.ListAsync(member)).Count);
        Assert.Equal(2, notifications.Smtp.To(email).Count);
    }

    [Fact]
    public async Task While_the_mail_server_is_away_a_notice_waits_and_goes_when_it_comes()
    {
        var port = TestHost.FreePort();
        await using var host = await TestHost.StartAsync("notifications", NotificationsApp.Build, With("Smtp:Port", $"{port}"));
        var (member, email) = notifications.Join();
        await host.PublishAsync(NotificationsHost.Reminder(member));
        await Eventually.SeesAsync(() => TriedAsync(host, member), tried => tried == "MAIL_AWAY", "an attempt was made in vain");
        var waiting = Assert.Single(await notifications.ListAsync(member, host));
        Assert.Equal(("QUEUED", ""), (waiting.Text("state"), waiting.Text("sentAt")));

        await using var smtp = new TinySmtp(port);
        Assert.Equal("SENT", Assert.Single(await notifications.DoneAsync(member, at: host)).Text("state"));
        Assert.Single(smtp.To(email));
    }

    [Fact]
    public async Task While_membership_is_away_a_notice_waits_and_goes_when_it_comes()
    {
        var port = TestHost.FreePort();
        await using var host = await TestHost.StartAsync("notifications", NotificationsApp.Build, With("services:membership:grpc:0", $"http://localhost:{port}"));
        var (member, email) = notifications.Join();
        await host.PublishAsync(NotificationsHost.Reminder(member));
        await Eventually.SeesAsync(() => TriedAsync(host, member), tried => tried == "MEMBERSHIP_AWAY", "an attempt was made in vain");
        await using var peer = await FakePeer.StartAsync(notifications.Membership, port);
        Assert.Equal("SENT", Assert.Single(await notifications.DoneAsync(member, at: host)).Text("state"));
        Assert.Single(notifications.Smtp.To(email));
    }

    [Fact]
    public async Task Two_processes_send_forty_notices_forty_times()
    {
        await using var smtp = new TinySmtp();
        var settings = With("Smtp:Port", $"{smtp.Port}");
        await using var first = await TestHost.StartAsync("notifications", NotificationsApp.Build, settings);
        await using var second = await TestHost.StartAsync(
            "notifications", NotificationsApp.Build, settings, sharedDatabase: first.DatabaseName, messagingPrefix: first.MessagingPrefix);
        var members = Enumerable.Range(0, 40).Select(_ => notifications.Join()).ToList();
        await Task.WhenAll(members.Select(member => first.PublishAsync(NotificationsHost.Reminder(member.Member))));
        await Eventually.SeesAsync(() => first.ScalarAsync<long>("SELECT count(*) FROM delivery WHERE state = 'SENT'"), sent => sent == 40, "forty are sent");
        Assert.Equal(40, smtp.Letters.Count);
        Assert.Equal(40, smtp.Letters.Select(letter => letter.MessageId).Distinct().Count());
        Assert.Equal(40L, await first.ScalarAsync<long>("SELECT sum(attempts) FROM delivery"));
    }

    [Fact]
    public async Task What_a_process_left_unfinished_is_sent_again_with_the_same_message_id()
    {
        var (member, email) = notifications.Join();
        var id = Guid.CreateVersion7();
        // as a crash between the mail server's yes and the writing of it leaves it, one second before the lease ends
        await notifications.Host.ExecuteAsync("""
            INSERT INTO delivery (id, message_id, kind, channel, member, subject, figures, attempts, lease, next_attempt_at, created_at)
            VALUES ($1, gen_random_uuid(), 'REMINDER', 'EMAIL', $2, $2,
                '{"Level":1,"RemindedOn":"2024-04-08","AmountMinor":200,"CurrencyCode":"EUR","Branch":"RAD"}', 1, gen_random_uuid(), clock_timestamp() + interval '1 second', now())
            """, id, member);
        Assert.Equal("QUEUED", Assert.Single(await notifications.ListAsync(member)).Text("state"));
        await notifications.DoneAsync(member);
        Assert.Equal($"{id:N}@linhart.example", Assert.Single(notifications.Smtp.To(email)).MessageId);
        Assert.Equal(2, await notifications.Host.ScalarAsync<int>("SELECT attempts FROM delivery WHERE id = $1", id));
    }

    [Fact]
    public async Task The_business_clock_waits_for_what_was_not_tried_once()
    {
        await using var host = await TestHost.StartAsync("notifications", NotificationsApp.Build, With("Smtp:Port", "1"),
            builder => builder.Services.Remove(builder.Services.Single(service => service.ImplementationType == typeof(Sender))));
        var untried = host.App.Services.GetServices<CountUntried>().Single();
        var deliveries = host.Get<Deliveries>();
        await host.PublishAsync(NotificationsHost.Reminder(notifications.Join().Member));
        await Eventually.SeesAsync(() => untried(CancellationToken.None), count => count == 1, "one notice is queued");
        var claimed = Assert.Single(await deliveries.ClaimAsync(10, TimeSpan.FromMinutes(1), CancellationToken.None));
        Assert.Equal(1, await untried(CancellationToken.None)); // the attempt runs
        Assert.Empty(await deliveries.ClaimAsync(10, TimeSpan.FromMinutes(1), CancellationToken.None));
        await host.Get<Attempts>().RunAsync(claimed, CancellationToken.None);
        Assert.Equal(0, await untried(CancellationToken.None)); // tried in vain, and waiting for the next attempt
        Assert.Equal("MAIL_AWAY", await TriedAsync(host, claimed.Subject));
    }

    [Fact]
    public async Task The_mail_catcher_shows_the_letter()
    {
        var address = TestServers.MailSmtp.Split(':');
        using var catcher = new HttpClient { BaseAddress = new Uri(TestServers.MailHttp) };
        var settings = With("Smtp:Port", address[1]);
        settings["Smtp:Host"] = address[0];
        await using var host = await TestHost.StartAsync("notifications", NotificationsApp.Build, settings);
        var (member, email) = notifications.Join();
        await host.PublishAsync(NotificationsHost.Reminder(member));
        await notifications.DoneAsync(member, at: host);
        var letters = await Eventually.SeesAsync(async () =>
        {
            using var all = JsonDocument.Parse(await catcher.GetStringAsync("/api/email"));
            return all.RootElement.EnumerateArray().Where(letter => letter.GetRawText().Contains(email, StringComparison.Ordinal))
                .Select(letter => (Subject: letter.Text("subject"), Text: letter.Text("text"))).ToList();
        }, seen => seen.Count == 1, "the letter is caught");
        Assert.Equal("1. opomin: vrnite izposojeno gradivo", letters[0].Subject);
        Assert.Contains("Zamudnina, če gradivo vrnete danes: 2,70 EUR", letters[0].Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Deliveries_are_listed_newest_first_to_those_who_may_see_them()
    {
        var (member, _) = notifications.Join();
        for (var level = 1; level <= 3; level++)
        {
            await notifications.Host.PublishAsync(NotificationsHost.Reminder(member, level));
            await notifications.DoneAsync(member, level);
        }
        using var own = notifications.Host.RestAsMember(member);
        using var first = JsonDocument.Parse(await own.GetStringAsync("/api/v1/deliveries?pageSize=2"));
        using var second = JsonDocument.Parse(await own.GetStringAsync($"/api/v1/deliveries?pageSize=2&pageToken={first.RootElement.Text("nextPageToken")}"));
        var listed = first.RootElement.GetProperty("deliveries").EnumerateArray().Concat(second.RootElement.GetProperty("deliveries").EnumerateArray()).ToList();
        Assert.Equal((2, 3), (first.RootElement.GetProperty("deliveries").GetArrayLength(), listed.Count));
        Assert.Equal("", second.RootElement.Text("nextPageToken"));
        var created = listed.Select(delivery => DateTimeOffset.Parse(delivery.Text("createdAt"), null)).ToList();
        Assert.Equal(created.OrderDescending(), created);

        using var other = notifications.Host.RestAsMember(notifications.Join().Member);
        Assert.Equal(HttpStatusCode.NotFound, (await other.GetAsync($"/api/v1/deliveries?member={member}")).StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, (await notifications.Host.Rest("organiser").GetAsync($"/api/v1/deliveries?member={member}")).StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, (await notifications.Host.RestWithoutToken().GetAsync($"/api/v1/deliveries?member={member}")).StatusCode);
    }

    [Theory]
    [InlineData("", "member")]
    [InlineData("?member=ana", "member")]
    [InlineData("?member=members/0198c0de-0000-7000-8000-000000000001&pageSize=201", "pageSize")]
    [InlineData("?member=members/0198c0de-0000-7000-8000-000000000001&pageToken=x", "pageToken")]
    public async Task A_list_that_is_asked_wrongly_names_the_field(string query, string field)
    {
        var answer = await notifications.Host.Rest("librarian").GetAsync($"/api/v1/deliveries{query}");
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Contains($"\"field\": \"{field}\"", (await answer.Content.ReadAsStringAsync()).Replace("\":\"", "\": \"", StringComparison.Ordinal), StringComparison.Ordinal);
    }

    private Dictionary<string, string> With(string key, string value) => new(notifications.Settings) { [key] = value };

    /// <summary>What was in the way of the attempts at a notice that waits; empty before the first.</summary>
    private static Task<string> TriedAsync(TestHost host, string subject) =>
        host.ScalarAsync<string>("SELECT coalesce(max(problem), '') FROM delivery WHERE subject = $1 AND state = 'QUEUED' AND attempts > 0 AND lease IS NULL", subject);
}
