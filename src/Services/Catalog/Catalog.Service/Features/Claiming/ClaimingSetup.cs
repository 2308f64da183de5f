namespace Library.Catalog.Features.Claiming;

/// <summary>What this folder is made of.</summary>
public static class ClaimingSetup
{
    public static IServiceCollection AddClaiming(this IServiceCollection services) =>
        services.AddSingleton<ClaimReturned>().AddSingleton<SettleClaim>().AddSingleton<ListClaimedReturns>();
}
