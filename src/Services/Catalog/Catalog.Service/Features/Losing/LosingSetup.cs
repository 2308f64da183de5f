using Library.Catalog.Features.HandingOver;
using Library.ServiceDefaults.Jobs;

namespace Library.Catalog.Features.Losing;

/// <summary>What this folder and that of claims are made of.</summary>
public static class LosingSetup
{
    public static IServiceCollection AddLosing(this IServiceCollection services) => services
        .AddSingleton<LossPrices>().AddSingleton<ReadLosses>().AddSingleton<DeclareLost>().AddSingleton<SettleLoss>().AddSingleton<AddReplacement>()
        .AddSingleton<AssessDamage>().AddSingleton<LostCopies>().AddSingleton<ReadClaims>().AddSingleton<IPeriodicJob, HandOverClaims>();
}
