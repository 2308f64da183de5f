using System.Reflection;
using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace Library.Architecture.Tests;

public sealed partial class DependencyTests
{
    [Fact]
    public void Domain_knows_the_base_library_and_NodaTime_only() => House.Holds(House.All("Domain").SelectMany(DomainViolations));

    [Fact]
    public void Domain_projects_declare_nothing_else() => House.Holds(
        House.Files("src/Services", "*.Domain.csproj").SelectMany(path => DomainProjectViolations(House.Relative(path), XDocument.Load(path))));

    [Fact]
    public void A_service_knows_other_services_by_their_contracts_only() => House.Holds(
        House.All("Service").SelectMany(service => ServiceViolations(service.GetName().Name!, References(service))));

    [Fact]
    public void Projects_of_services_refer_to_others_contracts_only() => House.Holds(
        House.Files("src/Services", "*.csproj").SelectMany(path => ServiceViolations(
            Path.GetFileNameWithoutExtension(path), XDocument.Load(path).Descendants("ProjectReference").Select(Project))));

    [Fact]
    public void The_gateway_knows_no_service() => House.Holds(References(House.Load("Gateway")).Where(name => ServiceRoom().IsMatch(name)));

    [Fact]
    public void The_rules_can_fail()
    {
        Assert.NotEmpty(DomainViolations(typeof(DependencyTests).Assembly));
        Assert.NotEmpty(DomainProjectViolations("Bad.Domain.csproj", XDocument.Parse("<Project><ItemGroup><PackageReference Include='Dapper'/></ItemGroup></Project>")));
        Assert.NotEmpty(DomainProjectViolations("Bad.Domain.csproj", XDocument.Parse("<Project><ItemGroup><ProjectReference Include='../X/X.csproj'/></ItemGroup></Project>")));
        Assert.NotEmpty(ServiceViolations("Finance.Service", ["Catalog.Domain"]));
        Assert.NotEmpty(ServiceViolations("Finance.Service", ["Catalog.Service"]));
        Assert.NotEmpty(ServiceViolations("Finance.Contracts", ["Catalog.Contracts"]));
        Assert.Empty(ServiceViolations("Finance.Service", ["Catalog.Contracts", "Finance.Domain", "ServiceDefaults"]));
    }

    private static IEnumerable<string> DomainViolations(Assembly domain) => References(domain)
        .Where(name => name is not ("NodaTime" or "netstandard" or "mscorlib") && !name.StartsWith("System.", StringComparison.Ordinal))
        .Select(name => $"{domain.GetName().Name} uses {name}");

    private static IEnumerable<string> DomainProjectViolations(string project, XDocument file) => file.Descendants("PackageReference")
        .Where(reference => (string?)reference.Attribute("Include") != "NodaTime")
        .Concat(file.Descendants("ProjectReference"))
        .Select(reference => $"{project} refers to {(string?)reference.Attribute("Include")}");

    /// <summary>A contract refers to no other service at all: whoever uses it would get the other one too.</summary>
    private static IEnumerable<string> ServiceViolations(string name, IEnumerable<string> references)
    {
        var own = name.Split('.')[0] + ".";
        return references
            .Where(reference => ServiceRoom().Match(reference) is { Success: true } room && !reference.StartsWith(own, StringComparison.Ordinal)
                && (room.Groups["room"].Value != "Contracts" || name.EndsWith(".Contracts", StringComparison.Ordinal)))
            .Select(reference => $"{name} refers to {reference}");
    }

    private static IEnumerable<string> References(Assembly assembly) => assembly.GetReferencedAssemblies().Select(name => name.Name!);

    private static string Project(XElement reference) => Path.GetFileNameWithoutExtension(((string)reference.Attribute("Include")!).Replace('\\', '/'));

    [GeneratedRegex(@"^(Catalog|Events|Finance|Membership|Notifications)\.(?<room>Domain|Service|Contracts)$")]
    private static partial Regex ServiceRoom();
}
