using System.Globalization;
using Google.Protobuf.Collections;
using Library.Catalog.Domain.HomeDelivery;
using Library.Catalog.Domain.Stock;
using Library.Catalog.Features.Holding;
using Library.Catalog.Features.Stock;
using Library.Catalog.Rules;
using Library.Catalog.V1;
using Library.ServiceDefaults.Data;
using Library.ServiceDefaults.Errors;
using Library.ServiceDefaults.Requests;
using Library.ServiceDefaults.Time;

namespace Library.Catalog.Features.HomeDelivery;

/// <summary>Plans a round: whom it goes to, what it brings, which is set aside in the same transaction, and what it fetches.</summary>
public sealed class PlanRound(NpgsqlDataSource database, NetworkRules rules, ReadRounds rounds, BusinessClock clock)
{
    private const string OnOneOpenRound = "home_stop_item_on_one_open_round";

    private sealed record Stop(int Position, Guid Member, IReadOnlyList<string> Bring, IReadOnlyList<string> Fetch);

    private sealed record Copy(CopyState State, string Location, Guid? KeptFor, Guid? LentTo);

    public async Task<HomeRound> RunAsync(CreateHomeRoundRequest request, CommandKey key, CancellationToken cancellationToken)
    {
        var fields = new Fields();
        var branch = fields.Branch("branch", request.Branch, rules);
        var on = fields.Date("plannedOn", request.PlannedOn);
        if (on != default && on < clock.Today) fields.Wrong("plannedOn", "PAST");
        var carrier = fields.Code("carrier", request.Carrier);
        var stops = Stops(fields, request.Stops);
        fields.ThrowIfWrong();
        var id = Guid.CreateVersion7();
        var name = ResourceName.Of(ReadRounds.Collection, id);
        try
        {
            await using var connection = await database.OpenConnectionAsync(cancellationToken);
            await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
            await MustCarryAsync(transaction, carrier, cancellationToken);
            await MustBeEntitledAsync(transaction, stops, on, cancellationToken);
            var copies = await LockAsync(transaction, stops, cancellationToken);
            await using var batch = new NpgsqlBatch(transaction.Open(), transaction)
            {
                BatchCommands =
                {
                    DatabaseSetup.BatchCommand(
                        "INSERT INTO home_round (id, branch, planned_on, carrier, created_at) VALUES ($1, $2, $3, $4, $5)", id, branch, on, carrier, clock.Now),
                },
            };
            foreach (var stop in stops)
            {
                if (await HoldQueue.FirstSetAsideAsync(transaction, stop.Bring, cancellationToken, otherThanFor: stop.Member) is { } held)
                    throw Failure.Refused("ITEM_NOT_FREE", StopFigure(stop), ("barcode", held));
                Put(batch, id, branch, stop, copies);
            }
            await batch.ExecuteNonQueryAsync(cancellationToken);
            await key.RecordAsync(transaction, name, null, cancellationToken);
            await transaction.CommitTracedAsync(cancellationToken);
        }
        catch (PostgresException taken) when (taken.ConstraintName == OnOneOpenRound)
        {
            throw Failure.Refused("ITEM_NOT_FREE");
        }
        return await rounds.GetAsync(name, cancellationToken);
    }

    private static List<Stop> Stops(Fields fields, RepeatedField<CreateHomeRoundRequest.Types.Stop> given)
    {
        if (given.Count is 0 or > HomeDeliveryRules.MostStops) fields.Wrong("stops", "COUNT", ("expected", $"1–{HomeDeliveryRules.MostStops}"));
        var stops = new List<Stop>();
        var (members, barcodes) = (new HashSet<Guid>(), new HashSet<string>(StringComparer.Ordinal));
        foreach (var (at, stop) in given.Take(HomeDeliveryRules.MostStops).Index())
        {
            var member = fields.Name($"stops[{at}].member", "members", stop.Member);
            if (member != Guid.Empty && !members.Add(member)) fields.Wrong($"stops[{at}].member", "TWICE");
            foreach (var (list, codes) in new[] { ("bring", stop.Bring), ("fetch", stop.Fetch) })
            {
                if (codes.Count > HomeDeliveryRules.MostCopies) fields.Wrong($"stops[{at}].{list}", "COUNT", ("expected", $"0–{HomeDeliveryRules.MostCopies}"));
                foreach (var (place, code) in codes.Take(HomeDeliveryRules.MostCopies).Index())
                    if (!barcodes.Add(fields.Code($"stops[{at}].{list}[{place}]", code))) fields.Wrong($"stops[{at}].{list}[{place}]", "TWICE");
            }
            if (stop.Bring.Count + stop.Fetch.Count == 0) fields.Wrong($"stops[{at}].bring", "REQUIRED");
            stops.Add(new Stop(at + 1, member, stop.Bring, stop.Fetch));
        }
        return stops;
    }

