using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Library.Membership.SignIn;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace Library.Membership.Service.Tests;

public sealed partial class SignInTests : MembershipTest
{
    private const string Callback = "http://127.0.0.1:49152/callback";
    private const string Verifier = "a-verifier-of-forty-three-characters-or-more-0";

    [Fact]
    public async Task The_operator_gets_a_token_of_any_role_that_services_accept()
    {
        await using var own = await StartAsync(Host, builder => builder.UseOwnKeys());

        var token = await TokenAsync(own, Operator(("role", "librarian"), ("branch", "RAD")));

        Assert.Equal("RS256", token.Alg);
        Assert.Equal("http://gateway.test/", token.Issuer);
        Assert.Equal(("librarian", "RAD"), (token.GetClaim("role").Value, token.GetClaim("branch").Value));
        Assert.StartsWith("staff/", token.Subject, StringComparison.Ordinal);
        using var desk = new HttpClient { BaseAddress = own.RestAddress };
        desk.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token.EncodedToken);
        var joined = await OkAsync(await PostAsync(desk, "/api/v1/members", Ana()));

        var member = await TokenAsync(own, Operator(("role", "member"), ("card", joined.GetProperty("cardNumber").GetString()!)));
        Assert.Equal((joined.GetProperty("name").GetString(), "member"), (member.Subject, member.GetClaim("role").Value));
        desk.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", member.EncodedToken);
        await OkAsync(await desk.GetAsync($"/api/v1/{joined.GetProperty("name").GetString()}"));
    }

    [Fact]
    public async Task The_operator_is_refused_what_does_not_exist()
    {
        (string Secret, string Role, string Branch, HttpStatusCode Expected)[] attempts =
        [
            ("wrong-secret-of-nobody", "librarian", "RAD", HttpStatusCode.Unauthorized),
            (OperatorSecret, "service", "", HttpStatusCode.BadRequest),
            (OperatorSecret, "librarian", "NOWHERE", HttpStatusCode.BadRequest),
        ];
        foreach (var (secret, role, branch, expected) in attempts)
        {
            var form = Operator(("role", role), ("branch", branch));
            form["client_secret"] = secret;
            Assert.Equal(expected, (await PostFormAsync(Host, form)).StatusCode);
        }
    }

    [Fact]
    public async Task Outside_Development_there_is_no_grant_of_the_operator_and_no_account_with_a_known_password()
    {
        await using var production = await StartAsync(settings: new() { ["environment"] = "Production" });

        using var answer = JsonDocument.Parse(await (await PostFormAsync(production, Operator(("role", "admin")))).Content.ReadAsStringAsync());

        Assert.Equal("unsupported_grant_type", answer.RootElement.GetProperty("error").GetString());
        Assert.Equal(0, await production.ScalarAsync<long>("SELECT (SELECT count(*) FROM sign_in) + (SELECT count(*) FROM openiddict_application)"));
    }

    [Fact]
    public async Task A_partner_signs_in_with_its_secret_and_no_other()
    {
        var form = new Dictionary<string, string> { ["grant_type"] = "client_credentials", ["client_id"] = "partner", ["client_secret"] = "library" };
        var token = await TokenAsync(Host, form);
        Assert.Equal(("clients/partner", "partner"), (token.Subject, token.GetClaim("role").Value));

        form["client_secret"] = "guess";
        Assert.Equal(HttpStatusCode.Unauthorized, (await PostFormAsync(Host, form)).StatusCode);
        form["grant_type"] = TokenEndpoint.DevelopmentGrant;
        form["client_secret"] = "library";
        Assert.Equal(HttpStatusCode.BadRequest, (await PostFormAsync(Host, form)).StatusCode);
    }

    [Fact]
    public async Task A_kiosk_of_the_settings_signs_in_for_its_branch_and_is_revoked_by_taking_it_out()
    {
        const string Secret = "a-secret-of-twenty-four-characters";
        var form = new Dictionary<string, string> { ["grant_type"] = "client_credentials", ["client_id"] = "kiosk-rad-1", ["client_secret"] = Secret };
        Dictionary<string, string> With(string branch) => new()
        {
            ["Clients:0:Id"] = "kiosk-rad-1", ["Clients:0:Role"] = "kiosk", ["Clients:0:Branch"] = branch, ["Clients:0:Secret"] = Secret,
        };
        // each start is an instance more on one database
        await using var first = await StartAsync(Host, settings: With("RAD"));
        var token = await TokenAsync(first, form);
        Assert.Equal(("clients/kiosk-rad-1", "kiosk", "RAD"), (token.Subject, token.GetClaim("role").Value, token.GetClaim("branch").Value));
        await using var moved = await StartAsync(Host, settings: With("BLE"));
        Assert.Equal("BLE", (await TokenAsync(moved, form)).GetClaim("branch").Value);
        await using var without = await StartAsync(Host);
        Assert.Equal(HttpStatusCode.Unauthorized, (await PostFormAsync(without, form)).StatusCode);
        // what came otherwise stays
        Assert.Equal("partner", (await TokenAsync(without, new() { ["grant_type"] = "client_credentials", ["client_id"] = "partner", ["client_secret"] = "library" })).GetClaim("role").Value);
    }

    [Fact]
    public void Every_wrong_client_of_the_settings_is_named_at_the_start_and_no_secret()
    {
        var check = new MachineClientSettingsCheck(Host.Get<Library.ServiceDefaults.Networks.Network>());
        var result = check.Validate(null, new MachineClientSettings
        {
            Clients =
            [
                new() { Id = "Kiosk", Role = "librarian", Secret = "short" }, new() { Id = "kiosk", Role = "kiosk", Branch = "NOWHERE", Secret = new string('x', 24) },
                new() { Id = "kiosk", Role = "partner", Secret = new string('x', 24) },
            ],
        });
        Assert.Equal(["Clients:0:Id", "Clients:0:Role", "Clients:0:Secret", "Clients:1:Branch", "Clients:2:Id"], result.Failures!.Select(failure => failure.Split(' ')[0]));
        Assert.DoesNotContain("short", string.Join(' ', result.Failures!), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_operators_kiosk_stands_at_a_branch()
    {
        var token = await TokenAsync(Host, Operator(("role", "kiosk"), ("branch", "RAD")));
        Assert.Equal(("clients/development-kiosk-RAD", "RAD"), (token.Subject, token.GetClaim("branch").Value));
        Assert.Equal(HttpStatusCode.BadRequest, (await PostFormAsync(Host, Operator(("role", "kiosk")))).StatusCode);
    }

    [Fact]
    public async Task Two_instances_share_their_keys_and_each_others_codes()
    {
        await using var second = await StartAsync(Host);
        var keys = await KeysAsync(Host);
        Assert.Equal(keys, await KeysAsync(second));

        var token = await TokenAsync(second, Operator(("role", "admin")));
        var checkedToken = await new JsonWebTokenHandler().ValidateTokenAsync(token.EncodedToken, new TokenValidationParameters
        {
            ValidIssuer = "http://gateway.test/", ValidateAudience = false, IssuerSigningKeys = new JsonWebKeySet(keys).GetSigningKeys(),
        });
        Assert.True(checkedToken.IsValid, checkedToken.Exception?.Message);

        // the page at one, its form at the other, the code at the first
        var (code, _) = await SignInAsync("librarian.rad", "library", showAt: Host, postTo: second);
        Assert.Equal(HttpStatusCode.OK, (await RedeemAsync(Host, code!)).StatusCode);
    }

    [Fact]
    public async Task Staff_sign_in_with_code_and_PKCE_and_a_code_is_good_once()
    {
        var (code, state) = await SignInAsync("Librarian.RAD", "library");
        Assert.Equal("état", state);

        var answer = await OkAsync(await RedeemAsync(Host, code!));
        var token = new JsonWebToken(answer.GetProperty("access_token").GetString());
        Assert.Equal(("staff/librarian.rad", "librarian", "RAD"), (token.Subject, token.GetClaim("role").Value, token.GetClaim("branch").Value));
        Assert.Equal(HttpStatusCode.BadRequest, (await RedeemAsync(Host, code!)).StatusCode);

        var (another, _) = await SignInAsync("accountant", "library");
        Assert.Equal(HttpStatusCode.BadRequest, (await RedeemAsync(Host, another!, verifier: new string('x', 43))).StatusCode);
    }

    [Fact]
    public async Task A_refresh_token_ends_with_the_account()
    {
        var (code, _) = await SignInAsync("organiser", "library");
        var answer = await OkAsync(await RedeemAsync(Host, code!));
        var form = new Dictionary<string, string> { ["grant_type"] = "refresh_token", ["client_id"] = "app", ["refresh_token"] = answer.GetProperty("refresh_token").GetString()! };
        answer = await OkAsync(await PostFormAsync(Host, form));

        await Host.ExecuteAsync("UPDATE sign_in SET disabled = true WHERE user_name = 'organiser'");
        form["refresh_token"] = answer.GetProperty("refresh_token").GetString()!;

        Assert.Equal(HttpStatusCode.BadRequest, (await PostFormAsync(Host, form)).StatusCode);
    }

    [Fact]
    public async Task A_member_signs_in_with_the_card_that_is_good_now()
    {
        var joined = await JoinAsync();
        var (member, card) = (joined.GetProperty("name").GetString()!, joined.GetProperty("cardNumber").GetString()!);
        await Host.Get<Accounts>().SetPasswordAsync(new Account(member, ["member"], ""), null,
            await Host.Get<Passwords>().HashAsync("Poletje v Bohinju", CancellationToken.None), CancellationToken.None);

        var (code, _) = await SignInAsync(card.ToLowerInvariant(), "Poletje v Bohinju");
        Assert.Equal(member, new JsonWebToken((await OkAsync(await RedeemAsync(Host, code!))).GetProperty("access_token").GetString()).Subject);
        await OkAsync(await PostAsync(Desk(), $"/api/v1/{member}:replaceCard"));
        Assert.Null((await SignInAsync(card, "Poletje v Bohinju")).Code);
        Assert.DoesNotContain(Log.Lines, line => line.Contains(card, StringComparison.OrdinalIgnoreCase) || line.Contains("Poletje", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Five_wrong_passwords_lock_the_account_also_all_at_once()
    {
        await Task.WhenAll(Enumerable.Range(0, 12).Select(n => Host.Get<Accounts>().SignInAsync("admin", $"guess-{n}", CancellationToken.None)));

        Assert.Equal(5, await Host.ScalarAsync<int>("SELECT failed_attempts FROM sign_in WHERE user_name = 'admin'"));
        Assert.Null((await SignInAsync("admin", "library")).Code);
        await Host.ExecuteAsync("UPDATE sign_in SET locked_until = now() - interval '1 s' WHERE user_name = 'admin'");
        Assert.NotNull((await SignInAsync("admin", "library")).Code);
        Assert.Equal(0, await Host.ScalarAsync<int>("SELECT failed_attempts FROM sign_in WHERE user_name = 'admin'"));
    }

    [Fact]
    public async Task A_form_that_is_not_ours_signs_nobody_in_and_nobody_is_sent_elsewhere()
    {
        using var client = Browser(Host);
        using var forged = new FormUrlEncodedContent(new Dictionary<string, string> { ["user"] = "admin", ["password"] = "library", ["return"] = "https://evil.example/" });
        var refused = await client.PostAsync("/connect/sign-in", forged);
        Assert.Equal(HttpStatusCode.BadRequest, refused.StatusCode);

        var page = await client.GetStringAsync($"/connect/sign-in?return={Uri.EscapeDataString("https://evil.example/")}");
        Assert.DoesNotContain("evil.example", page, StringComparison.Ordinal);
        var foreign = await client.GetAsync(Authorize("http://evil.example/callback"));
        Assert.NotEqual("evil.example", foreign.Headers.Location?.IsAbsoluteUri == true ? foreign.Headers.Location.Host : "");
    }

    [Fact]
    public async Task The_discovery_document_names_the_public_address()
    {
        using var client = Browser(Host);

        using var document = JsonDocument.Parse(await client.GetStringAsync("/.well-known/openid-configuration"));

        Assert.Equal("http://gateway.test/", document.RootElement.GetProperty("issuer").GetString());
        Assert.Equal("http://gateway.test/connect/token", document.RootElement.GetProperty("token_endpoint").GetString());
        Assert.Equal("http://gateway.test/connect/authorize", document.RootElement.GetProperty("authorization_endpoint").GetString());
        Assert.Equal("http://gateway.test/.well-known/jwks", document.RootElement.GetProperty("jwks_uri").GetString());
    }

    private static Dictionary<string, string> Operator(params (string Name, string Value)[] fields) => new(fields.Select(field => KeyValuePair.Create(field.Name, field.Value)))
    {
        ["grant_type"] = "urn:library:development", ["client_id"] = "operator", ["client_secret"] = OperatorSecret,
    };

    private static async Task<HttpResponseMessage> PostFormAsync(TestHost host, Dictionary<string, string> form)
    {
        using var client = new HttpClient { BaseAddress = host.RestAddress };
        using var content = new FormUrlEncodedContent(form);
        return await client.PostAsync("/connect/token", content);
    }

    private static async Task<JsonWebToken> TokenAsync(TestHost host, Dictionary<string, string> form) =>
        new((await OkAsync(await PostFormAsync(host, form))).GetProperty("access_token").GetString());

    private static async Task<string> KeysAsync(TestHost host)
    {
        using var client = new HttpClient { BaseAddress = host.RestAddress };
        return await client.GetStringAsync("/.well-known/jwks");
    }

    private static Task<HttpResponseMessage> RedeemAsync(TestHost host, string code, string verifier = Verifier) => PostFormAsync(host, new Dictionary<string, string>
    {
        ["grant_type"] = "authorization_code", ["client_id"] = "app", ["code"] = code, ["redirect_uri"] = Callback, ["code_verifier"] = verifier,
    });

    private static string Authorize(string redirect = Callback) => QueryHelpers.AddQueryString("/connect/authorize", new Dictionary<string, string?>
    {
        ["client_id"] = "app", ["response_type"] = "code", ["redirect_uri"] = redirect, ["scope"] = "openid offline_access", ["state"] = "état",
        ["code_challenge"] = Base64UrlEncoder.Encode(SHA256.HashData(Encoding.ASCII.GetBytes(Verifier))), ["code_challenge_method"] = "S256",
    });

    /// <summary>As a browser: the page, the form, and back; the code is null where the page is shown again.</summary>
    private async Task<(string? Code, string? State)> SignInAsync(string user, string password, TestHost? showAt = null, TestHost? postTo = null)
    {
        var cookies = new CookieContainer();
        using var first = Browser(showAt ?? Host, cookies);
        using var second = Browser(postTo ?? Host, cookies);
        var page = (await first.GetAsync(Authorize())).Headers.Location!;
        var html = await first.GetStringAsync(page);
        using var form = new FormUrlEncodedContent(Hidden.Matches(html).ToDictionary(field => field.Groups[1].Value, field => WebUtility.HtmlDecode(field.Groups[2].Value))
            .Append(KeyValuePair.Create("user", user)).Append(KeyValuePair.Create("password", password)));
        var answer = await second.PostAsync("/connect/sign-in", form);
        if (answer.StatusCode != HttpStatusCode.Redirect) return (null, null);
        var back = (await second.GetAsync(answer.Headers.Location)).Headers.Location!;
        Assert.StartsWith(Callback, back.OriginalString, StringComparison.Ordinal);
        var query = QueryHelpers.ParseQuery(back.Query);
        return (query["code"], query["state"]);
    }

    private static HttpClient Browser(TestHost host, CookieContainer? cookies = null) =>
        new(new HttpClientHandler { AllowAutoRedirect = false, CookieContainer = cookies ?? new CookieContainer() }) { BaseAddress = host.RestAddress };

    [GeneratedRegex("<input type=\"hidden\" name=\"([^\"]*)\" value=\"([^\"]*)\">")]
    private static partial Regex Hidden { get; }
}
