namespace Library.ServiceDefaults.Data;

/// <summary>
/// Leases as rows of the service's database: at most one process holds a name at a time. They use the database's real
/// time, so that clocks of machines need not agree.
/// </summary>
public sealed class Leases(NpgsqlDataSource database)
{
    private readonly Guid holder = Guid.NewGuid();

    /// <summary>By which the rows of this process are known.</summary>
    internal Guid Holder => holder;

    /// <summary>Takes the lease or prolongs it. False while another holds it.</summary>
    public async Task<bool> TryHoldAsync(string name, TimeSpan duration, CancellationToken cancellationToken)
    {
        await using var command = database.Command("""
            INSERT INTO lease AS held (name, holder, held_until)
            VALUES ($1, $2, clock_timestamp() + $3)
            ON CONFLICT (name) DO UPDATE SET holder = $2, held_until = clock_timestamp() + $3
                WHERE held.holder = $2 OR held.held_until < clock_timestamp()
            """, name, holder, duration);
        return await command.ExecuteNonQueryAsync(cancellationToken) == 1;
    }

    /// <summary>Gives the lease up where this process holds it.</summary>
    public async Task ReleaseAsync(string name, CancellationToken cancellationToken)
    {
        await using var command = database.Command("DELETE FROM lease WHERE name = $1 AND holder = $2", name, holder);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }
}
