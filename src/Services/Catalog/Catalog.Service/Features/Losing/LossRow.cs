using Library.Catalog.Domain;
using Library.Catalog.Domain.Losses;
using Library.Catalog.Domain.Policies;
using Library.Catalog.Rules;
using Library.Catalog.V1;
using Library.ServiceDefaults.Data;
using Library.ServiceDefaults.Requests;

namespace Library.Catalog.Features.Losing;

/// <summary>A case with what its loan and copy tell of it.</summary>
public sealed record LossRow
{
    public const string Collection = "losses";

    /// <summary>Of case q, its loan l, copy i and that one's record r.</summary>
    public const string Select = """
        SELECT q.id, q.loan, q.barcode, q.branch, q.cause, q.state, q.declared_at, q.declared_on, q.stopped_on, q.replace_until, q.ended_on, q.new_barcode,
               q.assessed_minor, q.assessed_reason, q.found_on, q.version, l.due_on, l.branch, l.rulebook_version, coalesce(l.fine_minor, 0), i.material, i.units,
               i.price_minor, r.title
        FROM loss q JOIN loan l ON l.id = q.loan JOIN item i ON i.barcode = q.barcode JOIN record r ON r.id = i.record
        """;

    public required Guid Id { get; init; }
    public required Guid Loan { get; init; }
    public required string Barcode { get; init; }
    /// <summary>Code of the branch where it was declared.</summary>
    public required string Branch { get; init; }
    public required LossState State { get; init; }
    public required Instant DeclaredAt { get; init; }
    public required LocalDate DeclaredOn { get; init; }
    public required LocalDate? EndedOn { get; init; }
    public required string? NewBarcode { get; init; }
    public required long? AssessedMinor { get; init; }
    public required string? AssessedReason { get; init; }
    public required LocalDate? FoundOn { get; init; }
    public required long Version { get; init; }
    /// <summary>Code of the branch that lent it.</summary>
    public required string LentBy { get; init; }
    public required string RulebookVersion { get; init; }
    public required string Title { get; init; }
    public required LossFacts Facts { get; init; }

    public string Name => ResourceName.Of(Collection, Id);

    public static LossRow Read(NpgsqlDataReader row)
    {
        var cause = Codes.Parse<LossCause>(row.GetString(4));
        return new LossRow
        {
            Id = row.GetGuid(0),
            Loan = row.GetGuid(1),
            Barcode = row.GetString(2),
            Branch = row.GetString(3),
            State = Codes.Parse<LossState>(row.GetString(5)),
            DeclaredAt = row.GetFieldValue<Instant>(6),
            DeclaredOn = row.GetFieldValue<LocalDate>(7),
            EndedOn = row.IsDBNull(10) ? null : row.GetFieldValue<LocalDate>(10),
            NewBarcode = row.IsDBNull(11) ? null : row.GetString(11),
            AssessedMinor = row.IsDBNull(12) ? null : row.GetInt64(12),
            AssessedReason = row.IsDBNull(13) ? null : row.GetString(13),
            FoundOn = row.IsDBNull(14) ? null : row.GetFieldValue<LocalDate>(14),
            Version = row.GetInt64(15),
            LentBy = row.GetString(17),
            RulebookVersion = row.GetString(18),
            Title = row.GetString(23),
            Facts = new LossFacts
            {
                Cause = cause,
                Material = Codes.Parse<Material>(row.GetString(20)),
                DueOn = row.GetFieldValue<LocalDate>(16),
                StoppedOn = row.GetFieldValue<LocalDate>(8),
                ReplaceUntil = row.GetFieldValue<LocalDate>(9),
                Units = row.GetInt32(21),
                PurchasePriceMinor = row.GetInt64(22),
                FineChargedMinor = cause == LossCause.Damaged ? row.GetInt64(19) : 0,
            },
        };
    }

    /// <summary>The case of one id, or null.</summary>
    public static async Task<LossRow?> FindAsync(NpgsqlDataSource database, Guid id, CancellationToken cancellationToken)
    {
        await using var command = database.Command(Select + " WHERE q.id = $1", id);
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        return await row.ReadAsync(cancellationToken) ? Read(row) : null;
    }

    /// <summary>The last case of a loan, or null.</summary>
    public static async Task<LossRow?> OfLoanAsync(NpgsqlDataSource database, Guid loan, CancellationToken cancellationToken)
    {
        await using var command = database.Command(Select + " WHERE q.loan = $1 ORDER BY q.declared_at DESC LIMIT 1", loan);
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        return await row.ReadAsync(cancellationToken) ? Read(row) : null;
    }

    /// <summary>As <see cref="FindAsync"/>, locked until the transaction ends; its copy and its loan are locked before.</summary>
    public static async Task<LossRow?> LockAsync(NpgsqlTransaction transaction, Guid id, CancellationToken cancellationToken)
    {
        await using var command = transaction.Command(Select + " WHERE q.id = $1 FOR UPDATE OF q", id);
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        return await row.ReadAsync(cancellationToken) ? Read(row) : null;
    }

    /// <summary>The contract's case; of an open one with what it costs today.</summary>
    public Loss Answer(LossPrices prices, LocalDate today)
    {
        var answer = new Loss
        {
            Name = Name,
            Loan = ResourceName.Of(Loans.LoanRow.Collection, Loan),
            Barcode = Barcode,
            Title = Title,
            Branch = Branch,
            Cause = Names.Parse<Loss.Types.Cause>(ContractCode.Of(Facts.Cause)) ?? default,
            State = Names.Parse<Loss.Types.State>(ContractCode.Of(State)) ?? default,
            DeclaredOn = DeclaredOn.Iso(),
            DueOn = Facts.DueOn.Iso(),
            ReplaceUntil = Facts.ReplaceUntil.Iso(),
            Article = prices.Policy(this, today).Article,
            RulebookVersion = RulebookVersion,
            Units = Facts.Units,
            CurrencyCode = prices.CurrencyCode,
            EndedOn = EndedOn?.Iso() ?? "",
            NewBarcode = NewBarcode ?? "",
            AssessedMinor = AssessedMinor ?? 0,
            AssessedReason = AssessedReason is { } reason ? Names.Parse<Assessment.Types.Reason>(reason) ?? default : default,
            FoundOn = FoundOn?.Iso() ?? "",
        };
        if (State != LossState.Open) return answer;
        answer.Replacement = CostOf(prices.Replacement(this, today));
        (var least, answer.MostMinor) = prices.Least(this, today);
        answer.Compensation = CostOf(least);
        return answer;
    }

    private static Loss.Types.Cost CostOf(LossCost cost) => new()
    {
        FineMinor = cost.Fine.AmountMinor,
        CompensationMinor = cost.CompensationMinor,
        ReprocessingMinor = cost.ReprocessingMinor,
        TotalMinor = cost.TotalMinor,
        TariffVersion = cost.Prices?.Version ?? "",
    };
}
