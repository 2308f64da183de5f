using System.Text.Json;
using Library.Membership.V1;
using Library.Testing;

namespace Library.Notifications.Service.Tests;

/// <summary>Today's Notifications over what earlier versions left.</summary>
[Collection(nameof(NotificationsHost))]
public sealed class KeptDataTests(NotificationsHost network)
{
    public static TheoryData<string> Versions => KeptData.Versions;

    [Theory]
    [MemberData(nameof(Versions))]
    public async Task Deliveries_of_an_earlier_version_are_listed_and_new_ones_go_out(string version)
    {
        await using var kept = await KeptData.UpgradeAsync("notifications", version, typeof(NotificationsApp).Assembly);
        await using var notifications = await TestHost.StartAsync("notifications", NotificationsApp.Build, network.Settings, sharedDatabase: kept.DatabaseName);

        var member = await notifications.ScalarAsync<string>("SELECT member FROM delivery WHERE kind = 'REMINDER' AND state = 'SENT' LIMIT 1");
        var before = await network.ListAsync(member, notifications);
        Assert.Contains(before, delivery => delivery.Text("kind") == "REMINDER" && delivery.Text("state") == "SENT" && delivery.Text("channel") == "EMAIL");
        network.Membership.Contacts[member] = new Contact { GivenName = "Jan", FamilyName = "Primer", Email = "jan.primer@example.org", Language = "sl" };
        await notifications.PublishAsync(NotificationsHost.Reminder(member, level: 9));
        await Eventually.SeesAsync(() => network.ListAsync(member, notifications),
            seen => seen.Count(delivery => delivery.Text("kind") == "REMINDER" && delivery.Text("state") == "SENT") > before.Count(delivery => delivery.Text("kind") == "REMINDER"),
            "the new reminder went out");
    }
}
