using Microsoft.Extensions.DependencyInjection;

namespace Library.ServiceDefaults.Data;

/// <summary>
/// All pools of connections of this process to its database. When the server ends, each pool would find it out by a refused request of its own; so the
/// first request that finds it out lets go of the connections of all.
/// </summary>
public sealed class DatabasePools(IServiceProvider services)
{
    /// <summary>What stands idle is closed now, what is in use when it is given back.</summary>
    public void LetGo()
    {
        foreach (var pool in services.GetServices<NpgsqlDataSource>().Concat(services.GetKeyedServices<NpgsqlDataSource>(KeyedService.AnyKey))) pool.Clear();
    }
}
