using Grpc.Core;
using Library.Catalog.Domain.HomeDelivery;
using Library.Catalog.Domain.Lending;
using Library.Catalog.Features.CheckingOut;
using Library.Catalog.Features.Returning;
using Library.Catalog.Features.Stock;
using Library.Catalog.Rules;
using Library.Catalog.V1;
using Library.ServiceDefaults.Data;
using Library.ServiceDefaults.Errors;
using Library.ServiceDefaults.Requests;
using Library.ServiceDefaults.Security;
using Library.ServiceDefaults.Time;

namespace Library.Catalog.Features.HomeDelivery;

/// <summary>
/// Records what a carrier did at a stop: each copy goes through the desk's own lending or return, in a transaction of its own. Said twice, or broken off and
/// said again, a copy that the reader has, or has given back since the round was planned, is done.
/// </summary>
public sealed class RecordStop(NpgsqlDataSource database, CheckOutItem checkOut, ReturnItem takeBack, ReadRounds rounds, BusinessClock clock)
{
    private sealed record Stop(Guid Id, Guid Member, string Card, string Branch, LocalDate On, Instant PlannedAt, IReadOnlyDictionary<string, string> Copies);

    public async Task<HomeStop> RunAsync(RecordHomeStopRequest request, Caller caller, CommandKey key, CancellationToken cancellationToken)
    {
        var stop = await FindAsync(request, cancellationToken);
        caller.MustBeAt(stop.Branch);
        var fields = new Fields();
        foreach (var (field, kind, codes) in new[] { ("brought", "BRING", request.Brought), ("fetched", "FETCH", request.Fetched) })
        {
            if (codes.Count > HomeDeliveryRules.MostCopies) fields.Wrong(field, "COUNT", ("expected", $"0–{HomeDeliveryRules.MostCopies}"));
            foreach (var (at, code) in codes.Take(HomeDeliveryRules.MostCopies).Index())
                if (stop.Copies.GetValueOrDefault(code) != kind) fields.Wrong($"{field}[{at}]", "UNKNOWN");
        }
        fields.ThrowIfWrong();
        foreach (var barcode in request.Brought) await NoteAsync(stop, barcode, await BringAsync(stop, barcode, cancellationToken), cancellationToken);
        foreach (var barcode in request.Fetched) await NoteAsync(stop, barcode, await FetchAsync(stop, barcode, caller, cancellationToken), cancellationToken);
        await using (var connection = await database.OpenConnectionAsync(cancellationToken))
        {
            await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
            await key.RecordAsync(transaction, $"{request.Name}/stops/{request.Position}", null, cancellationToken);
            await transaction.CommitTracedAsync(cancellationToken);
        }
        return await GetAsync(request.Name, request.Position, cancellationToken);
    }

    public async Task<HomeStop> GetAsync(string round, int position, CancellationToken cancellationToken) =>
        (await rounds.GetAsync(round, cancellationToken)).Stops.SingleOrDefault(stop => stop.Position == position) ?? throw Failure.NotFound("homeStop");

    private async Task<Stop> FindAsync(RecordHomeStopRequest request, CancellationToken cancellationToken)
    {
        await using var command = database.Command("""
            SELECT s.id, s.member, coalesce((SELECT card_number FROM borrower_card c WHERE c.member = s.member AND NOT c.replaced), ''), r.branch, r.planned_on, r.created_at,
                r.closed_at IS NULL, (SELECT array_agg(barcode ORDER BY barcode) FROM home_stop_item i WHERE i.stop = s.id),
                (SELECT array_agg(kind ORDER BY barcode) FROM home_stop_item i WHERE i.stop = s.id)
            FROM home_stop s JOIN home_round r ON r.id = s.round WHERE r.id = $1 AND s.position = $2
            """, ReadRounds.IdOf(request.Name), request.Position);
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        if (!await row.ReadAsync(cancellationToken)) throw Failure.NotFound("homeStop");
        if (!row.GetBoolean(6)) throw Failure.Refused("ROUND_CLOSED");
        var copies = row.GetFieldValue<string[]>(7).Zip(row.GetFieldValue<string[]>(8)).ToDictionary(pair => pair.First, pair => pair.Second, StringComparer.Ordinal);
        return new Stop(
            row.GetGuid(0), row.GetGuid(1), row.GetString(2), row.GetString(3), row.GetFieldValue<LocalDate>(4), row.GetFieldValue<Instant>(5), copies);
    }

    /// <summary>Why the desk's rules refuse; empty: it is lent to the reader.</summary>
    private async Task<IReadOnlyList<string>> BringAsync(Stop stop, string barcode, CancellationToken cancellationToken)
    {
        if (stop.Card.Length == 0) return [LoanRefusal.CardReplaced.Code()];
        try
        {
            await checkOut.RunAsync(
                new CreateLoanRequest { Barcode = barcode, CardNumber = stop.Card, Branch = stop.Branch }, caller: null, CommandKey.None, cancellationToken);
            return [];
        }
        catch (Failure refused) when (refused.StatusCode == StatusCode.FailedPrecondition)
        {
            return refused.All.Contains(LoanRefusal.AlreadyLentToMember.Code()) ? [] : refused.All;
        }
    }

    /// <summary>Counts as given back on the day of the round, however late it is recorded. Empty: it is back.</summary>
    private async Task<IReadOnlyList<string>> FetchAsync(Stop stop, string barcode, Caller caller, CancellationToken cancellationToken)
    {
        if (!await IsWithReaderAsync(stop, barcode, cancellationToken)) return [];
        var endOfDay = stop.On.PlusDays(1).AtStartOfDayInZone(clock.Zone).ToInstant() - Duration.FromSeconds(1);
        try
        {
            await takeBack.RunAsync(
                new CreateReturnRequest { Barcode = barcode, Branch = stop.Branch }, caller, CommandKey.None, cancellationToken, Instant.Min(clock.Now, endOfDay));
        }
        catch (Failure gone) when (gone.StatusCode == StatusCode.NotFound)
        {
            // another desk has just taken it back
        }
        return [];
    }

    /// <summary>What the reader gave back elsewhere meanwhile is back, and must not end a loan of somebody else.</summary>
    private async Task<bool> IsWithReaderAsync(Stop stop, string barcode, CancellationToken cancellationToken)
    {
        await using var find = database.Command("SELECT EXISTS (SELECT FROM loan WHERE barcode = $1 AND member = $2 AND returned_at IS NULL)", barcode, stop.Member);
        return await find.ExecuteScalarAsync(cancellationToken) is true;
    }

    /// <summary>What is done stays done, whoever says otherwise later.</summary>
    private async Task NoteAsync(Stop stop, string barcode, IReadOnlyList<string> reasons, CancellationToken cancellationToken)
    {
        await using var note = database.Command("""
            UPDATE home_stop_item SET state = $3, reasons = $4
            WHERE stop = $1 AND barcode = $2 AND (state IN ('PENDING', 'REFUSED') OR (state = 'NOT_DONE' AND $3 = 'DONE')) -- closed meanwhile, and yet it is lent
            """, stop.Id, barcode, reasons.Count == 0 ? "DONE" : "REFUSED", reasons.ToArray());
        await note.ExecuteNonQueryAsync(cancellationToken);
    }
}
