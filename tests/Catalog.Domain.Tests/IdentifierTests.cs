using Library.Catalog.Domain.Lending;
using Library.Catalog.Domain.Policies;

namespace Library.Catalog.Domain.Tests;

public sealed class IdentifierTests
{
    [Theory]
    [InlineData("A", true)]
    [InlineData("TLS-3000000001", true)]
    [InlineData("012345678901234567890123456789", true)] // 30
    [InlineData("0123456789012345678901234567890", false)] // 31
    [InlineData("", false)]
    [InlineData(null, false)]
    [InlineData("abc", false)]
    [InlineData("A B", false)]
    [InlineData("A_B", false)]
    [InlineData("Č1", false)]
    [InlineData("１２", false)] // wide digits
    [InlineData("A\n", false)]
    public void Barcodes_and_card_numbers_are_1_to_30_of_capitals_digits_and_hyphens(string? text, bool valid)
    {
        Assert.Equal(valid, Barcode.TryParse(text, out var barcode));
        Assert.Equal(valid, CardNumber.TryParse(text, out var card));
        Assert.Equal(valid ? text : null, barcode?.Value);
        Assert.Equal(valid ? text : null, card?.Value);
    }

    [Fact]
    public void A_card_number_does_not_show_itself()
    {
        Assert.True(CardNumber.TryParse("RAD-000123", out var card));
        Assert.DoesNotContain("000123", $"{card}", StringComparison.Ordinal);
    }

    [Fact]
    public void Refusals_bear_the_contracts_names_in_the_contracts_order() => Assert.Equal(
        "MEMBERSHIP_LAPSED, MEMBERSHIP_E_ONLY, MEMBERSHIP_BRANCH, MEMBER_RESTRICTED, CARD_REPLACED, DEBT_OVER_LIMIT, DEBT_TOO_OLD, UNRETURNED_NOTICE, AGE_SECTION, "
        + "ITEM_ON_LOAN, ITEM_HELD_FOR_ANOTHER, ITEM_NOT_FOR_LOAN, ITEM_WITHDRAWN, RENEWAL_LIMIT, RENEWAL_NOT_ALLOWED, TITLE_RESERVED, OPEN_CLAIMS, ALREADY_HELD, "
        + "ALREADY_LENT_TO_MEMBER, LICENCES_EXHAUSTED, CLAIMED_RETURNED",
        string.Join(", ", Enum.GetValues<LoanRefusal>().Order().Select(reason => reason.Code())));

    [Fact]
    public void What_may_be_stale_is_decided_for_every_refusal() =>
        Assert.Equal(10, Enum.GetValues<LoanRefusal>().Count(reason => reason.MayBeStale()));

    [Fact]
    public void Materials_bear_the_contracts_names() => Assert.Equal(
        "BOOK, AUDIOBOOK, SERIAL_ISSUE, AUDIO_VISUAL, STORY_SUITCASE, MEDIA_KIT, E_BOOK, E_AUDIOBOOK, GAME, OTHER",
        string.Join(", ", Enum.GetValues<Material>().Select(ContractCode.Of)));

    [Theory]
    [InlineData("E_AUDIOBOOK", true)]
    [InlineData("EAudiobook", false)]
    [InlineData("e_audiobook", false)]
    [InlineData("8", false)]
    [InlineData("", false)]
    [InlineData(null, false)]
    public void Only_exact_contract_names_are_read(string? code, bool known) => Assert.Equal(known, ContractCode.TryParse<Material>(code, out _));

    [Theory]
    [InlineData("0-19-852663-6 (pbk.)", "9780198526636")]
    [InlineData("9780198526636", "9780198526636")]
    [InlineData("978-0-19-852663-6 :", "9780198526636")]
    [InlineData("080442957X", "9780804429573")]
    [InlineData("080442957x", "9780804429573")]
    [InlineData("9798602477115", "9798602477115")]
    [InlineData("0-19-852663-7", null)] // the check digit
    [InlineData("9780198526637", null)]
    [InlineData("9770198526636", null)] // not a book
    [InlineData("0X98526636", null)]
    [InlineData("12345", null)]
    [InlineData("978019852663612345", null)]
    [InlineData("", null)]
    [InlineData(null, null)]
    public void An_isbn_is_made_13_digits(string? text, string? isbn)
    {
        Assert.Equal(isbn is not null, Isbn.TryNormalise(text, out var found));
        Assert.Equal(isbn, found);
    }

    [Fact]
    public void Text_that_is_not_Unicode_is_folded_all_the_same() => Assert.Equal("a\uFFFDb\uFFFDc", TextFold.Fold("A" + '\uD800' + "b\uFFFEc"));

    [Theory]
    [InlineData("Čapek", "capek")]
    [InlineData("ŠKOFJA  Loka\t", "skofja loka")]
    [InlineData("Łódź Straße Øre Þór Đorđe", "lodz strasse ore thor dorde")]
    [InlineData("Ėjimas į mišką", "ejimas i miska")]
    [InlineData("ΌΜΗΡΟΣ Όμηρος", "ομηροσ ομηροσ")]
    [InlineData("Ёлка Йога", "елка иога")]
    [InlineData("שָׁלוֹם", "שלום")]
    [InlineData("が ガ", "が ガ")] // voicing makes another syllable
    [InlineData("बिहानी", "बिहानी")]
    [InlineData("한국어", "한국어")]
    [InlineData("\u0098Der \u009CProzess\0", "der prozess")]
    [InlineData("ﬁn", "fin")]
    [InlineData("", "")]
    public void Text_is_folded_for_search(string text, string folded)
    {
        Assert.Equal(folded.Normalize(), TextFold.Fold(text));
        Assert.Equal(TextFold.Fold(text), TextFold.Fold(TextFold.Fold(text)));
    }
}
