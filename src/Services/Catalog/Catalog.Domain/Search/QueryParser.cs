using System.Collections.Frozen;

namespace Library.Catalog.Domain.Search;

/// <summary>Reads one query from left to right. Never throws.</summary>
internal sealed class QueryParser(string text, Zone zone)
{
    // the words that a member writes, in the languages of the interface
    private static readonly FrozenDictionary<string, Zone> Zones = new Dictionary<string, Zone>
    {
        ["title"] = Zone.Title, ["ti"] = Zone.Title, ["naslov"] = Zone.Title, ["antraste"] = Zone.Title, ["tytul"] = Zone.Title,
        ["name"] = Zone.Name, ["author"] = Zone.Name, ["au"] = Zone.Name, ["avtor"] = Zone.Name, ["ime"] = Zone.Name, ["autorius"] = Zone.Name, ["autor"] = Zone.Name,
        ["subject"] = Zone.Subject, ["su"] = Zone.Subject, ["predmet"] = Zone.Subject, ["tema"] = Zone.Subject, ["temat"] = Zone.Subject,
        ["series"] = Zone.Series, ["zbirka"] = Zone.Series, ["serija"] = Zone.Series, ["seria"] = Zone.Series,
        ["isbn"] = Zone.Number, ["issn"] = Zone.Number, ["number"] = Zone.Number, ["id"] = Zone.Number,
        ["udc"] = Zone.Classification, ["udk"] = Zone.Classification, ["class"] = Zone.Classification,
    }.ToFrozenDictionary(StringComparer.Ordinal);

    // small words by which nobody looks for anything; they count where there is nothing else, and in phrases
    private static readonly FrozenSet<string> Small = FrozenSet.Create(
        StringComparer.Ordinal,
        "a", "an", "and", "of", "the", "in", "na", "v", "s", "z", "iz", "za", "ter", "i", "w", "ze", "ir", "der", "die", "das", "und", "le", "la", "les", "de", "du", "des", "et", "el", "il", "e");

    private int at;
    private int words;
    private int depth;

    public QueryFault? Fault { get; private set; }

    public QueryNode? Parse()
    {
        var parts = new List<QueryNode>();
        while (at < text.Length && Fault is null)
        {
            if (ReadEither(zone) is { } part)
            {
                parts.Add(part);
            }

            if (at < text.Length && text[at] == ')')
            {
                at++; // one that closes nothing
            }
        }

        return All(parts);
    }

    // parts beside each other, until a closing parenthesis or the end; OR binds less than standing beside each other
    private QueryNode? ReadEither(Zone inZone)
    {
        var (either, both) = (new List<QueryNode>(), new List<QueryNode>());
        while (Fault is null && SkipSpace() && text[at] != ')')
        {
            if (ReadsOperator("OR") || ReadsSign('|'))
            {
                Close();
            }
            else if (!ReadsOperator("AND") && !ReadsSign('&') && !ReadsSign('+') && ReadPart(inZone) is { } part)
            {
                both.Add(part);
            }
        }

        Close();
        return either.Count switch
        {
            0 => null,
            1 => either[0],
            _ => new AnyNode(either),
        };

        void Close()
        {
            if (All(both) is { } node)
            {
                either.Add(node);
            }

            both = [];
        }
    }

    private QueryNode? ReadPart(Zone inZone)
    {
        if (ReadsOperator("NOT") || (text[at] == '-' && at + 1 < text.Length && !char.IsWhiteSpace(text[at + 1]) && ReadsSign('-')))
        {
            return SkipSpace() && text[at] != ')' && ReadPart(inZone) is { } part ? part is NotNode twice ? twice.Part : new NotNode(part) : null;
        }

        if (text[at] == '(')
        {
            return ReadGroup(inZone);
        }

        if (IsQuote(text[at]))
        {
            return ReadPhrase(inZone);
        }

        return ReadToken(inZone);
    }

    private QueryNode? ReadGroup(Zone inZone)
    {
        if (++depth > SearchQuery.MaxDepth)
        {
            Fault = QueryFault.TooDeep;
            return null;
        }

        at++;
        var inner = ReadEither(inZone);
        ReadsSign(')');
        depth--;
        return inner;
    }

