using System.Reflection;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Library.Architecture.Tests;

public sealed partial class TextTests
{
    private static readonly string[] Languages = ["en", "sl", "lt"];

    private static IEnumerable<Assembly> Speaking => House.All("Service").Append(House.Load("Gateway")).Append(House.Load("ServiceDefaults"));

    [Fact]
    public void Every_language_says_the_same() => House.Holds(Speaking.SelectMany(assembly => PairViolations(assembly.GetName().Name!, language => Read(assembly, language))));

    [Fact]
    public void Every_refusal_of_a_rule_has_a_text() => House.Holds(House.Services.SelectMany(service => RefusalViolations(
        House.Load($"{service}.Domain").GetExportedTypes(), KnownTo(House.Load($"{service}.Service")))));

    [Fact]
    public void Every_reason_that_the_code_names_has_a_text() => House.Holds(House.Services.SelectMany(service =>
        House.Files($"src/Services/{service}/{service}.Service", "*.cs").SelectMany(path =>
            ReasonViolations(House.Relative(path), File.ReadAllText(path), KnownTo(House.Load($"{service}.Service"))))));

    [Fact]
    public void The_rules_can_fail()
    {
        Assert.NotEmpty(PairViolations("x", language => language == "en" ? new() { ["A"] = "a" } : []));
        Assert.NotEmpty(PairViolations("x", language => new() { ["A"] = language == "en" ? "{count} left" : "še nekaj" }));
        Assert.NotEmpty(PairViolations("x", _ => new() { ["A"] = " " }));
        Assert.NotEmpty(RefusalViolations([typeof(MuteRefusal)], new HashSet<string> { "OTHER" }));
        Assert.Equal(2, ReasonViolations("x.cs", """throw Failure.Refused("NOT_TODAY"); fields.Wrong("a", "BAD_LUCK");""", new HashSet<string> { "OTHER" }).Count());
    }

    private static IEnumerable<string> PairViolations(string owner, Func<string, Dictionary<string, string>> read)
    {
        var texts = Languages.ToDictionary(language => language, read);
        foreach (var key in texts.Values.SelectMany(text => text.Keys).Distinct())
        {
            foreach (var language in Languages.Where(language => string.IsNullOrWhiteSpace(texts[language].GetValueOrDefault(key)))) yield return $"{owner}: {key} is not said in {language}";
            var figures = Languages.Select(language => string.Join(',', Placeholder().Matches(texts[language].GetValueOrDefault(key) ?? "").Select(match => match.Value).Distinct().Order())).Distinct();
            if (figures.Count() > 1) yield return $"{owner}: {key} names other figures in one language than in another";
        }
    }

    private static IEnumerable<string> RefusalViolations(IEnumerable<Type> types, IReadOnlySet<string> known) => types
        .Where(type => type.IsEnum && type.Name.EndsWith("Refusal", StringComparison.Ordinal))
        .SelectMany(type => Enum.GetNames(type).Where(name => name != "None").Select(name => (type, Code: Upper().Replace(name, "_$0").ToUpperInvariant())))
        .Where(refusal => !known.Contains(refusal.Code))
        .Select(refusal => $"{refusal.type.FullName}: {refusal.Code} has no text");

    private static IEnumerable<string> ReasonViolations(string file, string source, IReadOnlySet<string> known) => Reason().Matches(source)
        .Select(match => match.Groups["reason"].Value)
        .Concat(Field().Matches(source).Select(match => "field." + match.Groups["code"].Value))
        .Where(key => !known.Contains(key))
        .Select(key => $"{file}: {key} has no text");

    private static HashSet<string> KnownTo(Assembly service) => [.. Read(service, "en").Keys, .. Read(House.Load("ServiceDefaults"), "en").Keys];

    private static Dictionary<string, string> Read(Assembly assembly, string language)
    {
        using var stream = assembly.GetManifestResourceStream($"Texts/{language}.json");
        return stream is null ? [] : JsonSerializer.Deserialize<Dictionary<string, string>>(stream)!;
    }

    private enum MuteRefusal
    {
        NobodyKnows,
    }

    [GeneratedRegex(@"\{\w+\}")]
    private static partial Regex Placeholder();

    [GeneratedRegex("(?<!^)[A-Z]")]
    private static partial Regex Upper();

    [GeneratedRegex("""Failure\.(Refused|AlreadyExists)\(\s*"(?<reason>[A-Z_]+)"|statuses\.Build\([^;"]*"(?<reason>[A-Z_]+)""")]
    private static partial Regex Reason();

    [GeneratedRegex(@"(\.Wrong\(|new Violation\()[^;]{1,60}?, ""(?<code>[A-Z_]+)""")]
    private static partial Regex Field();
}
