using Library.Catalog.Domain;
using Library.Catalog.Domain.Stock;
using Library.Catalog.Features.Holding;
using Library.Catalog.Features.Losing;
using Library.Catalog.Rules;
using Library.Catalog.V1;
using Library.ServiceDefaults.Data;
using Library.ServiceDefaults.Errors;
using Library.ServiceDefaults.Requests;
using Library.ServiceDefaults.Security;
using Library.ServiceDefaults.Time;

namespace Library.Catalog.Features.Stock;

/// <summary>
/// Says of a copy that it is missing, lost, found, sent to be mended or mended; and notes its condition. Who was to have one that is not to be had waits
/// for another.
/// </summary>
public sealed class MarkItem(NpgsqlDataSource database, NetworkRules rules, HoldQueue queue, LostCopies lost, ReadStock stock, BusinessClock clock)
{
    private const int LongestNote = 500;

    public async Task<Item> RunAsync(MarkItemRequest request, Caller caller, CommandKey key, CancellationToken cancellationToken)
    {
        var fields = new Fields();
        var branch = fields.Branch("branch", request.Branch, rules);
        fields.Enum("mark", request.Mark);
        fields.ThrowIfWrong();
        if (!Barcode.TryParse(request.Barcode, out var label)) throw Failure.NotFound("item");
        var act = Act.Of(clock, caller);
        await using (var connection = await database.OpenConnectionAsync(cancellationToken))
        {
            await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
            var (state, home, record) = await LockAsync(transaction, label.Value, cancellationToken);
            var (after, refused) = CopyRules.Decide(state, Codes.Parse<CopyMark>(Names.Of(request.Mark)));
            if (refused is { } reason) throw Failure.Refused([ContractCode.Of(reason)]);
            if (state == CopyState.Lost) await lost.NoteFoundAsync(transaction, [label.Value], branch, act, cancellationToken);
            await SaveAsync(transaction, label.Value, after!.Value, Names.Of(request.Mark), branch, home, act, cancellationToken);
            if (after == CopyState.Available) await queue.SetAsideIfWantedAsync(transaction, record, act.On, cancellationToken);
            else await queue.ReleaseAsync(transaction, label.Value, record, act.On, cancellationToken);
            await key.RecordAsync(transaction, $"items/{label.Value}", null, cancellationToken);
            await transaction.CommitAsync(cancellationToken);
        }
        return await stock.ItemAsync(label.Value, staff: true, cancellationToken);
    }

    public async Task<ItemEvent> NoteAsync(AddConditionNoteRequest request, Caller caller, CommandKey key, CancellationToken cancellationToken)
    {
        var fields = new Fields();
        var branch = fields.Branch("branch", request.Branch, rules);
        var note = fields.Text("note", request.Note, 1, LongestNote);
        fields.ThrowIfWrong();
        if (!Barcode.TryParse(request.Barcode, out var label)) throw Failure.NotFound("item");
        var act = Act.Of(clock, caller);
        var answer = new ItemEvent
        {
            At = act.At.ToTimestamp(),
            Kind = ItemEvents.ConditionNoted,
            Branch = branch,
            Role = act.Role,
            Note = note,
        };
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await LockAsync(transaction, label.Value, cancellationToken);
        await using var batch = new NpgsqlBatch(transaction.Open(), transaction)
        {
            BatchCommands = { ItemEvents.Write(label.Value, act, ItemEvents.ConditionNoted, branch, note: note) },
        };
        await batch.ExecuteNonQueryAsync(cancellationToken);
        await key.RecordAsync(transaction, $"items/{label.Value}", answer, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return answer;
    }

    private static async Task<(CopyState State, string Home, Guid Record)> LockAsync(NpgsqlTransaction transaction, string barcode, CancellationToken cancellationToken)
    {
        CopyState state;
        string home;
        Guid record;
        await using (var command = transaction.Command(
            $"SELECT {ItemRow.State}, coalesce(i.stands_at, i.branch), i.record FROM item i WHERE i.barcode = $1 FOR UPDATE", barcode))
        await using (var row = await command.ExecuteReaderAsync(cancellationToken))
        {
            if (!await row.ReadAsync(cancellationToken)) throw Failure.NotFound("item");
            (state, home, record) = (Codes.Parse<CopyState>(row.GetString(0)), row.GetString(1), row.GetGuid(2));
        }
        if (state != CopyState.Lost) return (state, home, record);
        // one that its reader has declared lost is still bound to the loan: it is taken back, not marked
        await using var bound = transaction.Command("SELECT EXISTS (SELECT FROM loan WHERE barcode = $1 AND returned_at IS NULL)", barcode);
        return (await bound.ExecuteScalarAsync(cancellationToken) is true ? CopyState.OnLoan : state, home, record);
    }

    /// <summary>What is there again goes on the shelf, or on its way there.</summary>
    private static async Task SaveAsync(
        NpgsqlTransaction transaction, string barcode, CopyState after, string kind, string branch, string home, Act act, CancellationToken cancellationToken)
    {
        var (state, absence) = after switch
        {
            CopyState.Missing or CopyState.InRepair => ("LOST", ContractCode.Of(after)),
            CopyState.Available when branch != home => ("IN_TRANSIT", null),
            _ => (ContractCode.Of(after), (string?)null),
        };
        await using var batch = new NpgsqlBatch(transaction.Open(), transaction)
        {
            BatchCommands =
            {
                DatabaseSetup.BatchCommand(
                    "UPDATE item SET state = $2, absence = $3, location = $4, version = version + 1 WHERE barcode = $1", barcode, state, absence, home),
                ItemEvents.Write(barcode, act, kind, branch, state == "IN_TRANSIT" ? home : ""),
            },
        };
        await batch.ExecuteNonQueryAsync(cancellationToken);
    }
}
