using Library.ServiceDefaults.Jobs;

namespace Library.Catalog.Features.Licensing;

/// <summary>What this folder is made of.</summary>
public static class LicensingSetup
{
    public static void AddLicensing(this WebApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddSingleton<TitleQueue>().AddSingleton<GiveAccess>().AddSingleton<LicenceProviders>();
        services.AddSingleton<AddLicence>().AddSingleton<ReadLicences>().AddSingleton<LendLicence>().AddSingleton<EndLicenceLoan>();
        services.AddSingleton<ReadLicenceLoans>().AddSingleton<LicenceHolds>();
        services.AddSingleton<SettleLicences>().AddHostedService(provider => provider.GetRequiredService<SettleLicences>());
        services.AddSingleton<IPeriodicJob>(provider => provider.GetRequiredService<SettleLicences>());
        if (string.IsNullOrEmpty(builder.Configuration[OwnFiles.FolderSetting])) return;
        services.AddSingleton<OwnFiles>().AddSingleton<ILicenceProvider>(provider => provider.GetRequiredService<OwnFiles>());
    }

    public static void MapLicensing(this WebApplication app)
    {
        app.MapGrpcService<LicencesEndpoint>();
        if (app.Services.GetService<OwnFiles>() is not null) OwnFiles.Map(app);
    }
}
