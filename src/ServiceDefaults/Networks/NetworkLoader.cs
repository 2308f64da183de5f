using NJsonSchema;

namespace Library.ServiceDefaults.Networks;

/// <summary>
/// Reads a network's folder: network.yaml, rulebook.yaml (and later rulebook-YYYY.yaml), tariff-YYYY.yaml. Every file is read, held against its
/// JSON Schema and checked against the others, and every error of every file is listed at once. Bad content never throws. Files of a folder below
/// (templates) are not read here; any other YAML file beside them is refused, for a misspelt name would else go unnoticed.
/// </summary>
public static class NetworkLoader
{
    private const int MaxFiles = 100;

    /// <summary>Loads the network in <paramref name="folder"/>.</summary>
    public static NetworkLoad Load(string folder)
    {
        var errors = new FileErrors();
        var names = FileNames(folder, errors);
        var network = names.Contains("network.yaml") ? ReadChecked(folder, "network.yaml", SchemaCheck.Schema("network"), errors) : null;
        var rulebooks = ReadAll(folder, names.Where(IsRulebook), SchemaCheck.Schema("rulebook"), errors);
        var tariffs = ReadAll(folder, names.Where(IsTariff), SchemaCheck.Schema("tariff"), errors);

        var networkChecks = network is null ? null : NetworkChecks.Run(network, errors);
        var rules = new RuleChecks(networkChecks, errors);
        foreach (var rulebook in rulebooks)
        {
            rules.Rulebook(rulebook);
        }

        var reminderLevels = rulebooks.Max(rulebook => Levels(rulebook, errors)) ?? 0;
        foreach (var tariff in tariffs)
        {
            rules.Tariff(tariff, reminderLevels);
        }

        rules.Validity(rulebooks, tariffs);
        return errors.Any ? new NetworkLoad.Refused(errors.Listed()) : new NetworkLoad.Loaded(NetworkMapper.Map(network!, rulebooks, tariffs));
    }

    private static List<string> FileNames(string folder, FileErrors errors)
    {
        var names = new List<string>();
        try
        {
            var files = Directory.EnumerateFiles(folder).Select(path => Path.GetFileName(path));
            names.AddRange(files.Where(IsYaml).Take(MaxFiles + 1).Order(StringComparer.Ordinal));
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            errors.Add("network.yaml", 0, "", fault is DirectoryNotFoundException ? "is missing: there is no such folder" : "its folder cannot be read");
            return names;
        }

        if (names.Count > MaxFiles)
        {
            errors.Add(names[MaxFiles], 0, "", "is one file too many for a network");
        }

        foreach (var name in names.Where(name => name != "network.yaml" && !IsRulebook(name) && !IsTariff(name)))
        {
            errors.Add(name, 0, "", "is not a file of a network: network.yaml, rulebook.yaml, rulebook-YYYY.yaml or tariff-YYYY.yaml");
        }

        Missing(names, name => name == "network.yaml", "network.yaml", errors);
        Missing(names, IsRulebook, "rulebook.yaml", errors);
        Missing(names, IsTariff, "tariff-YYYY.yaml", errors);
        return names;
    }

    private static void Missing(List<string> names, Func<string, bool> wanted, string name, FileErrors errors)
    {
        if (!names.Exists(new Predicate<string>(wanted)))
        {
            errors.Add(name, 0, "", "is missing");
        }
    }

    private static List<FileNode> ReadAll(string folder, IEnumerable<string> names, JsonSchema schema, FileErrors errors) =>
        [.. names.Select(name => ReadChecked(folder, name, schema, errors)).OfType<FileNode>()];

    private static FileNode? ReadChecked(string folder, string name, JsonSchema schema, FileErrors errors)
    {
        var root = YamlReader.Read(Path.Combine(folder, name), errors);
        if (root is not null)
        {
            SchemaCheck.Check(root, schema, errors);
        }

        return root;
    }

    private static int? Levels(FileNode rulebook, FileErrors errors) =>
        rulebook["reminders"]?["levels"] is { Whole: { } levels } node && !errors.At(node) ? (int)levels : null;

    private static bool IsYaml(string name) =>
        name.EndsWith(".yaml", StringComparison.OrdinalIgnoreCase) || name.EndsWith(".yml", StringComparison.OrdinalIgnoreCase);

    private static bool IsRulebook(string name) =>
        name == "rulebook.yaml" || (name.StartsWith("rulebook-", StringComparison.Ordinal) && name.EndsWith(".yaml", StringComparison.Ordinal));

    private static bool IsTariff(string name) =>
        name.StartsWith("tariff-", StringComparison.Ordinal) && name.EndsWith(".yaml", StringComparison.Ordinal);
}
