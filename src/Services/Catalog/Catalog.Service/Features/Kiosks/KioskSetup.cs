namespace Library.Catalog.Features.Kiosks;

/// <summary>What this folder is made of.</summary>
public static class KioskSetup
{
    public static void AddKiosks(this IServiceCollection services)
    {
        services.AddSingleton<KioskCards>().AddSingleton<ReadForKiosk>().AddSingleton<CheckOutAtKiosk>().AddSingleton<CheckInAtKiosk>().AddSingleton<RenewAtKiosk>();
    }
}
