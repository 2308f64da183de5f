using Library.Catalog.Domain;
using Library.Catalog.Domain.Stock;
using Library.Catalog.Rules;
using Library.Catalog.V1;
using Library.ServiceDefaults.Data;
using Library.ServiceDefaults.Errors;
using Library.ServiceDefaults.Requests;

namespace Library.Catalog.Features.Stocktaking;

/// <summary>A stocktaking as it stands in the database.</summary>
public sealed record Session
{
    public const string Collection = "stocktakings";
    public const string FirstPass = "FIRST_PASS", SecondPass = "SECOND_PASS";

    public const string Select = """
        SELECT id, branch, collection, call_number_from, call_number_to, first_key, last_key, state, opened_at, second_pass_at, ended_at FROM stocktaking
        """;

    public required Guid Id { get; init; }
    public required ShelfRange Shelf { get; init; }
    public required string CallNumberFrom { get; init; }
    public required string CallNumberTo { get; init; }
    public required string State { get; init; }
    public required Instant OpenedAt { get; init; }
    public required Instant? SecondPassAt { get; init; }
    public required Instant? EndedAt { get; init; }

    public string Name => ResourceName.Of(Collection, Id);

    public bool IsOpen => State is FirstPass or SecondPass;

    public static Session Read(NpgsqlDataReader row) => new()
    {
        Id = row.GetGuid(0),
        Shelf = new ShelfRange(row.GetString(1), row.GetString(2), row.GetString(5), row.GetString(6)),
        CallNumberFrom = row.GetString(3),
        CallNumberTo = row.GetString(4),
        State = row.GetString(7),
        OpenedAt = row.GetFieldValue<Instant>(8),
        SecondPassAt = row.IsDBNull(9) ? null : row.GetFieldValue<Instant>(9),
        EndedAt = row.IsDBNull(10) ? null : row.GetFieldValue<Instant>(10),
    };

    /// <summary>Of a name in a path. NOT_FOUND.</summary>
    public static async Task<Session> FindAsync(NpgsqlDataSource database, string name, CancellationToken cancellationToken)
    {
        await using var command = database.Command(Select + " WHERE id = $1", ResourceName.Parse(Collection, name, "stocktaking"));
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        return await row.ReadAsync(cancellationToken) ? Read(row) : throw Failure.NotFound("stocktaking");
    }

    /// <summary>
    /// An open one, kept open until the commit. Devices scan side by side; a file, and whoever ends the pass, have it for themselves.
    /// </summary>
    /// <exception cref="Failure">NOT_FOUND, FAILED_PRECONDITION where it has ended.</exception>
    public static async Task<Session> HoldAsync(NpgsqlTransaction transaction, string name, bool alone, CancellationToken cancellationToken)
    {
        await using var command = transaction.Command(
            $"{Select} WHERE id = $1 FOR {(alone ? "NO KEY UPDATE" : "SHARE")}", ResourceName.Parse(Collection, name, "stocktaking"));
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        if (!await row.ReadAsync(cancellationToken)) throw Failure.NotFound("stocktaking");
        var session = Read(row);
        return session.IsOpen ? session : throw Failure.Refused([ContractCode.Of(StocktakingRefusal.StocktakingEnded)]);
    }

    public V1.Stocktaking Answer() => new()
    {
        Name = Name,
        Branch = Shelf.Branch,
        Collection = Shelf.Collection,
        CallNumberFrom = CallNumberFrom,
        CallNumberTo = CallNumberTo,
        State = Names.Parse<V1.Stocktaking.Types.State>(State)!.Value,
        OpenedAt = OpenedAt.ToTimestamp(),
        SecondPassAt = SecondPassAt?.ToTimestamp(),
        EndedAt = EndedAt?.ToTimestamp(),
    };
}
