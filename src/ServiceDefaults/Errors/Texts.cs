using System.Collections.Frozen;
using System.Globalization;
using System.Reflection;
using System.Text.Json;

namespace Library.ServiceDefaults.Errors;

/// <summary>
/// The texts of refusals and errors by language and reason, embedded as <c>Texts/en.json</c>, <c>Texts/sl.json</c> … in
/// ServiceDefaults and in each service. English is complete (a test holds it); another language falls back to it.
/// </summary>
public sealed class Texts
{
    private readonly FrozenDictionary<string, FrozenDictionary<string, string>> languages;

    public Texts(params IReadOnlyList<Assembly> assemblies) => languages = assemblies.Distinct()
        .SelectMany(assembly => assembly.GetManifestResourceNames()
            .Where(name => name.StartsWith("Texts/", StringComparison.Ordinal))
            .Select(name => (Language: Path.GetFileNameWithoutExtension(name), Texts: Read(assembly, name))))
        .GroupBy(file => file.Language)
        .ToFrozenDictionary(
            group => group.Key,
            group => group.SelectMany(file => file.Texts).ToFrozenDictionary(text => text.Key, text => text.Value));

    public IReadOnlyCollection<string> Languages => languages.Keys;

    /// <summary>The keys of one language.</summary>
    public IReadOnlyCollection<string> KeysOf(string language) => languages[language].Keys;

    /// <summary>The text with its placeholders <c>{name}</c> filled; the key itself where no language knows it.</summary>
    public string Get(string language, string key, IEnumerable<KeyValuePair<string, string>> figures)
    {
        var text = languages.GetValueOrDefault(language)?.GetValueOrDefault(key)
            ?? languages.GetValueOrDefault("en")?.GetValueOrDefault(key)
            ?? key;
        foreach (var (name, value) in figures)
            text = text.Replace("{" + name + "}", value, StringComparison.Ordinal);
        return text;
    }

    /// <summary>The first language of Accept-Language that there are texts for; English where there is none.</summary>
    public string Choose(string? acceptLanguage)
    {
        foreach (var part in (acceptLanguage ?? "").Split(',', 10, StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
                     .Select(p => p.Split(';'))
                     .OrderByDescending(p => p.Length > 1 && double.TryParse(p[1].Replace("q=", "", StringComparison.Ordinal), NumberStyles.Float, CultureInfo.InvariantCulture, out var q) ? q : 1))
        {
            var language = part[0].Split('-')[0].ToLowerInvariant();
            if (languages.ContainsKey(language)) return language;
        }
        return "en";
    }

    private static Dictionary<string, string> Read(Assembly assembly, string name)
    {
        using var stream = assembly.GetManifestResourceStream(name)!;
        return JsonSerializer.Deserialize<Dictionary<string, string>>(stream)!;
    }
}
