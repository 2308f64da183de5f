using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace Library.Networks.Tests;

/// <summary>Files that are no network files at all: refused with a line where there is one, in no time, and never with a crash.</summary>
public sealed class NastyYamlTests
{
    public static TheoryData<string, string, int> Contents => new()
    {
        { "empty", "", 1 },
        { "only a comment", "# nothing\n", 2 },
        { "a tab, said of the map that it is in", "a:\n\tb: 1\n", 1 },
        { "an open brace", "a: 1\nb: {c: 1\nd: 2\n", 2 },
        { "an open bracket", "a: 1\nb: [1, 2\n", 3 },
        { "an open quote", "a: 1\nb: \"x\n", 2 },
        { "two documents", "a: 1\n---\nb: 2\n", 2 },
        { "a map as a key", "a: 1\n? {b: 1}\n: 2\n", 2 },
        { "deeply nested", "a: 1\nb: " + new string('[', 5000), 2 },
        { "deeply nested maps", string.Concat(Enumerable.Range(0, 300).Select(depth => new string(' ', depth) + "a:\n")), 18 },
        { "an alias of nothing", "a: 1\nb: *nothing\n", 2 },
    };

    [Theory]
    [MemberData(nameof(Contents))]
    public void What_is_not_a_document_is_refused_at_its_line(string what, string content, int line)
    {
        using var copy = new NetworkCopy();
        copy.Write("network.yaml", content);
        Assert.True(copy.Errors().Any(error => error.File == "network.yaml" && error.Line == line), what + ": " + string.Join('\n', copy.Errors()));
    }

    [Theory]
    [InlineData("name: radovljica", "name: &anchor radovljica", "name")]
    [InlineData("name: radovljica", "name: !!str radovljica", "name")]
    [InlineData("demo: true", "demo: true\ndemo: false", "demo")]
    public void Anchors_tags_and_repeated_keys_are_refused(string old, string @new, string key)
    {
        using var copy = new NetworkCopy();
        copy.Replace("network.yaml", old, @new);
        Assert.Equal(key, Assert.Single(copy.Errors()).Key);
    }

    [Fact]
    public void A_bomb_of_aliases_does_not_go_off()
    {
        using var copy = new NetworkCopy();
        var bomb = new StringBuilder("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
        for (var level = 1; level < 20; level++)
        {
            bomb.Append(CultureInfo.InvariantCulture, $"a{level}: &a{level} [{string.Join(", ", Enumerable.Repeat($"*a{level - 1}", 10))}]\n");
        }

        copy.Write("network.yaml", bomb.ToString());
        var watch = Stopwatch.StartNew();
        Assert.Contains(copy.Errors(), error => error.Message.Contains("aliases", StringComparison.Ordinal));
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(5));
    }

    [Fact]
    public void A_file_over_a_megabyte_is_refused()
    {
        using var copy = new NetworkCopy();
        copy.Write("network.yaml", new string('#', (1 << 20) + 1));
        Assert.Equal("is over 1 MB", Assert.Single(copy.Errors()).Message);
    }

    [Fact]
    public void A_megabyte_of_mistakes_gives_a_bounded_list()
    {
        using var copy = new NetworkCopy();
        var wrong = new StringBuilder();
        while (wrong.Length < 900_000)
        {
            wrong.Append(CultureInfo.InvariantCulture, $"key{wrong.Length}: 1\n");
        }

        copy.Write("network.yaml", wrong.ToString());
        var watch = Stopwatch.StartNew();
        Assert.InRange(copy.Errors().Count, 100, 500);
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(30));
    }

    [Fact]
    public void Text_that_is_not_utf8_is_refused_at_its_line()
    {
        using var copy = new NetworkCopy();
        File.WriteAllBytes(copy.PathOf("network.yaml"), [.. "name: x\ntitle: "u8, 0xE8, (byte)'\n']);
        var error = Assert.Single(copy.Errors());
        Assert.Equal((2, "is not UTF-8 text"), (error.Line, error.Message));
    }

    [Fact]
    public void A_byte_order_mark_is_allowed()
    {
        using var copy = new NetworkCopy();
        File.WriteAllText(copy.PathOf("network.yaml"), copy.Read("network.yaml"), new UTF8Encoding(encoderShouldEmitUTF8Identifier: true));
        Assert.Equal(Files.Radovljica.CalendarVersion, copy.Load().CalendarVersion);
    }

    [Theory]
    [InlineData("network.yaml", "[]")]
    [InlineData("network.yaml", "radovljica")]
    [InlineData("network.yaml", "branches: {}\nfounders: 3\nholidays: [1, [2], {date: {}}]\nlibraries: [null]")]
    [InlineData("rulebook.yaml", "materials: []\nreminders: 4\nlatestIssue: {branches: [1]}\nmembership: [x]\nholds: x")]
    [InlineData("tariff-2024.yaml", "prices: [1, {code: [1]}, {code: fine.day, minor: {}, name: []}]\ndiscounts: {on: 1}")]
    public void Values_of_the_wrong_kind_are_errors_and_no_crash(string file, string content)
    {
        using var copy = new NetworkCopy();
        copy.Write(file, content);
        Assert.Contains(copy.Errors(), error => error.File == file);
    }

    /// <summary>Seeded: the same three hundred damaged files each time. A damage inside a comment or a name may well leave the file sound.</summary>
    [Fact]
    public void Damaged_files_never_throw()
    {
        using var copy = new NetworkCopy();
        var random = new Random(20240314);
        string[] names = ["network.yaml", "rulebook.yaml", "tariff-2024.yaml"];
        var originals = names.ToDictionary(name => name, name => File.ReadAllBytes(copy.PathOf(name)));
        var refused = 0;
        for (var round = 0; round < 300; round++)
        {
            var name = names[round % names.Length];
            File.WriteAllBytes(copy.PathOf(name), Damage(originals[name], random));
            refused += NetworkLoader.Load(copy.Folder) is NetworkLoad.Refused { Errors.Count: > 0 } ? 1 : 0;
            File.WriteAllBytes(copy.PathOf(name), originals[name]);
        }

        Assert.True(refused > 100, $"{refused} refused");
    }

    private static byte[] Damage(byte[] original, Random random)
    {
        var bytes = original.ToList();
        for (var edits = random.Next(1, 4); edits > 0; edits--)
        {
            var at = random.Next(bytes.Count);
            switch (random.Next(5))
            {
                case 0:
                    bytes[at] = (byte)random.Next(256);
                    break;
                case 1:
                    bytes.RemoveRange(at, Math.Min(random.Next(1, 60), bytes.Count - at));
                    break;
                case 2:
                    bytes.InsertRange(at, "[]{}:,&*!|>'\"%@`?-#\n\t "u8.ToArray().OrderBy(_ => random.Next()).Take(2));
                    break;
                case 3:
                    bytes.RemoveRange(at, bytes.Count - at);
                    break;
                default:
                    bytes.InsertRange(at, bytes.GetRange(at, Math.Min(random.Next(1, 200), bytes.Count - at)));
                    break;
            }

            if (bytes.Count == 0)
            {
                bytes.Add((byte)' ');
            }
        }

        return [.. bytes];
    }
}
