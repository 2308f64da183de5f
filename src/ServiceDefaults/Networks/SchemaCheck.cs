using System.Globalization;
using Newtonsoft.Json.Linq;
using NJsonSchema;
using NJsonSchema.Validation;

namespace Library.ServiceDefaults.Networks;

/// <summary>Holds a file against its JSON Schema and reports each violation at the line and key that it concerns.</summary>
internal sealed class SchemaCheck
{
    private readonly Dictionary<JToken, FileNode> _nodes = new(ReferenceEqualityComparer.Instance);
    private readonly FileErrors _errors;

    private SchemaCheck(FileErrors errors) => _errors = errors;

    /// <summary>The schema <paramref name="name"/> that this program was built with.</summary>
    public static JsonSchema Schema(string name)
    {
        var path = Path.Combine(AppContext.BaseDirectory, "networks", "schema", name + ".schema.json");
        // a schema in the file's own folder has nothing to wait for: no reference leads out of it
        return JsonSchema.FromJsonAsync(File.ReadAllText(path)).GetAwaiter().GetResult();
    }

    public static void Check(FileNode root, JsonSchema schema, FileErrors errors)
    {
        var check = new SchemaCheck(errors);
        foreach (var violation in schema.Validate(check.Json(root)))
        {
            check.Report(violation);
        }
    }

    private JToken Json(FileNode node)
    {
        JToken token = node.Kind switch
        {
            FileNodeKind.Map => new JObject(node.Entries.Select(entry => new JProperty(entry.Key, Json(entry.Value)))),
            FileNodeKind.List => new JArray(node.Items.Select(Json)),
            FileNodeKind.Whole => new JValue(node.Whole!.Value),
            FileNodeKind.Number => new JValue(node.Number!.Value),
            FileNodeKind.Flag => new JValue(node.Flag!.Value),
            FileNodeKind.Null => JValue.CreateNull(),
            FileNodeKind.Text => new JValue(node.Raw),
        };
        _nodes.Add(token, node);
        return token;
    }

    private void Report(ValidationError violation)
    {
        if (violation is ChildSchemaValidationError parent)
        {
            foreach (var child in parent.Errors.Values.SelectMany(children => children))
            {
                Report(child);
            }

            return;
        }

        var node = _nodes[violation.Token is JProperty property ? property.Value : violation.Token!];
        if (violation.Kind == ValidationErrorKind.PropertyRequired)
        {
            _errors.Add(node.File, node.Line, node.KeyOf(violation.Property!), "is missing");
        }
        else
        {
            _errors.Add(node, Words(violation, node));
        }
    }

    private static string Words(ValidationError violation, FileNode node)
    {
        var schema = violation.Schema;
        return violation.Kind switch
        {
            ValidationErrorKind.NoAdditionalPropertiesAllowed => "is not a known key",
            ValidationErrorKind.StringExpected => $"must be text, not {Kind(node)}",
            ValidationErrorKind.IntegerExpected => $"must be a whole number, not {Kind(node)}",
            ValidationErrorKind.NumberExpected => $"must be a number, not {Kind(node)}",
            ValidationErrorKind.BooleanExpected => $"must be true or false, not {Kind(node)}",
            ValidationErrorKind.ObjectExpected => $"must be a map, not {Kind(node)}",
            ValidationErrorKind.ArrayExpected => $"must be a list, not {Kind(node)}",
            ValidationErrorKind.PatternMismatch => $"'{Shown(node)}' must match {schema.Pattern}",
            ValidationErrorKind.NotInEnumeration => $"'{Shown(node)}' must be one of {string.Join(", ", schema.Enumeration)}",
            ValidationErrorKind.NumberTooSmall => string.Create(CultureInfo.InvariantCulture, $"must be at least {schema.Minimum}"),
            ValidationErrorKind.NumberTooBig => string.Create(CultureInfo.InvariantCulture, $"must be at most {schema.Maximum}"),
            ValidationErrorKind.StringTooShort => "must not be empty",
            ValidationErrorKind.StringTooLong => string.Create(CultureInfo.InvariantCulture, $"must have at most {schema.MaxLength} characters"),
            ValidationErrorKind.TooFewItems => string.Create(CultureInfo.InvariantCulture, $"must have at least {schema.MinItems} items"),
            ValidationErrorKind.TooManyItems => string.Create(CultureInfo.InvariantCulture, $"must have at most {schema.MaxItems} items"),
            ValidationErrorKind.TooFewProperties => "must not be empty",
            ValidationErrorKind.TooManyProperties => string.Create(CultureInfo.InvariantCulture, $"must have at most {schema.MaxProperties} keys"),
            _ => $"breaks the schema: {violation.Kind}",
        };
    }

    private static string Kind(FileNode node) => node.Kind switch
    {
        FileNodeKind.Map => "a map",
        FileNodeKind.List => "a list",
        FileNodeKind.Null => "nothing",
        FileNodeKind.Text or FileNodeKind.Whole or FileNodeKind.Number or FileNodeKind.Flag => $"'{Shown(node)}'",
    };

    private static string Shown(FileNode node) => node.Raw.Length <= 60 ? node.Raw : node.Raw[..60] + "…";
}
