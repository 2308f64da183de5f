using System.Security.Claims;
using Library.ServiceDefaults.Networks;
using Library.ServiceDefaults.Security;
using Microsoft.AspNetCore;
using Microsoft.AspNetCore.Authentication;
using OpenIddict.Abstractions;
using OpenIddict.Server.AspNetCore;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace Library.Membership.SignIn;

/// <summary><c>POST /connect/token</c>. OpenIddict has checked the client, its secret, the code or the refresh token; here it is decided for whom.</summary>
public sealed class TokenEndpoint(Accounts accounts, IOpenIddictApplicationManager clients, Network network)
{
    /// <summary>In Development only: a token of any role, for the operator's own client.</summary>
    public const string DevelopmentGrant = "urn:library:development";

    public async Task<IResult> ExchangeAsync(HttpContext context)
    {
        var request = context.GetOpenIddictServerRequest() ?? throw new InvalidOperationException("OpenIddict has not read the request.");
        var cancellationToken = context.RequestAborted;
        if (request.IsClientCredentialsGrantType()) return await ForClientAsync(request, cancellationToken);
        if (request.GrantType == DevelopmentGrant) return await ForOperatorAsync(request, cancellationToken);
        var before = (await context.AuthenticateAsync(OpenIddictServerAspNetCoreDefaults.AuthenticationScheme)).Principal;
        // roles may have changed, and the account may be gone, since the code or the refresh token was given
        return before?.FindFirstValue(Caller.SubjectClaim) is { } subject && await accounts.OfAsync(subject, cancellationToken) is { } account
            ? Give(account, before.GetScopes())
            : Refuse(Errors.InvalidGrant, "The account is no longer there.");
    }

    private async Task<IResult> ForClientAsync(OpenIddictRequest request, CancellationToken cancellationToken)
    {
        var client = await clients.FindByClientIdAsync(request.ClientId!, cancellationToken) ?? throw new InvalidOperationException("OpenIddict let an unknown client pass.");
        var account = await Tickets.OfClientAsync(clients, client, cancellationToken);
        return account.Roles.Count > 0 ? Give(account, []) : Refuse(Errors.UnauthorizedClient, "The client has no role.");
    }

    private async Task<IResult> ForOperatorAsync(OpenIddictRequest request, CancellationToken cancellationToken)
    {
        var role = (string?)request.GetParameter("role") ?? "";
        var branch = (string?)request.GetParameter("branch") ?? "";
        if (role == Roles.Member)
        {
            var card = (string?)request.GetParameter("card") ?? "";
            return await accounts.OfCardAsync(card, cancellationToken) is { } member ? Give(member, []) : Refuse(Errors.InvalidRequest, "There is no such card.");
        }
        if (!Roles.FromOutside.Contains(role)) return Refuse(Errors.InvalidRequest, $"role must be one of {string.Join(", ", Roles.FromOutside)}.");
        if (role == Roles.Kiosk && branch.Length == 0) return Refuse(Errors.InvalidRequest, "A kiosk stands at a branch.");
        if (branch.Length > 0 && !network.Branches.ContainsKey(branch)) return Refuse(Errors.InvalidRequest, "There is no such branch.");
        var subject = role switch { Roles.Partner => "clients/development", Roles.Kiosk => $"clients/development-kiosk-{branch}", _ => "" };
        if (subject.Length == 0) subject = branch.Length > 0 ? $"staff/development-{role}-{branch}" : $"staff/development-{role}";
        return Give(new Account(subject, [role], branch), []);
    }

    private static IResult Give(Account account, IEnumerable<string> scopes) =>
        Results.SignIn(Tickets.Of(account, scopes), authenticationScheme: OpenIddictServerAspNetCoreDefaults.AuthenticationScheme);

    private static IResult Refuse(string error, string description) => Results.Forbid(
        new AuthenticationProperties(new Dictionary<string, string?>
        {
            [OpenIddictServerAspNetCoreConstants.Properties.Error] = error,
            [OpenIddictServerAspNetCoreConstants.Properties.ErrorDescription] = description,
        }),
        [OpenIddictServerAspNetCoreDefaults.AuthenticationScheme]);
}
