using Library.Catalog.Borrowers;
using Library.Catalog.Domain.Lending;
using Library.Catalog.Domain.Licences;
using Library.Catalog.Features.Loans;
using Library.Catalog.Rules;
using Library.Catalog.V1;
using Library.ServiceDefaults.Data;
using Library.ServiceDefaults.Errors;
using Library.ServiceDefaults.Messaging;
using Library.ServiceDefaults.Requests;
using Library.ServiceDefaults.Security;
using Library.ServiceDefaults.Time;

namespace Library.Catalog.Features.Licensing;

/// <summary>
/// Lends a licence: one local transaction under the lock of the title's row, in which a seat is taken. The provider is asked after the commit, and again by the
/// worker until it answers; who is away costs nobody a loan (ADR 20). Membership and Finance are asked as at the desk (ADR 1).
/// </summary>
public sealed class LendLicence(
    NpgsqlDataSource database, NetworkRules rules, AskOwners owners, TitleQueue queue, GiveAccess access, ReadLicenceLoans loans, BusinessClock clock, Outbox outbox)
{
    private const string OnePerSeat = "licence_loan_one_open_per_seat", OnePerMember = "licence_loan_one_open_per_member_and_title";

    public async Task<LicenceLoan> RunAsync(CreateLicenceLoanRequest request, Caller caller, CommandKey key, CancellationToken cancellationToken)
    {
        var fields = new Fields();
        var record = fields.Name("record", "records", request.Record);
        var member = fields.Name("member", "members", caller.MemberOr(request.Member));
        fields.ThrowIfWrong();

        IReadOnlyList<string> away = [];
        var outcome = await TryAsync(record, member, key, cancellationToken);
        if (outcome is Outcome.NoMember or Outcome.Refused { MayBeStale: true })
        {
            away = await owners.RefreshAsync("", member, cancellationToken);
            outcome = await TryAsync(record, member, key, cancellationToken);
        }
        outbox.Wake();
        switch (outcome)
        {
            case Outcome.Lent lent:
                await access.TryOneAsync(lent.Loan, cancellationToken);
                return await loans.GetAsync(ResourceName.Of(TitleQueue.LoanCollection, lent.Loan), caller, cancellationToken);
            case Outcome.Refused refused:
                throw LoanRefusing.Failure(refused.Reasons, away);
            default:
                throw Failure.NotFound("member", LoanRefusing.Stale(away));
        }
    }

    private abstract record Outcome
    {
        public sealed record Lent(Guid Loan) : Outcome;

        public sealed record NoMember : Outcome;

        public sealed record Refused(IReadOnlyList<LoanRefusal> Reasons) : Outcome
        {
            public bool MayBeStale => Reasons.Any(reason => reason.MayBeStale());
        }
    }

    /// <summary>A refusal is committed too: what was over has ended, and what is free is offered.</summary>
    private async Task<Outcome> TryAsync(Guid record, Guid member, CommandKey key, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        var title = await queue.LockAsync(transaction, record, cancellationToken) ?? throw Failure.NotFound("licensedTitle");
        var now = clock.Now; // after the lock, which may have been waited for
        var today = now.InZone(clock.Zone).Date;
        if (await MemberAtTitle.LoadAsync(transaction, title, member, today, cancellationToken) is not { } asked) return new Outcome.NoMember();

        var decision = LicenceRules.Decide(asked.Request(title, rules.SmallFeeBranches(today)), rules.On(today), now, clock.Zone);
        if (decision is LicenceDecision.Refused refused)
        {
            await transaction.CommitTracedAsync(cancellationToken);
            return new Outcome.Refused(refused.Reasons);
        }
        try
        {
            var loan = Guid.CreateVersion7();
            if (!await SaveAsync(transaction, loan, title, asked, (LicenceDecision.Granted)decision, now, key, cancellationToken))
                return new Outcome.Refused([LoanRefusal.LicencesExhausted]);
            await transaction.CommitTracedAsync(cancellationToken);
            return new Outcome.Lent(loan);
        }
        catch (PostgresException broken) when (broken.ConstraintName is OnePerSeat or OnePerMember)
        {
            return new Outcome.Refused([broken.ConstraintName == OnePerSeat ? LoanRefusal.LicencesExhausted : LoanRefusal.AlreadyLentToMember]);
        }
    }

    /// <summary>One round trip; false where no seat was free after all. The key's row keeps no answer: the link is not there yet.</summary>
    private static async Task<bool> SaveAsync(
        NpgsqlTransaction transaction, Guid loan, LockedTitle title, MemberAtTitle asked, LicenceDecision.Granted granted, Instant now, CommandKey key,
        CancellationToken cancellationToken)
    {
        var borrower = asked.Borrower;
        await using var batch = new NpgsqlBatch(transaction.Open(), transaction)
        {
            BatchCommands =
            {
                DatabaseSetup.BatchCommand("""
                    INSERT INTO licence_loan (id, record, package, seat, member, state, lent_at, ends_at, rulebook_version, category, age_section, municipality)
                    SELECT $1, $2, s.package, s.number, $4, 'PENDING_ACCESS', $5, $6, $7, $8, $9, $10
                    FROM licence_seat s
                    WHERE s.package = $3 AND NOT EXISTS (SELECT FROM licence_loan l WHERE l.package = s.package AND l.seat = s.number AND l.ended_at IS NULL)
                    ORDER BY s.number LIMIT 1
                    """, loan, title.Record, granted.Package, borrower.Member, now, granted.EndsAt, granted.RulebookVersion,
                    borrower.Category, Domain.ContractCode.Of(borrower.Section), borrower.Municipality),
                DatabaseSetup.BatchCommand("UPDATE licence_package SET loans_used = loans_used + 1 WHERE id = $1 AND loans_bought IS NOT NULL", granted.Package),
                DatabaseSetup.BatchCommand("""
                    UPDATE licence_hold SET state = 'FULFILLED', closed_at = $3, version = version + 1 WHERE record = $1 AND member = $2 AND closed_at IS NULL
                    """, title.Record, borrower.Member, now),
            },
        };
        if (key.Given) batch.BatchCommands.Add(key.Record(ResourceName.Of(TitleQueue.LoanCollection, loan), null));
        await batch.ExecuteNonQueryAsync(cancellationToken);
        return batch.BatchCommands[0].RecordsAffected == 1;
    }
}
