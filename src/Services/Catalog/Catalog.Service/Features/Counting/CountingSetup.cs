using Library.ServiceDefaults.Jobs;

namespace Library.Catalog.Features.Counting;

/// <summary>What this folder is made of.</summary>
public static class CountingSetup
{
    public static IServiceCollection AddCounting(this IServiceCollection services) => services
        .AddSingleton<CountLibraryUse>().AddSingleton<CountVisits>().AddSingleton<ReportCirculation>().AddSingleton<ReconcileCirculation>()
        .AddSingleton<IPeriodicJob, RollUpCirculation>();
}
