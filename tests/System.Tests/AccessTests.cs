using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Google.Api;
using Google.Protobuf.Reflection;
using Library.Catalog.V1;
using Library.Contracts;
using Library.Contracts.Operations;
using Library.Events.V1;
using Library.Finance.V1;
using Library.Membership.V1;
using Library.Notifications.V1;
using Library.ServiceDefaults.Security;

namespace Library.Acceptance;

/// <summary>Walks the table of methods and roles (docs/access.md) from outside.</summary>
public sealed class AccessTests(RunningLibrary library)
{
    private static readonly FileDescriptor[] Contracts =
        [MembershipReflection.Descriptor, .. Catalog.CatalogContract.Files, FinanceReflection.Descriptor, EventsReflection.Descriptor, NotificationsReflection.Descriptor,
            FailedMessagesReflection.Descriptor];

    private sealed record Method(string Name, HttpMethod Verb, string Path, Access Access);

    private static IReadOnlyList<Method> Public() =>
    [
        .. Contracts.SelectMany(file => file.Services).SelectMany(service => service.Methods)
            .Where(method => method.GetOptions()?.GetExtension(AnnotationsExtensions.Http) is not null)
            .Select(method =>
            {
                var rule = method.GetOptions().GetExtension(AnnotationsExtensions.Http);
                var verb = rule.PatternCase == HttpRule.PatternOneofCase.Get ? HttpMethod.Get : HttpMethod.Post;
                return new Method(method.FullName, verb, Fill(rule.Get.Length > 0 ? rule.Get : rule.Post), method.GetOptions().GetExtension(AccessExtensions.Access));
            }),
        new Method("import", HttpMethod.Post, "/api/v1/records:import?format=marc21&source=x", new Access { Roles = { "librarian", "admin" } }),
    ];

    [Fact]
    public async Task Every_method_refuses_without_a_token()
    {
        using var nobody = await library.AsAsync(null);
        foreach (var method in Public())
        {
            var (code, status) = await CallAsync(nobody, method);
            Assert.True((code, (int?)status["code"]) == (401, 16), $"{method.Name}: {code} {status}");
        }
    }

    [Fact]
    public async Task Every_method_refuses_a_role_that_has_no_business_there()
    {
        var joined = await library.JoinAsync($"{Desk.Unique("vloga")}@example.org");
        foreach (var role in Roles.FromOutside)
        {
            using var client = await library.AsAsync(role switch { Roles.Member => $"member:{joined["cardNumber"]}", Roles.Kiosk => "kiosk@RAD", _ => role });
            // a kiosk is no person: not even what everybody may
            foreach (var method in Public().Where(method => !method.Access.Roles.Contains(role) && (role == Roles.Kiosk || !method.Access.Roles.Contains(Roles.Any))))
            {
                var (code, status) = await CallAsync(client, method);
                Assert.True(code == 403, $"{method.Name} as {role}: {code} {status}");
            }
        }
    }

    [Fact]
    public async Task A_token_that_somebody_else_signed_is_refused()
    {
        using var client = await library.AsAsync(null);
        client.DefaultRequestHeaders.Authorization = new("Bearer", Testing.TestTokens.Forged("admin"));
        Assert.Equal(401, (await client.TryGetAsync("clock")).Code);
    }

    [Fact]
    public async Task A_librarian_lends_only_at_the_branch_of_the_token()
    {
        using var bled = await library.AsAsync("librarian@BLE");
        var (code, _) = await bled.TryPostAsync("loans", Desk.Loan("B1", "C1", "RAD"));
        Assert.Equal(403, code);
    }

    [Fact]
    public async Task A_member_sees_their_own_things_and_nobody_elses()
    {
        var (ana, eva) = (await library.JoinAsync($"{Desk.Unique("ana")}@example.org"), await library.JoinAsync($"{Desk.Unique("eva")}@example.org"));
        using var client = await library.AsAsync($"member:{ana["cardNumber"]}");
        var (own, other) = ((string)ana["name"]!, (string)eva["name"]!);
        foreach (var path in new[] { "{0}", "{0}:export", "loans?member={0}", "deliveries?member={0}", "accounts/{1}" })
        {
            Assert.Equal(200, (await client.TryGetAsync(Of(path, own))).Code);
            Assert.Equal(404, (await client.TryGetAsync(Of(path, other))).Code);
        }

        static string Of(string path, string member) =>
            path.Replace("{0}", member, StringComparison.Ordinal).Replace("{1}", member["members/".Length..], StringComparison.Ordinal);
    }

    [Fact]
    public async Task No_internal_method_is_reached_through_the_gateway()
    {
        using var client = await library.AsAsync("admin");
        foreach (var path in new[] { "/library.finance.v1.FinanceDirectory/GetStanding", "/library.operations.v1.OperationsService/RunDueJobs", "/library.membership.v1.MembershipDirectory/GetContact" })
        {
            using var answer = await client.PostAsync(new Uri(path, UriKind.Relative), new ByteArrayContent([0, 0, 0, 0, 0]));
            Assert.Equal(404, (int)answer.StatusCode);
        }
    }

    private static async Task<(int Code, JsonObject Status)> CallAsync(HttpClient client, Method method)
    {
        using var request = new HttpRequestMessage(method.Verb, new Uri(method.Path, UriKind.Relative));
        if (method.Verb == HttpMethod.Post) request.Content = JsonContent.Create(new JsonObject());
        using var answer = await client.SendAsync(request);
        var text = await answer.Content.ReadAsStringAsync();
        return ((int)answer.StatusCode, text.StartsWith('{') ? (JsonObject)JsonNode.Parse(text)! : new JsonObject { ["text"] = text });
    }

    /// <summary>A path with ids that nothing has.</summary>
    private static string Fill(string template)
    {
        const string Id = "01980000-0000-7000-8000-000000000000";
        return System.Text.RegularExpressions.Regex.Replace(template, @"\{[a-z_]+(=(?<pattern>[^}]*))?\}", match =>
            match.Value == "{service}" ? "finance"
                : match.Groups["pattern"] is { Success: true } pattern ? pattern.Value.Replace("*", Id, StringComparison.Ordinal) : "NO-SUCH");
    }
}
