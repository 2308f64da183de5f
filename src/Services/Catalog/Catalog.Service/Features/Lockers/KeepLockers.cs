using Library.Catalog.Domain.Lockers;
using Library.Catalog.Features.Stock;
using Library.Catalog.Rules;
using Library.Catalog.V1;
using Library.ServiceDefaults.Data;
using Library.ServiceDefaults.Errors;
using Library.ServiceDefaults.Requests;
using Library.ServiceDefaults.Security;
using Library.ServiceDefaults.Time;
using State = Library.Catalog.V1.Locker.Types.State;

namespace Library.Catalog.Features.Lockers;

/// <summary>Lockers and their compartments: made, read, a door that jams or works again.</summary>
public sealed class KeepLockers(NpgsqlDataSource database, NetworkRules rules, BusinessClock clock)
{
    public const string Collection = "lockers";
    private const string ClientIsUnique = "locker_client_is_unique";

    public async Task<Locker> CreateAsync(CreateLockerRequest request, CommandKey key, CancellationToken cancellationToken)
    {
        var fields = new Fields();
        var locker = new Locker
        {
            Branch = fields.Branch("branch", request.Branch, rules),
            DisplayName = fields.Text("displayName", request.DisplayName, 1, 100),
            Client = fields.Text("client", request.Client, 0, 100),
        };
        if (request.Compartments.Count is 0 or > LockerRules.MostCompartments) fields.Wrong("compartments", "COUNT", ("expected", $"1–{LockerRules.MostCompartments}"));
        foreach (var (at, compartment) in request.Compartments.Take(LockerRules.MostCompartments).Index())
        {
            fields.Range($"compartments[{at}].number", compartment.Number, 1, LockerRules.MostCompartments);
            fields.Enum($"compartments[{at}].size", compartment.Size);
            if (locker.Compartments.Any(other => other.Number == compartment.Number)) fields.Wrong($"compartments[{at}].number", "TWICE");
            locker.Compartments.Add(new Locker.Types.Compartment { Number = compartment.Number, Size = compartment.Size, State = State.Free });
        }
        fields.ThrowIfWrong();
        var id = Guid.CreateVersion7();
        locker.Name = ResourceName.Of(Collection, id);
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await using var batch = new NpgsqlBatch(transaction.Open(), transaction)
        {
            BatchCommands =
            {
                DatabaseSetup.BatchCommand(
                    "INSERT INTO locker (id, branch, name, client) VALUES ($1, $2, $3, nullif($4, ''))", id, locker.Branch, locker.DisplayName, locker.Client),
                DatabaseSetup.BatchCommand(
                    "INSERT INTO locker_compartment (locker, number, size) SELECT $1, number, size FROM unnest($2::integer[], $3::text[]) AS t (number, size)",
                    id, locker.Compartments.Select(each => each.Number).ToArray(), locker.Compartments.Select(each => Names.Of(each.Size)).ToArray()),
            },
        };
        try
        {
            await batch.ExecuteNonQueryAsync(cancellationToken);
        }
        catch (PostgresException taken) when (taken.ConstraintName == ClientIsUnique)
        {
            throw Failure.AlreadyExists("ALREADY_EXISTS");
        }
        await key.RecordAsync(transaction, locker.Name, locker, cancellationToken);
        await transaction.CommitTracedAsync(cancellationToken);
        return locker;
    }

    /// <summary>A device's own locker, or at the branch of a librarian's token; everybody else's is NOT_FOUND to a device.</summary>
    public async Task<Guid> IdAsync(string name, Caller caller, CancellationToken cancellationToken)
    {
        var id = ResourceName.Parse(Collection, name, "locker");
        await using var find = database.Command("SELECT branch, coalesce(client, '') FROM locker WHERE id = $1", id);
        await using var row = await find.ExecuteReaderAsync(cancellationToken);
        if (!await row.ReadAsync(cancellationToken) || (!caller.IsStaff() && row.GetString(1) != caller.Subject)) throw Failure.NotFound("locker");
        caller.MustBeAt(row.GetString(0));
        return id;
    }

