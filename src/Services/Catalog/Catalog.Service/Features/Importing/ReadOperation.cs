using Library.Catalog.V1;
using Library.ServiceDefaults.Data;
using Library.ServiceDefaults.Errors;
using Library.ServiceDefaults.Requests;

namespace Library.Catalog.Features.Importing;

/// <summary>How far an import is, and what became of its records.</summary>
public sealed class ReadOperation(NpgsqlDataSource database)
{
    public const string Collection = "operations";

    /// <summary>Rejects, and repairs, that are kept of one import.</summary>
    public const int MostRejects = 1_000;

    public async Task<Operation> RunAsync(string name, CancellationToken cancellationToken)
    {
        var id = ResourceName.Parse(Collection, name, "operation");
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var batch = new NpgsqlBatch(connection)
        {
            BatchCommands =
            {
                DatabaseSetup.BatchCommand("SELECT done, read, created, updated, unchanged, rejected, repaired FROM import_operation WHERE id = $1", id),
                DatabaseSetup.BatchCommand(
                    "SELECT position, byte_offset, record_id, reason FROM import_reject WHERE operation = $1 ORDER BY position LIMIT $2", id, MostRejects),
                DatabaseSetup.BatchCommand(
                    "SELECT position, byte_offset, record_id, notes FROM import_repair WHERE operation = $1 ORDER BY position LIMIT $2", id, MostRejects),
            },
        };
        await using var row = await batch.ExecuteReaderAsync(cancellationToken);
        if (!await row.ReadAsync(cancellationToken)) throw Failure.NotFound("operation");
        var operation = new Operation
        {
            Name = name,
            Done = row.GetBoolean(0),
            Read = row.GetInt64(1),
            Created = row.GetInt64(2),
            Updated = row.GetInt64(3),
            Unchanged = row.GetInt64(4),
            RejectedTotal = row.GetInt64(5),
            RepairedTotal = row.GetInt64(6),
        };
        await row.NextResultAsync(cancellationToken);
        while (await row.ReadAsync(cancellationToken))
            operation.Rejected.Add(new RejectedRecord
            {
                Position = row.GetInt64(0), ByteOffset = row.GetInt64(1), RecordId = row.GetString(2), Reason = row.GetString(3),
            });
        await row.NextResultAsync(cancellationToken);
        while (await row.ReadAsync(cancellationToken))
            operation.Repaired.Add(new RepairedRecord
            {
                Position = row.GetInt64(0), ByteOffset = row.GetInt64(1), RecordId = row.GetString(2), Notes = { row.GetFieldValue<string[]>(3) },
            });
        return operation;
    }
}
