using System.Collections.Concurrent;
using Library.Finance.Messages;
using Library.Testing;
using MassTransit;

namespace Library.Finance.Service.Tests;

/// <summary>What Finance tells the others arrives, also when nobody listened yet and the instance that booked it is gone.</summary>
public sealed class DeliveryTests
{
    [Fact]
    public async Task What_one_instance_could_not_tell_the_next_one_tells_in_order()
    {
        await using var first = await TestHost.StartAsync("finance", FinanceApp.Build, adjust: TestHost.WithoutRelay);
        var member = Charges.NewMember();
        foreach (var amount in new[] { 2000, 500, 200 }) await first.ChargeAsync(Charges.Fee(member, amount));
        using (var desk = first.Rest("librarian"))
        {
            await desk.PayAsync(Http.Cash(member, 2100));
            // Catalog is away: what is owed is seen all the same
            var account = await desk.AskAsync($"accounts/{Charges.IdOf(member)}");
            Assert.Equal((600, 0), (account.Minor("balanceMinor"), account.Minor("accruingMinor")));
        }
        Assert.Equal(4, await first.ScalarAsync<long>("SELECT count(*) FROM outbox WHERE published_at IS NULL AND type LIKE '%BalanceChanged'"));
        await first.App.StopAsync();

        var told = new ConcurrentQueue<(Guid Id, BalanceChanged Balance)>();
        var catalog = Listen(first.MessagingPrefix, told);
        await catalog.StartAsync();
        await using var second = await TestHost.StartAsync(
            "finance", FinanceApp.Build, sharedDatabase: first.DatabaseName, messagingPrefix: first.MessagingPrefix);
        await Eventually.SeesAsync(() => Task.FromResult(told.Count), n => n == 4, "every balance is told");

        Assert.Equal([2000, 2500, 2700, 600], told.Select(message => message.Balance.BalanceMinor));
        Assert.Equal([1, 2, 3, 4], told.Select(message => message.Balance.Version));
        Assert.Equal(4, await second.ScalarAsync<long>("SELECT count(*) FROM outbox WHERE id = ANY ($1)", told.Select(message => message.Id).ToArray()));
        await Eventually.IsTrueAsync(async () => await UnpublishedAsync(second) == 0, "everything is marked as published");
        await catalog.StopAsync();
    }

    private static Task<long> UnpublishedAsync(TestHost finance) => finance.ScalarAsync<long>("SELECT count(*) FROM outbox WHERE published_at IS NULL");

    /// <summary>Catalog's queue, one message at a time.</summary>
    private static IBusControl Listen(string prefix, ConcurrentQueue<(Guid, BalanceChanged)> told) => Bus.Factory.CreateUsingRabbitMq(bus =>
    {
        bus.Host(new Uri(TestServers.RabbitMq));
        bus.MessageTopology.SetEntityNameFormatter(new PrefixEntityNameFormatter(bus.MessageTopology.EntityNameFormatter, prefix));
        bus.ReceiveEndpoint(prefix + "catalog", endpoint =>
        {
            endpoint.SetQuorumQueue();
            endpoint.ConcurrentMessageLimit = 1;
            endpoint.Handler<BalanceChanged>(context =>
            {
                told.Enqueue((context.MessageId!.Value, context.Message));
                return Task.CompletedTask;
            });
        });
    });
}
