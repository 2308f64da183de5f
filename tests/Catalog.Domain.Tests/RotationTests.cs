using Library.Catalog.Domain.Stock;
using NodaTime;

namespace Library.Catalog.Domain.Tests;

/// <summary>Boxes go round the stops of the mobile library, visit by visit.</summary>
public sealed class RotationTests
{
    // a Tuesday each week, a Thursday every other
    private static readonly MobileStop Bus = new("A-BUS", new LocalDate(2026, 1, 6), 1), School = new("B-SCHOOL", new LocalDate(2026, 1, 8), 2);

    [Theory]
    [InlineData("2025-12-01", "2026-01-08")]
    [InlineData("2026-01-08", "2026-01-08")]
    [InlineData("2026-01-09", "2026-01-22")]
    [InlineData("2026-01-22", "2026-01-22")]
    [InlineData("2026-01-23", "2026-02-05")]
    public void The_next_visit_is_on_the_day_or_after_it(string from, string visit) => Assert.Equal(Date(visit), School.NextVisit(Date(from)));

    [Fact]
    public void A_box_leaves_with_one_visit_and_comes_with_the_next_to_the_following_stop()
    {
        var moves = RotationRules.Rotate([School, Bus], new Dictionary<string, string> { ["A-BUS"] = "1", ["B-SCHOOL"] = "2" }, Date("2026-01-09"));
        Assert.Equal(
            [
                new BoxMove("1", "A-BUS", Date("2026-01-13"), "B-SCHOOL", Date("2026-01-22")),
                new BoxMove("2", "B-SCHOOL", Date("2026-01-22"), "A-BUS", Date("2026-01-27")),
            ],
            moves);
    }

    [Fact]
    public void A_single_stop_keeps_its_box() => Assert.Empty(RotationRules.Rotate([Bus], new Dictionary<string, string> { ["A-BUS"] = "1" }, Date("2026-01-09")));

    [Fact]
    public void No_two_boxes_meet_at_a_stop_and_each_comes_round()
    {
        var random = new Random(20260504);
        for (var round = 0; round < 200; round++)
        {
            var stops = Enumerable.Range(0, random.Next(2, 6)).Select(n => new MobileStop($"S{n}", Bus.FirstOn.PlusDays(random.Next(30)), random.Next(1, 5))).ToArray();
            var placed = stops.Where(_ => random.Next(3) > 0).ToDictionary(stop => stop.Code, stop => $"box of {stop.Code}");
            var moves = RotationRules.Rotate(stops, placed, Bus.FirstOn.PlusDays(random.Next(100)));
            Assert.Equal(placed.Values.Order(), moves.Select(move => move.Box).Order());
            Assert.Equal(moves.Count, moves.Select(move => move.To).Distinct().Count());
            Assert.All(moves, move => Assert.True(move.ArrivesOn >= move.LeavesOn));
            Assert.All(moves, coming => Assert.All(moves.Where(leaving => leaving.From == coming.To), leaving => Assert.True(leaving.LeavesOn <= coming.ArrivesOn)));
        }
    }

    private static LocalDate Date(string iso) => NodaTime.Text.LocalDatePattern.Iso.Parse(iso).Value;
}
