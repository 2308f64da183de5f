using Grpc.Core;
using Library.Catalog.V1;
using Library.Finance.V1;
using Library.Membership.Domain;
using Library.ServiceDefaults.Data;
using Library.ServiceDefaults.Errors;

namespace Library.Membership.Features.Leaving;

/// <summary>What a member who wants to leave must settle first (art. 20): asked of Finance and Catalog now, because a local copy could be old.</summary>
public sealed class Obligations(NpgsqlDataSource database, FinanceDirectory.FinanceDirectoryClient finance, CatalogDirectory.CatalogDirectoryClient catalog)
{
    /// <summary>As many charges as Finance lists in its answer.</summary>
    private const int ListedCharges = 200;

    /// <summary>OPEN_OBLIGATIONS, or UNAVAILABLE where one of the two cannot be asked: without an answer nobody leaves.</summary>
    /// <exception cref="Failure"/>
    public async Task MustBeNoneAsync(Guid id, string member, CancellationToken cancellationToken)
    {
        var standing = await AskAsync("finance", () => finance.GetStandingAsync(new GetStandingRequest { Member = member }, cancellationToken: cancellationToken));
        var loans = await AskAsync("catalog", () => catalog.GetLoansOfAsync(new GetLoansOfRequest { Member = member }, cancellationToken: cancellationToken));
        var owed = standing.BalanceMinor + await NotYetBookedAsync(id, standing.RecentCharges, cancellationToken);
        if (ChangeRules.Leave(owed, loans.AccruingMinor, loans.Loans.Count) is { } refusal)
            throw Failure.Refused(ContractCode.Of(refusal));
    }

    /// <summary>Fees of ours that are on their way to Finance. Those older than the last two hundred charges have long arrived.</summary>
    private async Task<long> NotYetBookedAsync(Guid member, IReadOnlyCollection<string> booked, CancellationToken cancellationToken)
    {
        if (booked.Count >= ListedCharges) return 0;
        await using var command = database.Command("""
            SELECT coalesce(sum(amount_minor), 0)::bigint FROM fee
            WHERE member_id = $1 AND amount_minor > 0 AND NOT charge_id = ANY ($2)
            """, member, booked.Select(charge => Guid.Parse(charge[(charge.LastIndexOf('/') + 1)..])).ToArray());
        return (long)(await command.ExecuteScalarAsync(cancellationToken))!;
    }

    private static async Task<T> AskAsync<T>(string part, Func<AsyncUnaryCall<T>> call)
    {
        try
        {
            return await call();
        }
        catch (RpcException away) when (away.StatusCode is StatusCode.Unavailable or StatusCode.DeadlineExceeded)
        {
            throw Failure.Unavailable(part);
        }
    }
}
