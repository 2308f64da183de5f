using System.Net;
using Library.Testing;

namespace Library.Finance.Service.Tests;

/// <summary>Today's Finance over what earlier versions left.</summary>
public sealed class KeptDataTests
{
    public static TheoryData<string> Versions => KeptData.Versions;

    [Theory]
    [MemberData(nameof(Versions))]
    public async Task Accounts_of_an_earlier_version_are_paid(string version)
    {
        await using var kept = await KeptData.UpgradeAsync("finance", version, typeof(FinanceApp).Assembly);
        await using var catalog = await FakePeer.StartAsync(new FakeCatalog());
        await using var finance = await TestHost.StartAsync(
            "finance", FinanceApp.Build, new Dictionary<string, string> { ["services:catalog:grpc:0"] = catalog.Address }, sharedDatabase: kept.DatabaseName);
        using var desk = finance.Rest("librarian", "RAD");

        var debtor = await finance.ScalarAsync<Guid>("SELECT member_id FROM account WHERE balance_minor > 100 ORDER BY balance_minor LIMIT 1");
        var owed = (await desk.AskAsync($"accounts/{debtor:D}")).Minor("balanceMinor");
        var last = await finance.ScalarAsync<long>("SELECT sum(last_number)::bigint FROM receipt_counter WHERE branch = 'RAD'");
        var paid = await desk.PayAsync(Http.Cash($"members/{debtor:D}", 100));
        Assert.Equal(HttpStatusCode.OK, paid.Status);
        Assert.Equal(owed - 100, paid.Minor("balanceMinor"));
        Assert.Equal(last + 1, await finance.ScalarAsync<long>("SELECT sum(last_number)::bigint FROM receipt_counter WHERE branch = 'RAD'"));
        Assert.Equal(0m, await finance.ScalarAsync<decimal>("SELECT sum(debit_minor) - sum(credit_minor) FROM ledger_line"));
    }
}
