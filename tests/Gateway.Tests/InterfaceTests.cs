using System.Text.Json.Nodes;
using Google.Protobuf.Reflection;
using Library.Catalog.V1;
using Library.Events.V1;
using Library.Finance.V1;
using Library.Gateway.Documents;
using Library.Membership.V1;
using Library.Notifications.V1;
using Library.ServiceDefaults.OpenApi;
using Library.ServiceDefaults.Security;
using Library.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.OpenApi;

namespace Library.Gateway.Tests;

/// <summary>The document as the five services make it of their contracts, merged.</summary>
public sealed class WholeDocument : IAsyncLifetime
{
    private static readonly (string Service, IReadOnlyList<FileDescriptor> Contract)[] Contracts =
    [
        ("membership", [MembershipReflection.Descriptor]), ("catalog", Catalog.CatalogContract.Files), ("finance", [FinanceReflection.Descriptor]),
        ("events", [EventsReflection.Descriptor]), ("notifications", [NotificationsReflection.Descriptor]),
    ];

    public string Text { get; private set; } = "";
    public JsonNode Json => JsonNode.Parse(Text)!;

    public JsonNode Operation(string verb, string path) => Json["paths"]![path]?[verb] ?? throw new InvalidOperationException($"{verb} {path} is not in the document.");

    public async ValueTask InitializeAsync()
    {
        var parts = new List<(string, JsonObject?)>();
        foreach (var (service, contract) in Contracts) parts.Add((service, JsonNode.Parse(await ServeAsync(contract)) as JsonObject));
        Text = InterfaceDocument.Merge(parts).ToJsonString();
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private static async Task<string> ServeAsync(IReadOnlyList<FileDescriptor> contract)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        var port = TestHost.FreePort();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.ListenLocalhost(port));
        builder.Services.AddSingleton(new AccessTable(contract));
        builder.Services.AddInterfaceDocument();
        await using var app = builder.Build();
        app.MapGet("/health", () => "not of the interface");
        if (contract[0] == CatalogReflection.Descriptor) app.MapPost("/api/v1/records:import", () => "").WithMetadata(new EndpointAccess(Roles.Librarian)).WithSummary("Takes a file");
        if (contract[0] == CatalogReflection.Descriptor) app.MapGet("/api/v1/acquisitions.atom", () => "");
        app.MapInterfaceDocument();
        await app.StartAsync();
        using var client = new HttpClient();
        return await client.GetStringAsync($"http://localhost:{port}/openapi/v1.json");
    }
}

public sealed class InterfaceTests(WholeDocument document) : IClassFixture<WholeDocument>
{
    [Fact]
    public void It_is_an_OpenAPI_document_without_a_mistake()
    {
        var read = OpenApiDocument.Parse(document.Text, "json");
        Assert.Empty(read.Diagnostic!.Errors);
        Assert.True(read.Document!.Paths.Count > 20);
    }

    [Fact]
    public void Every_reference_leads_somewhere()
    {
        var schemas = document.Json["components"]!["schemas"]!.AsObject();
        var references = System.Text.RegularExpressions.Regex.Matches(document.Text, "\"\\$ref\":\"#/components/schemas/([^\"]+)\"").Select(match => match.Groups[1].Value).Distinct().ToList();
        Assert.True(references.Count > 20);
        Assert.DoesNotContain(references, name => !schemas.ContainsKey(name));
    }

    [Fact]
    public void Every_public_method_is_in_it_once_and_no_internal_one()
    {
        var ids = document.Json["paths"]!.AsObject().SelectMany(path => path.Value!.AsObject()).Select(operation => operation.Value!["operationId"]?.GetValue<string>()).OfType<string>().ToList();
        Assert.Equal(ids.Count, ids.Distinct().Count());
        Assert.Contains("CreateLoan", ids);
        Assert.DoesNotContain(ids, id => id is "GetBorrower" or "GetStanding" or "RunDueJobs" or "GetLoansOf");
        Assert.All(document.Json["paths"]!.AsObject(), path => Assert.StartsWith("/api/v1/", path.Key, StringComparison.Ordinal));
    }

