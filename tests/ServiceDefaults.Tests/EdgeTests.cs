using System.Net;
using Library.ServiceDefaults.Errors;
using Library.ServiceDefaults.Requests;
using Library.Testing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;

namespace Library.ServiceDefaults.Tests;

public sealed class EdgeTests
{
    [Fact]
    public async Task A_service_is_healthy_while_its_database_answers_and_says_its_version()
    {
        await using var host = await Sample.StartAsync();
        using var client = host.RestWithoutToken();
        Assert.Equal(HttpStatusCode.OK, (await client.GetAsync(new Uri("/alive", UriKind.Relative))).StatusCode);
        using var health = await client.GetAsync(new Uri("/health", UriKind.Relative));
        Assert.Equal(HttpStatusCode.OK, health.StatusCode);
        Assert.Contains("\"version\"", await health.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("sl", "sl")]
    [InlineData("sl-SI,en;q=0.8", "sl")]
    [InlineData("de;q=1, en;q=0.9, sl;q=0.5", "en")]
    [InlineData("de", "en")]
    [InlineData("", "en")]
    [InlineData(";;q=,,", "en")]
    public void The_first_language_that_there_are_texts_for_is_chosen(string accept, string expected) =>
        Assert.Equal(expected, new Texts(typeof(Texts).Assembly).Choose(accept));

    [Fact]
    public void Every_language_has_the_same_texts()
    {
        var texts = new Texts(typeof(Texts).Assembly);
        Assert.All(texts.Languages, language => Assert.Equal(texts.KeysOf("en").Order(), texts.KeysOf(language).Order()));
    }

    [Theory]
    [InlineData("B-1", true)]
    [InlineData("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123", true)]
    [InlineData("ABCDEFGHIJKLMNOPQRSTUVWXYZ01234", false)]
    [InlineData("b1", false)]
    [InlineData("B 1", false)]
    [InlineData("Š1", false)]
    [InlineData("", false)]
    public void A_barcode_has_1_to_30_of_capitals_digits_and_hyphens(string value, bool good)
    {
        var fields = new Fields();
        fields.Code("barcode", value);
        var problem = Record.Exception(fields.ThrowIfWrong);
        Assert.Equal(good, problem is null);
    }

    [Theory]
    [InlineData("2024-02-29", true)]
    [InlineData("2023-02-29", false)]
    [InlineData("2024-2-9", false)]
    [InlineData("09.02.2024", false)]
    public void A_date_is_one_of_the_calendar(string value, bool good)
    {
        var fields = new Fields();
        fields.Date("on", value);
        Assert.Equal(good, Record.Exception(fields.ThrowIfWrong) is null);
    }

    [Fact]
    public void Every_missing_or_useless_setting_is_told_at_once_and_no_value_is_repeated()
    {
        var settings = new ConfigurationBuilder().AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["Issuer"] = "gateway", ["ServiceKey"] = "too-short", ["ConnectionStrings:messaging"] = "localhost",
        }).Build();
        var told = Assert.Throws<OptionsValidationException>(() =>
            RequiredSettings.Check(settings, "ConnectionStrings:sample-db", "ConnectionStrings:messaging", "Issuer", "ServiceKey"));
        Assert.Equal(4, told.Failures.Count());
        Assert.DoesNotContain("too-short", told.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_page_token_comes_back_as_it_went_and_nothing_else_does()
    {
        Assert.Equal(["2024-01-01", "č/1"], PageToken.Read(PageToken.Write("2024-01-01", "č/1"), 2)!);
        Assert.Null(PageToken.Read("", 2));
        Assert.Throws<Failure>(() => PageToken.Read("!!!", 2));
        Assert.Throws<Failure>(() => PageToken.Read(PageToken.Write("one"), 2));
    }
}
