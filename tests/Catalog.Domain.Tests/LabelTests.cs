using Library.Catalog.Domain.Labels;

namespace Library.Catalog.Domain.Tests;

/// <summary>Code 128 against patterns that are known, and against its own rules read backwards.</summary>
public sealed class LabelTests
{
    [Fact]
    public void One_letter_is_start_letter_check_and_stop()
    {
        // start B 104, A 33, check (104 + 33) mod 103 = 34, stop 106
        Assert.Equal([104, 33, 34, 106], Code128.Values("A"));
        Assert.True(Code128.TryEncode("A", out var widths));
        Assert.Equal("211214" + "111323" + "131123" + "2331112", string.Concat(widths));
    }

    [Fact]
    public void A_text_of_one_set_has_the_check_symbol_of_the_standard() =>
        Assert.Equal([104, 48, 42, 42, 17, 18, 19, 35, 55, 106], Code128.Values("PJJ123C"));

    [Theory]
    [InlineData("12", new[] { 105, 12 })]
    [InlineData("1234", new[] { 105, 12, 34 })]
    [InlineData("12345", new[] { 105, 12, 34, 100, 21 })]
    [InlineData("A1234", new[] { 104, 33, 99, 12, 34 })]
    [InlineData("A12345", new[] { 104, 33, 17, 99, 23, 45 })]
    [InlineData("A1234B", new[] { 104, 33, 17, 18, 19, 20, 34 })]
    [InlineData("A123456B", new[] { 104, 33, 99, 12, 34, 56, 100, 34 })]
    public void Digits_go_in_pairs_where_that_is_shorter(string text, int[] values)
    {
        var made = Code128.Values(text);
        Assert.Equal(values, made.SkipLast(2)); // without check and stop
        Assert.Equal(text, Read(made));
        Assert.True(made.Count <= text.Length + 3, "never longer than set B alone");
    }

    [Fact]
    public void Every_text_reads_back_and_every_symbol_is_of_eleven_modules()
    {
        var random = new Random(20240603);
        for (var i = 0; i < 2_000; i++)
        {
            var text = string.Concat(Enumerable.Range(0, random.Next(1, 31)).Select(_ => random.Next(3) == 0 ? (char)random.Next(' ', 127) : (char)random.Next('0', '9' + 1)));
            var values = Code128.Values(text);
            Assert.Equal(text, Read(values));
            Assert.Equal(values[^2], (values[0] + values.Skip(1).SkipLast(2).Select((value, index) => value * (index + 1)).Sum()) % 103);
            Assert.True(Code128.TryEncode(text, out var widths));
            Assert.Equal((values.Count * 11) + 2, widths.Sum());
        }
    }

    [Fact]
    public void All_symbols_differ_and_their_bars_are_even()
    {
        var symbols = new HashSet<string>();
        for (var value = 0; value < 100; value++)
        {
            Assert.True(Code128.TryEncode($"{value:00}", out var widths));
            var symbol = widths.Skip(6).Take(6).ToArray();
            Assert.Equal((11, 0), (symbol.Sum(), (symbol[0] + symbol[2] + symbol[4]) % 2));
            Assert.All(symbol, width => Assert.InRange(width, 1, 4));
            symbols.Add(string.Concat(symbol));
        }
        Assert.Equal(100, symbols.Count);
    }

    /// <summary>Digest of the symbols 0 to 99 as bars and spaces, taken from another library's table and not from ours.</summary>
    [Fact]
    public void The_symbols_are_those_that_others_print()
    {
        var modules = string.Concat(Enumerable.Range(0, 100).Select(value =>
        {
            Assert.True(Code128.TryEncode($"{value:00}", out var widths));
            return string.Concat(widths.Skip(6).Take(6).Select((width, index) => new string(index % 2 == 0 ? '1' : '0', width)));
        }));
        Assert.Equal(
            "2D825240755487704FFDCBF666743B7491C8281E777F8141E5838F2047292214",
            Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.ASCII.GetBytes(modules))));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("č")]
    [InlineData("A\n")]
    public void What_the_code_does_not_have_is_not_encoded(string? text) => Assert.False(Code128.TryEncode(text, out _));

    [Fact]
    public void The_longest_text_is_encoded_and_no_longer_one()
    {
        Assert.True(Code128.TryEncode(new string('-', Code128.MaxLength), out _));
        Assert.False(Code128.TryEncode(new string('-', Code128.MaxLength + 1), out _));
    }

    [Theory]
    [InlineData("3x8", 3, 8)]
    [InlineData("1x1", 1, 1)]
    [InlineData("6x20", 6, 20)]
    public void A_sheet_is_columns_and_rows(string text, int columns, int rows)
    {
        Assert.True(LabelSheet.TryParse(text, out var sheet));
        Assert.Equal((columns, rows, columns * rows), (sheet.Columns, sheet.Rows, sheet.Labels));
    }

    [Theory]
    [InlineData("7x8")]
    [InlineData("3x21")]
    [InlineData("0x8")]
    [InlineData("3")]
    [InlineData("3x8x1")]
    [InlineData("-3x8")]
    [InlineData("")]
    public void What_is_no_sheet_is_refused(string text) => Assert.False(LabelSheet.TryParse(text, out _));

    [Fact]
    public void The_usual_sheet_has_labels_of_seventy_millimetres() => Assert.Equal((70m, 37.125m), (LabelSheet.Usual.WidthMm, LabelSheet.Usual.HeightMm));

    /// <summary>As a scanner reads symbols.</summary>
    private static string Read(IReadOnlyList<int> values)
    {
        var (text, inC) = ("", values[0] == 105);
        foreach (var value in values.Skip(1).SkipLast(2))
        {
            if (inC ? value == 100 : value == 99) inC = !inC;
            else text += inC ? $"{value:00}" : (char)(value + ' ');
        }
        return text;
    }
}
