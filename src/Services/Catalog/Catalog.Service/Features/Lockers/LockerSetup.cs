using Library.ServiceDefaults.Jobs;

namespace Library.Catalog.Features.Lockers;

/// <summary>What this folder is made of.</summary>
public static class LockerSetup
{
    public static void AddLockers(this IServiceCollection services)
    {
        services.AddSingleton<LockerCodes>().AddSingleton<KeepLockers>().AddSingleton<ReadDeposits>().AddSingleton<PutIntoLocker>().AddSingleton<OpenLocker>();
        services.AddSingleton<ReturnThroughLocker>().AddSingleton<TakeOutOfLocker>();
        services.AddSingleton<IPeriodicJob>(provider => provider.GetRequiredService<TakeOutOfLocker>());
    }
}
