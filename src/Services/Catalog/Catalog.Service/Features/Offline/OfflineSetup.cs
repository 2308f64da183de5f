namespace Library.Catalog.Features.Offline;

/// <summary>What this folder is made of.</summary>
public static class OfflineSetup
{
    public static IServiceCollection AddOffline(this IServiceCollection services) => services
        .AddSingleton<TakeOfflineLog>().AddSingleton<ReadOfflineLogs>().AddSingleton<ResolveException>()
        .AddSingleton<ApplyOfflineLogs>().AddHostedService(provider => provider.GetRequiredService<ApplyOfflineLogs>());

    public static void MapOffline(this WebApplication app)
    {
        app.MapGrpcService<OfflineEndpoint>();
        TakeOfflineLog.Map(app);
    }
}
