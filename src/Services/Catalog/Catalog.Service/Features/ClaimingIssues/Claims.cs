using Library.Catalog.Domain.Serials;
using Library.ServiceDefaults.Data;

namespace Library.Catalog.Features.ClaimingIssues;

/// <summary>Writes what is due for an issue. A level that was claimed already breaks the key of claims, whoever claims it.</summary>
internal static class Claims
{
    public static IEnumerable<NpgsqlBatchCommand> Write(Guid issue, Guid supplier, ClaimDecision decision, LocalDate day)
    {
        switch (decision)
        {
            case ClaimDecision.Claim claim:
                yield return DatabaseSetup.BatchCommand(
                    "INSERT INTO issue_claim (issue, level, supplier, claimed_on) VALUES ($1, $2, $3, $4)", issue, claim.Level, supplier, day);
                yield return DatabaseSetup.BatchCommand(
                    "UPDATE issue SET claim_level = $2, claim_due_on = $3 WHERE id = $1", issue, claim.Level, claim.NextOn);
                break;
            case ClaimDecision.GiveUp:
                yield return DatabaseSetup.BatchCommand("UPDATE issue SET state = 'MISSING', claim_due_on = NULL WHERE id = $1", issue);
                break;
        }
    }
}