    public async Task<Locker> GetAsync(string name, Caller caller, CancellationToken cancellationToken)
    {
        var id = await IdAsync(name, caller, cancellationToken);
        await using var command = database.Command("""
            SELECT l.branch, l.name, coalesce(l.client, ''), c.number, c.size, CASE WHEN c.condition <> 'WORKING' THEN c.condition WHEN d.id IS NULL THEN 'FREE' ELSE 'OCCUPIED' END
            FROM locker l JOIN locker_compartment c ON c.locker = l.id LEFT JOIN locker_deposit d ON d.locker = c.locker AND d.compartment = c.number AND d.closed_at IS NULL
            WHERE l.id = $1 ORDER BY c.number
            """, id);
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        var locker = new Locker { Name = name };
        while (await row.ReadAsync(cancellationToken))
        {
            (locker.Branch, locker.DisplayName, locker.Client) = (row.GetString(0), row.GetString(1), row.GetString(2));
            locker.Compartments.Add(new Locker.Types.Compartment
            {
                Number = row.GetInt32(3), Size = Names.Parse<Locker.Types.Size>(row.GetString(4)) ?? default, State = Names.Parse<State>(row.GetString(5)) ?? default,
            });
        }
        return locker;
    }

    public async Task<ListLockersResponse> ListAsync(ListLockersRequest request, CancellationToken cancellationToken)
    {
        var fields = new Fields();
        var size = fields.PageSize(request.PageSize, absent: 50, max: 200);
        fields.ThrowIfWrong();
        await using var command = database.Command(
            "SELECT id, branch, name, coalesce(client, '') FROM locker WHERE id > $1 ORDER BY id LIMIT $2", Pages.AfterId(request.PageToken), size + 1);
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        var found = new List<Locker>();
        while (await row.ReadAsync(cancellationToken))
            found.Add(new Locker
            {
                Name = ResourceName.Of(Collection, row.GetGuid(0)), Branch = row.GetString(1), DisplayName = row.GetString(2), Client = row.GetString(3),
            });
        var answer = new ListLockersResponse();
        answer.NextPageToken = Pages.Cut(found, size, last => PageToken.Write(last.Name[(Collection.Length + 1)..]));
        answer.Lockers.AddRange(found);
        return answer;
    }

    /// <summary>The member who stands before a door that jams has nothing yet: what they just collected waits again, and is lent to them already.</summary>
    public async Task<Locker> SetAsync(SetCompartmentRequest request, Caller caller, CommandKey key, CancellationToken cancellationToken)
    {
        var fields = new Fields();
        if (request.State is not (State.Free or State.Jammed or State.OutOfOrder)) fields.Wrong("state", "ENUM", ("expected", "FREE, JAMMED, OUT_OF_ORDER"));
        fields.ThrowIfWrong();
        var id = await IdAsync(request.Name, caller, cancellationToken);
        var now = clock.Now;
        await using (var connection = await database.OpenConnectionAsync(cancellationToken))
        {
            await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
            await using (var set = transaction.Command("UPDATE locker_compartment SET condition = $3 WHERE locker = $1 AND number = $2",
                id, request.Number, request.State == State.Free ? "WORKING" : Names.Of(request.State)))
                if (await set.ExecuteNonQueryAsync(cancellationToken) == 0) throw Failure.NotFound("compartment");
            if (request.State == State.Jammed)
            {
                await using var undo = transaction.Command("""
                    WITH last AS (
                        UPDATE locker_deposit SET state = 'WAITING', closed_at = NULL, version = version + 1
                        WHERE id = (SELECT id FROM locker_deposit WHERE locker = $1 AND compartment = $2 ORDER BY deposited_at DESC, id DESC LIMIT 1)
                            AND state = 'COLLECTED' AND closed_at > $3 AND member IS NOT NULL
                        RETURNING id)
                    UPDATE locker_deposit_item i SET open = true FROM last WHERE i.deposit = last.id
                    """, id, request.Number, now - LockerRules.JamUndoes);
                await undo.ExecuteNonQueryAsync(cancellationToken);
            }
            await key.RecordAsync(transaction, request.Name, null, cancellationToken);
            await transaction.CommitTracedAsync(cancellationToken);
        }
        return await GetAsync(request.Name, caller, cancellationToken);
    }
}
