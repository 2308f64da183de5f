using Library.Catalog.Domain.Policies;
using NodaTime;

namespace Library.Catalog.Domain.Serials;

/// <summary>Which issues of a serial a branch lends by its rule for the latest one (art. 26–35).</summary>
public enum LatestIssueScope
{
    /// <summary>The latest issue only.</summary>
    LatestIssue = 1,

    /// <summary>Every issue of the latest one's volume.</summary>
    CurrentVolume,
}

/// <summary>An issue on a branch's shelf.</summary>
/// <param name="IssuedOn">The day that it was to appear, or did where it was not expected.</param>
/// <param name="Volume">0: the serial counts no volumes; then a calendar year is one.</param>
public readonly record struct ShelvedIssue(LocalDate IssuedOn, int Volume)
{
    /// <summary>Whether both are of one volume.</summary>
    public bool IsOfVolumeOf(ShelvedIssue other) => Volume == other.Volume && (Volume != 0 || IssuedOn.Year == other.IssuedOn.Year);
}

/// <summary>What the latest issue of a serial at a branch is, and what becomes of the ones before it.</summary>
public static class LatestIssueRules
{
    /// <summary>The latest is the one issued last, whatever the order of arrival: a straggler is never the latest. Two copies of one issue are both.</summary>
    public static ShelvedIssue Latest(ShelvedIssue arrived, ShelvedIssue? before) =>
        before is { } known && known.IssuedOn > arrived.IssuedOn ? known : arrived;

    /// <summary>How an issue is lent while <paramref name="latest"/> is the latest at its branch.</summary>
    public static LendingClass LendingOf(ShelvedIssue issue, ShelvedIssue latest, LatestIssueScope scope) => scope switch
    {
        LatestIssueScope.LatestIssue => issue.IssuedOn >= latest.IssuedOn,
        LatestIssueScope.CurrentVolume => issue.IsOfVolumeOf(latest),
    } ? LendingClass.LatestIssue : LendingClass.Lendable;
}
