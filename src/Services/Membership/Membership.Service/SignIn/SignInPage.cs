using System.Net;
using System.Security.Cryptography;
using System.Text;

namespace Library.Membership.SignIn;

/// <summary>The sign-in page: a plain form that works without scripts, on a telephone and with a screen reader.</summary>
public static class SignInPage
{
    private const string Style = """
        body{font:1rem/1.5 system-ui,sans-serif;max-width:22rem;margin:10vh auto;padding:0 1rem;color:#1b1b1b;background:#fff}
        label{display:block;margin-top:1rem}
        input{width:100%;box-sizing:border-box;font:inherit;padding:.5rem;border:1px solid #555;border-radius:.25rem}
        button{margin-top:1.5rem;font:inherit;padding:.5rem 1.5rem;border:0;border-radius:.25rem;background:#0b5394;color:#fff}
        .problem{border-left:.25rem solid #b00020;padding-left:.75rem}
        """;

    /// <summary>Nothing but this style; no form-action, because after it the browser follows on to the client's own address.</summary>
    public static string ContentSecurityPolicy { get; } =
        $"default-src 'none'; style-src 'sha256-{Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(Style)))}'; base-uri 'none'; frame-ancestors 'none'";

    /// <param name="text">The text of a key in the reader's language.</param>
    /// <param name="language">ISO 639.</param>
    /// <param name="action">Where the form goes.</param>
    /// <param name="back">Where it goes on after signing in; of ours.</param>
    /// <param name="name">What was typed before.</param>
    /// <param name="problem">Key of a text; null for none.</param>
    /// <param name="guardField">Name of the hidden field against forged requests.</param>
    /// <param name="guard">Its value.</param>
    public static string Render(
        Func<string, string> text, string language, string action, string back, string name, string? problem, string guardField, string guard)
    {
        string Shown(string key) => WebUtility.HtmlEncode(text(key));
        var note = problem is null ? "" : $"""<p class="problem" role="alert">{Shown(problem)}</p>""";
        return $"""
            <!doctype html>
            <html lang="{WebUtility.HtmlEncode(language)}">
            <head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1"><title>{Shown("signin.title")}</title><style>{Style}</style></head>
            <body><main><h1>{Shown("signin.title")}</h1>{note}
            <form method="post" action="{action}">
            <input type="hidden" name="{WebUtility.HtmlEncode(guardField)}" value="{WebUtility.HtmlEncode(guard)}">
            <input type="hidden" name="return" value="{WebUtility.HtmlEncode(back)}">
            <label for="user">{Shown("signin.user")}</label><input id="user" name="user" value="{WebUtility.HtmlEncode(name)}" autocomplete="username" required autofocus>
            <label for="password">{Shown("signin.password")}</label><input id="password" name="password" type="password" autocomplete="current-password" required>
            <button type="submit">{Shown("signin.button")}</button>
            </form></main></body></html>
            """;
    }
}
