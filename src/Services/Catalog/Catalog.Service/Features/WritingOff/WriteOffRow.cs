using Library.Catalog.Domain;
using Library.Catalog.Domain.Stock;
using Library.Catalog.Features.Stock;
using Library.Catalog.Rules;
using Library.Catalog.V1;
using Library.ServiceDefaults.Data;
using Library.ServiceDefaults.Errors;
using Library.ServiceDefaults.Requests;
using Library.ServiceDefaults.Security;

namespace Library.Catalog.Features.WritingOff;

/// <summary>A commission's list as it stands in the database.</summary>
public sealed record WriteOffRow(
    Guid Id, string Branch, string State, Instant CreatedAt, Instant? ProposedAt, Instant? EndedAt, string Method, string Standard)
{
    public const string Collection = "writeOffs", Draft = "DRAFT", Proposed = "PROPOSED";

    public const string Select = "SELECT id, branch, state, created_at, proposed_at, ended_at, method, standard FROM write_off";

    public string Name => ResourceName.Of(Collection, Id);

    public static Guid IdOf(string name) => ResourceName.Parse(Collection, name, "writeOff");

    public static WriteOffRow Read(NpgsqlDataReader row) => new(
        row.GetGuid(0), row.GetString(1), row.GetString(2), row.GetFieldValue<Instant>(3), row.IsDBNull(4) ? null : row.GetFieldValue<Instant>(4),
        row.IsDBNull(5) ? null : row.GetFieldValue<Instant>(5), row.GetString(6), row.GetString(7));

    /// <summary>Locked until the commit, in one of the states in which the step is taken, at the caller's branch.</summary>
    /// <exception cref="Failure">NOT_FOUND, PERMISSION_DENIED, FAILED_PRECONDITION.</exception>
    public static async Task<WriteOffRow> HoldAsync(
        NpgsqlTransaction transaction, string name, Caller caller, CancellationToken cancellationToken, params string[] states)
    {
        await using var command = transaction.Command(Select + " WHERE id = $1 FOR NO KEY UPDATE", IdOf(name));
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        if (!await row.ReadAsync(cancellationToken)) throw Failure.NotFound("writeOff");
        var list = Read(row);
        caller.MustBeAt(list.Branch);
        return states.Contains(list.State) ? list : throw Failure.Refused([ContractCode.Of(WriteOffRefusal.WriteOffState)], ("state", list.State));
    }

    public WriteOff Answer(NetworkRules rules) => new()
    {
        Name = Name,
        Branch = Branch,
        State = Names.Parse<WriteOff.Types.State>(State)!.Value,
        CreatedAt = CreatedAt.ToTimestamp(),
        ProposedAt = ProposedAt?.ToTimestamp(),
        EndedAt = EndedAt?.ToTimestamp(),
        Method = Method,
        Standard = Standard,
        CurrencyCode = rules.CurrencyCode,
    };
}
