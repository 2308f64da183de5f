namespace Library.Catalog.Domain.Search;

/// <summary>A part of what somebody looks for.</summary>
public abstract record QueryNode;

/// <summary>One word.</summary>
/// <param name="Zone">Where.</param>
/// <param name="Word">Folded; a notation or a standard number in its own zone.</param>
/// <param name="IsPrefix">Whether words that begin so are meant too.</param>
public sealed record WordNode(Zone Zone, string Word, bool IsPrefix) : QueryNode;

/// <summary>Words in their order, one beside the other.</summary>
/// <param name="Zone">Where.</param>
/// <param name="Words">Folded, two at least.</param>
/// <param name="LastIsPrefix">Whether the last may go on.</param>
public sealed record PhraseNode(Zone Zone, IReadOnlyList<string> Words, bool LastIsPrefix) : QueryNode
{
    /// <inheritdoc/>
    public bool Equals(PhraseNode? other) => other is not null && Zone == other.Zone && LastIsPrefix == other.LastIsPrefix && Words.SequenceEqual(other.Words);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Zone, Words.Count, Words[0]);
}

/// <summary>Everything of it.</summary>
/// <param name="Parts">Two at least.</param>
public sealed record AllNode(IReadOnlyList<QueryNode> Parts) : QueryNode;

/// <summary>One of it at least.</summary>
/// <param name="Parts">Two at least.</param>
public sealed record AnyNode(IReadOnlyList<QueryNode> Parts) : QueryNode;

/// <summary>Not this; stands only beside something that is wanted.</summary>
/// <param name="Part">What must not be found.</param>
public sealed record NotNode(QueryNode Part) : QueryNode;

/// <summary>Why a query is not run.</summary>
public enum QueryFault
{
    /// <summary>More words than <see cref="SearchQuery.MaxWords"/>. Remedy: ask for less.</summary>
    TooManyWords = 1,

    /// <summary>More wildcards than <see cref="SearchQuery.MaxWildcards"/>.</summary>
    TooManyWildcards,

    /// <summary>A wildcard after fewer than <see cref="SearchQuery.MinPrefix"/> characters.</summary>
    PrefixTooShort,

    /// <summary>Something is only excluded and nothing wanted, in the whole or on one side of an OR.</summary>
    OnlyExcludes,

    /// <summary>Parentheses within parentheses, deeper than <see cref="SearchQuery.MaxDepth"/>.</summary>
    TooDeep,
}

/// <summary>What somebody looks for, as they wrote it in one box.</summary>
/// <param name="Root">Null where there is not a single word in it: it finds nothing.</param>
/// <param name="Fault">Why it is not run; null: it is.</param>
public sealed record SearchQuery(QueryNode? Root, QueryFault? Fault)
{
    /// <summary>The most words of a query.</summary>
    public const int MaxWords = 32;

    /// <summary>The most wildcards of a query.</summary>
    public const int MaxWildcards = 5;

    /// <summary>The fewest characters before a wildcard.</summary>
    public const int MinPrefix = 2;

    /// <summary>The deepest parentheses.</summary>
    public const int MaxDepth = 8;

    /// <summary>
    /// Reads a query: words; "a phrase"; <c>word*</c>; AND (or nothing), OR (or |), NOT (or a hyphen before the word) and parentheses; a zone before a
    /// colon (title:, name:, subject:, series:, isbn:, udc: and their Slovenian and Lithuanian names). What is not closed is closed at the end; what
    /// has no meaning is passed over. An ISBN or ISSN in any of its forms is one word.
    /// </summary>
    /// <param name="text">As it was typed.</param>
    /// <param name="zone">Where the words stand that name no zone.</param>
    public static SearchQuery Parse(string text, Zone zone = Zone.Any)
    {
        if (text.Count(c => c is '*' or '?') > MaxWildcards)
        {
            return new SearchQuery(null, QueryFault.TooManyWildcards);
        }

        if (Numbers.Of(text) is { } number)
        {
            return new SearchQuery(new WordNode(Zone.Number, number, false), null);
        }

        var parser = new QueryParser(text, zone);
        var root = parser.Parse();
        var fault = parser.Fault ?? (root is not null && !IsWanted(root) ? QueryFault.OnlyExcludes : null);
        return new SearchQuery(fault is null ? root : null, fault);
    }

    /// <summary>Both must hold.</summary>
    public static SearchQuery Both(SearchQuery first, SearchQuery second) => new(
        (first.Root, second.Root) switch
        {
            ({ } one, { } other) => new AllNode([one, other]),
            var (one, other) => one ?? other,
        },
        first.Fault ?? second.Fault);

    private static bool IsWanted(QueryNode node) => node switch
    {
        NotNode => false,
        AllNode all => all.Parts.Any(IsWanted) && all.Parts.All(part => part is not AnyNode any || IsWanted(any)),
        AnyNode any => any.Parts.All(IsWanted),
        _ => true,
    };
}

/// <summary>Standard numbers in queries.</summary>
internal static class Numbers
{
    /// <summary>The ISBN as 13 digits or the ISSN as 8 characters, where the whole text is one; else null.</summary>
    public static string? Of(string text)
    {
        var compact = text.Replace(" ", "", StringComparison.Ordinal);
        if (compact.Length is < 8 or > 20 || compact.Any(c => !char.IsAsciiDigit(c) && c is not ('-' or '‐' or '‑' or '–' or 'x' or 'X')))
        {
            return null;
        }

        if (Isbn.TryNormalise(compact, out var isbn))
        {
            return isbn;
        }

        return Issn.TryNormalise(compact, out var issn) ? issn.Replace("-", "", StringComparison.Ordinal).ToLowerInvariant() : null;
    }
}
