using System.Net;
using System.Net.Sockets;
using Library.Catalog.Domain.Covers;
using Microsoft.Extensions.Options;

namespace Library.Catalog.Features.Covers;

/// <summary>
/// Fetches covers from the address that the settings give. It sends an ISBN and nothing of the member or of our own requests, no cookies, no trace. The configured
/// server may be one of the house's own; a redirect to another server is followed only to the public internet, which is looked at when the connection is made, so that no
/// name can change its address in between.
/// </summary>
public sealed class TemplateProvider : ICoverProvider, IDisposable
{
    private const int MostRedirects = 3;
    private readonly CoverSettings settings;
    private readonly HttpMessageInvoker configured, elsewhere;

    public TemplateProvider(IOptions<CoverSettings> options)
    {
        settings = options.Value;
        configured = new HttpMessageInvoker(Handler(null));
        elsewhere = new HttpMessageInvoker(Handler(ConnectPubliclyAsync));
    }

    public async Task<CoverAnswer> FindAsync(string isbn, CancellationToken cancellationToken)
    {
        var home = new Uri(settings.Template.Replace("{isbn}", isbn, StringComparison.Ordinal));
        var address = home;
        for (var redirects = 0; ; redirects++)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, address);
            request.Headers.Accept.ParseAdd("image/webp, image/png, image/jpeg");
            using var response = await (IsSameServer(address, home) ? configured : elsewhere).SendAsync(request, cancellationToken);
            if (response.StatusCode is HttpStatusCode.NotFound or HttpStatusCode.Gone or HttpStatusCode.NoContent) return new CoverAnswer.None();
            if (response.StatusCode == HttpStatusCode.OK) return await ReadAsync(response.Content, cancellationToken);
            if (!IsRedirect(response.StatusCode) || redirects == MostRedirects || Next(address, response.Headers.Location) is not { } next)
                throw new HttpRequestException("The cover provider answered with something else than a cover.", null, response.StatusCode);
            address = next;
        }
    }

    public void Dispose()
    {
        configured.Dispose();
        elsewhere.Dispose();
    }

    private static SocketsHttpHandler Handler(Func<SocketsHttpConnectionContext, CancellationToken, ValueTask<Stream>>? connect) => new()
    {
        AllowAutoRedirect = false,
        UseCookies = false,
        UseProxy = false, // a proxy would resolve names in our stead
        ActivityHeadersPropagator = null,
        ConnectTimeout = TimeSpan.FromSeconds(2),
        MaxConnectionsPerServer = 4,
        MaxResponseHeadersLength = 16,
        PooledConnectionLifetime = TimeSpan.FromMinutes(5),
        ConnectCallback = connect,
    };

    private static async ValueTask<Stream> ConnectPubliclyAsync(SocketsHttpConnectionContext context, CancellationToken cancellationToken)
    {
        var addresses = await Dns.GetHostAddressesAsync(context.DnsEndPoint.Host, cancellationToken);
        if (addresses.Length == 0 || !addresses.All(PublicAddress.Is)) throw new HttpRequestException("A redirect leads into a network that is not public.");
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(addresses, context.DnsEndPoint.Port, cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static bool IsSameServer(Uri one, Uri other) => Uri.Compare(one, other, UriComponents.SchemeAndServer, UriFormat.UriEscaped, StringComparison.OrdinalIgnoreCase) == 0;

    private static bool IsRedirect(HttpStatusCode status) =>
        status is HttpStatusCode.MovedPermanently or HttpStatusCode.Found or HttpStatusCode.SeeOther or HttpStatusCode.TemporaryRedirect or HttpStatusCode.PermanentRedirect;

    /// <summary>Null where there is none, it is no web address, or it would go from https to http.</summary>
    private static Uri? Next(Uri from, Uri? location)
    {
        if (location is null || !Uri.TryCreate(from, location, out var next)) return null;
        return next.Scheme == Uri.UriSchemeHttps || (next.Scheme == Uri.UriSchemeHttp && from.Scheme == Uri.UriSchemeHttp) ? next : null;
    }

    /// <summary>A byte more than is allowed is as good as none: it is read no further, whatever length was announced.</summary>
    private async Task<CoverAnswer> ReadAsync(HttpContent content, CancellationToken cancellationToken)
    {
        if (content.Headers.ContentLength > settings.MaxBytes) return new CoverAnswer.None();
        await using var body = await content.ReadAsStreamAsync(cancellationToken);
        var buffer = new byte[settings.MaxBytes + 1];
        var length = await body.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, cancellationToken);
        return length > settings.MaxBytes ? new CoverAnswer.None() : new CoverAnswer.Found(buffer[..length]);
    }
}
