using Library.Membership.Domain;
using Library.Membership.Members;
using Library.ServiceDefaults.Data;
using Library.ServiceDefaults.Requests;
using Library.ServiceDefaults.Security;

namespace Library.Membership.SignIn;

/// <summary>Who a token is for: what its claims say.</summary>
/// <param name="Subject"><c>members/ID</c>, <c>staff/ID</c> or <c>clients/ID</c>.</param>
/// <param name="Roles">One or more.</param>
/// <param name="Branch">Of staff at a branch; empty where the token is good in the whole library.</param>
public sealed record Account(string Subject, IReadOnlyList<string> Roles, string Branch);

/// <summary>People who may sign in: staff by user name, members by the number of the card that is good now.</summary>
public sealed class Accounts(NpgsqlDataSource database, Passwords passwords)
{
    private const int AttemptsBeforeLock = 5, MostCharactersOfName = 100;
    private static readonly TimeSpan Lock = TimeSpan.FromMinutes(15);

    /// <summary>
    /// Null for a wrong name or password, and while the account is locked: the caller learns no more. An attempt is counted before
    /// the password is looked at, so that many at one time are no way around the limit.
    /// </summary>
    /// <exception cref="TimeoutException">Too many sign in at this moment.</exception>
    public async Task<Account?> SignInAsync(string name, string password, CancellationToken cancellationToken)
    {
        if (name.Length is 0 or > MostCharactersOfName || password.Length is 0 or > Passwords.MostCharacters) return null;
        var (subject, kept) = await CountAttemptAsync(name.Trim(), cancellationToken);
        if (!await passwords.VerifyAsync(kept, password, cancellationToken) || subject is null) return null;
        await using var reset = database.Command("UPDATE sign_in SET failed_attempts = 0, locked_until = NULL WHERE subject = $1", subject);
        await reset.ExecuteNonQueryAsync(cancellationToken);
        return await OfAsync(subject, cancellationToken);
    }

    /// <summary>As of now: null where the account is gone, disabled or the member erased.</summary>
    public async Task<Account?> OfAsync(string subject, CancellationToken cancellationToken)
    {
        await using var command = database.Command("SELECT roles, branch FROM sign_in WHERE subject = $1 AND NOT disabled", subject);
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        return await row.ReadAsync(cancellationToken) ? new Account(subject, row.GetFieldValue<string[]>(0), row.GetString(1)) : null;
    }

    /// <summary>The member whose card this is now; null where there is none. For the development grant.</summary>
    public async Task<Account?> OfCardAsync(string card, CancellationToken cancellationToken) =>
        await MemberRows.OfCardAsync(database, card, cancellationToken) is { } member && member.CardNumber == card && member.State != MemberState.Erased
            ? new Account(member.Name, [Roles.Member], "")
            : null;

    /// <summary>Gives a member or a member of staff a password; a lock is lifted.</summary>
    /// <param name="account">Whose it is; roles and branch are kept for an account that is new.</param>
    /// <param name="userName">Of staff; null for a member, who has a card.</param>
    /// <param name="passwordHash">Of <see cref="Passwords.HashAsync"/>.</param>
    /// <param name="cancellationToken">Of the caller.</param>
    public async Task SetPasswordAsync(Account account, string? userName, string passwordHash, CancellationToken cancellationToken)
    {
        await using var command = database.Command("""
            INSERT INTO sign_in (subject, user_name, password_hash, roles, branch) VALUES ($1, $2::text, $3, $4, $5)
            ON CONFLICT (subject) DO UPDATE SET password_hash = excluded.password_hash, failed_attempts = 0, locked_until = NULL
            """, account.Subject, userName?.ToLowerInvariant(), passwordHash, account.Roles.ToArray(), account.Branch);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    public async Task<bool> ExistsAsync(string subject, CancellationToken cancellationToken)
    {
        await using var command = database.Command("SELECT 1 FROM sign_in WHERE subject = $1", subject);
        return await command.ExecuteScalarAsync(cancellationToken) is not null;
    }

    private async Task<(string? Subject, string? Hash)> CountAttemptAsync(string name, CancellationToken cancellationToken)
    {
        var member = await MemberOfAsync(name, cancellationToken);
        await using var command = database.Command("""
            UPDATE sign_in
            SET failed_attempts = attempts.n, locked_until = CASE WHEN attempts.n >= $3 THEN clock_timestamp() + $4 END
            FROM (SELECT subject AS who, CASE WHEN locked_until < clock_timestamp() THEN 1 ELSE failed_attempts + 1 END AS n
                  FROM sign_in WHERE user_name = lower($1) OR subject = $2 FOR UPDATE) attempts
            WHERE subject = attempts.who AND NOT disabled AND (locked_until IS NULL OR locked_until < clock_timestamp())
            RETURNING subject, password_hash
            """, name, member ?? "", AttemptsBeforeLock, Lock);
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        return await row.ReadAsync(cancellationToken) ? (row.GetString(0), row.GetString(1)) : (null, null);
    }

    private async Task<string?> MemberOfAsync(string card, CancellationToken cancellationToken)
    {
        await using var command = database.Command("SELECT member_id FROM card WHERE number = upper($1) AND replaced_on IS NULL", card);
        return await command.ExecuteScalarAsync(cancellationToken) is Guid id ? ResourceName.Of(MemberRow.Collection, id) : null;
    }
}
