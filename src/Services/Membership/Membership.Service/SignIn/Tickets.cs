using System.Security.Claims;
using System.Text.Json;
using Library.ServiceDefaults.Security;
using OpenIddict.Abstractions;

namespace Library.Membership.SignIn;

/// <summary>Turns an account into what OpenIddict makes tokens of: exactly sub, role and branch, in access tokens only (ADR 8).</summary>
public static class Tickets
{
    /// <summary>Name of the property of a client in which its roles stand.</summary>
    public const string RolesProperty = "library:roles";

    /// <summary>Name of the property of a client that says at which branch it stands.</summary>
    public const string BranchProperty = "library:branch";

    public static ClaimsPrincipal Of(Account account, IEnumerable<string> scopes)
    {
        var identity = new ClaimsIdentity("library", Caller.SubjectClaim, Caller.RoleClaim);
        identity.SetClaim(Caller.SubjectClaim, account.Subject);
        identity.SetClaims(Caller.RoleClaim, [.. account.Roles]);
        if (account.Branch.Length > 0) identity.SetClaim(Caller.BranchClaim, account.Branch);
        identity.SetDestinations(_ => [OpenIddictConstants.Destinations.AccessToken]);
        var principal = new ClaimsPrincipal(identity);
        principal.SetScopes(scopes);
        return principal;
    }

    /// <summary>What a client is allowed, as it was registered; no role where nothing was said.</summary>
    public static async Task<Account> OfClientAsync(IOpenIddictApplicationManager clients, object client, CancellationToken cancellationToken)
    {
        var properties = await clients.GetPropertiesAsync(client, cancellationToken);
        var roles = properties.TryGetValue(RolesProperty, out var given) ? given.Deserialize<string[]>() ?? [] : [];
        var branch = properties.TryGetValue(BranchProperty, out var at) ? at.GetString() ?? "" : "";
        return new Account($"clients/{await clients.GetClientIdAsync(client, cancellationToken)}", roles, branch);
    }
}
