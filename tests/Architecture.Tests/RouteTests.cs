using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Google.Protobuf.Reflection;
using Library.ServiceDefaults.OpenApi;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Routing.Template;

namespace Library.Architecture.Tests;

public sealed partial class RouteTests
{
    private sealed record Route(string Name, string Cluster, string Path, string Access);

    /// <summary>Ordinary endpoints beside the transcoded methods; the sign-in.</summary>
    private static readonly (string Path, string Service)[] Ordinary =
        [
            ("/api/v1/records:import", "catalog"), ("/api/v1/records:importLoans", "catalog"), ("/api/v1/records:export", "catalog"),
            ("/api/v1/stocktakings/1:scanFile", "catalog"), ("/api/v1/stocktakings/1:print", "catalog"),
            ("/api/v1/records/1:marc", "catalog"), ("/connect/token", "membership"), ("/.well-known/openid-configuration", "membership"),
            ("/api/v1/licenceFiles/1", "catalog"), ("/api/v1/labels", "catalog"), ("/api/v1/shelfLists/1", "catalog"), ("/api/v1/acquisitions", "catalog"),
            ("/api/v1/acquisitions.atom", "catalog"), ("/api/v1/acquisitions.rss", "catalog"), ("/api/v1/covers/1", "catalog"),
            ("/api/v1/homeRounds/1:print", "catalog"), ("/api/v1/members/1:visitReceipt", "catalog"),
            ("/api/v1/offlineLogs", "catalog"),
        ];

    /// <summary>Routes of a whole collection out of which another service has single verbs, whose routes are more precise.</summary>
    private static readonly string[] Shared = ["members"];

    /// <summary>Open by their path: the sign-in, signed links, lists for everybody.</summary>
    private static readonly string[] Open = ["/connect/", "/.well-known/", "/api/v1/licenceFiles/", "/api/v1/acquisitions"];

    private static IReadOnlyList<Route> Routes { get; } = Read(File.ReadAllText(Path.Combine(House.Root, "src/Gateway/appsettings.json")));

    [Fact]
    public void Every_path_of_the_contracts_reaches_its_service_and_no_other() => House.Holds(RestViolations(Routes));

    [Fact]
    public void Every_public_method_is_reached_over_grpc_and_no_internal_one() => House.Holds(GrpcViolations(Routes));

    [Fact]
    public void Only_the_sign_in_and_what_is_named_here_is_open() => House.Holds(OpenViolations(Routes));

    [Fact]
    public void The_rules_can_fail()
    {
        Assert.NotEmpty(OpenViolations([.. Routes, new Route("stray", "catalog", "/api/v1/loans/{**rest}", "open")]));
        Assert.NotEmpty(RestViolations([.. Routes.Where(route => route.Name != "loans")]));
        Assert.NotEmpty(RestViolations([.. Routes.Where(route => route.Name != "failed-messages-finance")]));
        Assert.NotEmpty(RestViolations([.. Routes, new Route("stray", "finance", "/api/v1/{**all}", "token")]));
        Assert.NotEmpty(RestViolations([.. Routes.Where(route => route.Name != "members-visit")]));
        Assert.NotEmpty(GrpcViolations([.. Routes.Where(route => route.Name != "events-grpc")]));
        Assert.NotEmpty(GrpcViolations([.. Routes, new Route("leak", "catalog-grpc", "/library.catalog.v1.CatalogDirectory/{method}", "token")]));
        Assert.NotEmpty(GrpcViolations([.. Routes, new Route("leak", "catalog-grpc", "/{service}/{method}", "token")]));
    }

    /// <summary>Served by every service; the path names which.</summary>
    private const string OfEveryService = "operations", ServiceInPath = "{service}";

    private static IEnumerable<string> OpenViolations(IReadOnlyList<Route> routes) => routes
        .Where(route => route.Access != "token" && !(route.Access == "open" && Open.Any(path => route.Path.StartsWith(path, StringComparison.Ordinal))))
        .Select(route => $"{route.Name} ({route.Path}) is {route.Access}");

    private static IEnumerable<string> RestViolations(IReadOnlyList<Route> routes) => House.Methods
        .SelectMany(method => PathTemplate.BindingsOf(method).SelectMany(binding => ServicesOf(method).Select(service =>
            (Path: Wildcard().Replace(PathTemplate.Parse(binding.Template).Path.Replace(ServiceInPath, service, StringComparison.Ordinal), "1"), Service: service))))
        .Concat(Ordinary)
        .SelectMany(path => Violations(path.Path, path.Service, routes));

    private static IEnumerable<string> ServicesOf(MethodDescriptor method) => method.File.Package.Split('.')[1] is var service && service == OfEveryService
        ? House.Services.Select(name => name.ToLowerInvariant()) : [service];

    private static IEnumerable<string> GrpcViolations(IReadOnlyList<Route> routes)
    {
        foreach (var method in House.Methods)
        {
            var path = $"/{method.Service.FullName}/{method.Name}";
            if (PathTemplate.BindingsOf(method).Any() && method.File.Package.Split('.')[1] != OfEveryService)
                foreach (var violation in Violations(path, method.File.Package.Split('.')[1] + "-grpc", routes)) yield return violation;
            else if (routes.FirstOrDefault(route => Matches(route, path)) is { } leak)
                yield return $"{path} is not for the outside over gRPC and is let through by {leak.Name}";
        }
    }

    private static IEnumerable<string> Violations(string path, string cluster, IReadOnlyList<Route> routes)
    {
        var matching = routes.Where(route => Matches(route, path)).ToList();
        if (matching.Count == 0) yield return $"{path} reaches nothing";
        var nearest = matching.Where(route => route.Cluster == cluster).Select(Distance).DefaultIfEmpty(decimal.MaxValue).Min();
        foreach (var wrong in matching.Where(route => route.Cluster != cluster && !(Shared.Contains(route.Name) && Distance(route) > nearest)))
            yield return $"{path} of {cluster} may go to {wrong.Cluster} ({wrong.Name})";
    }

    /// <summary>As routing orders routes: the smallest is tried first.</summary>
    private static decimal Distance(Route route) => RoutePrecedence.ComputeInbound(TemplateParser.Parse(route.Path.TrimStart('/')));

    private static bool Matches(Route route, string path) =>
        new TemplateMatcher(TemplateParser.Parse(route.Path.TrimStart('/')), []).TryMatch(path, []);

    private static IReadOnlyList<Route> Read(string settings)
    {
        var json = JsonNode.Parse(settings, documentOptions: new JsonDocumentOptions { CommentHandling = JsonCommentHandling.Skip })!;
        return [.. json["ReverseProxy"]!["Routes"]!.AsObject().Select(route => new Route(
            route.Key, (string)route.Value!["ClusterId"]!, (string)route.Value["Match"]!["Path"]!, (string?)route.Value["Metadata"]?["Access"] ?? ""))];
    }

    [GeneratedRegex(@"\{[^}]+\}")]
    private static partial Regex Wildcard();
}
