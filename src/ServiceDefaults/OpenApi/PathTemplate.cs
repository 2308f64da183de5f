using System.Text;
using Google.Api;
using Google.Protobuf.Reflection;

namespace Library.ServiceDefaults.OpenApi;

/// <summary>One parameter of a path: the field that it becomes part of, the pattern that the whole field has.</summary>
/// <param name="Name">In the document, for example <c>member</c> of <c>/members/{member}</c>.</param>
/// <param name="Field">Of the request, in snake_case, dotted where nested.</param>
/// <param name="Pattern">What the field is made of, for example <c>members/*</c>; <c>*</c> for a plain one.</param>
public sealed record PathParameter(string Name, string Field, string Pattern);

/// <summary>
/// A path of <c>google.api.http</c> as OpenAPI writes it: <c>/api/v1/{name=members/*}:renew</c> is <c>/api/v1/members/{member}:renew</c>.
/// </summary>
public sealed record PathTemplate(string Path, IReadOnlyList<PathParameter> Parameters)
{
    /// <summary>Every verb and template under which a method is reached over REST; empty for one that is not.</summary>
    public static IEnumerable<(HttpMethod Verb, string Template, string Body)> BindingsOf(MethodDescriptor method)
    {
        if (method.GetOptions()?.GetExtension(AnnotationsExtensions.Http) is not { } rule) return [];
        return new[] { rule }.Concat(rule.AdditionalBindings).Select(binding => binding.PatternCase switch
        {
            HttpRule.PatternOneofCase.Get => (HttpMethod.Get, binding.Get, binding.Body),
            HttpRule.PatternOneofCase.Put => (HttpMethod.Put, binding.Put, binding.Body),
            HttpRule.PatternOneofCase.Post => (HttpMethod.Post, binding.Post, binding.Body),
            HttpRule.PatternOneofCase.Delete => (HttpMethod.Delete, binding.Delete, binding.Body),
            HttpRule.PatternOneofCase.Patch => (HttpMethod.Patch, binding.Patch, binding.Body),
            HttpRule.PatternOneofCase.Custom => (new HttpMethod(binding.Custom.Kind), binding.Custom.Path, binding.Body),
            _ => throw new InvalidOperationException($"{method.FullName} has an HTTP rule without a path."),
        });
    }

    public static PathTemplate Parse(string template)
    {
        var path = new StringBuilder();
        var parameters = new List<PathParameter>();
        for (var at = 0; at < template.Length;)
        {
            var open = template.IndexOf('{', at);
            if (open < 0)
            {
                path.Append(template, at, template.Length - at);
                break;
            }
            path.Append(template, at, open - at);
            var close = template.IndexOf('}', open);
            var parts = template[(open + 1)..close].Split('=', 2);
            AddVariable(parts[0], parts.Length > 1 ? parts[1] : "*", path, parameters);
            at = close + 1;
        }
        return new PathTemplate(path.ToString(), parameters);
    }

    /// <summary>A wildcard is named after the collection before it: <c>events/*/registrations/*</c> has an event and a registration.</summary>
    private static void AddVariable(string field, string pattern, StringBuilder path, List<PathParameter> parameters)
    {
        var collection = "";
        var segments = pattern.Split('/').Select(segment =>
        {
            if (segment is not ("*" or "**"))
            {
                collection = segment;
                return segment;
            }
            var name = collection.Length == 0 ? JsonNameOf(field) : collection.EndsWith('s') ? collection[..^1] : collection;
            parameters.Add(new PathParameter(name, field, pattern));
            return $"{{{name}}}";
        });
        path.AppendJoin('/', segments);
    }

    private static string JsonNameOf(string field)
    {
        var words = field.Split('_', '.');
        return words[0] + string.Concat(words.Skip(1).Select(word => char.ToUpperInvariant(word[0]) + word[1..]));
    }
}
