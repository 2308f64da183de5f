using Library.Catalog.Domain.Search;

namespace Library.Catalog.Domain.Tests;

/// <summary>What is read out of one box, written back with its structure.</summary>
public sealed class SearchQueryTests
{
    [Theory]
    [InlineData("Čapek", "capek")]
    [InlineData("  ivan   cankar ", "(ivan & cankar)")]
    [InlineData("hlapci OR hlapec", "(hlapci | hlapec)")]
    [InlineData("hlapci | hlapec jernej", "(hlapci | (hlapec & jernej))")]
    [InlineData("cankar AND hlapci", "(cankar & hlapci)")]
    [InlineData("cankar NOT hlapci", "(cankar & !hlapci)")]
    [InlineData("cankar -hlapci", "(cankar & !hlapci)")]
    [InlineData("cankar NOT NOT hlapci", "(cankar & hlapci)")]
    [InlineData("cankar (hlapci OR kurent)", "(cankar & (hlapci | kurent))")]
    [InlineData("\"na klancu\"", "\"na klancu\"")]
    [InlineData("„na klancu“ cankar", "(\"na klancu\" & cankar)")]
    [InlineData("prst*", "prst*")]
    [InlineData("\"stara fuž*\"", "\"stara fuz*\"")]
    [InlineData("title:kekec", "t/kekec")]
    [InlineData("avtor:\"Ivan Cankar\" naslov:(hlapci OR kurent)", "(n/\"ivan cankar\" & (t/hlapci | t/kurent))")]
    [InlineData("title: kekec", "t/kekec")]
    [InlineData("udc:821.163.6-31", "c/821.163.6-31*")]
    [InlineData("978-0-306-40615-7", "i/9780306406157")]
    [InlineData("978 0 306 40615 7", "i/9780306406157")]
    [InlineData("0-306-40615-2 cankar", "(i/9780306406157 & cankar)")]
    [InlineData("ISBN:0306406152", "i/9780306406157")]
    [InlineData("0317-8471", "i/03178471")]
    [InlineData("紅樓夢", "\"紅 樓 夢\"")]
    [InlineData("O'Neill", "(o & neill)")]
    [InlineData("the lord of the rings", "(lord & rings)")]
    [InlineData("the", "the")]
    [InlineData("\"the lord\"", "\"the lord\"")]
    [InlineData("(((kekec", "kekec")]
    [InlineData("kekec)) vandot", "(kekec & vandot)")]
    [InlineData("\"kekec", "kekec")]
    [InlineData("OR kekec OR", "kekec")]
    [InlineData("NOT", "")]
    [InlineData("title:", "")]
    [InlineData("12:30", "(12 & 30)")]
    [InlineData("%", "")]
    [InlineData("", "")]
    [InlineData("'; DROP TABLE record; --", "(drop & table & record)")]
    public void A_box_is_read_word_by_word(string text, string expected) => Assert.Equal((expected, null), (Written(SearchQuery.Parse(text).Root), SearchQuery.Parse(text).Fault));

    [Theory]
    [InlineData("a*", QueryFault.PrefixTooShort)]
    [InlineData("-kekec", QueryFault.OnlyExcludes)]
    [InlineData("kekec OR NOT vandot", QueryFault.OnlyExcludes)]
    [InlineData("((((((((((kekec))))))))))", QueryFault.TooDeep)]
    [InlineData("aa* bb* cc* dd* ee* ff*", QueryFault.TooManyWildcards)]
    public void What_cannot_be_run_is_refused_with_its_reason(string text, QueryFault fault) =>
        Assert.Equal((fault, null), (SearchQuery.Parse(text).Fault, SearchQuery.Parse(text).Root));

    [Fact]
    public void More_words_than_the_limit_are_refused()
    {
        string[] words = [.. Enumerable.Range(1, SearchQuery.MaxWords + 1).Select(n => $"w{n}")];
        Assert.Equal(QueryFault.TooManyWords, SearchQuery.Parse(string.Join(' ', words)).Fault);
        Assert.Null(SearchQuery.Parse(string.Join(' ', words[1..])).Fault);
    }

    [Fact]
    public void No_text_makes_the_parser_throw_or_stay()
    {
        var random = new Random(20261123);
        const string signs = "ab \"()|&-+:*OR NOTtitleč紅'\u0000\uD800“„";
        for (var run = 0; run < 20_000; run++)
        {
            var text = new string([.. Enumerable.Range(0, random.Next(40)).Select(_ => signs[random.Next(signs.Length)])]);
            var query = SearchQuery.Parse(text);
            Assert.True(query.Root is null || query.Fault is null, text);
        }
    }

    [Theory]
    [InlineData("knjige", "slv", "knjig")]
    [InlineData("knjigami", "slv", "knjig")]
    [InlineData("pasaulio", "lit", "pasaul")]
    [InlineData("domow", "pol", "dom")]
    [InlineData("libraries", "eng", "librar")]
    [InlineData("книги", "rus", "книг")]
    [InlineData("kot", "slv", "kot")]
    [InlineData("knjige", "jpn", "knjige")]
    [InlineData("knjige", null, "knjige")]
    public void A_stem_is_the_word_without_its_ending(string word, string? language, string stem) => Assert.Equal(stem, Stems.Of(word, language));

    [Theory]
    [InlineData("capkek", "capek", 1)]
    [InlineData("hlpaci", "hlapci", 1)]
    [InlineData("capek", "capek", 0)]
    [InlineData("", "ab", 2)]
    [InlineData("abcd", "xyzw", 3)]
    public void A_swap_is_one_mistake(string one, string other, int distance) => Assert.Equal(distance, Spelling.Distance(one, other, 2));

    [Fact]
    public void Short_words_are_not_corrected_and_long_ones_may_have_two_mistakes()
    {
        Assert.Empty(Spelling.Closest("kot", ["pot"]));
        Assert.Equal(["capek"], Spelling.Closest("capkek", ["capek", "kapke", "capkek"]));
        Assert.Equal(["dostojevski"], Spelling.Closest("dostojvesky", ["dostojevski", "dostop"]));
    }

    private static string Written(QueryNode? node) => node switch
    {
        null => "",
        WordNode word => $"{IndexTerms.Prefix(word.Zone)}{word.Word}{(word.IsPrefix ? "*" : "")}",
        PhraseNode phrase => $"{IndexTerms.Prefix(phrase.Zone)}\"{string.Join(' ', phrase.Words)}{(phrase.LastIsPrefix ? "*" : "")}\"",
        AllNode all => $"({string.Join(" & ", all.Parts.Select(Written))})",
        AnyNode any => $"({string.Join(" | ", any.Parts.Select(Written))})",
        NotNode not => $"!{Written(not.Part)}",
        _ => "?",
    };
}
