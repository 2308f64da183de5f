using System.Net;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Library.Acceptance;

/// <summary>People sign in with authorization code and PKCE (RFC 7636), machines with client credentials, both through the gateway.</summary>
public sealed class SignInTests(RunningLibrary library)
{
    // the pair of RFC 7636, appendix B
    private const string Verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk", Challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
    private const string Callback = "http://127.0.0.1:9/callback";

    [Fact]
    public async Task A_librarian_signs_in_with_a_page_and_the_token_is_good_at_the_desk()
    {
        using var handler = new HttpClientHandler { AllowAutoRedirect = false, CookieContainer = new CookieContainer() };
        using var browser = new HttpClient(handler) { BaseAddress = library.Gateway };
        var authorize = new Uri($"/connect/authorize?client_id=app&response_type=code&scope=openid&redirect_uri={Callback}&code_challenge={Challenge}&code_challenge_method=S256", UriKind.Relative);
        using var toSignIn = await browser.GetAsync(authorize);
        var page = await browser.GetStringAsync(toSignIn.Headers.Location);
        var form = Regex.Matches(page, "<input type=\"hidden\" name=\"(?<name>[^\"]+)\" value=\"(?<value>[^\"]*)\"")
            .ToDictionary(field => field.Groups["name"].Value, field => WebUtility.HtmlDecode(field.Groups["value"].Value));
        (form["user"], form["password"]) = ("librarian.rad", "library");

        using var signIn = new FormUrlEncodedContent(form);
        using var signedIn = await browser.PostAsync(new Uri("/connect/sign-in", UriKind.Relative), signIn);
        using var back = await browser.GetAsync(signedIn.Headers.Location);
        var code = Regex.Match(back.Headers.Location!.ToString(), @"[?&]code=(?<code>[^&]+)").Groups["code"].Value;
        Assert.StartsWith(Callback, back.Headers.Location.ToString(), StringComparison.Ordinal);

        var token = await TokenAsync(new() { ["grant_type"] = "authorization_code", ["client_id"] = "app", ["code"] = Uri.UnescapeDataString(code), ["redirect_uri"] = Callback, ["code_verifier"] = Verifier });
        using var desk = await library.AsAsync(null);
        desk.DefaultRequestHeaders.Authorization = new("Bearer", token);
        await desk.PostAsync("members:search", new JsonObject { ["query"] = "nobody" });
        Assert.Equal(403, (await desk.TryPostAsync("loans", Desk.Loan("B1", "C1", "BLE"))).Code); // its branch is RAD
    }

    [Fact]
    public async Task A_partner_reads_records_and_no_member()
    {
        var token = await TokenAsync(new() { ["grant_type"] = "client_credentials", ["client_id"] = "partner", ["client_secret"] = "library" });
        using var partner = await library.AsAsync(null);
        partner.DefaultRequestHeaders.Authorization = new("Bearer", token);
        await partner.FetchAsync("records?query=knjiga");
        Assert.Equal(403, (await partner.TryPostAsync("members:search", new JsonObject { ["query"] = "novak" })).Code);
    }

    private async Task<string> TokenAsync(Dictionary<string, string> form)
    {
        using var client = await library.AsAsync(null);
        using var content = new FormUrlEncodedContent(form);
        using var answer = await client.PostAsync(new Uri("/connect/token", UriKind.Relative), content);
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.IsSuccessStatusCode, text);
        return (string)JsonNode.Parse(text)!["access_token"]!;
    }
}
