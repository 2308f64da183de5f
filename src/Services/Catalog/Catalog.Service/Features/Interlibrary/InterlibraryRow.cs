using Library.Catalog.Domain.Interlibrary;
using Library.Catalog.Rules;
using Library.Catalog.V1;
using Library.ServiceDefaults.Requests;

namespace Library.Catalog.Features.Interlibrary;

/// <summary>A request as the database has it.</summary>
public sealed record InterlibraryRow
{
    public const string Collection = "interlibraryRequests";

    /// <summary>Of request q.</summary>
    public const string Select = """
        SELECT q.id, q.role, q.state, q.branch, q.member, q.partner, q.requesting_agency, q.supplying_agency, q.requesting_request_id, q.supplying_request_id,
               q.title, q.author, q.year, q.isbn, q.material, q.barcode, q.due_on, q.library_use_only, q.renews, q.unfilled_reason, q.requested_at, q.changed_at, q.version
        FROM interlibrary_request q
        """;

    public required Guid Id { get; init; }
    public required InterlibraryRole Role { get; init; }
    public required InterlibraryState State { get; init; }
    public required string Branch { get; init; }
    public required Guid? Member { get; init; }
    public required Guid? Partner { get; init; }
    public required string RequestingAgency { get; init; }
    public required string SupplyingAgency { get; init; }
    public required string RequestingRequestId { get; init; }
    public required string SupplyingRequestId { get; init; }
    public required string Title { get; init; }
    public required string Author { get; init; }
    public required int? Year { get; init; }
    public required string Isbn { get; init; }
    public required string Material { get; init; }
    public required string? Barcode { get; init; }
    public required LocalDate? DueOn { get; init; }
    public required bool LibraryUseOnly { get; init; }
    public required bool Renews { get; init; }
    public required string? UnfilledReason { get; init; }
    public required Instant RequestedAt { get; init; }
    public required Instant ChangedAt { get; init; }
    public required long Version { get; init; }

    public string Name => ResourceName.Of(Collection, Id);

    public string MemberName => Member is { } member ? ResourceName.Of("members", member) : "";

    public static InterlibraryRow Read(NpgsqlDataReader row) => new()
    {
        Id = row.GetGuid(0),
        Role = Codes.Parse<InterlibraryRole>(row.GetString(1)),
        State = Codes.Parse<InterlibraryState>(row.GetString(2)),
        Branch = row.GetString(3),
        Member = row.IsDBNull(4) ? null : row.GetGuid(4),
        Partner = row.IsDBNull(5) ? null : row.GetGuid(5),
        RequestingAgency = row.GetString(6),
        SupplyingAgency = row.GetString(7),
        RequestingRequestId = row.GetString(8),
        SupplyingRequestId = row.GetString(9),
        Title = row.GetString(10),
        Author = row.GetString(11),
        Year = row.IsDBNull(12) ? null : row.GetInt32(12),
        Isbn = row.GetString(13),
        Material = row.GetString(14),
        Barcode = row.IsDBNull(15) ? null : row.GetString(15),
        DueOn = row.IsDBNull(16) ? null : row.GetFieldValue<LocalDate>(16),
        LibraryUseOnly = row.GetBoolean(17),
        Renews = row.GetBoolean(18),
        UnfilledReason = row.IsDBNull(19) ? null : row.GetString(19),
        RequestedAt = row.GetFieldValue<Instant>(20),
        ChangedAt = row.GetFieldValue<Instant>(21),
        Version = row.GetInt64(22),
    };

    /// <summary>The contract's request. Whose it is stands in it only for staff.</summary>
    public InterlibraryRequest Answer(LocalDate today, bool forStaff)
    {
        var overdue = InterlibraryRules.IsOverdue(State, DueOn, today);
        return new InterlibraryRequest
        {
            Name = Name,
            Role = (InterlibraryRequest.Types.Role)(int)Role,
            State = (InterlibraryRequest.Types.State)(int)State,
            Iso18626Status = InterlibraryRules.Iso18626Status(State, overdue),
            Branch = Branch,
            Member = forStaff ? MemberName : "",
            Partner = Partner is { } partner ? ResourceName.Of(KeepPartners.Collection, partner) : "",
            RequestingAgency = RequestingAgency,
            SupplyingAgency = SupplyingAgency,
            RequestingRequestId = RequestingRequestId,
            SupplyingRequestId = SupplyingRequestId,
            Title = Title,
            Author = Author,
            Year = Year ?? 0,
            Isbn = Isbn,
            Material = Codes.MaterialOf(Material),
            Barcode = Barcode ?? "",
            DueOn = DueOn?.Iso() ?? "",
            LibraryUseOnly = LibraryUseOnly,
            Renews = Renews,
            Overdue = overdue,
            UnfilledReason = Names.Parse<InterlibraryRequest.Types.UnfilledReason>(UnfilledReason ?? "") ?? default,
            RequestedAt = RequestedAt.ToTimestamp(),
            ChangedAt = ChangedAt.ToTimestamp(),
        };
    }
}
