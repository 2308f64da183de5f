using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Library.ServiceDefaults.Networks;

/// <summary>
/// Reads one YAML file into <see cref="FileNode"/>s: one document of plain maps, lists and scalars (YAML 1.2 core). Anchors, aliases and tags are
/// refused: network files need none, and an alias in an alias can grow a small file without bound.
/// </summary>
internal sealed partial class YamlReader
{
    private const int MaxBytes = 1 << 20;
    private const int MaxDepth = 16;
    private const int MaxNodes = 100_000;

    private readonly string _file;
    private readonly IParser _parser;
    private readonly FileErrors _errors;
    private int _nodes;

    private YamlReader(string file, IParser parser, FileErrors errors) => (_file, _parser, _errors) = (file, parser, errors);

    /// <summary>The file's root; null, with an error added, where the file cannot be read or is not YAML.</summary>
    public static FileNode? Read(string path, FileErrors errors)
    {
        var file = Path.GetFileName(path);
        if (ReadText(path, file, errors) is not { } text)
        {
            return null;
        }

        try
        {
            return new YamlReader(file, new GuardedParser(new Parser(new StringReader(text))), errors).Document();
        }
        catch (YamlException fault)
        {
            errors.Add(file, (int)Math.Min(fault.Start.Line, int.MaxValue), "", Shorten(fault.Message));
            return null;
        }
    }

    private static string? ReadText(string path, string file, FileErrors errors)
    {
        try
        {
            using var stream = File.OpenRead(path);
            var bytes = new byte[MaxBytes + 1];
            var length = stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
            if (length > MaxBytes)
            {
                errors.Add(file, 0, "", "is over 1 MB");
                return null;
            }

            return Decode(bytes.AsSpan(0, length), file, errors);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            errors.Add(file, 0, "", fault is FileNotFoundException ? "is missing" : "cannot be read");
            return null;
        }
    }

    private static string? Decode(ReadOnlySpan<byte> bytes, string file, FileErrors errors)
    {
        var utf8 = bytes.StartsWith(Encoding.UTF8.Preamble) ? bytes[Encoding.UTF8.Preamble.Length..] : bytes;
        try
        {
            return new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(utf8);
        }
        catch (DecoderFallbackException fault)
        {
            var before = utf8[..Math.Clamp(fault.Index, 0, utf8.Length)];
            errors.Add(file, before.Count((byte)'\n') + 1, "", "is not UTF-8 text");
            return null;
        }
    }

    private FileNode Document()
    {
        _parser.Consume<StreamStart>();
        if (_parser.TryConsume<StreamEnd>(out var end))
        {
            throw new YamlException(end.Start, end.End, "the file is empty");
        }

        _parser.Consume<DocumentStart>();
        var root = Node("", null, 0);
        _parser.Consume<DocumentEnd>();
        if (!_parser.Accept<StreamEnd>(out _))
        {
            throw new YamlException(_parser.Current!.Start, _parser.Current.End, "a second document in one file");
        }

        return root;
    }

    /// <param name="key">The way to the value.</param>
    /// <param name="keyLine">The line of the key that it belongs to; null for list items and the root, which stand on their own line.</param>
    /// <param name="depth">How many maps and lists are around it.</param>
    private FileNode Node(string key, int? keyLine, int depth)
    {
        var at = _parser.Current ?? throw new YamlException("the file ends too early");
        var line = keyLine ?? Line(at);
        if (depth > MaxDepth || ++_nodes > MaxNodes)
        {
            throw new YamlException(at.Start, at.End, depth > MaxDepth ? "is nested too deeply" : "has too many values");
        }

        _parser.MoveNext();
        if (at is not NodeEvent node)
        {
            _errors.Add(_file, line, key, "aliases (*name) are not allowed: write the value out");
            return Scalar(key, line, FileNodeKind.Null, "");
        }

        if (!node.Anchor.IsEmpty || !node.Tag.IsEmpty)
        {
            _errors.Add(_file, line, key, "anchors (&name) and tags (!name) are not allowed");
        }

        return node switch
        {
            MappingStart => Map(key, line, depth),
            SequenceStart => List(key, line, depth),
            Scalar scalar => Scalar(key, line, scalar.Style == ScalarStyle.Plain ? Resolve(scalar.Value) : FileNodeKind.Text, scalar.Value),
            _ => throw new YamlException(node.Start, node.End, "unexpected content"),
        };
    }

    private FileNode Map(string key, int line, int depth)
    {
        var entries = new List<KeyValuePair<string, FileNode>>();
        var names = new HashSet<string>(StringComparer.Ordinal);
        while (!_parser.TryConsume<MappingEnd>(out _))
        {
            if (!_parser.TryConsume<Scalar>(out var name))
            {
                throw new YamlException(_parser.Current!.Start, _parser.Current.End, "a key must be plain text");
            }

            var path = key.Length == 0 ? name.Value : $"{key}.{name.Value}";
            var value = Node(Shorten(path), Line(name), depth + 1);
            if (names.Add(name.Value))
            {
                entries.Add(new(name.Value, value));
            }
            else
            {
                _errors.Add(_file, Line(name), Shorten(path), "is there twice");
            }
        }

        return new FileNode { File = _file, Line = line, Key = key, Kind = FileNodeKind.Map, Entries = entries };
    }

    private FileNode List(string key, int line, int depth)
    {
        var items = new List<FileNode>();
        while (!_parser.TryConsume<SequenceEnd>(out _))
        {
            items.Add(Node(string.Create(CultureInfo.InvariantCulture, $"{key}[{items.Count}]"), null, depth + 1));
        }

        return new FileNode { File = _file, Line = line, Key = key, Kind = FileNodeKind.List, Items = items };
    }

    private FileNode Scalar(string key, int line, FileNodeKind kind, string raw) =>
        new() { File = _file, Line = line, Key = key, Kind = kind, Raw = kind == FileNodeKind.Null ? "" : raw };

    private static FileNodeKind Resolve(string raw) => raw switch
    {
        "" or "~" or "null" => FileNodeKind.Null,
        "true" or "false" => FileNodeKind.Flag,
        _ when WholeNumber.IsMatch(raw) => FileNodeKind.Whole,
        _ when DecimalNumber.IsMatch(raw) => FileNodeKind.Number,
        _ => FileNodeKind.Text,
    };

    private static int Line(ParsingEvent at) => (int)Math.Min(at.Start.Line, int.MaxValue);

    private static string Shorten(string text) => text.Length <= 200 ? text : text[..200] + "…";

    // longer numbers stay text, which the schema refuses where it wants a number
    [GeneratedRegex(@"^[-+]?[0-9]{1,18}\z")]
    private static partial Regex WholeNumber { get; }

    [GeneratedRegex(@"^[-+]?[0-9]{1,18}\.[0-9]{1,9}\z")]
    private static partial Regex DecimalNumber { get; }

    /// <summary>On some damaged texts the parser throws whatever it stumbled over: that is a fault of the file, after the last sound place.</summary>
    private sealed class GuardedParser(Parser parser) : IParser
    {
        public ParsingEvent? Current => parser.Current;

        public bool MoveNext()
        {
            try
            {
                return parser.MoveNext();
            }
            catch (Exception fault) when (fault is not YamlException)
            {
                var sound = parser.Current?.End ?? Mark.Empty;
                throw new YamlException(sound, sound, "is not YAML from here on", fault);
            }
        }
    }
}
