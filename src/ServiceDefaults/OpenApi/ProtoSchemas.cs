using System.Text.Json.Nodes;
using Google.Protobuf.Reflection;
using Google.Rpc;
using Microsoft.OpenApi;

namespace Library.ServiceDefaults.OpenApi;

/// <summary>Schemas of messages as protobuf maps them to JSON; each message once, under its full name.</summary>
internal sealed class ProtoSchemas(OpenApiDocument document)
{
    private const string AnyName = "google.protobuf.Any";
    private static readonly MessageDescriptor[] Details = [ErrorInfo.Descriptor, LocalizedMessage.Descriptor, BadRequest.Descriptor, RetryInfo.Descriptor];

    private IDictionary<string, IOpenApiSchema> Known => (document.Components ??= new OpenApiComponents()).Schemas ??= new Dictionary<string, IOpenApiSchema>();

    /// <summary>A reference to the message's schema, which is added where it is not there yet; well-known types stand for themselves.</summary>
    public IOpenApiSchema Of(MessageDescriptor message)
    {
        switch (message.FullName)
        {
            case "google.protobuf.Timestamp": return new OpenApiSchema { Type = JsonSchemaType.String, Format = "date-time", Description = "RFC 3339, UTC" };
            case "google.protobuf.Duration": return new OpenApiSchema { Type = JsonSchemaType.String, Pattern = @"^-?\d+(\.\d+)?s$" };
            case "google.protobuf.Empty": return new OpenApiSchema { Type = JsonSchemaType.Object };
            case AnyName: return AnyDetail();
        }
        if (!Known.ContainsKey(message.FullName))
        {
            var schema = new OpenApiSchema();
            Known[message.FullName] = schema; // before the fields: a message may contain itself
            Fill(schema, message, _ => true);
        }
        return new OpenApiSchemaReference(message.FullName, document);
    }

    /// <summary>The body of a request whose other fields stand in the path.</summary>
    public IOpenApiSchema Without(MessageDescriptor message, IReadOnlySet<string> fields)
    {
        if (fields.Count == 0) return Of(message);
        var schema = new OpenApiSchema();
        Fill(schema, message, field => !fields.Contains(field.Name));
        return schema;
    }

    public IOpenApiSchema Of(FieldDescriptor field)
    {
        var one = One(field);
        var schema = field.IsRepeated && !field.IsMap ? new OpenApiSchema { Type = JsonSchemaType.Array, Items = one } : one;
        if (ProtoComments.Of(field) is not { } comment) return schema;
        switch (schema)
        {
            case OpenApiSchema own:
                own.Description = comment;
                break;
            case OpenApiSchemaReference reference:
                reference.Description = comment;
                break;
        }
        return schema;
    }

    private void Fill(OpenApiSchema schema, MessageDescriptor message, Func<FieldDescriptor, bool> wanted)
    {
        schema.Type = JsonSchemaType.Object;
        schema.Description = ProtoComments.Of(message);
        schema.Properties = message.Fields.InDeclarationOrder().Where(wanted).ToDictionary(field => field.JsonName, Of);
        var exclusive = message.Oneofs.Where(oneof => !oneof.IsSynthetic).SelectMany(PairsOf).ToList();
        if (exclusive.Count > 0) schema.Not = new OpenApiSchema { AnyOf = exclusive };
    }

    /// <summary>A oneof holds one field at most: no two of them may be there together.</summary>
    private static IEnumerable<IOpenApiSchema> PairsOf(OneofDescriptor oneof) =>
        oneof.Fields.SelectMany((first, index) => oneof.Fields.Skip(index + 1).Select(second =>
            new OpenApiSchema { Required = new HashSet<string> { first.JsonName, second.JsonName } }));

    private IOpenApiSchema One(FieldDescriptor field) => field.FieldType switch
    {
        FieldType.Message when field.IsMap => new OpenApiSchema { Type = JsonSchemaType.Object, AdditionalProperties = Of(field.MessageType.FindFieldByNumber(2)) },
        FieldType.Message or FieldType.Group => Of(field.MessageType),
        FieldType.Enum => new OpenApiSchema
        {
            Type = JsonSchemaType.String,
            Enum = [.. field.EnumType.Values.Where(value => value.Number != 0).Select(value => (JsonNode)value.Name)],
        },
        FieldType.Bool => new OpenApiSchema { Type = JsonSchemaType.Boolean },
        FieldType.Double or FieldType.Float => new OpenApiSchema { Type = JsonSchemaType.Number },
        FieldType.Int32 or FieldType.SInt32 or FieldType.SFixed32 or FieldType.UInt32 or FieldType.Fixed32 =>
            new OpenApiSchema { Type = JsonSchemaType.Integer, Format = "int32" },
        // a number, not a text: api.md
        FieldType.Int64 or FieldType.SInt64 or FieldType.SFixed64 or FieldType.UInt64 or FieldType.Fixed64 =>
            new OpenApiSchema { Type = JsonSchemaType.Integer, Format = "int64" },
        FieldType.Bytes => new OpenApiSchema { Type = JsonSchemaType.String, Format = "byte" },
        FieldType.String => new OpenApiSchema { Type = JsonSchemaType.String },
        _ => throw new InvalidOperationException($"{field.FullName} has a type that JSON does not know."),
    };

    /// <summary>A detail of a status: the message's fields and, in <c>@type</c>, which message it is.</summary>
    private OpenApiSchema AnyDetail() => new()
    {
        Type = JsonSchemaType.Object,
        Properties = new Dictionary<string, IOpenApiSchema> { ["@type"] = new OpenApiSchema { Type = JsonSchemaType.String } },
        Required = new HashSet<string> { "@type" },
        AnyOf = [.. Details.Select(Of)],
    };
}
