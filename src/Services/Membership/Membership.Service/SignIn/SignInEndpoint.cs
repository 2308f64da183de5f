using System.Security.Claims;
using Library.ServiceDefaults.Errors;
using Library.ServiceDefaults.Security;
using Microsoft.AspNetCore;
using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Authentication;
using OpenIddict.Abstractions;
using OpenIddict.Server.AspNetCore;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace Library.Membership.SignIn;

/// <summary>
/// The pages that people see: <c>/connect/authorize</c> (code with PKCE), <c>/connect/sign-in</c> and <c>/connect/logout</c>. Names and
/// passwords go to the sign-in page only, never into an address or into OpenIddict's requests, which it logs.
/// </summary>
public sealed class SignInEndpoint(Accounts accounts, IAntiforgery antiforgery, Texts texts)
{
    /// <summary>Scheme of the cookie between the page and the authorization that it belongs to.</summary>
    public const string Cookie = "sign-in";
    public const string AuthorizePath = "/connect/authorize", SignInPath = "/connect/sign-in", LogoutPath = "/connect/logout";
    private const int MostAddressCharacters = 4_000;

    /// <summary>Gives the code to who is signed in; others are sent to the page first.</summary>
    public async Task<IResult> AuthorizeAsync(HttpContext context)
    {
        var request = context.GetOpenIddictServerRequest() ?? throw new InvalidOperationException("OpenIddict has not read the request.");
        var known = (await context.AuthenticateAsync(Cookie)).Principal?.FindFirstValue(Caller.SubjectClaim);
        var account = known is null ? null : await accounts.OfAsync(known, context.RequestAborted);
        if (account is not null)
        {
            // one sign-in is good for one authorization: a shared desk keeps nobody signed in
            await context.SignOutAsync(Cookie);
            return Results.SignIn(Tickets.Of(account, request.GetScopes()), authenticationScheme: OpenIddictServerAspNetCoreDefaults.AuthenticationScheme);
        }
        if (request.HasPromptValue(PromptValues.None))
            return Results.Forbid(
                new AuthenticationProperties(new Dictionary<string, string?> { [OpenIddictServerAspNetCoreConstants.Properties.Error] = Errors.LoginRequired }),
                [OpenIddictServerAspNetCoreDefaults.AuthenticationScheme]);
        return Results.Redirect($"{SignInPath}?return={Uri.EscapeDataString(context.Request.Path + context.Request.QueryString)}");
    }

    public IResult Show(HttpContext context) => Page(context, (string?)context.Request.Query["return"] ?? "", "", null);

    public async Task<IResult> SignInAsync(HttpContext context)
    {
        var form = await context.Request.ReadFormAsync(context.RequestAborted);
        var (back, name) = (form["return"].ToString(), form["user"].ToString());
        if (!await antiforgery.IsRequestValidAsync(context)) return Page(context, back, "", "signin.stale");
        Account? account;
        try
        {
            account = await accounts.SignInAsync(name, form["password"].ToString(), context.RequestAborted);
        }
        catch (TimeoutException)
        {
            return Page(context, back, name, "signin.busy");
        }
        if (account is null) return Page(context, back, name, "signin.wrong");
        var identity = new ClaimsIdentity([new Claim(Caller.SubjectClaim, account.Subject)], Cookie);
        await context.SignInAsync(Cookie, new ClaimsPrincipal(identity));
        return IsOurs(back) ? Results.Redirect(back) : Results.Redirect(SignInPath);
    }

    /// <summary>The tokens that were given out run out by themselves; the cookie goes now.</summary>
    public async Task<IResult> LogoutAsync(HttpContext context)
    {
        await context.SignOutAsync(Cookie);
        return Results.SignOut(new AuthenticationProperties { RedirectUri = SignInPath }, [OpenIddictServerAspNetCoreDefaults.AuthenticationScheme]);
    }

    /// <summary>Only back to our own authorization: the page is no way to send people elsewhere.</summary>
    private static bool IsOurs(string address) =>
        address.Length <= MostAddressCharacters && address.StartsWith($"{AuthorizePath}?", StringComparison.Ordinal) && !address.Any(char.IsControl);

    private IResult Page(HttpContext context, string back, string name, string? problem)
    {
        var language = texts.Choose(context.Request.Headers.AcceptLanguage.ToString());
        var token = antiforgery.GetAndStoreTokens(context);
        context.Response.Headers.ContentSecurityPolicy = SignInPage.ContentSecurityPolicy;
        context.Response.Headers.CacheControl = "no-store";
        var html = SignInPage.Render(key => texts.Get(language, key, []), language, SignInPath, IsOurs(back) ? back : "", name, problem,
            token.FormFieldName, token.RequestToken ?? throw new InvalidOperationException("Antiforgery gave no token."));
        return Results.Content(html, "text/html; charset=utf-8", statusCode: problem is null ? StatusCodes.Status200OK : StatusCodes.Status400BadRequest);
    }
}
