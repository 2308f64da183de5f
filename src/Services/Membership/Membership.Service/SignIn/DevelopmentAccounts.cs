using System.Text.Json;
using Library.ServiceDefaults.Data;
using Library.ServiceDefaults.Networks;
using Library.ServiceDefaults.Security;
using OpenIddict.Abstractions;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace Library.Membership.SignIn;

/// <summary>
/// In Development only: staff of every role with the password <c>library</c> (a librarian at each branch), the partner library's client, a
/// client for apps on the developer's machine, and the operator's client of <c>./library token</c>. Repeated starts change nothing.
/// </summary>
public sealed class DevelopmentAccounts(
    NpgsqlDataSource database, Network network, Accounts accounts, Passwords passwords, IServiceScopeFactory scopes, IConfiguration configuration) : IHostedService
{
    private const string Password = "library";
    /// <summary>Any constant: two instances that start at one moment make each account once.</summary>
    private const long LockKey = 0x7365_6564;
    private const int MostBranches = 100;

    private IEnumerable<(string UserName, string Role, string Branch)> Staff =>
    [
        .. network.Branches.Keys.Take(MostBranches).Select(branch => ($"librarian.{branch.ToLowerInvariant()}", Roles.Librarian, branch)),
        ("accountant", Roles.Accountant, ""), ("organiser", Roles.Organiser, ""), ("admin", Roles.Admin, ""),
    ];

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await using (var take = transaction.Command("SELECT pg_advisory_xact_lock($1)", LockKey)) await take.ExecuteNonQueryAsync(cancellationToken);
        string? hash = null;
        foreach (var (userName, role, branch) in Staff)
            if (!await accounts.ExistsAsync($"staff/{userName}", cancellationToken))
                await accounts.SetPasswordAsync(
                    new Account($"staff/{userName}", [role], branch), userName, hash ??= await passwords.HashAsync(Password, cancellationToken), cancellationToken);

        await using var scope = scopes.CreateAsyncScope();
        var clients = scope.ServiceProvider.GetRequiredService<IOpenIddictApplicationManager>();
        await EnsureAsync(clients, Partner(), cancellationToken);
        await EnsureAsync(clients, App(), cancellationToken);
        if (configuration["Operator:Secret"] is { Length: >= 16 } secret) await EnsureAsync(clients, Operator(secret), cancellationToken);
        await transaction.CommitAsync(cancellationToken);
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private static async Task EnsureAsync(IOpenIddictApplicationManager clients, OpenIddictApplicationDescriptor wanted, CancellationToken cancellationToken)
    {
        if (await clients.FindByClientIdAsync(wanted.ClientId!, cancellationToken) is not { } known)
            await clients.CreateAsync(wanted, cancellationToken);
        else if (wanted.ClientSecret is { } secret && !await clients.ValidateClientSecretAsync(known, secret, cancellationToken))
            await clients.UpdateAsync(known, wanted, cancellationToken);
    }

    private static OpenIddictApplicationDescriptor Partner() => new()
    {
        ClientId = "partner",
        ClientSecret = Password,
        ClientType = ClientTypes.Confidential,
        DisplayName = "A partner library",
        Permissions = { Permissions.Endpoints.Token, Permissions.GrantTypes.ClientCredentials },
        Properties = { [Tickets.RolesProperty] = JsonSerializer.SerializeToElement(new[] { Roles.Partner }) },
    };

    /// <summary>A native app may listen on any port of its own machine (RFC 8252).</summary>
    private static OpenIddictApplicationDescriptor App() => new()
    {
        ClientId = "app",
        ClientType = ClientTypes.Public,
        ApplicationType = ApplicationTypes.Native,
        ConsentType = ConsentTypes.Implicit,
        DisplayName = "An app on the developer's machine",
        RedirectUris = { new Uri("http://127.0.0.1/callback"), new Uri("http://localhost/callback") },
        Permissions =
        {
            Permissions.Endpoints.Authorization, Permissions.Endpoints.Token, Permissions.Endpoints.EndSession, Permissions.Endpoints.Revocation,
            Permissions.GrantTypes.AuthorizationCode, Permissions.GrantTypes.RefreshToken, Permissions.ResponseTypes.Code,
        },
        Requirements = { Requirements.Features.ProofKeyForCodeExchange },
    };

    private static OpenIddictApplicationDescriptor Operator(string secret) => new()
    {
        ClientId = "operator",
        ClientSecret = secret,
        ClientType = ClientTypes.Confidential,
        DisplayName = "./library token",
        Permissions = { Permissions.Endpoints.Token, Permissions.Prefixes.GrantType + TokenEndpoint.DevelopmentGrant },
    };
}
