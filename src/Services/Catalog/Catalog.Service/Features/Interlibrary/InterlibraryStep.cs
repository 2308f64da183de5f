using Library.Catalog.Domain;
using Library.Catalog.Domain.Interlibrary;
using Library.Catalog.Features.Stock;
using Library.Catalog.V1;
using Library.ServiceDefaults.Data;
using Library.ServiceDefaults.Errors;
using Library.ServiceDefaults.Messaging;
using Library.ServiceDefaults.Requests;
using Library.ServiceDefaults.Security;
using Library.ServiceDefaults.Time;

namespace Library.Catalog.Features.Interlibrary;

/// <summary>A request that is being changed, locked until the commit.</summary>
/// <param name="Transaction">Of the change.</param>
/// <param name="Request">As it was.</param>
/// <param name="After">Its state when this is done.</param>
/// <param name="Act">When and in which role.</param>
/// <param name="Batch">What is written before the request itself, in this order.</param>
public sealed record Step(NpgsqlTransaction Transaction, InterlibraryRow Request, InterlibraryState After, Act Act, NpgsqlBatch Batch)
{
    private readonly List<(string Column, object? Value)> changes = [];

    public void Add(string sql, params object?[] parameters) => Add(DatabaseSetup.BatchCommand(sql, parameters));

    public void Add(NpgsqlBatchCommand command) => Batch.BatchCommands.Add(command);

    /// <summary>A column of the request besides its state.</summary>
    public void Set(string column, object? value) => changes.Add((column, value));

    /// <summary>What the lender allows.</summary>
    public void Terms(LocalDate dueOn, bool libraryUseOnly, bool renews)
    {
        Set("due_on", dueOn);
        Set("library_use_only", libraryUseOnly);
        Set("renews", renews);
    }

    /// <summary>The request's own row, in one statement: what the database holds of it is true after each.</summary>
    public NpgsqlBatchCommand Save() => DatabaseSetup.BatchCommand($"""
        UPDATE interlibrary_request
        SET state = $2, changed_at = $3, closed_at = CASE WHEN $4 THEN $3 END, version = version + 1{string.Concat(changes.Select((change, at) => $", {change.Column} = ${at + 5}"))}
        WHERE id = $1
        """, [Request.Id, ContractCode.Of(After), Act.At, InterlibraryRules.IsOver(After), .. changes.Select(change => change.Value)]);

    /// <summary>What the copy is from now on.</summary>
    public void SetItem(string state, string location) => Add(
        "UPDATE item SET state = $2, location = $3, kept_for = NULL, version = version + 1 WHERE barcode = $1", Request.Barcode, state, location);
}

/// <summary>
/// Takes a request one step further. The copy's row is locked before the request's, as the desk does it, so that a step and a loan of the same copy
/// come one after the other.
/// </summary>
public sealed class InterlibrarySteps(NpgsqlDataSource database, ReadInterlibrary read, BusinessClock clock, Outbox outbox)
{
    /// <param name="name">Of the request.</param>
    /// <param name="action">What is done.</param>
    /// <param name="caller">Who asks; the request must be theirs, and at the branch of a token that names one.</param>
    /// <param name="key">Of the command.</param>
    /// <param name="more">What the action needs besides the new state; throws what it refuses.</param>
    /// <param name="cancellationToken">Of the call.</param>
    /// <param name="copy">The copy where the request does not name it yet.</param>
    /// <param name="anyBranch">Done at whichever branch the copy is.</param>
    public async Task<InterlibraryRequest> RunAsync(
        string name, InterlibraryAction action, Caller caller, CommandKey key, Func<Step, Task> more, CancellationToken cancellationToken, string copy = "", bool anyBranch = false)
    {
        var id = ResourceName.Parse(InterlibraryRow.Collection, name, "interlibraryRequest");
        var scope = await read.ScopeAsync(caller, cancellationToken);
        await using (var connection = await database.OpenConnectionAsync(cancellationToken))
        {
            await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
            var request = await LockAsync(transaction, id, copy, cancellationToken);
            if (request is null || !scope.Covers(request)) throw Failure.NotFound("interlibraryRequest");
            if (!anyBranch) caller.MustBeAt(request.Branch);
            if (InterlibraryRules.After(request.Role, request.State, action) is not { } after)
                throw Failure.Refused("INTERLIBRARY_STATE", ("state", ContractCode.Of(request.State)));
            await using var batch = new NpgsqlBatch(transaction.Open(), transaction);
            var step = new Step(transaction, request, after, Act.Of(clock, caller), batch);
            await more(step);
            step.Add(step.Save());
            await batch.ExecuteNonQueryAsync(cancellationToken);
            await key.RecordAsync(transaction, name, null, cancellationToken);
            await transaction.CommitTracedAsync(cancellationToken);
        }
        outbox.Wake();
        return await read.GetAsync(name, caller, cancellationToken);
    }

    private static async Task<InterlibraryRow?> LockAsync(NpgsqlTransaction transaction, Guid id, string copy, CancellationToken cancellationToken)
    {
        await using (var first = transaction.Command("""
            SELECT FROM item WHERE barcode = coalesce(nullif($2, ''), (SELECT barcode FROM interlibrary_request WHERE id = $1)) FOR UPDATE
            """, id, copy))
            await first.ExecuteNonQueryAsync(cancellationToken);
        await using var command = transaction.Command(InterlibraryRow.Select + " WHERE q.id = $1 FOR UPDATE", id);
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        return await row.ReadAsync(cancellationToken) ? InterlibraryRow.Read(row) : null;
    }
}
