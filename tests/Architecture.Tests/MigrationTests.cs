using System.Globalization;
using System.Text.RegularExpressions;

namespace Library.Architecture.Tests;

public sealed partial class MigrationTests
{
    private static IEnumerable<IGrouping<string, string>> Folders => House.Files("src", "*.sql").GroupBy(path => House.Relative(Path.GetDirectoryName(path)!));

    [Fact]
    public void Migrations_are_numbered_without_a_gap() => House.Holds(
        Folders.SelectMany(folder => NumberViolations(folder.Key, [.. folder.Select(path => Path.GetFileName(path))], folder.Key.Contains("ServiceDefaults", StringComparison.Ordinal) ? 0 : 1)));

    [Fact]
    public void Migrations_say_why_which_locks_and_how_to_recover() => House.Holds(
        Folders.SelectMany(folder => folder).SelectMany(path => HeaderViolations(House.Relative(path), File.ReadAllText(path))));

    [Fact]
    public void Every_service_embeds_its_migrations() => House.Holds(House.Services.SelectMany(service =>
    {
        var files = House.Files($"src/Services/{service}", "*.sql").Select(path => $"Migrations/{Path.GetFileName(path)}").ToHashSet();
        var embedded = House.Load($"{service}.Service").GetManifestResourceNames().Where(name => name.StartsWith("Migrations/", StringComparison.Ordinal)).ToHashSet();
        return files.Except(embedded).Select(name => $"{service}: {name} is not embedded").Concat(files.Count == 0 ? [$"{service} has no migration"] : []);
    }));

    [Fact]
    public void The_rules_can_fail()
    {
        Assert.NotEmpty(NumberViolations("x", ["0001_a.sql", "0003_c.sql"], 1));
        Assert.NotEmpty(NumberViolations("x", ["0001_a.sql", "0001_b.sql"], 1));
        Assert.NotEmpty(NumberViolations("x", ["0001-Wrong.sql"], 1));
        Assert.NotEmpty(HeaderViolations("x", "CREATE TABLE a (b int);"));
        Assert.NotEmpty(HeaderViolations("x", "-- A table.\nCREATE TABLE a (b int);"));
        Assert.Empty(HeaderViolations("x", "-- A table, because.\n-- Locks: none. Recovery: drop it.\nCREATE TABLE a (b int);"));
    }

    private static IEnumerable<string> NumberViolations(string folder, IReadOnlyList<string> files, int first)
    {
        foreach (var file in files.Where(file => !FileName().IsMatch(file))) yield return $"{folder}/{file} is not named 0000_what_it_does.sql";
        var numbers = files.Where(file => FileName().IsMatch(file)).Select(file => int.Parse(file.AsSpan(0, 4), CultureInfo.InvariantCulture)).Order().ToList();
        if (!numbers.SequenceEqual(Enumerable.Range(first, numbers.Count))) yield return $"{folder} has the numbers {string.Join(", ", numbers)}";
    }

    private static IEnumerable<string> HeaderViolations(string file, string sql)
    {
        var header = string.Join('\n', sql.Split('\n').TakeWhile(line => line.StartsWith("--", StringComparison.Ordinal)));
        if (header.Length == 0) yield return $"{file} has no header";
        if (!header.Contains("Lock", StringComparison.OrdinalIgnoreCase)) yield return $"{file} does not say which locks it takes";
        if (!header.Contains("Recover", StringComparison.OrdinalIgnoreCase)) yield return $"{file} does not say how to recover";
    }

    [GeneratedRegex("^[0-9]{4}_[a-z0-9_]+\\.sql$")]
    private static partial Regex FileName();
}
