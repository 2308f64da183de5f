using Library.Notifications.Domain.Choices;
using Library.Notifications.Letters;
using Library.Notifications.Sending;

namespace Library.Notifications.Service.Tests;

public sealed class TemplateTests : IDisposable
{
    private static readonly string Networks = Path.Combine(AppContext.BaseDirectory, "networks");
    private static readonly string Shipped = Path.Combine(Networks, "radovljica", "templates");
    private readonly string folder = Directory.CreateTempSubdirectory("templates-").FullName;

    public TemplateTests()
    {
        foreach (var file in Directory.EnumerateFiles(Shipped, "*", SearchOption.AllDirectories))
        {
            var copy = Path.Combine(folder, Path.GetRelativePath(Shipped, file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy);
        }
    }

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Theory]
    [InlineData("radovljica", "sl", "en")]
    [InlineData("ignalina", "lt", "en")]
    public void The_templates_that_ship_render_in_every_case(string network, params string[] languages)
    {
        var book = TemplateBook.Load(Path.Combine(Networks, network, "templates"), languages);
        Assert.Equal(Enum.GetValues<Letter>(), TemplateBook.Files.Keys.Order());
        foreach (var one in TemplateBook.Files.Keys)
            foreach (var language in languages)
                foreach (var sample in Samples.Of(one, language))
                {
                    var letter = book.Write(one, language, sample);
                    Assert.DoesNotContain('\n', letter.Subject);
                    Assert.DoesNotContain("\n\n\n", letter.Text, StringComparison.Ordinal);
                    Assert.Contains("Reader Name", letter.Text, StringComparison.Ordinal);
                    Assert.StartsWith("<!DOCTYPE html>", letter.Html, StringComparison.Ordinal);
                }
    }

    [Theory]
    [InlineData(0, "Per tą laiką viską grąžinote", "grąžinimo terminas")]
    [InlineData(1, "Pasibaigė šio leidinio grąžinimo terminas", "šių leidinių")]
    [InlineData(2, "Pasibaigė šių leidinių grąžinimo terminas", "šio leidinio")]
    public void A_Lithuanian_reminder_speaks_of_one_or_of_several(int overdue, string said, string unsaid)
    {
        var loans = new Catalog.V1.LoansOf { AccruingMinor = overdue * 54 };
        for (var number = 1; number <= overdue; number++)
            loans.Loans.Add(new Catalog.V1.LoanOf { Title = $"Anykščių šilelis {number}", DueOn = "2024-04-03", Overdue = true });
        var reader = new Reader("Rasa Petrauskienė", "rasa@petrauskai.example", "lt", [NoticeChannel.Email]);
        var values = ReminderNotices.Values(reader, "Biblioteka", new ReminderFigures(1, new DateOnly(2024, 4, 11), 50, "EUR", ""), loans);
        var letter = TemplateBook.Load(Path.Combine(Networks, "ignalina", "templates"), ["lt"]).Write(Letter.Reminder, "lt", values);
        Assert.Equal("Raginimas Nr. 1: grąžinkite paskolintus leidinius", letter.Subject);
        foreach (var text in new[] { letter.Text, letter.Html })
        {
            Assert.Contains(said, text, StringComparison.Ordinal);
            Assert.DoesNotContain(unsaid, text, StringComparison.Ordinal);
        }
        Assert.Contains("2024-04-11", letter.Text, StringComparison.Ordinal);
        Assert.Contains("0,50 EUR", letter.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_template_that_cannot_be_used_is_named_with_its_error()
    {
        File.AppendAllText(Path.Combine(folder, "sl", "reminder.text"), "{{ titel }}");
        File.AppendAllText(Path.Combine(folder, "en", "reminder.html"), "{{ if }");
        File.Delete(Path.Combine(folder, "en", "event-registration.subject"));
        File.WriteAllText(Path.Combine(folder, "sl", "remainder.text"), "misspelt");
        File.WriteAllText(Path.Combine(folder, "sl", "event-registration.subject"), "");
        var refused = Assert.Throws<TemplatesInvalidException>(() => TemplateBook.Load(folder, ["sl", "en"]));
        Assert.Equal(
            ["en/event-registration.subject", "en/reminder.html", "sl/event-registration.subject", "sl/remainder.text", "sl/reminder.text"],
            refused.Errors.Select(error => error.File).Distinct());
        Assert.Contains("titel", refused.Message, StringComparison.Ordinal);
        Assert.Contains("is missing", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_language_without_templates_stops_the_start() =>
        Assert.All(Assert.Throws<TemplatesInvalidException>(() => TemplateBook.Load(folder, ["sl", "en", "lt"])).Errors,
            error => Assert.StartsWith("lt/", error.File, StringComparison.Ordinal));

    [Fact]
    public void Values_are_escaped_in_html_and_nowhere_else()
    {
        var reader = new Reader("<b>Ana</b> & \"Bor\"", "ana@novak.example", "en", [NoticeChannel.Email]);
        var values = ReminderNotices.Values(reader, "Library", new ReminderFigures(1, new DateOnly(2024, 4, 8), 200, "EUR", ""), new Catalog.V1.LoansOf());
        var letter = TemplateBook.Load(folder, ["en"]).Write(Letter.Reminder, "en", values);
        Assert.Contains("Dear <b>Ana</b> & \"Bor\",", letter.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("<b>Ana</b>", letter.Html, StringComparison.Ordinal);
        Assert.Contains("&lt;b&gt;Ana&lt;/b&gt;", letter.Html, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_wrong_setting_of_the_mail_server_is_listed()
    {
        var check = new SmtpOptionsCheck();
        Assert.Equal(3, check.Validate(null, new SmtpOptions { Port = 70_000, User = "library" }).Failures!.Count());
        Assert.True(check.Validate(null, new SmtpOptions { Host = "localhost", Port = 25 }).Succeeded);
    }
}
