using System.Buffers;
using System.Globalization;
using System.Text.Json;
using Google.Protobuf.Reflection;
using Library.ServiceDefaults.Errors;
using Microsoft.AspNetCore.Grpc.JsonTranscoding;
using Microsoft.AspNetCore.Http;

namespace Library.ServiceDefaults.Requests;

/// <summary>
/// Looks at a transcoded request's JSON and query before transcoding does, because transcoding says only that something is
/// wrong: here each field is named, and a field that the method does not know is an error, not a silent loss.
/// </summary>
public sealed class JsonCheckMiddleware(RequestDelegate next, StatusBuilder statuses)
{
    /// <summary>Transcoded bodies are commands of a few fields; files are streamed by ordinary endpoints.</summary>
    public const int MaxBodyBytes = 256 * 1024;
    private const int MaxViolations = 20;

    public async Task InvokeAsync(HttpContext context)
    {
        if (context.GetEndpoint()?.Metadata.GetMetadata<GrpcJsonTranscodingMetadata>() is not { } method)
        {
            await next(context);
            return;
        }
        var wrong = new List<Violation>();
        foreach (var (name, values) in context.Request.Query)
            CheckQuery(method.MethodDescriptor.InputType, name, values, wrong);
        if (method.HttpRule.Body.Length > 0 && !await CheckBodyAsync(context, method.MethodDescriptor.InputType, wrong)) return;
        if (wrong.Count == 0) await next(context);
        else await RestErrors.WriteAsync(context, statuses.Build(Failure.Invalid([.. wrong.Take(MaxViolations)]), Language(context)));
    }

    /// <summary>False when the answer (too large) is given already.</summary>
    private async Task<bool> CheckBodyAsync(HttpContext context, MessageDescriptor type, List<Violation> wrong)
    {
        if (context.Request.ContentLength > MaxBodyBytes) return await TooLargeAsync(context);
        using var body = new MemoryStream((int)(context.Request.ContentLength ?? 0));
        var buffer = ArrayPool<byte>.Shared.Rent(16 * 1024);
        try
        {
            int read;
            while ((read = await context.Request.Body.ReadAsync(buffer, context.RequestAborted)) > 0)
            {
                if (body.Length + read > MaxBodyBytes) return await TooLargeAsync(context);
                body.Write(buffer, 0, read);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
        if (body.Length == 0) body.Write("{}"u8);
        try
        {
            using var json = JsonDocument.Parse(body.GetBuffer().AsMemory(0, (int)body.Length), new JsonDocumentOptions { MaxDepth = 32 });
            CheckMessage(type, json.RootElement, "", wrong);
        }
        // bytes in a text or a name that are no UTF-8, and halves of a surrogate pair, are found only when it is read
        catch (Exception unreadable) when (unreadable is JsonException or InvalidOperationException)
        {
            wrong.Add(new Violation("body", "JSON"));
        }
        context.Request.Body = new MemoryStream(body.GetBuffer(), 0, (int)body.Length, writable: false);
        context.Request.ContentLength = body.Length;
        context.Request.ContentType ??= "application/json";
        return true;
    }

    private async Task<bool> TooLargeAsync(HttpContext context)
    {
        await RestErrors.WriteAsync(context, statuses.Build(
            Grpc.Core.StatusCode.InvalidArgument, "TOO_LARGE", Language(context), ("max", MaxBodyBytes.ToString(CultureInfo.InvariantCulture))));
        return false;
    }

    private static string Language(HttpContext context) => context.Request.Headers.AcceptLanguage.ToString();

    private static void CheckQuery(MessageDescriptor type, string name, IReadOnlyList<string?> values, List<Violation> wrong)
    {
        var field = Find(type, name);
        if (field is null || field.FieldType == FieldType.Message)
            wrong.Add(new Violation(Shown(name), "UNKNOWN"));
        else
            foreach (var value in values)
                if (Expected(field, value ?? "", JsonValueKind.String) is { } expected)
                    wrong.Add(new Violation(name, field.FieldType == FieldType.Enum ? "ENUM" : "TYPE", ("expected", expected)));
    }

    private static void CheckMessage(MessageDescriptor type, JsonElement value, string path, List<Violation> wrong)
    {
        if (value.ValueKind != JsonValueKind.Object)
        {
            wrong.Add(new Violation(path.Length == 0 ? "body" : path, "TYPE", ("expected", "an object")));
            return;
        }
        foreach (var property in value.EnumerateObject())
        {
            var name = path.Length == 0 ? Shown(property.Name) : $"{path}.{Shown(property.Name)}";
            if (Find(type, property.Name) is not { } field) wrong.Add(new Violation(name, "UNKNOWN"));
            else if (property.Value.ValueKind == JsonValueKind.Null) continue;
            else if (field.IsRepeated && !field.IsMap) CheckList(field, property.Value, name, wrong);
            else CheckValue(field, property.Value, name, wrong);
        }
    }

    private static void CheckList(FieldDescriptor field, JsonElement value, string path, List<Violation> wrong)
    {
        if (value.ValueKind != JsonValueKind.Array)
        {
            wrong.Add(new Violation(path, "TYPE", ("expected", "an array")));
            return;
        }
        var index = 0;
        foreach (var element in value.EnumerateArray())
            CheckValue(field, element, $"{path}[{index++}]", wrong);
    }

    private static void CheckValue(FieldDescriptor field, JsonElement value, string path, List<Violation> wrong)
    {
        if (field.FieldType == FieldType.Message && field.MessageType.File.Package != "google.protobuf")
            CheckMessage(field.MessageType, value, path, wrong);
        else if (Expected(field, value.ValueKind == JsonValueKind.String ? value.GetString()! : value.GetRawText(), value.ValueKind) is { } expected)
            wrong.Add(new Violation(path, field.FieldType == FieldType.Enum ? "ENUM" : "TYPE", ("expected", expected)));
    }

    /// <summary>What the field expects where the value is not that; null where it is. A number may stand in quotes.</summary>
    private static string? Expected(FieldDescriptor field, string text, JsonValueKind kind)
    {
        var scalar = kind is JsonValueKind.String or JsonValueKind.Number;
        return field.FieldType switch
        {
            FieldType.String => kind == JsonValueKind.String ? null : "text in quotes",
            FieldType.Bool => kind is JsonValueKind.True or JsonValueKind.False || (kind == JsonValueKind.String && bool.TryParse(text, out _)) ? null : "true or false",
            FieldType.Int32 => scalar && int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out _) ? null : "a whole number",
            FieldType.Int64 => scalar && long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out _) ? null : "a whole number",
            FieldType.Enum => kind == JsonValueKind.String && field.EnumType.Values.Any(value => value.Name == text && value.Number != 0)
                ? null : string.Join(", ", field.EnumType.Values.Where(value => value.Number != 0).Select(value => value.Name)),
            FieldType.Message when field.MessageType.FullName == "google.protobuf.Timestamp" =>
                kind == JsonValueKind.String && NodaTime.Text.OffsetDateTimePattern.Rfc3339.Parse(text).Success ? null : "an instant, for example 2026-01-31T18:00:00Z",
            _ => null,
        };
    }

    private static FieldDescriptor? Find(MessageDescriptor type, string name) =>
        type.Fields.InDeclarationOrder().FirstOrDefault(field => field.JsonName == name || field.Name == name);

    /// <summary>A name that the caller made up is shown only when it looks like one.</summary>
    private static string Shown(string name) =>
        name.Length <= 60 && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '.') ? name : "(unknown field)";
}
