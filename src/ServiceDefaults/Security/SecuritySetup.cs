using Library.ServiceDefaults.Errors;
using Microsoft.AspNetCore.Authentication.JwtBearer;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace Library.ServiceDefaults.Security;

public static class SecuritySetup
{
    /// <summary>Where a service tells the key set that it knows; not routed by the gateway.</summary>
    public const string KnownKeysPath = "/known-keys";
    private const string Published = "http://membership/.well-known/jwks";
    private static readonly string[] AskedForKnownKeys = ["catalog", "finance", "events", "notifications"];

    /// <summary>
    /// Checks tokens by the keys that Membership publishes (issuer: the gateway's public address, setting <c>Issuer</c>) and,
    /// unless <paramref name="acceptServices"/> is false, those of our own services (setting <c>ServiceKey</c>).
    /// </summary>
    public static void AddTokenCheck(this IHostApplicationBuilder builder, bool acceptServices)
    {
        var issuer = (builder.Configuration["Issuer"] ?? "").TrimEnd('/');
        if (acceptServices)
        {
            var sharedKey = builder.Configuration["ServiceKey"] ?? "";
            builder.Services.AddSingleton(provider => new ServiceTokens(
                sharedKey.Length >= 32 ? sharedKey : throw new InvalidOperationException("Setting ServiceKey needs at least 32 characters."),
                provider.GetRequiredService<ServiceName>(), provider.GetRequiredService<TimeProvider>()));
        }

        // services keep the keys in their databases; the gateway has none, and asks any service for those that it knows
        IReadOnlyList<string> sources = acceptServices ? [Published] : [Published, .. AskedForKnownKeys.Select(service => $"http://{service}{KnownKeysPath}")];
        builder.Services.AddHttpClient("signing-keys").AddServiceDiscovery();
        if (acceptServices) builder.Services.AddSingleton<KnownKeys>();
        builder.Services.AddSingleton(provider => new SigningKeys(
            token => FetchAsync(provider.GetRequiredService<IHttpClientFactory>(), sources, token),
            provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<Microsoft.Extensions.Logging.ILogger<SigningKeys>>(),
            provider.GetService<KnownKeys>()));

        builder.Services.AddSingleton<CheckedTokens>();
        builder.Services.AddAuthentication(JwtBearerDefaults.AuthenticationScheme).AddJwtBearer();
        builder.Services.AddOptions<JwtBearerOptions>(JwtBearerDefaults.AuthenticationScheme).Configure<IServiceProvider>((options, provider) =>
        {
            var keys = provider.GetRequiredService<SigningKeys>();
            var services = acceptServices ? provider.GetRequiredService<ServiceTokens>() : null;
            options.MapInboundClaims = false;
            options.RequireHttpsMetadata = false;
            var known = provider.GetRequiredService<CheckedTokens>();
            options.Events = new JwtBearerEvents
            {
                OnMessageReceived = context => FindAsync(context, known, keys),
                OnTokenValidated = context =>
                {
                    if (TokenOf(context.Request) is { } token) known.Keep(token, context.SecurityToken, context.Principal!);
                    return Task.CompletedTask;
                },
            };
            options.TokenValidationParameters = new TokenValidationParameters
            {
                NameClaimType = Caller.SubjectClaim,
                RoleClaimType = Caller.RoleClaim,
                ValidateAudience = false,
                ClockSkew = TimeSpan.FromSeconds(30),
                ValidIssuers = services is null ? [issuer, issuer + "/"] : [issuer, issuer + "/", ServiceTokens.Issuer],
                ValidAlgorithms = [SecurityAlgorithms.RsaSha256, SecurityAlgorithms.EcdsaSha256, SecurityAlgorithms.HmacSha256],
                // each issuer has its own keys: Membership's can never make a service's token, nor the other way round
                IssuerSigningKeyResolver = (_, token, keyId, _) => token.Issuer == ServiceTokens.Issuer
                    ? services is null ? [] : [services.Key]
                    : keys.Find(keyId) is { } key ? [key] : [],
            };
        });
        builder.Services.AddAuthorization();
    }

    /// <summary>From the first that answers.</summary>
    private static async Task<string> FetchAsync(IHttpClientFactory clients, IReadOnlyList<string> sources, CancellationToken cancellationToken)
    {
        for (var n = 0; ; n++)
            try
            {
                using var client = clients.CreateClient("signing-keys");
                return await client.GetStringAsync(new Uri(sources[n]), cancellationToken);
            }
            catch (HttpRequestException) when (n < sources.Count - 1)
            {
                // the next may know them
            }
    }

    /// <summary>A token that was found good before is not checked again; for another one its key is seen to.</summary>
    private static async Task FindAsync(MessageReceivedContext context, CheckedTokens known, SigningKeys keys)
    {
        if (TokenOf(context.Request) is not { } token) return;
        if (known.Find(token) is { } principal)
        {
            keys.LookAgainInTime();
            context.Principal = principal;
            context.Success();
            return;
        }
        var handler = new JsonWebTokenHandler();
        if (handler.CanReadToken(token) && handler.ReadJsonWebToken(token) is { } read && read.Issuer != ServiceTokens.Issuer
            && !await keys.EnsureAsync(read.Kid, context.HttpContext.RequestAborted))
            AccessMiddleware.CannotTell(context.HttpContext);
    }

    private static string? TokenOf(HttpRequest request)
    {
        var header = request.Headers.Authorization.ToString();
        return header.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase) ? header["Bearer ".Length..].Trim() : null;
    }
}
