using System.Collections.Frozen;

namespace Library.Catalog.Domain.Search;

/// <summary>
/// Light stemming of folded words: the longest ending of the language goes, as long as enough of the word stays. It brings the forms of one noun or
/// adjective together (knjiga, knjige, knjigami) and does not try to bring words of one family together (knjižnica). A stem is always a beginning of
/// its word.
/// </summary>
public static class Stems
{
    private const int ShortestStem = 3;

    // endings of declension and of the commonest verb forms, folded; the order does not matter
    private static readonly FrozenDictionary<string, string[]> Endings = new Dictionary<string, string[]>
    {
        ["slv"] = Longest("ami ama ema oma imi ima ega emu iga ih im em om am ah eh ov ev ev ovi evi oma ja je ju jo jem jev jih a e i o u"),
        ["pol"] = Longest("owi owie ami ach om ow ego emu ymi imi ych ich ym im ej a e i o u y em ie ia iu iach iami"),
        ["lit"] = Longest("iais iuose iui iaus iams iai ius iu io ia ais uose ui aus ams ai as us is ys es os a e i o u y am oje yje eje aje ame iame um uje ose ese yse omis emis imis ims oms ems iems ieji uju ojo oji"),
        ["eng"] = Longest("ings ing edly ed ies ied es s y"),
        ["ger"] = Longest("ern em en er es e n s"),
        ["fre"] = Longest("euses euse eux elles elle aux als ales ale al es ees ee e s x"),
        ["ita"] = Longest("i e o a ie io"),
        ["spa"] = Longest("es s as os a o e"),
        ["por"] = Longest("es s as os a o e"),
        ["rus"] = Longest("иями ями ами ией иям ием иях ого его ому ему ыми ими ая яя ое ее ие ые ой ый ий ей ом ем ам ям ах ях ов ев ью ья ье их ых ия ии ию а е и о у ы ь ю я й"),
        ["hrv"] = Longest("ama ima ome omu oga oj og om em ih im ov ev a e i o u"),
    }.ToFrozenDictionary(StringComparer.Ordinal);

    private static readonly FrozenDictionary<string, string> SameAs = new Dictionary<string, string>
    {
        ["srp"] = "hrv", ["bos"] = "hrv", ["scr"] = "hrv", ["scc"] = "hrv", ["fra"] = "fre", ["deu"] = "ger", ["ukr"] = "rus", ["bel"] = "rus", ["bul"] = "rus",
    }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>The word's stem in a language (ISO 639-2); the word itself where the language is not known or nothing can go.</summary>
    public static string Of(string word, string? language)
    {
        if (language is null || !Endings.TryGetValue(SameAs.GetValueOrDefault(language, language), out var endings))
        {
            return word;
        }

        foreach (var ending in endings)
        {
            if (word.Length - ending.Length >= ShortestStem && word.EndsWith(ending, StringComparison.Ordinal))
            {
                return word[..^ending.Length];
            }
        }

        return word;
    }

    /// <summary>The stems that the word has in any language, without itself: a query does not say its language.</summary>
    public static IReadOnlyList<string> OfAnyLanguage(string word) =>
        [.. Endings.Keys.Select(language => Of(word, language)).Where(stem => stem.Length < word.Length).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];

    private static string[] Longest(string endings) => [.. endings.Split(' ').Distinct().OrderByDescending(ending => ending.Length).ThenBy(ending => ending, StringComparer.Ordinal)];
}