    private static async Task MustCarryAsync(NpgsqlTransaction transaction, string carrier, CancellationToken cancellationToken)
    {
        await using var find = transaction.Command("SELECT FROM home_carrier WHERE code = $1 AND NOT retired FOR SHARE", carrier);
        await using var row = await find.ExecuteReaderAsync(cancellationToken);
        if (!await row.ReadAsync(cancellationToken)) throw Failure.Invalid(new Violation("carrier", "UNKNOWN"));
    }

    private static async Task MustBeEntitledAsync(NpgsqlTransaction transaction, List<Stop> stops, LocalDate on, CancellationToken cancellationToken)
    {
        var entitled = new HashSet<Guid>();
        await using var find = transaction.Command(
            "SELECT member, entitled_from, entitled_until FROM home_reader WHERE member = ANY ($1)", stops.Select(stop => stop.Member).ToArray());
        await using var row = await find.ExecuteReaderAsync(cancellationToken);
        while (await row.ReadAsync(cancellationToken))
            if (HomeDeliveryRules.IsEntitled(row.GetFieldValue<LocalDate>(1), row.IsDBNull(2) ? null : row.GetFieldValue<LocalDate>(2), on)) entitled.Add(row.GetGuid(0));
        if (stops.Find(stop => !entitled.Contains(stop.Member)) is { } other) throw Failure.Refused("READER_NOT_ENTITLED", StopFigure(other));
    }

    /// <summary>In one order, so that two rounds with the same copies do not wait for each other in a circle.</summary>
    private static async Task<Dictionary<string, Copy>> LockAsync(NpgsqlTransaction transaction, List<Stop> stops, CancellationToken cancellationToken)
    {
        string[] barcodes = [.. stops.SelectMany(stop => stop.Bring.Concat(stop.Fetch))];
        await using var command = transaction.Command($"""
            SELECT i.barcode, {ItemRow.State}, i.location, i.kept_for, (SELECT l.member FROM loan l WHERE l.barcode = i.barcode AND l.returned_at IS NULL)
            FROM item i WHERE i.barcode = ANY ($1) ORDER BY i.barcode FOR UPDATE OF i
            """, [barcodes]);
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        var copies = new Dictionary<string, Copy>(StringComparer.Ordinal);
        while (await row.ReadAsync(cancellationToken))
            copies[row.GetString(0)] = new Copy(
                Codes.Parse<CopyState>(row.GetString(1)), row.GetString(2), row.IsDBNull(3) ? null : row.GetGuid(3), row.IsDBNull(4) ? null : row.GetGuid(4));
        return copies.Count == barcodes.Length ? copies : throw Failure.NotFound("item");
    }

    private static void Put(NpgsqlBatch batch, Guid round, string branch, Stop stop, Dictionary<string, Copy> copies)
    {
        var id = Guid.CreateVersion7();
        batch.BatchCommands.Add(DatabaseSetup.BatchCommand(
            "INSERT INTO home_stop (id, round, position, member) VALUES ($1, $2, $3, $4)", id, round, stop.Position, stop.Member));
        foreach (var barcode in stop.Bring)
        {
            var copy = copies[barcode];
            if (CopyRules.TakesFromShelf(copy.State, copy.Location == branch, copy.KeptFor is { } other && other != stop.Member) is not { } setAside)
                throw Failure.Refused("ITEM_NOT_FREE", StopFigure(stop), ("barcode", barcode));
            batch.BatchCommands.Add(DatabaseSetup.BatchCommand(
                "INSERT INTO home_stop_item (stop, barcode, kind, state, set_aside) VALUES ($1, $2, 'BRING', 'PENDING', $3)", id, barcode, setAside));
            if (setAside)
                batch.BatchCommands.Add(DatabaseSetup.BatchCommand(
                    "UPDATE item SET state = 'ON_HOLD_SHELF', kept_for = $2, version = version + 1 WHERE barcode = $1", barcode, stop.Member));
        }
        foreach (var barcode in stop.Fetch)
        {
            if (copies[barcode].LentTo != stop.Member) throw Failure.Refused("ITEM_NOT_WITH_READER", StopFigure(stop), ("barcode", barcode));
            batch.BatchCommands.Add(DatabaseSetup.BatchCommand(
                "INSERT INTO home_stop_item (stop, barcode, kind, state, set_aside) VALUES ($1, $2, 'FETCH', 'PENDING', false)", id, barcode));
        }
    }

    private static (string Name, string Value) StopFigure(Stop stop) => ("stop", stop.Position.ToString(CultureInfo.InvariantCulture));
}
