using Library.Catalog.Domain.Stock;

namespace Library.Catalog.Domain.Tests;

/// <summary>Copies stand in the order of their call numbers, and a range holds what stands between its ends.</summary>
public sealed class CallNumberTests
{
    [Theory]
    [InlineData("51", "511", "52")]
    [InlineData("82+83", "82", "82-1", "82.0")]
    [InlineData("821.111", "821.163.6", "821.163.6-3")]
    [InlineData("94(497.4)", "94\"1914\"", "94-05")]
    [InlineData("821.163.6 CANKAR 2", "821.163.6 CANKAR 10", "821.163.6 Čop 1", "821.163.6 DEBELAK")]
    [InlineData("", "0", "R 12", "R 120")]
    public void The_shelf_is_in_the_order_of(params string[] numbers)
    {
        var shuffled = numbers.Reverse().OrderBy(CallNumber.SortKey, StringComparer.Ordinal).ToArray();
        Assert.Equal(numbers, shuffled);
    }

    [Fact]
    public void Case_diacritics_spaces_and_points_between_digits_say_nothing() =>
        Assert.Equal(CallNumber.SortKey("821.163.6  Čop"), CallNumber.SortKey("8211636 COP"));

    [Theory]
    [InlineData("82", "82", "82", true)]
    [InlineData("821.111 SHAKESPEARE", "82", "82", true)]
    [InlineData("82+83", "82", "82", true)]
    [InlineData("829 Z", "821", "829", true)]
    [InlineData("83", "821", "829", false)]
    [InlineData("81", "821", "829", false)]
    [InlineData("", "0", "9", false)]
    public void A_range_holds_both_ends_and_what_begins_with_the_last(string number, string from, string to, bool within)
    {
        var key = CallNumber.SortKey(number);
        Assert.Equal(within, string.CompareOrdinal(key, CallNumber.First(from)) >= 0 && string.CompareOrdinal(key, CallNumber.Last(to)) <= 0);
    }

    [Fact]
    public void The_longest_call_number_has_a_key_that_the_database_takes() =>
        Assert.True(CallNumber.SortKey(string.Concat(Enumerable.Repeat("1 ", CallNumber.MaxLength / 2))).Length <= 400);
}
