using Library.ServiceDefaults.Jobs;
using Library.ServiceDefaults.Security;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.DataProtection.KeyManagement;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.Tokens;
using OpenIddict.Server;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace Library.Membership.SignIn;

/// <summary>Tokens for people, staff and machines through OpenIddict (ADR 8).</summary>
public static class SignInSetup
{
    private static readonly TimeSpan AccessTokenLifetime = TimeSpan.FromHours(1), RefreshTokenLifetime = TimeSpan.FromDays(14);
    private static readonly TimeSpan CodeLifetime = TimeSpan.FromMinutes(2), SignInLifetime = TimeSpan.FromMinutes(5);

    public static void AddSignIn(this WebApplicationBuilder builder)
    {
        var issuer = IssuerOf(builder.Configuration);
        builder.Services.AddSingleton<KeyStore>();
        builder.Services.AddHostedService(provider => provider.GetRequiredService<KeyStore>());
        builder.Services.AddSingleton<Passwords>();
        builder.Services.AddSingleton<Accounts>();
        builder.Services.AddScoped<TokenEndpoint>();
        builder.Services.AddScoped<SignInEndpoint>();
        builder.Services.AddSingleton<IPeriodicJob, PruneSignIns>();
        builder.Services.AddDbContext<SignInStore>((provider, options) => options.UseNpgsql(provider.GetRequiredService<NpgsqlDataSource>()).UseOpenIddict());
        builder.Services.AddOpenIddict()
            .AddCore(core => core.UseEntityFrameworkCore().UseDbContext<SignInStore>())
            .AddServer(server => Configure(server, issuer, builder.Environment.IsDevelopment()));
        builder.Services.AddOptions<OpenIddictServerOptions>().Configure<KeyStore>((options, keys) =>
        {
            foreach (var key in keys.SigningKeys) options.SigningCredentials.Add(new SigningCredentials(key, SecurityAlgorithms.RsaSha256));
            foreach (var key in keys.EncryptionKeys)
                options.EncryptionCredentials.Add(new EncryptingCredentials(key, SecurityAlgorithms.RsaOAEP, SecurityAlgorithms.Aes256CbcHmacSha512));
        });
        builder.AddPageCookies();
        builder.UseOwnKeys();
        // both would write what a request says, names of users among it
        builder.Logging.AddFilter("OpenIddict", LogLevel.Warning).AddFilter("Microsoft.EntityFrameworkCore", LogLevel.Warning);
        builder.Services.AddOptions<MachineClientSettings>().Bind(builder.Configuration).ValidateOnStart();
        builder.Services.AddSingleton<IValidateOptions<MachineClientSettings>, MachineClientSettingsCheck>();
        builder.Services.AddHostedService<MachineClients>();
        if (builder.Environment.IsDevelopment()) builder.Services.AddHostedService<DevelopmentAccounts>();
    }

    /// <summary>This service checks tokens by the keys it has, instead of fetching them from itself.</summary>
    public static void UseOwnKeys(this WebApplicationBuilder builder) => builder.Services.Replace(ServiceDescriptor.Singleton(provider => new SigningKeys(
        _ => Task.FromResult(provider.GetRequiredService<KeyStore>().PublicKeySet()),
        provider.GetRequiredService<TimeProvider>(), provider.GetRequiredService<ILogger<SigningKeys>>())));

    /// <summary>Addresses in what OpenIddict answers are the gateway's, whoever asked: before everything else in the pipeline.</summary>
    public static void UsePublicAddress(this WebApplication app)
    {
        var issuer = IssuerOf(app.Configuration);
        app.Use((context, next) =>
        {
            if (context.Request.Path.StartsWithSegments("/connect") || context.Request.Path.StartsWithSegments("/.well-known"))
                (context.Request.Scheme, context.Request.Host) = (issuer.Scheme, HostString.FromUriComponent(issuer));
            return next(context);
        });
    }

    public static void MapSignIn(this WebApplication app)
    {
        app.MapPost("/connect/token", (HttpContext context, TokenEndpoint tokens) => tokens.ExchangeAsync(context));
        app.MapMethods(SignInEndpoint.AuthorizePath, ["GET", "POST"], (HttpContext context, SignInEndpoint pages) => pages.AuthorizeAsync(context));
        app.MapGet(SignInEndpoint.SignInPath, (HttpContext context, SignInEndpoint pages) => pages.Show(context));
        app.MapPost(SignInEndpoint.SignInPath, (HttpContext context, SignInEndpoint pages) => pages.SignInAsync(context));
        app.MapMethods(SignInEndpoint.LogoutPath, ["GET", "POST"], (HttpContext context, SignInEndpoint pages) => pages.LogoutAsync(context));
    }

    private static void Configure(OpenIddictServerBuilder server, Uri issuer, bool isDevelopment)
    {
        server.SetIssuer(issuer)
            .SetAuthorizationEndpointUris("connect/authorize")
            .SetTokenEndpointUris("connect/token")
            .SetRevocationEndpointUris("connect/revoke")
            .SetEndSessionEndpointUris("connect/logout")
            .SetJsonWebKeySetEndpointUris(".well-known/jwks")
            .AllowAuthorizationCodeFlow().RequireProofKeyForCodeExchange()
            .AllowRefreshTokenFlow()
            .AllowClientCredentialsFlow()
            .RegisterScopes(Scopes.OfflineAccess)
            .SetAccessTokenLifetime(AccessTokenLifetime)
            .SetRefreshTokenLifetime(RefreshTokenLifetime)
            .SetAuthorizationCodeLifetime(CodeLifetime)
            .DisableAccessTokenEncryption();
        if (isDevelopment) server.AllowCustomFlow(TokenEndpoint.DevelopmentGrant);
        // plain text behind the gateway, which is what people reach
        server.UseAspNetCore().DisableTransportSecurityRequirement()
            .EnableAuthorizationEndpointPassthrough()
            .EnableTokenEndpointPassthrough()
            .EnableEndSessionEndpointPassthrough();
    }

    private static void AddPageCookies(this WebApplicationBuilder builder)
    {
        builder.Services.AddAuthentication().AddCookie(SignInEndpoint.Cookie, options =>
        {
            options.Cookie.Name = "library-sign-in";
            options.Cookie.Path = "/connect";
            options.Cookie.SameSite = SameSiteMode.Lax;
            options.ExpireTimeSpan = SignInLifetime;
            options.SlidingExpiration = false;
        });
        builder.Services.AddAntiforgery(options =>
        {
            options.Cookie.Name = "library-form";
            options.Cookie.Path = "/connect";
            options.Cookie.SameSite = SameSiteMode.Strict;
        });
        builder.Services.AddDataProtection().SetApplicationName("library-membership");
        builder.Services.AddOptions<KeyManagementOptions>().Configure<NpgsqlDataSource>((options, database) => options.XmlRepository = new ProtectionKeys(database));
        // it warns that the keys are not encrypted at rest; they stand where the signing keys do, in this service's database
        builder.Logging.AddFilter("Microsoft.AspNetCore.DataProtection.KeyManagement.XmlKeyManager", LogLevel.Error);
    }

    private static Uri IssuerOf(IConfiguration configuration) =>
        Uri.TryCreate(configuration["Issuer"], UriKind.Absolute, out var issuer) && issuer.Scheme is "http" or "https"
            ? issuer
            : throw new InvalidOperationException("Setting Issuer must be the public address of the gateway, for example https://library.example.");
}
