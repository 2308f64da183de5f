using Library.Catalog.V1;
using Library.Finance.Features.PostingCharge;
using Library.Finance.Features.ReadingAccount;
using Library.Finance.Features.ReadingPayment;
using Library.Finance.Features.TakingPayment;
using Library.Finance.Features.WithdrawingCharge;
using Library.Finance.Ledger;
using Library.Finance.Messages;
using Library.Finance.V1;
using Library.ServiceDefaults;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace Library.Finance;

/// <summary>Members' accounts, charges and payments, and the ledger behind them.</summary>
public static class FinanceApp
{
    /// <param name="adjust">Last changes before the service is built, for tests.</param>
    public static WebApplication Build(string[] args, Action<WebApplicationBuilder>? adjust = null)
    {
        var builder = LibraryApp.CreateBuilder(
            new LibraryService("finance", typeof(FinanceApp).Assembly, typeof(BalanceChanged).Assembly, FinanceReflection.Descriptor), args);
        builder.AddPeer<CatalogDirectory.CatalogDirectoryClient>("catalog", CatalogDirectory.Descriptor);
        builder.Services.AddSingleton<TariffAlarm>();
        builder.Services.AddSingleton<PaymentMetrics>();
        builder.Services.AddSingleton<LedgerMetrics>().AddSingleton(provider => provider.GetRequiredService<LedgerMetrics>().Sample);
        builder.Services.AddSingleton<TakeBackCharge>().AddSingleton<ListRefundsDue>();
        builder.Services.AddSingleton<PostCharge>();
        builder.Services.AddSingleton<CreatePayment>();
        builder.Services.AddSingleton<GetPayment>();
        builder.Services.AddSingleton<Derivation>();
        builder.Services.AddSingleton<GetAccount>();
        builder.Services.AddSingleton<GetStanding>();
        adjust?.Invoke(builder);

        var app = builder.Build();
        app.Services.GetRequiredService<TariffAlarm>(); // its counter is there from the start, at 0, so that the first rise is seen
        app.UseLibrary();
        app.MapGrpcService<FinanceEndpoint>();
        app.MapGrpcService<FinanceDirectoryEndpoint>();
        return app;
    }
}
