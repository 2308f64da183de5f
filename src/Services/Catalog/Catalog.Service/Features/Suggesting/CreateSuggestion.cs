using System.Globalization;
using Library.Catalog.Domain;
using Library.Catalog.Domain.Acquisitions;
using Library.Catalog.Rules;
using Library.Catalog.V1;
using Library.ServiceDefaults.Data;
using Library.ServiceDefaults.Errors;
using Library.ServiceDefaults.Requests;
using Library.ServiceDefaults.Security;
using Library.ServiceDefaults.Time;

namespace Library.Catalog.Features.Suggesting;

/// <summary>Takes a suggestion. A member's open ones each hold one of a few slots, so that the limit holds however many are made at once.</summary>
public sealed class CreateSuggestion(NpgsqlDataSource database, NetworkRules rules, BusinessClock clock)
{
    private const string SlotOfMember = "suggestion_slot_of_member";
    private const int MostText = 500;

    private sealed record Wanted(Guid? Member, string Title, string Authors, string Isbn);

    public async Task<Suggestion> RunAsync(CreateSuggestionRequest request, Caller caller, CommandKey key, CancellationToken cancellationToken)
    {
        var wanted = Check(request, caller.MemberOr(request.Member));
        // each attempt that loses a slot was beaten by another suggestion of the member: after as many as there are slots none is left
        for (var attempt = 0; attempt <= SuggestionRules.OpenPerMember; attempt++)
            try
            {
                return await SaveAsync(request, wanted, key, cancellationToken);
            }
            catch (PostgresException taken) when (taken.ConstraintName == SlotOfMember)
            {
                // look for another slot
            }
        throw Limit();
    }

    private Wanted Check(CreateSuggestionRequest request, string forMember)
    {
        var fields = new Fields();
        var title = fields.Text("title", request.Title, 1, MostText);
        var authors = fields.Text("authors", request.Authors, 0, MostText);
        var isbn = "";
        if (request.Isbn.Length > 0 && !Isbn.TryNormalise(request.Isbn, out isbn)) fields.Wrong("isbn", "FORMAT", ("expected", "ISBN"));
        fields.Enum("material", request.Material);
        fields.Branch("branch", request.Branch, rules);
        var member = forMember.Length > 0 ? fields.Name("member", "members", forMember) : (Guid?)null;
        fields.ThrowIfWrong();
        return new Wanted(member, title, authors, isbn ?? "");
    }

    private async Task<Suggestion> SaveAsync(CreateSuggestionRequest request, Wanted wanted, CommandKey key, CancellationToken cancellationToken)
    {
        var id = Guid.CreateVersion7();
        var today = clock.Today;
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await using (var insert = transaction.Command("""
            INSERT INTO suggestion (id, member, slot, title, authors, isbn, material, branch, state, suggested_on)
            SELECT $1, $2::uuid, CASE WHEN $2::uuid IS NOT NULL THEN free.slot END, $3, $4, $5, $6, $7, 'SUGGESTED', $8
            FROM (
                SELECT min(slots.slot) AS slot FROM generate_series(1, $9::integer) AS slots (slot)
                WHERE NOT EXISTS (SELECT FROM suggestion s WHERE s.member = $2 AND s.slot = slots.slot)) AS free
            WHERE $2::uuid IS NULL OR free.slot IS NOT NULL
            """, id, wanted.Member, wanted.Title, wanted.Authors, wanted.Isbn, Names.Of(request.Material), request.Branch, today,
            SuggestionRules.OpenPerMember))
            if (await insert.ExecuteNonQueryAsync(cancellationToken) == 0) throw Limit();

        var name = ResourceName.Of(SuggestionRow.Collection, id);
        // whose it is stands in the answer, so that it is read again and not kept
        await key.RecordAsync(transaction, name, null, cancellationToken);
        await transaction.CommitTracedAsync(cancellationToken);
        return new Suggestion
        {
            Name = name,
            Title = wanted.Title,
            Authors = wanted.Authors,
            Isbn = wanted.Isbn,
            Material = request.Material,
            Branch = request.Branch,
            State = Suggestion.Types.State.Suggested,
            SuggestedOn = today.Iso(),
            Member = wanted.Member is { } member ? ResourceName.Of("members", member) : "",
        };
    }

    private static Failure Limit() =>
        Failure.Refused("SUGGESTION_LIMIT", ("limit", SuggestionRules.OpenPerMember.ToString(CultureInfo.InvariantCulture)));
}
