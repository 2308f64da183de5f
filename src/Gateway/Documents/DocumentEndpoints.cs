using Library.Gateway.Edge;
using Scalar.AspNetCore;

namespace Library.Gateway.Documents;

public static class DocumentEndpoints
{
    private const string StartPage = """
        <!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Library network</title>
        <style>body{font:1rem/1.6 system-ui,sans-serif;max-width:40rem;margin:3rem auto;padding:0 1rem}</style></head>
        <body><h1>Library network</h1><p>This is the gateway of a network of public libraries.</p>
        <ul><li><a href="/docs">The interface, to read and to try</a></li><li><a href="/openapi/v1.json">The same as OpenAPI</a></li>
        <li><a href="/.well-known/openid-configuration">Sign-in (OpenID Connect)</a></li><li><a href="/health">Health</a></li></ul></body></html>
        """;

    /// <summary>The start page, the interface's document, and its reader, which loads nothing from elsewhere.</summary>
    public static void MapDocuments(this WebApplication app)
    {
        app.MapGet("/", () => Results.Content(StartPage, "text/html; charset=utf-8"));
        app.MapGet("/openapi/v1.json", async (InterfaceDocument document, CancellationToken cancellationToken) =>
            Results.Text(await document.GetAsync(cancellationToken), "application/json"));
        app.MapScalarApiReference("/docs", (options, context) =>
        {
            options.Title = "Library network";
            options.OpenApiRoutePattern = "/openapi/v1.json";
            options.DefaultFonts = false;
            options.Telemetry = false;
            options.Nonce = SecurityHeaders.NonceOf(context);
            options.AddPreferredSecuritySchemes("bearer");
            // what would send the reader, or the document, to somebody else's servers
            options.HideDeveloperTools().HideClientButton().DisableAgent().DisableMcp();
        });
    }
}
