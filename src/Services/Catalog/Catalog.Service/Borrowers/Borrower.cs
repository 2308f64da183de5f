using Library.Catalog.Domain.Lending;
using Library.Catalog.Features.Loans;
using Library.Catalog.Rules;

namespace Library.Catalog.Borrowers;

/// <summary>
/// A member as the desk knows them locally (ADR 1): Membership's snapshot, Finance's balance with what was charged here since, and
/// reminders.
/// </summary>
public sealed record Borrower
{
    /// <summary>
    /// The columns that <see cref="Read"/> reads, of the borrower b. $2 is the business date. Nothing is locked: a snapshot that arrives
    /// meanwhile is as if it had arrived after the loan.
    /// </summary>
    private static readonly string Columns = $"""
        b.member, b.state, b.membership, b.branch, b.term_ends_on, b.restricted, b.youth_section, b.category, b.municipality,
        greatest(coalesce(d.balance_minor, 0) + p.amount_minor - w.amount_minor, 0), least(d.oldest_open_on, p.charged_on), coalesce(s.level, 0),
        EXISTS (SELECT FROM loan l WHERE l.member = b.member AND {LoanRow.Overdue("$2")})
        """;

    private const string Joins = """
        LEFT JOIN borrower_debt d ON d.member = b.member
        LEFT JOIN reminder_spell s ON s.member = b.member
        CROSS JOIN LATERAL (
            SELECT coalesce(sum(amount_minor), 0)::bigint AS amount_minor, min(charged_on) AS charged_on FROM pending_charge WHERE member = b.member) p
        CROSS JOIN LATERAL (SELECT coalesce(sum(amount_minor), 0)::bigint AS amount_minor FROM pending_withdrawal WHERE member = b.member) w
        """;

    /// <summary>$1 a card number, $2 the business date.</summary>
    public static readonly string ByCard = $"SELECT {Columns}, c.replaced FROM borrower_card c JOIN borrower b ON b.member = c.member {Joins} WHERE c.card_number = $1";

    /// <summary>$1 a member's id, $2 the business date.</summary>
    public static readonly string ByMember = $"SELECT {Columns}, false FROM borrower b {Joins} WHERE b.member = $1";

    public required Guid Member { get; init; }
    public required string State { get; init; }
    public required string Membership { get; init; }
    /// <summary>Code of the home branch.</summary>
    public required string Branch { get; init; }
    public required LocalDate TermEndsOn { get; init; }
    public required bool Restricted { get; init; }
    public required bool YouthSection { get; init; }
    public required string Category { get; init; }
    public required string Municipality { get; init; }
    /// <summary>Minor units: the balance and what is not in it yet.</summary>
    public required long DebtMinor { get; init; }
    public required LocalDate? OldestOpenOn { get; init; }
    public required int ReminderLevel { get; init; }
    public required bool AnythingOverdue { get; init; }
    /// <summary>Of the card that was presented.</summary>
    public required bool CardReplaced { get; init; }

    public static Borrower Read(NpgsqlDataReader row) => new()
    {
        Member = row.GetGuid(0),
        State = row.GetString(1),
        Membership = row.GetString(2),
        Branch = row.GetString(3),
        TermEndsOn = row.GetFieldValue<LocalDate>(4),
        Restricted = row.GetBoolean(5),
        YouthSection = row.GetBoolean(6),
        Category = row.GetString(7),
        Municipality = row.GetString(8),
        DebtMinor = row.GetInt64(9),
        OldestOpenOn = row.IsDBNull(10) ? null : row.GetFieldValue<LocalDate>(10),
        ReminderLevel = row.GetInt32(11),
        AnythingOverdue = row.GetBoolean(12),
        CardReplaced = row.GetBoolean(13),
    };

    /// <summary>What the rules need to know.</summary>
    public BorrowerFacts Facts(IReadOnlySet<string> smallFeeBranches) => new()
    {
        State = Codes.Parse<MembershipState>(State),
        Kind = Codes.Parse<MembershipKind>(Membership),
        TermEndsOn = TermEndsOn,
        SmallFeeBranches = smallFeeBranches,
        Section = Section,
        Restricted = Restricted,
        CardReplaced = CardReplaced,
        DebtMinor = DebtMinor,
        OldestOpenObligationOn = OldestOpenOn,
        ReminderLevel = ReminderLevel,
        AnythingOverdue = AnythingOverdue,
    };

    public AgeSection Section => YouthSection ? AgeSection.Youth : AgeSection.Adult;
}
