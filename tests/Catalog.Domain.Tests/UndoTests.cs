using Library.Catalog.Domain.Undo;
using NodaTime;

namespace Library.Catalog.Domain.Tests;

/// <summary>How long, where and when a wrong scan is undone.</summary>
public sealed class UndoTests
{
    private static readonly Instant Scanned = Instant.FromUtc(2024, 4, 15, 9, 0);
    private static readonly UndoFacts AtRad = new() { DoneAt = Scanned, DoneAtBranch = "RAD", Overtaken = false };

    [Theory]
    [InlineData(0, 10, true)]
    [InlineData(600, 10, true)] // the last instant
    [InlineData(601, 10, false)]
    [InlineData(0, 0, false)] // a network where nothing is undone
    public void A_scan_is_undone_within_the_rulebooks_minutes(int secondsAfter, int minutes, bool undone) => Assert.Equal(
        undone ? [] : [UndoRefusal.UndoTooLate], UndoRules.Against(AtRad, "RAD", minutes, Scanned + Duration.FromSeconds(secondsAfter)));

    [Fact]
    public void Every_reason_is_given_in_order_of_precedence() => Assert.Equal(
        [UndoRefusal.UndoElsewhere, UndoRefusal.UndoTooLate, UndoRefusal.UndoOvertaken],
        UndoRules.Against(AtRad with { Overtaken = true }, "BLE", 10, Scanned + Duration.FromHours(1)));

    [Fact]
    public void Only_the_branch_that_scanned_undoes_but_a_renewal_is_made_at_none_art_31()
    {
        Assert.Equal([UndoRefusal.UndoElsewhere], UndoRules.Against(AtRad, "BLE", 10, Scanned));
        Assert.Empty(UndoRules.Against(AtRad with { DoneAtBranch = null }, "BLE", 10, Scanned));
    }

    [Fact]
    public void What_was_never_done_is_not_undone() =>
        Assert.Equal([UndoRefusal.NothingToUndo], UndoRules.Against(AtRad with { DoneAt = null, Overtaken = true }, "BLE", 10, Scanned));

    [Fact]
    public void The_reasons_bear_the_contracts_names() => Assert.Equal(
        "NOTHING_TO_UNDO, UNDO_ELSEWHERE, UNDO_TOO_LATE, UNDO_OVERTAKEN", string.Join(", ", Enum.GetValues<UndoRefusal>().Select(ContractCode.Of)));
}
