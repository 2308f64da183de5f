using System.Globalization;

namespace Library.ServiceDefaults.Networks;

/// <summary>What stands at a place of a YAML file.</summary>
internal enum FileNodeKind
{
    Map,
    List,
    Text,
    Whole,
    Number,
    Flag,
    Null,
}

/// <summary>
/// A value in a YAML file and where it stands. Reading is forgiving: what is missing or of another kind is null or empty, because the schema has
/// reported it already and the checks after it must go on to find the rest.
/// </summary>
internal sealed class FileNode
{
    public required string File { get; init; }
    public required int Line { get; init; }
    public required string Key { get; init; }
    public required FileNodeKind Kind { get; init; }

    /// <summary>A scalar as it is written; empty for maps and lists.</summary>
    public string Raw { get; init; } = "";

    public IReadOnlyList<FileNode> Items { get; init; } = [];
    public IReadOnlyList<KeyValuePair<string, FileNode>> Entries { get; init; } = [];

    public string? Text => Kind == FileNodeKind.Text ? Raw : null;
    public long? Whole => Kind == FileNodeKind.Whole ? long.Parse(Raw, CultureInfo.InvariantCulture) : null;
    public bool? Flag => Kind == FileNodeKind.Flag ? Raw == "true" : null;

    public decimal? Number => Kind is FileNodeKind.Whole or FileNodeKind.Number
        ? decimal.Parse(Raw, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture)
        : null;

    public FileNode? this[string name]
    {
        get
        {
            foreach (var (key, value) in Entries)
            {
                if (key == name)
                {
                    return value;
                }
            }

            return null;
        }
    }

    /// <summary>The items of the list <paramref name="name"/>; none where there is no such list.</summary>
    public IReadOnlyList<FileNode> List(string name) => this[name]?.Items ?? [];

    /// <summary>The entries of the map <paramref name="name"/>; none where there is no such map.</summary>
    public IReadOnlyList<KeyValuePair<string, FileNode>> Map(string name) => this[name]?.Entries ?? [];

    /// <summary>The key of an entry of this map, whether it is there or not.</summary>
    public string KeyOf(string name) => Key.Length == 0 ? name : $"{Key}.{name}";
}

/// <summary>The errors found so far: one for a place at most, so that a value reported by the schema is not reported again by a check.</summary>
internal sealed class FileErrors
{
    /// <summary>More than anybody mends before the next try.</summary>
    private const int Limit = 500;

    private readonly Dictionary<(string File, string Key), NetworkFileError> _errors = [];

    public bool Any => _errors.Count > 0;

    public void Add(FileNode node, string message) => Add(node.File, node.Line, node.Key, message);

    public void Add(string file, int line, string key, string message)
    {
        if (_errors.Count < Limit)
        {
            _errors.TryAdd((file, key), new NetworkFileError(file, line, key, message));
        }
    }

    public bool At(FileNode node) => _errors.ContainsKey((node.File, node.Key));

    public IReadOnlyList<NetworkFileError> Listed() =>
        [.. _errors.Values.OrderBy(error => error.File, StringComparer.Ordinal).ThenBy(error => error.Line).ThenBy(error => error.Key, StringComparer.Ordinal)];
}
