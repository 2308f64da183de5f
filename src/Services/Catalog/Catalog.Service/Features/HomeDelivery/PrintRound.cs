using System.Globalization;
using System.Text;
using Grpc.Core;
using Library.Catalog.Features.Printing;
using Library.Catalog.Features.Stock;
using Library.Catalog.V1;
using Library.Membership.V1;
using Library.ServiceDefaults.Data;
using Library.ServiceDefaults.Errors;
using Library.ServiceDefaults.Networks;
using Library.ServiceDefaults.Requests;
using Library.ServiceDefaults.Security;

namespace Library.Catalog.Features.HomeDelivery;

/// <summary>
/// GET /api/v1/homeRounds/ID:print: the carrier's list, as a page. Names are asked of Membership at this moment and kept nowhere; where it is away, or the reader is
/// gone, the end of the card's number stands for the name. No more of a reader is on it: where they live the carrier knows, or staff write it beside.
/// </summary>
public sealed class PrintRound(
    NpgsqlDataSource database, ReadRounds rounds, MembershipDirectory.MembershipDirectoryClient members, Network network, Texts texts, ILogger<PrintRound> log)
{
    private const int CardDigits = 4, AtOnce = 8;

    private const string Style = """
        @page{size:A4 portrait;margin:12mm}
        body{margin:0;font:11pt/1.4 system-ui,sans-serif;color:#000;background:#fff}
        h1{font-size:14pt}h2{font-size:12pt;margin:4mm 0 1mm}
        section{break-inside:avoid}
        ul{margin:0;padding:0;list-style:none}
        .code{font-family:monospace}
        """;

    public static void Map(IEndpointRouteBuilder app) => app
        .MapGet("/api/v1/homeRounds/{id}:print", (string id, HttpContext http, PrintRound print) => print.RunAsync(id, http))
        .WithMetadata(new EndpointAccess(Roles.Librarian)).AddEndpointFilter<FailuresAsStatus>()
        .WithSummary("The carrier's list of a round of home delivery, as a page to print");

    private async Task<IResult> RunAsync(string id, HttpContext http)
    {
        var round = await rounds.GetAsync($"{ReadRounds.Collection}/{id}", http.RequestAborted);
        new Caller(http.User).MustBeAt(round.Branch);
        var language = texts.Choose(http.Request.Headers.AcceptLanguage);
        string Say(string key) => PrintedPage.Shown(texts.Get(language, key, []));
        var who = await ReadersAsync(round, http.RequestAborted);
        var title = $"{texts.Get(language, "print.homeRound", [])}: {network.Branches[round.Branch].Name}, {round.PlannedOn}, {round.Carrier}";
        var body = new StringBuilder("<h1>").Append(PrintedPage.Shown(title)).Append("</h1>\n");
        foreach (var stop in round.Stops)
        {
            body.Append(CultureInfo.InvariantCulture, $"<section><h2>{stop.Position}. {PrintedPage.Shown(who.GetValueOrDefault(stop.Member, "–"))}</h2>");
            foreach (var kind in stop.Copies.GroupBy(copy => copy.Kind).OrderBy(kind => kind.Key))
            {
                body.Append(CultureInfo.InvariantCulture, $"<p>{Say(kind.Key == HomeCopy.Types.Kind.Bring ? "print.bring" : "print.fetch")}</p><ul>\n");
                foreach (var copy in kind)
                    body.Append(CultureInfo.InvariantCulture, $"""<li>☐ {PrintedPage.Shown(copy.Title)} <span class="code">{copy.Barcode}</span></li>""").Append('\n');
                body.Append("</ul>");
            }
            body.Append("</section>\n");
        }
        http.Response.Headers.CacheControl = "no-store";
        return PrintedPage.Answer(PrintedPage.Render(http, language, title, Style, "", body.ToString()));
    }

    private async Task<Dictionary<string, string>> ReadersAsync(HomeRound round, CancellationToken cancellationToken)
    {
        var who = await CardEndingsAsync(round, cancellationToken);
        // a list of sixty must not wait sixty times
        foreach (var some in who.Keys.ToArray().Chunk(AtOnce))
            foreach (var (member, name) in await Task.WhenAll(some.Select(async member => (member, await NameAsync(member, cancellationToken)))))
                if (name is not null) who[member] = name;
        return who;
    }

    private async Task<Dictionary<string, string>> CardEndingsAsync(HomeRound round, CancellationToken cancellationToken)
    {
        await using var command = database.Command("""
            SELECT s.member, coalesce(right(c.card_number, $2), '') FROM home_stop s LEFT JOIN borrower_card c ON c.member = s.member AND NOT c.replaced
            WHERE s.round = $1 AND s.member IS NOT NULL
            """, ReadRounds.IdOf(round.Name), CardDigits);
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        var endings = new Dictionary<string, string>(StringComparer.Ordinal);
        while (await row.ReadAsync(cancellationToken)) endings[ResourceName.Of("members", row.GetGuid(0))] = $"…{row.GetString(1)}";
        return endings;
    }

    /// <summary>Null where Membership does not say.</summary>
    private async Task<string?> NameAsync(string member, CancellationToken cancellationToken)
    {
        try
        {
            using var call = members.GetContactAsync(new GetContactRequest { Member = member }, cancellationToken: cancellationToken);
            var contact = await call;
            return $"{contact.GivenName} {contact.FamilyName}".Trim() is { Length: > 0 } name ? name : null;
        }
        catch (RpcException problem) when (problem.StatusCode != StatusCode.Cancelled)
        {
            log.LogWarning("Membership gave no name for a list ({Status}); the end of the card's number stands there", problem.StatusCode);
            return null;
        }
    }
}
