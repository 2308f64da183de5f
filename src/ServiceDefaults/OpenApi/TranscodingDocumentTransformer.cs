using System.Text.Json.Nodes;
using Google.Protobuf.Reflection;
using Library.Contracts;
using Library.ServiceDefaults.Security;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace Library.ServiceDefaults.OpenApi;

/// <summary>
/// Puts the transcoded methods into the service's OpenAPI document, which ASP.NET Core does not see, straight from the
/// descriptors: what the document says and what the service does have one source. Ordinary endpoints under <c>/api</c>
/// stand in it already and get the same errors and security; everything else is left out.
/// </summary>
public sealed class TranscodingDocumentTransformer(AccessTable access) : IOpenApiDocumentTransformer
{
    /// <summary>Name of the security scheme.</summary>
    public const string Scheme = "bearer";
    private const string RolesExtension = "x-roles";

    public Task TransformAsync(OpenApiDocument document, OpenApiDocumentTransformerContext context, CancellationToken cancellationToken)
    {
        var schemas = new ProtoSchemas(document);
        document.Servers?.Clear(); // the gateway knows the address
        document.Paths ??= [];
        foreach (var path in document.Paths.Keys.Where(path => !path.StartsWith("/api/", StringComparison.Ordinal)).ToList())
            document.Paths.Remove(path);
        document.Components ??= new OpenApiComponents();
        document.Components.SecuritySchemes ??= new Dictionary<string, IOpenApiSecurityScheme>();
        document.Components.SecuritySchemes[Scheme] = new OpenApiSecurityScheme { Type = SecuritySchemeType.Http, Scheme = "bearer", BearerFormat = "JWT" };

        AddOrdinary(document, context, schemas);
        foreach (var (method, rights) in access.All.OrderBy(entry => entry.Method.Service.Name, StringComparer.Ordinal).ThenBy(entry => entry.Method.Index))
            foreach (var (number, (verb, template, body)) in PathTemplate.BindingsOf(method).Index())
            {
                var path = PathTemplate.Parse(template);
                if (!document.Paths.TryGetValue(path.Path, out var item)) document.Paths[path.Path] = item = new OpenApiPathItem();
                var operation = OperationOf(method, rights, verb, path, body, document, schemas);
                if (number > 0) operation.OperationId += number + 1; // another binding of the same method
                ((OpenApiPathItem)item).AddOperation(verb, operation);
            }
        return Task.CompletedTask;
    }

    /// <summary>Ordinary endpoints: ASP.NET Core has named them after our code; they stand with the methods of the same collection.</summary>
    private void AddOrdinary(OpenApiDocument document, OpenApiDocumentTransformerContext context, ProtoSchemas schemas)
    {
        document.Tags?.Clear();
        var services = access.All
            .SelectMany(entry => PathTemplate.BindingsOf(entry.Method).Select(binding => (entry.Method.Service, PathTemplate.Parse(binding.Template).Path)))
            .OrderBy(entry => entry.Service.FullName, StringComparer.Ordinal).ToList();
        foreach (var endpoint in context.DescriptionGroups.SelectMany(group => group.Items))
        {
            if (!document.Paths.TryGetValue("/" + endpoint.RelativePath, out var item)
                || item.Operations?.GetValueOrDefault(new HttpMethod(endpoint.HttpMethod ?? "GET")) is not { } operation) continue;
            var collection = CollectionOf("/" + endpoint.RelativePath);
            var service = services.FirstOrDefault(entry => CollectionOf(entry.Path) == collection).Service ?? services.FirstOrDefault().Service;
            if (service is not null)
            {
                AddTag(document, service);
                operation.Tags = new HashSet<OpenApiTagReference> { new(service.Name, document) };
            }
            var rights = endpoint.ActionDescriptor.EndpointMetadata.OfType<EndpointAccess>().ToList();
            var roles = rights.SelectMany(right => right.Roles).ToList();
            var who = rights.Count == 0 ? "Needs no token." : RolesOf(new Access { Roles = { roles } });
            operation.Description = string.Join("\n\n", new[] { operation.Description ?? "", who }.Where(text => text.Length > 0));
            operation.AddExtension(RolesExtension, RolesNode(roles));
            AddErrorsAndSecurity(operation, document, schemas);
            if (rights.Count == 0) operation.Security = null;
        }
    }

    /// <summary>/api/v1/records:import and /api/v1/records/{record} are of one collection.</summary>
    private static string CollectionOf(string path) => path.Split('/', ':') is [_, _, _, var collection, ..] ? collection : "";

