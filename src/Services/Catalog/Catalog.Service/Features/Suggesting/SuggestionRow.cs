using Library.Catalog.Domain;
using Library.Catalog.Domain.Acquisitions;
using Library.Catalog.Rules;
using Library.Catalog.V1;
using Library.ServiceDefaults.Data;
using Library.ServiceDefaults.Requests;

namespace Library.Catalog.Features.Suggesting;

/// <summary>A suggestion as it is kept.</summary>
internal static class SuggestionRow
{
    public const string Collection = "suggestions";

    public const string Select = "SELECT id, title, authors, isbn, material, branch, state, reason, suggested_on, member FROM suggestion";

    public static Suggestion Read(NpgsqlDataReader row) => new()
    {
        Name = ResourceName.Of(Collection, row.GetGuid(0)),
        Title = row.GetString(1),
        Authors = row.GetString(2),
        Isbn = row.GetString(3),
        Material = Codes.MaterialOf(row.GetString(4)),
        Branch = row.GetString(5),
        State = Names.Parse<Suggestion.Types.State>(row.GetString(6)) ?? default,
        Reason = row.IsDBNull(7) ? default : Names.Parse<Suggestion.Types.Reason>(row.GetString(7)) ?? default,
        SuggestedOn = row.GetFieldValue<LocalDate>(8).Iso(),
        Member = row.IsDBNull(9) ? "" : ResourceName.Of("members", row.GetGuid(9)),
    };

    /// <summary>Locks it; null: there is none.</summary>
    public static async Task<Suggestion?> LockAsync(NpgsqlTransaction transaction, Guid id, CancellationToken cancellationToken)
    {
        await using var command = transaction.Command(Select + " WHERE id = $1 FOR UPDATE", id);
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        return await row.ReadAsync(cancellationToken) ? Read(row) : null;
    }

    public static SuggestionState StateOf(Suggestion suggestion) => Codes.Parse<SuggestionState>(Names.Of(suggestion.State));

    /// <summary>Moves every one of these that may go there by <see cref="SuggestionRules"/>; the others stay as they are.</summary>
    public static NpgsqlBatchCommand Move(IEnumerable<Guid> ids, SuggestionState to)
    {
        var from = Enum.GetValues<SuggestionState>().Where(state => SuggestionRules.MayBecome(state, to)).Select(state => ContractCode.Of(state)).ToArray();
        return DatabaseSetup.BatchCommand($"""
            UPDATE suggestion SET state = $2{(SuggestionRules.IsOpen(to) ? "" : ", slot = NULL")} WHERE id = ANY ($1) AND state = ANY ($3)
            """, ids.ToArray(), ContractCode.Of(to), from);
    }
}
