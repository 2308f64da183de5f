using Library.ServiceDefaults.Data;

namespace Library.ServiceDefaults.Security;

/// <summary>The key set of Membership as this service's database remembers it. Public keys: nothing in it is secret.</summary>
public sealed class KnownKeys(NpgsqlDataSource database)
{
    /// <summary>Null before the first time.</summary>
    public async Task<string?> ReadAsync(CancellationToken cancellationToken)
    {
        await using var command = database.Command("SELECT key_set FROM known_keys");
        return (string?)await command.ExecuteScalarAsync(cancellationToken);
    }

    public async Task WriteAsync(string keySet, CancellationToken cancellationToken)
    {
        await using var command = database.Command("""
            INSERT INTO known_keys (key_set) VALUES ($1) ON CONFLICT (only_row) DO UPDATE SET key_set = excluded.key_set, fetched_at = clock_timestamp()
            """, keySet);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }
}
