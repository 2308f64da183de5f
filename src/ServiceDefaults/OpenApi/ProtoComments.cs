using System.Collections.Concurrent;
using System.Reflection;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using Google.Protobuf.Reflection;

namespace Library.ServiceDefaults.OpenApi;

/// <summary>
/// The comments of the protos. Descriptors do not bear them at run time, but the generated code does, and with it the XML
/// file beside the contract's assembly. Where that file is missing the document has no descriptions, and nothing else changes.
/// </summary>
public static partial class ProtoComments
{
    private static readonly ConcurrentDictionary<Assembly, IReadOnlyDictionary<string, string>> Files = new();

    public static string? Of(MethodDescriptor method) => Find(method.InputType.ClrType.Assembly,
        $"M:{NamespaceOf(method.File)}.{method.Service.Name}.{method.Service.Name}Base.{method.Name}(");

    public static string? Of(ServiceDescriptor service) => service.Methods.Count == 0 ? null
        : Find(service.Methods[0].InputType.ClrType.Assembly, $"T:{NamespaceOf(service.File)}.{service.Name}.{service.Name}Base(")
            is { } text && !text.StartsWith("Base class for", StringComparison.Ordinal) ? text : null;

    public static string? Of(MessageDescriptor message) => Find(message.ClrType.Assembly, $"T:{Name(message.ClrType)}(");

    public static string? Of(FieldDescriptor field) => field.ContainingType.ClrType is { } type
        ? Find(type.Assembly, $"P:{Name(type)}.{char.ToUpperInvariant(field.JsonName[0])}{field.JsonName[1..]}(")
        : null;

    /// <summary>A member's name up to its parameters, and an opening bracket where it has none, is the key.</summary>
    private static string? Find(Assembly assembly, string key) => Files.GetOrAdd(assembly, Read).GetValueOrDefault(key);

    private static IReadOnlyDictionary<string, string> Read(Assembly assembly)
    {
        var file = Path.ChangeExtension(assembly.Location, ".xml");
        if (!File.Exists(file)) return new Dictionary<string, string>();
        return XDocument.Load(file).Descendants("member")
            .Select(member => (Key: ((string)member.Attribute("name")!).Split('(')[0] + "(", Text: Clean(member.Element("summary")?.Value)))
            .Where(member => member.Text.Length > 0)
            .GroupBy(member => member.Key)
            .ToDictionary(group => group.Key, group => group.First().Text);
    }

    private static string Clean(string? text) => Spaces().Replace(text ?? "", " ").Trim();

    private static string NamespaceOf(FileDescriptor file) => file.GetOptions().CsharpNamespace;

    private static string Name(Type type) => type.FullName!.Replace('+', '.');

    [GeneratedRegex(@"\s+")]
    private static partial Regex Spaces();
}