    private QueryNode? ReadPhrase(Zone inZone)
    {
        var end = text.AsSpan(at + 1).IndexOfAny("\"“”„«»");
        var inside = end < 0 ? text[(at + 1)..] : text.Substring(at + 1, end);
        at = end < 0 ? text.Length : at + end + 2;
        return InOrder(inZone, inside);
    }

    private QueryNode? ReadToken(Zone inZone)
    {
        var start = at;
        while (at < text.Length && !char.IsWhiteSpace(text[at]) && text[at] is not (')' or '|') && !IsQuote(text[at]) && (at == start || text[at] != '('))
        {
            if (text[at] == ':' && Zones.TryGetValue(TextFold.Fold(text[start..at]), out var named))
            {
                at++;
                return SkipSpace() && text[at] != ')' ? ReadPart(named) : null;
            }

            at++;
        }

        if (at == start)
        {
            at++; // a sign without meaning
        }

        return Token(inZone, text[start..at]);
    }

    private QueryNode? Token(Zone inZone, string token)
    {
        if (inZone is Zone.Any or Zone.Number && Numbers.Of(token) is { } number)
        {
            return Counted(new WordNode(Zone.Number, number, false), 1);
        }

        if (inZone == Zone.Classification)
        {
            return IndexTerms.Notation(token) is { Length: > 0 } notation ? Counted(new WordNode(inZone, notation, true), 1) : null;
        }

        string[] found = [.. Words.Of(token)];
        if (found.Length > 1 && found.Any(Words.IsIdeograph))
        {
            return InOrder(inZone, token);
        }

        var isPrefix = token.EndsWith('*');
        if (isPrefix && found is [.., { Length: < SearchQuery.MinPrefix }])
        {
            Fault = QueryFault.PrefixTooShort;
            return null;
        }

        return Counted(All([.. found.Select((word, index) => new WordNode(inZone, word, isPrefix && index == found.Length - 1))]), found.Length);
    }

    private QueryNode? InOrder(Zone inZone, string inside)
    {
        string[] found = [.. Words.Of(inside)];
        var isPrefix = inside.EndsWith('*');
        return Counted(
            found.Length switch
            {
                0 => null,
                1 => new WordNode(inZone, found[0], isPrefix && found[0].Length >= SearchQuery.MinPrefix),
                _ => new PhraseNode(inZone, found, isPrefix),
            },
            found.Length);
    }

    private QueryNode? Counted(QueryNode? node, int count)
    {
        words += count;
        if (words > SearchQuery.MaxWords)
        {
            Fault = QueryFault.TooManyWords;
        }

        return node;
    }

    private static QueryNode? All(IReadOnlyList<QueryNode> parts)
    {
        QueryNode[] flat = [.. parts.SelectMany(part => part is AllNode all ? all.Parts : [part])];
        QueryNode[] telling = [.. flat.Where(part => part is not WordNode { Zone: Zone.Any, IsPrefix: false } word || !Small.Contains(word.Word))];
        var kept = telling.Any(part => part is not NotNode) ? telling : flat;
        return kept.Length switch
        {
            0 => null,
            1 => kept[0],
            _ => new AllNode(kept),
        };
    }

    private bool ReadsOperator(string name)
    {
        var ends = at + name.Length;
        if (string.CompareOrdinal(text, at, name, 0, name.Length) != 0 || (ends < text.Length && !char.IsWhiteSpace(text[ends]) && text[ends] != '('))
        {
            return false;
        }

        at = ends;
        return true;
    }

    private bool ReadsSign(char sign)
    {
        if (at >= text.Length || text[at] != sign)
        {
            return false;
        }

        at++;
        return true;
    }

    private bool SkipSpace()
    {
        while (at < text.Length && char.IsWhiteSpace(text[at]))
        {
            at++;
        }

        return at < text.Length;
    }

    private static bool IsQuote(char c) => c is '"' or '“' or '”' or '„' or '«' or '»';
}
