using NodaTime;

namespace Library.Catalog.Domain.Stock;

/// <summary>A place where the mobile library stops.</summary>
/// <param name="Code">Its code; stops come round in the order of their codes.</param>
/// <param name="FirstOn">The first visit.</param>
/// <param name="EveryWeeks">Weeks from one visit to the next; 1 or more.</param>
public sealed record MobileStop(string Code, LocalDate FirstOn, int EveryWeeks)
{
    private const int DaysOfWeek = 7;

    /// <summary>The first visit on or after a date.</summary>
    public LocalDate NextVisit(LocalDate from)
    {
        if (from <= FirstOn)
        {
            return FirstOn;
        }

        var days = Period.Between(FirstOn, from, PeriodUnits.Days).Days;
        var between = EveryWeeks * DaysOfWeek;
        return FirstOn.PlusDays((days + between - 1) / between * between);
    }
}

/// <summary>A box that leaves one stop with the mobile library and is put down at the next.</summary>
/// <param name="Box">Its code.</param>
/// <param name="From">The stop at which it stood.</param>
/// <param name="LeavesOn">The visit with which it leaves; it is no longer there on that day.</param>
/// <param name="To">The stop at which it stands then.</param>
/// <param name="ArrivesOn">The visit with which it comes; not before <paramref name="LeavesOn"/>.</param>
public sealed record BoxMove(string Box, string From, LocalDate LeavesOn, string To, LocalDate ArrivesOn);

/// <summary>How boxes of copies go round the stops of a mobile library.</summary>
public static class RotationRules
{
    /// <summary>
    /// Takes every box one stop further (from the last to the first): away with the first visit to its stop on or after <paramref name="on"/>, and to
    /// the next stop with the first visit there from then on. No two boxes ever stand at one stop, since each leaves its stop before or on the
    /// day on which another can come. Nothing moves where there are fewer than two stops.
    /// </summary>
    /// <param name="stops">All of them, in any order.</param>
    /// <param name="placed">The box at each stop that has one, by the stop's code.</param>
    /// <param name="on">The day from which on boxes move.</param>
    public static IReadOnlyList<BoxMove> Rotate(IReadOnlyCollection<MobileStop> stops, IReadOnlyDictionary<string, string> placed, LocalDate on)
    {
        var round = stops.OrderBy(stop => stop.Code, StringComparer.Ordinal).ToArray();
        if (round.Length < 2)
        {
            return [];
        }

        return
        [
            .. round.Index().Where(stop => placed.ContainsKey(stop.Item.Code)).Select(stop =>
            {
                var (from, to) = (stop.Item, round[(stop.Index + 1) % round.Length]);
                var leaves = from.NextVisit(on);
                return new BoxMove(placed[from.Code], from.Code, leaves, to.Code, to.NextVisit(leaves));
            }),
        ];
    }
}

/// <summary>Why a box is not put down.</summary>
public enum RotationRefusal
{
    /// <summary>Another box stands at the stop then, or this one stands elsewhere. Remedy: another day, or another stop.</summary>
    StopTaken = 1,

    /// <summary>One of the copies is in another box.</summary>
    ItemInBox,
}
