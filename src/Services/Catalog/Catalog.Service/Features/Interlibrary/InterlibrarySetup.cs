namespace Library.Catalog.Features.Interlibrary;

/// <summary>What this folder is made of.</summary>
public static class InterlibrarySetup
{
    public static void AddInterlibrary(this IServiceCollection services) => services
        .AddSingleton<KeepPartners>().AddSingleton<ReadInterlibrary>().AddSingleton<RequestInterlibrary>().AddSingleton<InterlibrarySteps>()
        .AddSingleton<BorrowFromPartner>().AddSingleton<LendToPartner>().AddSingleton<EndInterlibrary>();
}
