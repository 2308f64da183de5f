using Grpc.Core;
using Library.Finance.V1;
using Library.Membership.Messages;
using Library.Membership.V1;
using Library.ServiceDefaults.Data;
using Library.ServiceDefaults.Requests;
using Library.ServiceDefaults.Time;
using NodaTime.Text;

namespace Library.Catalog.Borrowers;

/// <summary>
/// Asks Membership and Finance how things stand now, when the local row would refuse (ADR 1), and keeps what they say. Outside any
/// transaction and with the short deadline of a peer call: the desk waits for it.
/// </summary>
public sealed class AskOwners(
    MembershipDirectory.MembershipDirectoryClient members, FinanceDirectory.FinanceDirectoryClient money,
    NpgsqlDataSource database, BusinessClock clock, ILogger<AskOwners> log)
{
    private const string Members = "membership", Money = "finance", Collection = "members";

    /// <summary>Asks by card, or by member where no card is given.</summary>
    /// <param name="card">As presented; empty where <paramref name="member"/> is known and no card was shown.</param>
    /// <param name="member">Where the local rows know whose it is.</param>
    /// <param name="cancellationToken">Of the desk's call.</param>
    /// <returns>The services that could not be reached: what the local rows say of theirs stands.</returns>
    public async Task<IReadOnlyList<string>> RefreshAsync(string card, Guid? member, CancellationToken cancellationToken)
    {
        var standing = member is { } known ? StandingAsync(known, cancellationToken) : null;
        var whose = card.Length > 0 ? new GetBorrowerRequest { CardNumber = card } : new GetBorrowerRequest { Member = NameOf(member) };
        var (borrower, membersAway) = await AskAsync(Members, () => members.GetBorrowerAsync(whose, cancellationToken: cancellationToken));
        if (standing is null && borrower is not null && ResourceName.TryParse(Collection, borrower.Member, out var found))
            standing = StandingAsync(found, cancellationToken);
        var (balance, moneyAway) = standing is null ? (null, false) : await standing;

        if (borrower is not null || balance is not null)
        {
            await using var connection = await database.OpenConnectionAsync(cancellationToken);
            await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
            if (borrower is not null) await Snapshots.KeepMemberAsync(transaction, SnapshotOf(borrower), cancellationToken);
            if (balance is not null) await Snapshots.KeepBalanceAsync(transaction, balance, clock.Today, cancellationToken);
            await transaction.CommitAsync(cancellationToken);
        }
        return [.. new[] { (Members, membersAway), (Money, moneyAway) }.Where(owner => owner.Item2).Select(owner => owner.Item1)];
    }

    private async Task<(BalanceSnapshot? Balance, bool Away)> StandingAsync(Guid member, CancellationToken cancellationToken)
    {
        var request = new GetStandingRequest { Member = NameOf(member) };
        var (standing, away) = await AskAsync(Money, () => money.GetStandingAsync(request, cancellationToken: cancellationToken));
        return standing is null
            ? (null, away)
            : (new BalanceSnapshot(
                member, standing.Version, standing.BalanceMinor,
                LocalDatePattern.Iso.Parse(standing.OldestOpenOn) is { Success: true } since ? since.Value : null,
                [.. standing.RecentCharges.Concat(standing.RecentWithdrawals).Select(held => Guid.TryParse(held.AsSpan(held.LastIndexOf('/') + 1), out var id) ? id : Guid.Empty)]), away);
    }

    /// <summary>NOT_FOUND is an answer; anything else that is not one counts as being away.</summary>
    private async Task<(T? Answer, bool Away)> AskAsync<T>(string owner, Func<AsyncUnaryCall<T>> ask) where T : class
    {
        try
        {
            using var call = ask();
            return (await call, false);
        }
        catch (RpcException missing) when (missing.StatusCode == StatusCode.NotFound)
        {
            return (null, false);
        }
        catch (RpcException problem) when (problem.StatusCode != StatusCode.Cancelled)
        {
            log.LogWarning("{Owner} could not be asked at the desk ({Status}); the local rows stand", owner, problem.StatusCode);
            return (null, true);
        }
    }

    private static string NameOf(Guid? member) =>
        ResourceName.Of(Collection, member ?? throw new InvalidOperationException("Neither a card nor a member is known."));

    private static MemberSnapshot SnapshotOf(Membership.V1.Borrower borrower) => new(
        ResourceName.Parse(Collection, borrower.Member, "member"),
        new MemberChanged
        {
            Aggregate = borrower.Member,
            Version = borrower.Version,
            State = Names.Of(borrower.State),
            Membership = Names.Of(borrower.Membership),
            Branch = borrower.Branch,
            TermEndsOn = LocalDatePattern.Iso.Parse(borrower.TermEndsOn).Value.ToDateOnly(),
            Restricted = borrower.Restricted,
            YouthSection = borrower.YouthSection,
            Category = borrower.Category,
            Municipality = borrower.Municipality,
            CardNumber = borrower.CardNumber,
            ReplacedCardNumbers = borrower.ReplacedCardNumbers,
        });
}
