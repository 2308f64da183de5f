using Library.Catalog.Domain.Serials;
using Library.Catalog.Rules;
using Library.Catalog.V1;
using Library.ServiceDefaults.Data;
using Library.ServiceDefaults.Requests;

namespace Library.Catalog.Features.ReceivingIssues;

/// <summary>An issue with what its subscription says of it.</summary>
internal sealed record IssueRow
{
    public const string Collection = "issues";

    /// <summary>Of issue i, its record r and subscription s.</summary>
    public const string Select = """
        SELECT i.id, i.subscription, i.record, r.title, i.branch, i.kind, i.state, i.issued_on, i.volume, i.number, i.last_volume, i.last_number,
               coalesce(i.bound_as, i.barcode), i.received_on, i.claim_level, i.claim_due_on, s.supplier, s.lending
        FROM issue i JOIN record r ON r.id = i.record JOIN subscription s ON s.id = i.subscription
        """;

    public required Guid Id { get; init; }
    public required Guid Subscription { get; init; }
    public required Guid Record { get; init; }
    public required string Title { get; init; }
    public required string Branch { get; init; }
    public required Issue.Types.Kind Kind { get; init; }
    public required Issue.Types.State State { get; init; }
    public required LocalDate IssuedOn { get; init; }
    public required IssueNumber First { get; init; }
    public required IssueNumber Last { get; init; }
    public string Barcode { get; init; } = "";
    public LocalDate? ReceivedOn { get; init; }
    public int ClaimLevel { get; init; }
    public LocalDate? ClaimDueOn { get; init; }
    public required Guid Supplier { get; init; }
    /// <summary>How the subscription's issues are lent.</summary>
    public required string Lending { get; init; }

    /// <summary>Whether it came, bound since or not.</summary>
    public bool HasCome => State is Issue.Types.State.Received or Issue.Types.State.Bound;

    /// <summary>As the rules on the latest issue know it; a combined one is of the volume of its last number.</summary>
    public ShelvedIssue Shelved => new(IssuedOn, Last.Volume);

    public static IssueRow Read(NpgsqlDataReader row) => new()
    {
        Id = row.GetGuid(0),
        Subscription = row.GetGuid(1),
        Record = row.GetGuid(2),
        Title = row.GetString(3),
        Branch = row.GetString(4),
        Kind = Names.Parse<Issue.Types.Kind>(row.GetString(5)) ?? default,
        State = Names.Parse<Issue.Types.State>(row.GetString(6)) ?? default,
        IssuedOn = row.GetFieldValue<LocalDate>(7),
        First = new IssueNumber(row.GetInt32(8), row.GetInt32(9)),
        Last = new IssueNumber(row.GetInt32(10), row.GetInt32(11)),
        Barcode = row.IsDBNull(12) ? "" : row.GetString(12),
        ReceivedOn = row.IsDBNull(13) ? null : row.GetFieldValue<LocalDate>(13),
        ClaimLevel = row.GetInt32(14),
        ClaimDueOn = row.IsDBNull(15) ? null : row.GetFieldValue<LocalDate>(15),
        Supplier = row.GetGuid(16),
        Lending = row.GetString(17),
    };

    /// <summary>Locks the issue of a branch; null: there is none.</summary>
    public static async Task<IssueRow?> LockAsync(NpgsqlTransaction transaction, Guid id, string branch, CancellationToken cancellationToken)
    {
        await using var command = transaction.Command(Select + " WHERE i.id = $1 AND i.branch = $2 FOR UPDATE OF i", id, branch);
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        return await row.ReadAsync(cancellationToken) ? Read(row) : null;
    }

    public Issue Answer() => new()
    {
        Name = ResourceName.Of(Collection, Id),
        Subscription = ResourceName.Of("subscriptions", Subscription),
        Record = ResourceName.Of("records", Record),
        Title = Title,
        Branch = Branch,
        Kind = Kind,
        State = State,
        IssuedOn = IssuedOn.Iso(),
        Volume = First.Volume,
        Number = First.Number,
        LastVolume = Last.Volume,
        LastNumber = Last.Number,
        Barcode = Barcode,
        ReceivedOn = ReceivedOn?.Iso() ?? "",
        ClaimLevel = ClaimLevel,
        ClaimDueOn = ClaimDueOn?.Iso() ?? "",
    };
}
