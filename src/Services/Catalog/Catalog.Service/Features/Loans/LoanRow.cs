using Google.Protobuf.WellKnownTypes;
using Library.Catalog.Domain.Lending;
using Library.Catalog.Rules;
using Library.Catalog.V1;
using Library.ServiceDefaults.Data;
using Library.ServiceDefaults.Requests;

namespace Library.Catalog.Features.Loans;

/// <summary>A loan with what its item tells of it.</summary>
public sealed record LoanRow
{
    public const string Collection = "loans";

    /// <summary>Of loan l, its item i and that one's record r.</summary>
    public const string Select = """
        SELECT l.id, l.barcode, l.member, l.branch, l.lent_at, l.due_on, l.rulebook_version, l.renewals, l.exceptional_renewals, l.returned_at, l.version,
               r.title, i.branch, i.material, i.lending, i.units, i.price_minor, l.disputed_at IS NOT NULL, l.calendar_version, l.counted_from, l.due_rule, i.lender_due_on, i.lender_renews
        FROM loan l JOIN item i ON i.barcode = l.barcode JOIN record r ON r.id = i.record
        """;

    public required Guid Id { get; init; }
    public required string Barcode { get; init; }
    public required Guid? Member { get; init; }
    /// <summary>Code of the branch that lent it.</summary>
    public required string Branch { get; init; }
    public required Instant LentAt { get; init; }
    public required LocalDate DueOn { get; init; }
    public required string RulebookVersion { get; init; }
    public required int Renewals { get; init; }
    public required int ExceptionalRenewals { get; init; }
    public required Instant? ReturnedAt { get; init; }
    public required long Version { get; init; }
    public required string Title { get; init; }
    public required string ItemBranch { get; init; }
    public required string Material { get; init; }
    public required string Lending { get; init; }
    public required int Units { get; init; }
    public required long PriceMinor { get; init; }
    /// <summary>A dispute about it is open.</summary>
    public required bool Disputed { get; init; }

    public required string CalendarVersion { get; init; }
    /// <summary>The day of the loan or of its last renewal; null: an older version's loan.</summary>
    public required LocalDate? CountedFrom { get; init; }
    /// <summary>What gave the due date; null: an older version's loan.</summary>
    public required DueRule? DueRule { get; init; }
    /// <summary>The last day of a copy that another library lends to us; null: our own.</summary>
    public required LocalDate? LenderDueOn { get; init; }
    public required bool LenderRenews { get; init; }

    public string Name => ResourceName.Of(Collection, Id);

    public string? MemberName => Member is { } member ? ResourceName.Of("members", member) : null;

    public static LoanRow Read(NpgsqlDataReader row) => new()
    {
        Id = row.GetGuid(0),
        Barcode = row.GetString(1),
        Member = row.IsDBNull(2) ? null : row.GetGuid(2),
        Branch = row.GetString(3),
        LentAt = row.GetFieldValue<Instant>(4),
        DueOn = row.GetFieldValue<LocalDate>(5),
        RulebookVersion = row.GetString(6),
        Renewals = row.GetInt32(7),
        ExceptionalRenewals = row.GetInt32(8),
        ReturnedAt = row.IsDBNull(9) ? null : row.GetFieldValue<Instant>(9),
        Version = row.GetInt64(10),
        Title = row.GetString(11),
        ItemBranch = row.GetString(12),
        Material = row.GetString(13),
        Lending = row.GetString(14),
        Units = row.GetInt32(15),
        PriceMinor = row.GetInt64(16),
        Disputed = row.GetBoolean(17),
        CalendarVersion = row.GetString(18),
        CountedFrom = row.IsDBNull(19) ? null : row.GetFieldValue<LocalDate>(19),
        DueRule = row.IsDBNull(20) ? null : Codes.Parse<DueRule>(row.GetString(20)),
        LenderDueOn = row.IsDBNull(21) ? null : row.GetFieldValue<LocalDate>(21),
        LenderRenews = row.GetBoolean(22),
    };

    /// <summary>The loan of one id, or null.</summary>
    public static async Task<LoanRow?> FindAsync(NpgsqlDataSource database, Guid id, CancellationToken cancellationToken)
    {
        await using var command = database.Command(Select + " WHERE l.id = $1", id);
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        return await row.ReadAsync(cancellationToken) ? Read(row) : null;
    }

    /// <summary>As <see cref="FindAsync"/>, locked until the transaction ends.</summary>
    public static async Task<LoanRow?> LockAsync(NpgsqlTransaction transaction, Guid id, CancellationToken cancellationToken)
    {
        await using var command = transaction.Command(Select + " WHERE l.id = $1 FOR UPDATE OF l", id);
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        return await row.ReadAsync(cancellationToken) ? Read(row) : null;
    }

    /// <summary>The contract's loan. Whose it is stands in it only where <paramref name="withMember"/> asks for it: staff reading.</summary>
    public Loan Answer(NetworkRules rules, LocalDate today, bool withMember) => new()
    {
        Name = Name,
        Barcode = Barcode,
        Title = Title,
        LentAt = Timestamp.FromDateTimeOffset(LentAt.ToDateTimeOffset()),
        DueOn = DueOn.Iso(),
        RenewalsLeft = ReturnedAt is null && LenderRenews
            ? RenewalRules.FreeRenewalsLeft(
                Codes.MaterialRuleOf(Material), rules.LendingOf(Lending, Material, ItemBranch, Title, today), Renewals, rules.On(today))
            : 0,
        State = ReturnedAt is null ? Loan.Types.State.Open : Loan.Types.State.Returned,
        ReturnedAt = ReturnedAt is { } returned ? Timestamp.FromDateTimeOffset(returned.ToDateTimeOffset()) : null,
        Branch = Branch,
        Member = withMember ? MemberName ?? "" : "",
        Renewals = Renewals,
        Disputed = Disputed,
    };
}
