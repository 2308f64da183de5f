using System.Net;
using System.Security.Cryptography;
using System.Text;

namespace Library.Catalog.Features.Printing;

/// <summary>A page to print: one document with its own style, no script, nothing loaded from anywhere.</summary>
public static class PrintedPage
{
    /// <summary>Text as HTML shows it.</summary>
    public static string Shown(string text) => WebUtility.HtmlEncode(text);

    /// <param name="http">Its answer is told to allow this style and nothing else.</param>
    /// <param name="language">ISO 639.</param>
    /// <param name="title">Plain text.</param>
    /// <param name="style">CSS, ours only.</param>
    /// <param name="head">More of the head, as HTML.</param>
    /// <param name="body">HTML.</param>
    public static byte[] Render(HttpContext http, string language, string title, string style, string head, string body)
    {
        http.Response.Headers.ContentSecurityPolicy =
            $"default-src 'none'; style-src 'sha256-{Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(style)))}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
        http.Response.Headers.ContentLanguage = language;
        return Encoding.UTF8.GetBytes($"""
            <!doctype html>
            <html lang="{Shown(language)}">
            <head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1"><title>{Shown(title)}</title><style>{style}</style>{head}</head>
            <body>{body}</body></html>

            """);
    }

    public static IResult Answer(byte[] page) => Results.Bytes(page, "text/html; charset=utf-8");
}
