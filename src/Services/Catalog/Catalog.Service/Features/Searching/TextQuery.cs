using Library.Catalog.Domain.Search;

namespace Library.Catalog.Features.Searching;

/// <summary>What is known of the words of a query: how each is to be looked for.</summary>
/// <param name="Unfinished">Words that no record has, but that words of records begin with.</param>
/// <param name="Instead">Words that are looked for in place of one; the first is the best.</param>
public sealed record KnownWords(IReadOnlySet<string> Unfinished, IReadOnlyDictionary<string, IReadOnlyList<string>> Instead)
{
    public static readonly KnownWords Plain = new(new HashSet<string>(), new Dictionary<string, IReadOnlyList<string>>());
}

/// <summary>
/// A query as PostgreSQL's tsquery over the terms of <see cref="IndexTerms"/>. Every term is quoted, and none holds a quote or a backslash, so
/// that nothing in a query is a command.
/// </summary>
public static class TextQuery
{
    /// <summary>The words that may be mistyped or unfinished.</summary>
    public static IEnumerable<string> WordsOf(QueryNode node) => node switch
    {
        WordNode { IsPrefix: false, Zone: not (Zone.Number or Zone.Classification) } word => [word.Word],
        AllNode all => all.Parts.SelectMany(WordsOf),
        AnyNode any => any.Parts.SelectMany(WordsOf),
        _ => [],
    };

    /// <summary>The query; with <paramref name="mainOnly"/> words for anywhere must stand in titles or names.</summary>
    public static string Of(QueryNode node, KnownWords known, bool mainOnly = false) => node switch
    {
        WordNode word => Word(word, known, mainOnly),
        PhraseNode phrase => Phrase(phrase, known, mainOnly),
        AllNode all => Joined(" & ", all.Parts.Select(part => Of(part, known, mainOnly))),
        AnyNode any => Joined(" | ", any.Parts.Select(part => Of(part, known, mainOnly))),
        NotNode not => $"!({Of(not.Part, known)})", // what is excluded is excluded wherever it stands
        _ => throw new InvalidOperationException($"{node.GetType().Name} is no part of a query."),
    };

    /// <summary>The query as it is shown to who asked, with corrected words; the rest as it was written.</summary>
    public static string Corrected(string text, KnownWords known)
    {
        foreach (var (word, instead) in known.Instead)
            text = string.Join(' ', text.Split(' ').Select(part => Words.Of(part).SequenceEqual([word]) ? Replaced(part, instead[0]) : part));
        return text;
    }

    // brackets, quotes and a zone around the word stay
    private static string Replaced(string part, string word)
    {
        var first = part.AsSpan().IndexOfAnyExcept("\"(“„«");
        var last = part.AsSpan().LastIndexOfAnyExcept("\")”“»");
        return part[..first] + word + part[(last + 1)..];
    }

    private static string Word(WordNode word, KnownWords known, bool mainOnly)
    {
        var terms = new List<string>();
        foreach (var prefix in Prefixes(word.Zone, mainOnly))
            foreach (var wanted in known.Instead.GetValueOrDefault(word.Word) ?? [word.Word])
                if (word.IsPrefix || known.Unfinished.Contains(wanted)) terms.Add($"'{prefix}{wanted}':*");
                else if (word.Zone is Zone.Number or Zone.Classification) terms.Add($"'{prefix}{wanted}'");
                else terms.AddRange(Stems.OfAnyLanguage(wanted).Prepend(wanted).Select(form => $"'{prefix}{form}'"));
        return Joined(" | ", terms);
    }

    private static string Phrase(PhraseNode phrase, KnownWords known, bool mainOnly)
    {
        var pairs = phrase.Words.Zip(phrase.Words.Skip(1), IndexTerms.Pair).Select((pair, index) =>
            $"'{pair}'" + (phrase.LastIsPrefix && index == phrase.Words.Count - 2 ? ":*" : ""));
        var words = phrase.Zone == Zone.Any && !mainOnly
            ? []
            : phrase.Words.Select((word, index) => Joined(" | ", Prefixes(phrase.Zone, mainOnly)
                .Select(prefix => $"'{prefix}{word}'" + (phrase.LastIsPrefix && index == phrase.Words.Count - 1 ? ":*" : ""))));
        return Joined(" & ", pairs.Concat(words));
    }

    private static string[] Prefixes(Zone zone, bool mainOnly) =>
        zone == Zone.Any && mainOnly ? [IndexTerms.Prefix(Zone.Title), IndexTerms.Prefix(Zone.Name)] : [IndexTerms.Prefix(zone)];

    private static string Joined(string sign, IEnumerable<string> parts) => $"({string.Join(sign, parts)})";
}
