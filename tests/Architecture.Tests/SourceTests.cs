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

    /// <summary>
    /// Npgsql hands transactions and readers on with their connection: ended after it, or twice, they end the work of whoever has it then.
    /// So a transaction is declared after its connection, and nothing that a <c>using</c> ends is ended by hand.
    /// </summary>
    [Fact]
    public void A_transaction_ends_before_its_connection_and_nothing_ends_twice() => House.Holds(
        House.Files("src", "*.cs").SelectMany(path => Endings(House.Relative(path), File.ReadAllText(path))));

    [Fact]
    public void The_rule_on_endings_can_fail()
    {
        Assert.NotEmpty(Endings("x.cs", "await using var transaction = await BeginAsync();\nawait using var connection = transaction.Connection;"));
        Assert.NotEmpty(Endings("x.cs", "await using var row = await find.ExecuteReaderAsync(token);\nawait row.DisposeAsync();"));
        Assert.Empty(Endings("x.cs", "await using var connection = await Open();\nawait using var transaction = await connection.BeginTransactionAsync(token);"));
    }

    private static IEnumerable<string> Endings(string file, string source) =>
        ConnectionOfTransaction().Matches(source).Select(match => $"{file} ends a connection before its transaction: {match.Value}")
            .Concat(EndedByUsing().Matches(source).Select(match => match.Groups["name"].Value)
                .Where(name => Regex.IsMatch(source, $@"\b{Regex.Escape(name)}\.(DisposeAsync|Dispose|CloseAsync)\(\)"))
                .Select(name => $"{file} ends {name} twice"));

    [GeneratedRegex(@"using\s*\(?\s*var\s+\w+\s*=\s*\w+\.Connection\b")]
    private static partial Regex ConnectionOfTransaction();

    [GeneratedRegex(@"using\s*\(?\s*var\s+(?<name>\w+)\s*=\s*await\s+\w+\.(ExecuteReaderAsync|BeginTransactionAsync|OpenConnectionAsync)\b")]
    private static partial Regex EndedByUsing();

    private static IEnumerable<string> Violations(string file, string source) => RealTime().Matches(source).Select(match => $"{file} uses {match.Value}");

    [GeneratedRegex(@"\bDateTime(Offset)?\.(Utc)?Now\b|\bDateTime\.Today\b|\bSystemClock\b")]
    private static partial Regex RealTime();
}