    [Fact]
    public void Names_in_paths_become_parameters_and_leave_the_body()
    {
        var renew = document.Operation("post", "/api/v1/loans/{loan}:renew");
        Assert.Equal(["loan", "Idempotency-Key"], renew["parameters"]!.AsArray().Select(parameter => parameter!["name"]!.GetValue<string>()));
        var body = renew["requestBody"]!["content"]!["application/json"]!["schema"]!["properties"]!.AsObject();
        Assert.Equal(["exceptional"], body.Select(property => property.Key));

        var cancel = document.Operation("post", "/api/v1/events/{event}/registrations/{registration}:cancel");
        Assert.Equal(["event", "registration", "Idempotency-Key"], cancel["parameters"]!.AsArray().Select(parameter => parameter!["name"]!.GetValue<string>()));
        Assert.NotEqual(true, cancel["requestBody"]!["required"]?.GetValue<bool>());
    }

    [Fact]
    public void Queries_are_parameters_in_camelCase()
    {
        var names = document.Operation("get", "/api/v1/records")["parameters"]!.AsArray().Select(parameter => (parameter!["name"]!.GetValue<string>(), parameter["in"]!.GetValue<string>())).ToList();
        Assert.Contains(("yearFrom", "query"), names);
        Assert.Contains(("pageToken", "query"), names);
        Assert.DoesNotContain(names, name => name.Item1 == "Idempotency-Key");
    }

    [Fact]
    public void An_ordinary_endpoint_stands_beside_the_methods_of_its_service()
    {
        var import = document.Operation("post", "/api/v1/records:import");
        Assert.Equal(("Takes a file", "CatalogService"), (import["summary"]!.GetValue<string>(), import["tags"]![0]!.GetValue<string>()));
        Assert.Equal("""["librarian"]""", import["x-roles"]!.ToJsonString());
        Assert.NotNull(import["responses"]!["default"]);
        Assert.All(document.Json["tags"]!.AsArray(), tag => Assert.EndsWith("Service", tag!["name"]!.GetValue<string>(), StringComparison.Ordinal));
    }

    [Fact]
    public void An_open_endpoint_asks_for_no_token()
    {
        var feed = document.Operation("get", "/api/v1/acquisitions.atom");
        Assert.Equal("Needs no token.", feed["description"]!.GetValue<string>());
        Assert.Null(feed["security"]);
        Assert.NotEmpty(document.Operation("post", "/api/v1/records:import")["security"]!.AsArray());
    }

    [Fact]
    public void A_search_that_is_a_POST_takes_no_idempotency_key() =>
        Assert.DoesNotContain("Idempotency-Key", document.Operation("post", "/api/v1/members:search").ToJsonString(), StringComparison.Ordinal);

    [Fact]
    public void Of_a_oneof_only_one_may_be_given()
    {
        var join = document.Json["components"]!["schemas"]!["library.membership.v1.CreateMemberRequest"]!;
        Assert.Equal("""{"anyOf":[{"required":["person","organisation"]}]}""", join["not"]!.ToJsonString());
    }

    [Fact]
    public void Amounts_are_numbers_dates_texts_and_enumerations_names()
    {
        var schemas = document.Json["components"]!["schemas"]!;
        Assert.Equal("""["integer","int64"]""", new JsonArray(
            schemas["library.finance.v1.Payment"]!["properties"]!["amountMinor"]!["type"]!.DeepClone(),
            schemas["library.finance.v1.Payment"]!["properties"]!["amountMinor"]!["format"]!.DeepClone()).ToJsonString());
        Assert.Equal("date-time", schemas["library.catalog.v1.Loan"]!["properties"]!["lentAt"]!["format"]!.GetValue<string>());
        Assert.Contains("\"CASH\"", schemas["library.finance.v1.Payment"]!["properties"]!["method"]!.ToJsonString(), StringComparison.Ordinal);
        Assert.DoesNotContain("UNSPECIFIED", document.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void Comments_of_the_protos_and_the_roles_are_said()
    {
        var lend = document.Operation("post", "/api/v1/loans");
        Assert.StartsWith("Lends an item", lend["summary"]!.GetValue<string>(), StringComparison.Ordinal);
        Assert.Contains("librarian (at the token's branch only)", lend["description"]!.GetValue<string>(), StringComparison.Ordinal);
        Assert.Equal("""["librarian","admin"]""", lend["x-roles"]!.ToJsonString());
        Assert.Contains("At most 500 characters", document.Operation("get", "/api/v1/records").ToJsonString(), StringComparison.Ordinal);
        Assert.Contains("bearer", lend["security"]!.ToJsonString(), StringComparison.Ordinal);
        Assert.Contains("google.rpc.Status", lend["responses"]!["default"]!.ToJsonString(), StringComparison.Ordinal);
    }
}
