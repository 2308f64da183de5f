using Library.Catalog.Domain.Stock;

namespace Library.Catalog.Domain.Tests;

/// <summary>What may be said of a copy in which state.</summary>
public sealed class CopyTests
{
    [Theory]
    [InlineData(CopyState.Available, CopyMark.Missing, CopyState.Missing)]
    [InlineData(CopyState.InTransit, CopyMark.Missing, CopyState.Missing)]
    [InlineData(CopyState.Missing, CopyMark.Found, CopyState.Available)]
    [InlineData(CopyState.Lost, CopyMark.Found, CopyState.Available)]
    [InlineData(CopyState.Missing, CopyMark.Lost, CopyState.Lost)]
    [InlineData(CopyState.OnHoldShelf, CopyMark.Missing, CopyState.Missing)]
    [InlineData(CopyState.OnHoldShelf, CopyMark.Lost, CopyState.Lost)]
    [InlineData(CopyState.Available, CopyMark.SentToRepair, CopyState.InRepair)]
    [InlineData(CopyState.InRepair, CopyMark.Repaired, CopyState.Available)]
    public void It_changes(CopyState state, CopyMark mark, CopyState after) => Assert.Equal((after, null), CopyRules.Decide(state, mark));

    [Theory]
    [InlineData(CopyState.OnLoan, CopyMark.Missing, StockRefusal.ItemOnLoan)]
    [InlineData(CopyState.OnHoldShelf, CopyMark.SentToRepair, StockRefusal.ItemHeld)]
    [InlineData(CopyState.Withdrawn, CopyMark.Found, StockRefusal.ItemWithdrawn)]
    [InlineData(CopyState.Available, CopyMark.Found, StockRefusal.ItemState)]
    [InlineData(CopyState.Available, CopyMark.Repaired, StockRefusal.ItemState)]
    [InlineData(CopyState.Missing, CopyMark.Missing, StockRefusal.ItemState)]
    [InlineData(CopyState.InTransit, CopyMark.SentToRepair, StockRefusal.ItemState)]
    public void It_does_not_change(CopyState state, CopyMark mark, StockRefusal reason) => Assert.Equal((null, reason), CopyRules.Decide(state, mark));

    [Fact]
    public void Every_state_answers_every_mark_with_one_of_the_two() => Assert.All(
        Enum.GetValues<CopyState>().SelectMany(state => Enum.GetValues<CopyMark>().Select(mark => CopyRules.Decide(state, mark))),
        answer => Assert.NotEqual(answer.After is null, answer.Refused is null));

    [Theory]
    [InlineData(CopyState.Available, null)]
    [InlineData(CopyState.Lost, null)]
    [InlineData(CopyState.Missing, null)]
    [InlineData(CopyState.InRepair, null)]
    [InlineData(CopyState.OnLoan, StockRefusal.ItemOnLoan)]
    [InlineData(CopyState.OnHoldShelf, StockRefusal.ItemHeld)]
    [InlineData(CopyState.InTransit, StockRefusal.ItemInTransit)]
    [InlineData(CopyState.Withdrawn, StockRefusal.ItemWithdrawn)]
    public void What_is_with_a_reader_or_under_way_is_not_taken_from_its_place(CopyState state, StockRefusal? reason) =>
        Assert.Equal(reason, CopyRules.AgainstHandling(state));

    [Theory]
    [InlineData(2026, 1, "2026-000001")]
    [InlineData(2026, 1_234_567, "2026-1234567")]
    public void Accession_numbers_count_within_the_year(int year, long number, string expected) => Assert.Equal(expected, AccessionNumber.Of(year, number));
}
