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
    public void Migrations_only_add_while_older_versions_run() => House.Holds(
        Folders.SelectMany(folder => folder).SelectMany(path => ContractionViolations(House.Relative(path), File.ReadAllText(path))));

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

    [Theory]
    [InlineData("DROP TABLE a;")]
    [InlineData("ALTER TABLE a DROP COLUMN b;")]
    [InlineData("ALTER TABLE a RENAME COLUMN b TO c;")]
    [InlineData("ALTER TABLE a\n    RENAME TO b;")]
    [InlineData("ALTER TABLE a ALTER COLUMN b TYPE bigint;")]
    [InlineData("ALTER TABLE a ALTER b SET DATA TYPE bigint;")]
    [InlineData("ALTER TABLE a ALTER COLUMN b SET NOT NULL;")]
    [InlineData("ALTER TABLE a ADD COLUMN b int NOT NULL;")]
    [InlineData("alter table a add b int not null check (b > 0), add column c int not null default 0;")]
    [InlineData("TRUNCATE a;")]
    public void What_takes_away_is_found_unless_its_header_says_from_when_on(string sql)
    {
        Assert.NotEmpty(ContractionViolations("x", $"-- Why.\n{sql}"));
        Assert.Empty(ContractionViolations("x", $"-- Why.\n-- contract: nothing older than 0.2.0 runs\n{sql}"));
    }

    [Theory]
    [InlineData("CREATE TABLE a (b int NOT NULL);")]
    [InlineData("ALTER TABLE a ADD COLUMN b int NOT NULL DEFAULT 0;")]
    [InlineData("ALTER TABLE a ADD COLUMN b int NULL;")]
    [InlineData("-- drop it\nCREATE INDEX a_b ON a (b) WHERE b IS NOT NULL;")]
    [InlineData("REVOKE UPDATE, DELETE, TRUNCATE ON a FROM PUBLIC;")]
    [InlineData("CREATE TRIGGER a BEFORE TRUNCATE ON b FOR EACH STATEMENT EXECUTE FUNCTION c();")]
    public void What_only_adds_passes(string sql)
    {
        Assert.Empty(ContractionViolations("x", sql));
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

    /// <summary>What a process of the version before would miss or be refused, while both run (docs/operations.md, Upgrade).</summary>
    private static IEnumerable<string> ContractionViolations(string file, string sql)
    {
        if (ContractHeader().IsMatch(sql)) yield break;
        foreach (Match taken in Contraction().Matches(LineComment().Replace(sql, ""))) yield return $"{file} takes away what older versions need: {taken.Value.Trim()}";
    }

    [GeneratedRegex("^-- contract: nothing older than [0-9]+[.][0-9]+[.][0-9]+ runs", RegexOptions.Multiline)]
    private static partial Regex ContractHeader();

    [GeneratedRegex("--.*")]
    private static partial Regex LineComment();

    [GeneratedRegex("""
        ^\s*(DROP|TRUNCATE)\s[^;]*                                                      # a statement
        |^\s*ALTER\s[^;]*?\s(DROP|RENAME)\s[^;,]*                                        # a part of one
        |^\s*ALTER\s[^;]*?\sALTER\s+(COLUMN\s+)?\w+\s+(SET\s+DATA\s+)?TYPE\s[^;,]*
        |^\s*ALTER\s[^;]*?\sSET\s+NOT\s+NULL[^;,]*
        |\sADD\s+(COLUMN\s+)?(IF\s+NOT\s+EXISTS\s+)?(?!CONSTRAINT\b|CHECK\b|UNIQUE\b|PRIMARY\b|FOREIGN\b|EXCLUDE\b)\w+\s(?![^;,]*\bDEFAULT\b)[^;,]*\bNOT\s+NULL\b
        """, RegexOptions.Multiline | RegexOptions.IgnoreCase | RegexOptions.IgnorePatternWhitespace)]
    private static partial Regex Contraction();

    [GeneratedRegex("^[0-9]{4}_[a-z0-9_]+\\.sql$")]
    private static partial Regex FileName();
}
