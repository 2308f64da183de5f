using System.Buffers.Text;
using System.Globalization;
using System.Text;
using Library.ServiceDefaults.Errors;
using NodaTime.Text;

namespace Library.ServiceDefaults.Requests;

/// <summary>
/// Reads the fields of a request and gathers what is wrong, so that every field is named at once:
/// <c>var fields = new Fields(); var on = fields.Date("birthDate", …); fields.ThrowIfWrong();</c>
/// </summary>
public sealed class Fields
{
    private readonly List<Violation> wrong = [];

    /// <summary>Adds a violation. The figures fill the text's placeholders.</summary>
    public void Wrong(string field, string code, params (string Name, string Value)[] figures) => wrong.Add(new Violation(field, code, figures));

    /// <summary>A text, trimmed, of <paramref name="min"/> to <paramref name="max"/> characters; without control characters.</summary>
    public string Text(string field, string value, int min, int max)
    {
        var text = value.Trim().Normalize(NormalizationForm.FormC);
        if (text.Length == 0 && min > 0) Wrong(field, "REQUIRED");
        else if (text.Length < min || text.Length > max) Wrong(field, "LENGTH", ("min", Figure(min)), ("max", Figure(max)));
        else if (text.Any(char.IsControl)) Wrong(field, "FORMAT", ("expected", "text without control characters"));
        return text;
    }

    /// <summary>A barcode or card number: 1–30 characters of A–Z, 0–9 and -.</summary>
    public string Code(string field, string value)
    {
        if (value.Length == 0) Wrong(field, "REQUIRED");
        else if (value.Length > 30 || value.Any(c => c is not (>= 'A' and <= 'Z' or >= '0' and <= '9' or '-')))
            Wrong(field, "FORMAT", ("expected", "1–30 × A–Z, 0–9, -"));
        return value;
    }

    /// <summary>A date of the calendar, YYYY-MM-DD; the default where it is wrong.</summary>
    public LocalDate Date(string field, string value)
    {
        if (value.Length == 0) Wrong(field, "REQUIRED");
        else if (LocalDatePattern.Iso.Parse(value) is { Success: true } date) return date.Value;
        else Wrong(field, "DATE");
        return default;
    }

    /// <summary>As <see cref="Date"/>, but null where absent.</summary>
    public LocalDate? OptionalDate(string field, string value) => value.Length == 0 ? null : Date(field, value);

    /// <summary>A number within bounds, both inclusive.</summary>
    public long Range(string field, long value, long min, long max)
    {
        if (value < min || value > max) Wrong(field, "RANGE", ("min", Figure(min)), ("max", Figure(max)));
        return value;
    }

    /// <summary>A page size: <paramref name="absent"/> where it is 0.</summary>
    public int PageSize(int value, int absent, int max) => value == 0 ? absent : (int)Range("pageSize", value, 1, max);

    /// <summary>An enumeration that must be given and known.</summary>
    public T Enum<T>(string field, T value) where T : struct, Enum
    {
        if (Convert.ToInt32(value, CultureInfo.InvariantCulture) == 0) Wrong(field, "REQUIRED");
        else if (!System.Enum.IsDefined(value)) Wrong(field, "ENUM", ("expected", Names.Of<T>()));
        return value;
    }

    /// <summary>
    /// The id of a resource name such as <c>members/0198…</c>. A name of another form is a violation; an id that does not
    /// exist is for the caller to find out.
    /// </summary>
    public Guid Name(string field, string collection, string value)
    {
        if (value.Length == 0) Wrong(field, "REQUIRED");
        else if (ResourceName.TryParse(collection, value, out var id)) return id;
        else Wrong(field, "FORMAT", ("expected", $"{collection}/ID"));
        return Guid.Empty;
    }

    /// <summary>INVALID_ARGUMENT with every field that is wrong, or nothing.</summary>
    /// <exception cref="Failure"/>
    public void ThrowIfWrong()
    {
        if (wrong.Count > 0) throw Failure.Invalid(wrong);
    }

    private static string Figure(long value) => value.ToString(CultureInfo.InvariantCulture);
}

/// <summary>Names of resources: a collection and an id, <c>loans/0198…</c>.</summary>
public static class ResourceName
{
    public static string Of(string collection, Guid id) => $"{collection}/{id:D}";

    public static bool TryParse(string collection, string name, out Guid id)
    {
        id = Guid.Empty;
        return name.Length == collection.Length + 37
            && name.StartsWith(collection, StringComparison.Ordinal) && name[collection.Length] == '/'
            && Guid.TryParseExact(name.AsSpan(collection.Length + 1), "D", out id);
    }

    /// <summary>The id in a path; NOT_FOUND for a name of another form, because no such thing can exist.</summary>
    /// <exception cref="Failure"/>
    public static Guid Parse(string collection, string name, string kind) =>
        TryParse(collection, name, out var id) ? id : throw Failure.NotFound(kind);
}

/// <summary>Names of a protobuf enumeration as JSON bears them.</summary>
public static class Names
{
    public static string Of<T>() where T : struct, Enum => string.Join(", ", System.Enum.GetValues<T>().Skip(1).Select(value => Of(value)));

    /// <summary>The original name (BOOK) of a generated member (Book).</summary>
    public static string Of<T>(T value) where T : struct, Enum =>
        typeof(T).GetField(value.ToString())?.GetCustomAttributes(typeof(Google.Protobuf.Reflection.OriginalNameAttribute), false)
            .OfType<Google.Protobuf.Reflection.OriginalNameAttribute>().FirstOrDefault()?.Name ?? value.ToString();

    /// <summary>The member with the original name; null where there is none.</summary>
    public static T? Parse<T>(string name) where T : struct, Enum
    {
        foreach (var value in System.Enum.GetValues<T>())
            if (Of(value) == name) return value;
        return null;
    }
}

/// <summary>Where the next page of a list begins: the sort key of the last row, opaque to the caller.</summary>
public static class PageToken
{
    public static string Write(params string[] key) => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(string.Join('\u001f', key)));

    /// <summary>Null for the first page.</summary>
    /// <exception cref="Failure">INVALID_ARGUMENT for a token that is not of this list.</exception>
    public static string[]? Read(string token, int parts)
    {
        if (token.Length == 0) return null;
        if (token.Length <= 1_000 && Base64Url.IsValid(token))
        {
            var key = Encoding.UTF8.GetString(Base64Url.DecodeFromChars(token)).Split('\u001f');
            if (key.Length == parts) return key;
        }
        throw Failure.Invalid(new Violation("pageToken", "PAGE_TOKEN"));
    }
}
