namespace Library.Catalog.Features.Archive;

/// <summary>What this folder is made of.</summary>
public static class ArchiveSetup
{
    public static IServiceCollection AddArchive(this IServiceCollection services) =>
        services.AddSingleton<ArchiveReadings>().AddSingleton<FindLastBorrower>().AddSingleton<SetDispute>();
}
