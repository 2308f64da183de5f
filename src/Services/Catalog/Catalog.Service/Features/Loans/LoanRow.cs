using Google.Protobuf.WellKnownTypes;
using Library.Catalog.Domain;
using Library.Catalog.Domain.Claims;
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
               r.title, i.branch, i.material, i.lending, i.units, i.price_minor, l.disputed_at IS NOT NULL, l.calendar_version, l.counted_from, l.due_rule, i.lender_due_on, i.lender_renews,
               l.undone_at IS NOT NULL, l.claimed_returned_on, l.claim_outcome, l.replace_until
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
    /// <summary>The check-out was a wrong scan (ADR 26).</summary>
    public required bool Undone { get; init; }
    /// <summary>The day on which the reader said that it was back; null: never, or the claim was rejected.</summary>
    public required LocalDate? ClaimedReturnedOn { get; init; }
    /// <summary>How the last claim ended.</summary>
    public required ReturnClaimOutcome? ClaimOutcome { get; init; }
    /// <summary>Declared lost: the last day on which it may be replaced (art. 42). Null: not declared, or handed in after all.</summary>
    public required LocalDate? ReplaceUntil { get; init; }

    /// <summary>Ended without its copy.</summary>
    public bool EndedLost => ReturnedAt is not null && ReplaceUntil is not null;

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
        Undone = row.GetBoolean(23),
        ClaimedReturnedOn = row.IsDBNull(24) ? null : row.GetFieldValue<LocalDate>(24),
        ClaimOutcome = row.IsDBNull(25) ? null : Codes.Parse<ReturnClaimOutcome>(row.GetString(25)),
        ReplaceUntil = row.IsDBNull(26) ? null : row.GetFieldValue<LocalDate>(26),
    };

    /// <summary>
    /// Of loan l: it is overdue material on a day. What was declared lost is none while its reader may still replace it (art. 42).
    /// </summary>
    /// <param name="day">The parameter of the business date.</param>
    public static string Overdue(string day) => $"l.returned_at IS NULL AND l.due_on < {day} AND (l.replace_until IS NULL OR l.replace_until < {day})";

    /// <summary>Of loan l: overdue material of which its member is told and reminded. What the member says is back is not (ADR 26).</summary>
    /// <param name="day">The parameter of the business date.</param>
    public static string Reminded(string day) => $"{Overdue(day)} AND l.claimed_returned_on IS NULL";

    /// <summary>As <see cref="Reminded"/>.</summary>
    public bool IsReminded(LocalDate today) => ReturnedAt is null && !(ReplaceUntil >= today) && ReturnClaimRules.IsOverdue(DueOn, ClaimedReturnedOn, today);

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
        RenewalsLeft = ReturnedAt is null && LenderRenews && ReplaceUntil is null
            ? RenewalRules.FreeRenewalsLeft(
                Codes.MaterialRuleOf(Material), rules.LendingOf(Lending, Material, ItemBranch, Title, today), Renewals, rules.On(today))
            : 0,
        State = Undone ? Loan.Types.State.Undone : ReturnedAt is null ? Loan.Types.State.Open : Loan.Types.State.Returned,
        ReturnedAt = ReturnedAt is { } returned && !Undone ? Timestamp.FromDateTimeOffset(returned.ToDateTimeOffset()) : null,
        Branch = Branch,
        Member = withMember ? MemberName ?? "" : "",
        Renewals = Renewals,
        Disputed = Disputed,
        ClaimedReturnedOn = ClaimedReturnedOn?.Iso() ?? "",
        ClaimOutcome = ClaimOutcome is { } outcome ? Names.Parse<Loan.Types.ClaimOutcome>(ContractCode.Of(outcome)) ?? default : default,
        Lost = ReplaceUntil is not null,
    };
}
