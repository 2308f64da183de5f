namespace Library.ServiceDefaults.Data;

/// <summary>Trouble that passes without a change to what was asked: the same command may succeed later.</summary>
public static class DatabaseTrouble
{
    /// <summary>The server is away, stops, starts, is overloaded or full, or gave way to another transaction.</summary>
    public static bool IsPassing(NpgsqlException problem) => problem.IsTransient || problem is PostgresException
    {
        SqlState: PostgresErrorCodes.AdminShutdown or PostgresErrorCodes.CrashShutdown or PostgresErrorCodes.CannotConnectNow or PostgresErrorCodes.DiskFull
    };

    /// <summary>No room left on the server's disk (or in its memory): nothing was changed, and it goes on once there is room.</summary>
    public static bool IsFull(NpgsqlException problem) => problem is PostgresException { SqlState: PostgresErrorCodes.DiskFull or PostgresErrorCodes.OutOfMemory };

    /// <summary>The server ended the connection, or it broke: others to the same server are most likely dead too.</summary>
    public static bool IsServerGone(NpgsqlException problem) => problem is PostgresException answered
        ? answered.SqlState is PostgresErrorCodes.AdminShutdown or PostgresErrorCodes.CrashShutdown
        : problem.InnerException is IOException;
}
