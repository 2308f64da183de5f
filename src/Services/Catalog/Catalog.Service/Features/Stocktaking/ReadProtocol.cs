using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json;
using Library.Catalog.V1;
using Library.ServiceDefaults.Data;
using Library.ServiceDefaults.Errors;
using Library.ServiceDefaults.Networks;
using Library.ServiceDefaults.Requests;
using Library.ServiceDefaults.Security;

namespace Library.Catalog.Features.Stocktaking;

/// <summary>The signed protocol, as data and for paper (GET /api/v1/stocktakings/ID:print, an ordinary endpoint because it answers HTML).</summary>
public sealed class ReadProtocol(NpgsqlDataSource database, Network network, Texts texts)
{
    private const string Style = "body{font-family:serif;max-width:45em;margin:2em auto}td,th{text-align:left;padding:.2em 1em .2em 0}";

    public static void Map(IEndpointRouteBuilder app) =>
        app.MapGet("/api/v1/stocktakings/{id}:print", (string id, HttpContext http, ReadProtocol protocol) => protocol.PrintAsync(id, http))
            .WithMetadata(new EndpointAccess(Roles.Librarian, Roles.Admin)).AddEndpointFilter<FailuresAsStatus>();

    public async Task<StocktakingProtocol> GetAsync(string name, CancellationToken cancellationToken)
    {
        var id = ResourceName.Parse(Session.Collection, name, "stocktaking");
        await using var command = database.Command("SELECT content, sha256 FROM stocktaking_protocol WHERE stocktaking = $1", id);
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        if (!await row.ReadAsync(cancellationToken)) throw Failure.NotFound("protocol");
        return new StocktakingProtocol
        {
            Name = $"{name}/protocol",
            Content = row.GetString(0),
            Sha256 = Convert.ToHexStringLower(row.GetFieldValue<byte[]>(1)),
        };
    }

    private async Task<IResult> PrintAsync(string id, HttpContext http)
    {
        var protocol = await GetAsync($"{Session.Collection}/{id}", http.RequestAborted);
        var language = texts.Choose(http.Request.Headers.AcceptLanguage.ToString());
        return Results.Content(Page(protocol, language), "text/html", Encoding.UTF8);
    }

    private string Page(StocktakingProtocol protocol, string language)
    {
        using var content = JsonDocument.Parse(protocol.Content);
        var signed = content.RootElement;
        var page = new StringBuilder();
        page.Append("<!doctype html><html lang=\"").Append(language).Append("\"><head><meta charset=\"utf-8\"><title>").Append(Safe(Said("TITLE")))
            .Append("</title><style>").Append(Style).Append("</style></head><body><h1>")
            .Append(Safe(Said("TITLE"))).Append("</h1><p>").Append(Safe(network.Title.In(language))).Append("</p><table>");
        Row(Said("BRANCH"), network.Branches.TryGetValue(Text("branch"), out var branch) ? branch.Name : Text("branch"));
        Row(Said("COLLECTION"), Text("collection"));
        Row(Said("RANGE"), $"{Text("callNumberFrom")} – {Text("callNumberTo")}");
        Row(Said("OPENED"), Text("openedAt"));
        Row(Said("SECOND_PASS"), Text("secondPassAt"));
        Row(Said("CLOSED"), Text("closedAt"));
        page.Append("</table><table>");
        foreach (var figure in signed.GetProperty("figures").EnumerateObject()) Row(Said($"figure.{figure.Name}"), figure.Value.GetRawText());
        Row(Said("MISSING_PRICE"), string.Create(
            CultureInfo.InvariantCulture, $"{signed.GetProperty("missingPriceMinor").GetInt64() / 100m:0.00} {Text("currencyCode")}"));
        page.Append("</table><h2>").Append(Safe(Said("SIGNATURES"))).Append("</h2><table>");
        foreach (var signature in signed.GetProperty("signatures").EnumerateArray())
            Row(
                signature.GetProperty("role").GetString()!,
                $"{signature.GetProperty("initials").GetString()}, {signature.GetProperty("signedOn").GetString()}");
        return page.Append("</table><p>SHA-256 <code>").Append(protocol.Sha256).Append("</code></p></body></html>").ToString();

        string Text(string field) => signed.GetProperty(field).GetString()!;
        string Said(string key) => texts.Get(language, $"protocol.{key}", []);
        void Row(string name, string value) => page.Append("<tr><th>").Append(Safe(name)).Append("</th><td>").Append(Safe(value)).Append("</td></tr>");
    }

    private static string Safe(string text) => WebUtility.HtmlEncode(text);
}
