namespace Library.Catalog.Features.HomeDelivery;

/// <summary>What this folder is made of.</summary>
public static class HomeDeliverySetup
{
    public static void AddHomeDelivery(this IServiceCollection services) => services
        .AddSingleton<HomeReaders>().AddSingleton<HomeCarriers>().AddSingleton<PlanRound>().AddSingleton<ReadRounds>().AddSingleton<RecordStop>()
        .AddSingleton<CloseRound>().AddSingleton<PrintRound>();

    public static void MapHomeDelivery(this WebApplication app)
    {
        app.MapGrpcService<HomeDeliveryEndpoint>();
        PrintRound.Map(app);
    }
}
