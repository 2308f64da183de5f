using Library.Catalog.Domain;
using Library.Catalog.Domain.Acquisitions;
using Library.Catalog.V1;
using Library.ServiceDefaults.Data;
using Library.ServiceDefaults.Errors;
using Library.ServiceDefaults.Requests;

namespace Library.Catalog.Features.Suggesting;

/// <summary>Accepts a suggestion or declines it for a reason. One that an order's line answers is no longer to be declined.</summary>
public sealed class DecideSuggestion(NpgsqlDataSource database)
{
    public Task<Suggestion> AcceptAsync(AcceptSuggestionRequest request, CommandKey key, CancellationToken cancellationToken) =>
        DecideAsync(request.Name, SuggestionState.Accepted, default, key, cancellationToken);

    public Task<Suggestion> DeclineAsync(DeclineSuggestionRequest request, CommandKey key, CancellationToken cancellationToken)
    {
        var fields = new Fields();
        fields.Enum("reason", request.Reason);
        fields.ThrowIfWrong();
        return DecideAsync(request.Name, SuggestionState.Declined, request.Reason, key, cancellationToken);
    }

    private async Task<Suggestion> DecideAsync(
        string name, SuggestionState to, Suggestion.Types.Reason reason, CommandKey key, CancellationToken cancellationToken)
    {
        var id = ResourceName.Parse(SuggestionRow.Collection, name, "suggestion");
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        var suggestion = await SuggestionRow.LockAsync(transaction, id, cancellationToken) ?? throw Failure.NotFound("suggestion");
        var from = SuggestionRow.StateOf(suggestion);
        // accepting one again is for the cancelling of its order line, not for the desk
        if (!SuggestionRules.MayBecome(from, to) || from == SuggestionState.Ordered || await IsOnOrderAsync(transaction, id, cancellationToken))
            throw Failure.Refused("SUGGESTION_STATE");

        var open = SuggestionRules.IsOpen(to);
        await using (var update = transaction.Command(
            "UPDATE suggestion SET state = $2, reason = $3, slot = CASE WHEN $4 THEN slot END WHERE id = $1",
            id, ContractCode.Of(to), reason == default ? null : Names.Of(reason), open))
            await update.ExecuteNonQueryAsync(cancellationToken);
        await key.RecordAsync(transaction, suggestion.Name, null, cancellationToken);
        await transaction.CommitTracedAsync(cancellationToken);
        (suggestion.State, suggestion.Reason) = (Names.Parse<Suggestion.Types.State>(ContractCode.Of(to)) ?? default, reason);
        return suggestion;
    }

    private static async Task<bool> IsOnOrderAsync(NpgsqlTransaction transaction, Guid id, CancellationToken cancellationToken)
    {
        await using var command = transaction.Command("SELECT EXISTS (SELECT FROM order_line WHERE suggestion = $1)", id);
        return (bool)(await command.ExecuteScalarAsync(cancellationToken))!;
    }
}
