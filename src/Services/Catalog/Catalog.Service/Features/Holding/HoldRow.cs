using Google.Protobuf.WellKnownTypes;
using Library.Catalog.Domain.Holds;
using Library.Catalog.Rules;
using Library.Catalog.V1;
using Library.ServiceDefaults.Data;
using Library.ServiceDefaults.Requests;

namespace Library.Catalog.Features.Holding;

/// <summary>A hold with its place in the queue, and what an estimate is made of.</summary>
public sealed record HoldRow
{
    public const string Collection = "holds";

    /// <summary>Copies that an estimate looks at.</summary>
    private const int MostCopies = 200;

    /// <summary>Of hold h and its record r. A copy that is free is expected at once: it has no due date.</summary>
    public static readonly string Select = $"""
        SELECT h.id, h.number, h.record, h.only_barcode, h.member, h.pickup_branch, h.placed_at, h.state, h.barcode, h.suspended_until, h.ready_until, h.version, r.title,
            CASE WHEN h.state = 'WAITING' THEN (
                SELECT count(*) FROM hold o WHERE o.record = h.record AND o.closed_at IS NULL AND o.state = 'WAITING' AND o.number <= h.number)::integer ELSE 0 END,
            CASE WHEN h.state = 'WAITING' THEN ARRAY(
                SELECT coalesce(l.due_on, '-infinity') FROM item i LEFT JOIN loan l ON l.barcode = i.barcode AND l.returned_at IS NULL
                WHERE i.record = h.record AND i.state NOT IN ('LOST', 'WITHDRAWN') AND i.lending = 'LENDABLE' AND (h.only_barcode IS NULL OR i.barcode = h.only_barcode)
                LIMIT {MostCopies}) END,
            r.material
        FROM hold h JOIN record r ON r.id = h.record
        """;

    public required Guid Id { get; init; }
    /// <summary>Order of placing.</summary>
    public required long Number { get; init; }
    public required Guid Record { get; init; }
    public required string? OnlyBarcode { get; init; }
    public required Guid? Member { get; init; }
    /// <summary>Code of the branch.</summary>
    public required string PickupBranch { get; init; }
    public required Instant PlacedAt { get; init; }
    public required HoldState State { get; init; }
    /// <summary>The copy that is set aside.</summary>
    public required string? Barcode { get; init; }
    public required LocalDate? SuspendedUntil { get; init; }
    public required LocalDate? ReadyUntil { get; init; }
    public required long Version { get; init; }
    public required string Title { get; init; }
    public required int Position { get; init; }
    public required IReadOnlyList<LocalDate> DueOn { get; init; }
    /// <summary>As the record says.</summary>
    public required string Material { get; init; }

    public string Name => ResourceName.Of(Collection, Id);

    public string? MemberName => Member is { } member ? ResourceName.Of("members", member) : null;

    public bool IsOpen => State is HoldState.Waiting or HoldState.InTransit or HoldState.Ready;

    public static HoldRow Read(NpgsqlDataReader row) => new()
    {
        Id = row.GetGuid(0),
        Number = row.GetInt64(1),
        Record = row.GetGuid(2),
        OnlyBarcode = row.IsDBNull(3) ? null : row.GetString(3),
        Member = row.IsDBNull(4) ? null : row.GetGuid(4),
        PickupBranch = row.GetString(5),
        PlacedAt = row.GetFieldValue<Instant>(6),
        State = Codes.Parse<HoldState>(row.GetString(7)),
        Barcode = row.IsDBNull(8) ? null : row.GetString(8),
        SuspendedUntil = row.IsDBNull(9) ? null : row.GetFieldValue<LocalDate>(9),
        ReadyUntil = row.IsDBNull(10) ? null : row.GetFieldValue<LocalDate>(10),
        Version = row.GetInt64(11),
        Title = row.GetString(12),
        Position = row.GetInt32(13),
        DueOn = row.IsDBNull(14) ? [] : row.GetFieldValue<LocalDate[]>(14),
        Material = row.GetString(15),
    };

    /// <summary>The hold of one id, or null.</summary>
    public static async Task<HoldRow?> FindAsync(Func<string, object?[], NpgsqlCommand> commandOf, Guid id, CancellationToken cancellationToken)
    {
        await using var command = commandOf(Select + " WHERE h.id = $1", [id]);
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        return await row.ReadAsync(cancellationToken) ? Read(row) : null;
    }

    /// <param name="rules">The network's.</param>
    /// <param name="today">The business date.</param>
    /// <param name="toStaff">Whether the copy and the member are told.</param>
    public Hold Answer(NetworkRules rules, LocalDate today, bool toStaff) => new()
    {
        Name = Name,
        State = Names.Parse<Hold.Types.State>(Domain.ContractCode.Of(State)) ?? default,
        QueuePosition = Position,
        ReadyUntil = State == HoldState.Ready ? ReadyUntil?.Iso() ?? "" : "",
        Record = ResourceName.Of("records", Record),
        Title = Title,
        PickupBranch = PickupBranch,
        PlacedAt = Timestamp.FromDateTimeOffset(PlacedAt.ToDateTimeOffset()),
        SuspendedUntil = IsOpen ? SuspendedUntil?.Iso() ?? "" : "",
        ExpectedOn = State == HoldState.Waiting ? Expected(rules, today)?.Iso() ?? "" : "",
        OnlyBarcode = OnlyBarcode ?? "",
        Barcode = toStaff ? Barcode ?? "" : "",
        Member = toStaff ? MemberName ?? "" : "",
    };

    private LocalDate? Expected(NetworkRules rules, LocalDate today)
    {
        if (Barcode is not null) return today;
        var rulebook = rules.On(today);
        var material = Domain.ContractCode.TryParse<Domain.Policies.Material>(Material, out var known) ? known : Domain.Policies.Material.Book;
        return rulebook.Lending.TryGetValue(material, out var policy)
            ? HoldRules.ExpectedOn(Position, [.. DueOn.Select(due => LocalDate.Max(due, today))], policy.PeriodDays, today)
            : null;
    }
}
