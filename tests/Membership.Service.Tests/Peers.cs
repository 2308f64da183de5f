using Grpc.Core;
using Library.Catalog.V1;
using Library.Finance.V1;

namespace Library.Membership.Service.Tests;

/// <summary>Finance as a test wants it; it has booked every charge that it is told of.</summary>
public sealed class FakeFinance : FinanceDirectory.FinanceDirectoryBase
{
    public long BalanceMinor { get; set; }
    public List<string> Booked { get; } = [];

    public override Task<Standing> GetStanding(GetStandingRequest request, ServerCallContext context) =>
        Task.FromResult(new Standing { BalanceMinor = BalanceMinor, RecentCharges = { Booked } });
}

/// <summary>Catalog as a test wants it.</summary>
public sealed class FakeCatalog : CatalogDirectory.CatalogDirectoryBase
{
    public int OpenLoans { get; set; }

    public override Task<LoansOf> GetLoansOf(GetLoansOfRequest request, ServerCallContext context)
    {
        var loans = new LoansOf();
        for (var n = 0; n < OpenLoans; n++) loans.Loans.Add(new LoanOf { Title = "Dežela", DueOn = "2026-04-01" });
        return Task.FromResult(loans);
    }
}
