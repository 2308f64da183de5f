using Library.Catalog.Domain;
using Library.Catalog.Domain.Lending;
using Library.Catalog.Rules;
using Library.ServiceDefaults.Data;
using Library.ServiceDefaults.Errors;
using Library.ServiceDefaults.Requests;
using Library.ServiceDefaults.Security;

namespace Library.Catalog.Features.CheckingOut;

/// <summary>What staff allow beyond the rules for one loan, and the record of it (art. 9, 32).</summary>
public sealed class Allowance
{
    private readonly string actor, reason;
    private Due? ordinary;

    private Allowance(Discretion asked, string actor, string reason) => (Asked, this.actor, this.reason) = (asked, actor, reason);

    public Discretion Asked { get; }

    /// <summary>Null where nothing is asked for.</summary>
    public static Allowance? Of(V1.Discretion? asked, Caller caller, Fields fields)
    {
        if (asked is null) return null;
        fields.Enum("discretion.reason", asked.Reason);
        var dueOn = fields.OptionalDate("discretion.dueOn", asked.DueOn);
        if (dueOn is null && !asked.Override) fields.Wrong("discretion.dueOn", "REQUIRED");
        return new Allowance(new Discretion(dueOn, asked.Override, caller.AllRoles.ToHashSet()), caller.Subject, Names.Of(asked.Reason));
    }

    /// <param name="byTheRules">The due date that the rules give; null: they do not lend the copy.</param>
    /// <param name="policy">What may be allowed.</param>
    /// <param name="today">The business date.</param>
    /// <param name="lenderDueOn">Of a copy that another library lends to us.</param>
    /// <exception cref="Failure">INVALID_ARGUMENT for a day out of bounds.</exception>
    public void MustBeWithin(Due? byTheRules, DiscretionPolicy policy, LocalDate today, LocalDate? lenderDueOn)
    {
        ordinary = byTheRules;
        if (Asked.DueOn is not { } due) return;
        var (first, last) = DiscretionRules.DueBetween(byTheRules, policy, today, lenderDueOn);
        if (due < first || due > last) throw Failure.Invalid(new Violation("discretion.dueOn", "RANGE", ("min", first.Iso()), ("max", last.Iso())));
    }

    /// <summary>Null where the rules alone would have given the same.</summary>
    public NpgsqlBatchCommand? Record(Guid loan, string branch, CheckOutDecision.Granted granted, Instant at) =>
        granted.Overridden.Count == 0 && granted.DueOn == ordinary?.On ? null : DatabaseSetup.BatchCommand("""
            INSERT INTO loan_discretion (loan, at, branch, actor, role, reason, passed_over, due_on, ordinary_due_on) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
            """, loan, at, branch, actor, Asked.Roles.Contains(Roles.Admin) ? Roles.Admin : Roles.Librarian, reason,
            granted.Overridden.Select(refusal => refusal.Code()).ToArray(), granted.DueOn, ordinary?.On);
}
