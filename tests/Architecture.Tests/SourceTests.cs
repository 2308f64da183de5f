using System.Text.RegularExpressions;

namespace Library.Architecture.Tests;

public sealed partial class SourceTests
{
    /// <summary>Real time is right for tokens, leases, retries and timeouts, which ServiceDefaults and the gateway keep; business time is the clock's.</summary>
    [Fact]
    public void Services_take_the_time_from_the_business_clock() => House.Holds(
        House.Files("src/Services", "*.cs").SelectMany(path => Violations(House.Relative(path), File.ReadAllText(path))));

    [Fact]
    public void The_rule_can_fail()
    {
        Assert.NotEmpty(Violations("x.cs", "var due = DateTime.UtcNow.AddDays(21);"));
        Assert.NotEmpty(Violations("x.cs", "var now = SystemClock.Instance.GetCurrentInstant();"));
    }

    private static IEnumerable<string> Violations(string file, string source) => RealTime().Matches(source).Select(match => $"{file} uses {match.Value}");

    [GeneratedRegex(@"\bDateTime(Offset)?\.(Utc)?Now\b|\bDateTime\.Today\b|\bSystemClock\b")]
    private static partial Regex RealTime();
}