    private static OpenApiOperation OperationOf(
        MethodDescriptor method, Access rights, HttpMethod verb, PathTemplate path, string body, OpenApiDocument document, ProtoSchemas schemas)
    {
        AddTag(document, method.Service);
        var comment = ProtoComments.Of(method) ?? "";
        var end = comment.IndexOf(". ", StringComparison.Ordinal);
        var operation = new OpenApiOperation
        {
            OperationId = method.Name,
            Summary = (end < 0 ? comment : comment[..end]) is { Length: > 0 } first ? first.TrimEnd('.') : method.Name,
            Description = string.Join("\n\n", new[] { comment, RolesOf(rights) }.Where(text => text.Length > 0)),
            Tags = new HashSet<OpenApiTagReference> { new(method.Service.Name, document) },
            Parameters = [.. path.Parameters.Select(InPath)],
            Responses = new OpenApiResponses { ["200"] = new OpenApiResponse { Description = "OK", Content = Json(schemas.Of(method.OutputType)) } },
            Extensions = new Dictionary<string, IOpenApiExtension> { [RolesExtension] = RolesNode(rights.Roles) },
        };
        var taken = path.Parameters.Select(parameter => parameter.Field).ToHashSet();
        if (body.Length == 0) AddQuery(operation, method.InputType, "", taken, schemas, depth: 0);
        else
            operation.RequestBody = new OpenApiRequestBody
            {
                Required = method.InputType.Fields.InDeclarationOrder().Any(field => !taken.Contains(field.Name)),
                Content = Json(body == "*" ? schemas.Without(method.InputType, taken) : schemas.Of(method.InputType.FindFieldByName(body))),
            };
        if (verb == HttpMethod.Post && method.GetOptions()?.IdempotencyLevel != MethodOptions.Types.IdempotencyLevel.NoSideEffects)
            operation.Parameters.Add(new OpenApiParameter
            {
                Name = "Idempotency-Key",
                In = ParameterLocation.Header,
                Description = "The same key and request have one effect and the same answer, for seven days.",
                Schema = new OpenApiSchema { Type = JsonSchemaType.String, MaxLength = 64 },
            });
        AddErrorsAndSecurity(operation, document, schemas);
        return operation;
    }

    private static OpenApiParameter InPath(PathParameter parameter) => new()
    {
        Name = parameter.Name,
        In = ParameterLocation.Path,
        Required = true,
        Description = parameter.Pattern == "*" ? null : $"The id in {parameter.Pattern}.",
        Schema = new OpenApiSchema { Type = JsonSchemaType.String },
    };

    /// <summary>Fields that are neither in the path nor in a body stand in the query; those of a nested message with a dot.</summary>
    private static void AddQuery(OpenApiOperation operation, MessageDescriptor type, string prefix, HashSet<string> taken, ProtoSchemas schemas, int depth)
    {
        foreach (var field in type.Fields.InDeclarationOrder().Where(field => !field.IsMap && !taken.Contains(prefix + field.Name)))
            if (field.FieldType == FieldType.Message && field.MessageType.File.Package != "google.protobuf")
            {
                if (depth < 2 && !field.IsRepeated) AddQuery(operation, field.MessageType, $"{prefix}{field.Name}.", taken, schemas, depth + 1);
            }
            else
                operation.Parameters!.Add(new OpenApiParameter
                {
                    Name = string.Join('.', prefix.Split('.', StringSplitOptions.RemoveEmptyEntries).Append(field.JsonName)),
                    In = ParameterLocation.Query,
                    Description = ProtoComments.Of(field),
                    Schema = schemas.Of(field),
                });
    }

    private static void AddErrorsAndSecurity(OpenApiOperation operation, OpenApiDocument document, ProtoSchemas schemas)
    {
        operation.Responses ??= [];
        operation.Responses["default"] = new OpenApiResponse
        {
            Description = "Refused or failed: google.rpc.Status, whose ErrorInfo.reason says why",
            Content = Json(schemas.Of(Google.Rpc.Status.Descriptor)),
        };
        operation.Security = [new OpenApiSecurityRequirement { [new OpenApiSecuritySchemeReference(Scheme, document)] = [] }];
    }

    private static void AddTag(OpenApiDocument document, Google.Protobuf.Reflection.ServiceDescriptor service)
    {
        document.Tags ??= new HashSet<OpenApiTag>();
        if (document.Tags.All(tag => tag.Name != service.Name))
            document.Tags.Add(new OpenApiTag { Name = service.Name, Description = ProtoComments.Of(service) });
    }

    private static JsonNodeExtension RolesNode(IEnumerable<string> roles) => new(new JsonArray([.. roles.Select(role => (JsonNode)role)]));

    private static string RolesOf(Access rights)
    {
        var roles = rights.Roles.Select(role => role switch
        {
            Roles.Any => "everybody with a token",
            Roles.Member when rights.Own => "member (own things only)",
            Roles.Librarian when rights.BranchField.Length > 0 => "librarian (at the token's branch only)",
            Roles.Kiosk when rights.BranchField.Length > 0 => "kiosk (at the token's branch only)",
            _ => role,
        });
        return rights.Roles.Count == 0 ? "" : $"May be called by: {string.Join(", ", roles)}.";
    }

    private static Dictionary<string, OpenApiMediaType> Json(IOpenApiSchema schema) => new() { ["application/json"] = new OpenApiMediaType { Schema = schema } };
}
