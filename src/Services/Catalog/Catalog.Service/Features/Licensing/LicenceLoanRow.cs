using Google.Protobuf.WellKnownTypes;
using Library.Catalog.Rules;
using Library.Catalog.V1;
using Library.ServiceDefaults.Data;
using Library.ServiceDefaults.Requests;

namespace Library.Catalog.Features.Licensing;

/// <summary>A loan of a licence. What it says of itself goes by the clock: past its end it has ended, whatever the worker has got round to.</summary>
public sealed record LicenceLoanRow
{
    /// <summary>Of licence_loan l, its title t and record r.</summary>
    public const string Select = """
        SELECT l.id, l.record, r.title, t.material, l.member, l.state, l.lent_at, l.ends_at, l.ended_at, l.end_reason, l.link
        FROM licence_loan l JOIN licensed_title t ON t.record = l.record JOIN record r ON r.id = l.record
        """;

    public required Guid Id { get; init; }
    public required Guid Record { get; init; }
    public required string Title { get; init; }
    public required string Material { get; init; }
    public required Guid? Member { get; init; }
    public required string State { get; init; }
    public required Instant LentAt { get; init; }
    public required Instant EndsAt { get; init; }
    public required Instant? EndedAt { get; init; }
    public required string? EndReason { get; init; }
    public required string? Link { get; init; }

    public string? MemberName => Member is { } member ? ResourceName.Of("members", member) : null;

    public static LicenceLoanRow Read(NpgsqlDataReader row) => new()
    {
        Id = row.GetGuid(0),
        Record = row.GetGuid(1),
        Title = row.GetString(2),
        Material = row.GetString(3),
        Member = row.IsDBNull(4) ? null : row.GetGuid(4),
        State = row.GetString(5),
        LentAt = row.GetFieldValue<Instant>(6),
        EndsAt = row.GetFieldValue<Instant>(7),
        EndedAt = row.IsDBNull(8) ? null : row.GetFieldValue<Instant>(8),
        EndReason = row.IsDBNull(9) ? null : row.GetString(9),
        Link = row.IsDBNull(10) ? null : row.GetString(10),
    };

    public static async Task<LicenceLoanRow?> FindAsync(NpgsqlDataSource database, Guid id, CancellationToken cancellationToken)
    {
        await using var command = database.Command(Select + " WHERE l.id = $1", id);
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        return await row.ReadAsync(cancellationToken) ? Read(row) : null;
    }

    /// <summary>To its member with the link; to staff with whose it is, and without the link.</summary>
    public LicenceLoan Answer(Instant now, bool toStaff)
    {
        var (ended, reason) = (EndedAt, EndReason);
        if (ended is null && EndsAt <= now) (ended, reason) = (EndsAt, "EXPIRED");
        return new LicenceLoan
        {
            Name = ResourceName.Of(TitleQueue.LoanCollection, Id),
            Record = ResourceName.Of("records", Record),
            Title = Title,
            Material = Codes.MaterialOf(Material),
            LentAt = Timestamp.FromDateTimeOffset(LentAt.ToDateTimeOffset()),
            EndsAt = Timestamp.FromDateTimeOffset(EndsAt.ToDateTimeOffset()),
            State = ended is not null ? LicenceLoan.Types.State.Ended : State == "OPEN" ? LicenceLoan.Types.State.Open : LicenceLoan.Types.State.PendingAccess,
            EndedAt = ended is { } at ? Timestamp.FromDateTimeOffset(at.ToDateTimeOffset()) : null,
            EndReason = reason is null ? default : Names.Parse<LicenceLoan.Types.EndReason>(reason) ?? default,
            Link = toStaff || ended is not null ? "" : Link ?? "",
            Member = toStaff ? MemberName ?? "" : "",
        };
    }
}
