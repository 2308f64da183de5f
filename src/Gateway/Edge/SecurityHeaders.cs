using System.Security.Cryptography;

namespace Library.Gateway.Edge;

/// <summary>
/// What a browser is told about every answer: what a service has set itself stays. Answers may load nothing and stand in no
/// frame; the reader of the interface's document may run its own scripts (by a nonce), the sign-in its own styles.
/// </summary>
public static class SecurityHeaders
{
    private static readonly object NonceKey = new();

    /// <summary>The nonce of this answer's scripts.</summary>
    public static string NonceOf(HttpContext context) =>
        (string)(context.Items[NonceKey] ??= Convert.ToBase64String(RandomNumberGenerator.GetBytes(16)));

    public static void UseSecurityHeaders(this WebApplication app) => app.Use((context, next) =>
    {
        context.Response.OnStarting(() =>
        {
            var headers = context.Response.Headers;
            headers.TryAdd("X-Content-Type-Options", "nosniff");
            headers.TryAdd("Referrer-Policy", "no-referrer");
            headers.TryAdd("X-Frame-Options", "DENY");
            headers.TryAdd("Cross-Origin-Opener-Policy", "same-origin");
            headers.TryAdd("Content-Security-Policy", PolicyOf(context));
            // answers of the interface bear what is due, owed, lent: no cache keeps them
            if (context.Request.Path.StartsWithSegments("/api")) headers.TryAdd("Cache-Control", "no-store");
            return Task.CompletedTask;
        });
        return next(context);
    });

    private static string PolicyOf(HttpContext context)
    {
        var path = context.Request.Path;
        if (path.StartsWithSegments("/docs"))
            return $"default-src 'none'; script-src 'self' 'nonce-{NonceOf(context)}'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; "
                + "font-src 'self' data:; connect-src 'self'; worker-src 'self' blob:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
        // no form-action here: the sign-in's form ends in a redirect to the application that asked, whose origin browsers would hold against it
        if (path.StartsWithSegments("/connect") || path == "/")
            return "default-src 'none'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; base-uri 'none'; frame-ancestors 'none'";
        return "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
    }
}
