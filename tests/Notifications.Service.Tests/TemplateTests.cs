using Library.Notifications.Domain.Choices;
using Library.Notifications.Letters;
using Library.Notifications.Sending;

namespace Library.Notifications.Service.Tests;

public sealed class TemplateTests : IDisposable
{
    private static readonly string Shipped = Path.Combine(AppContext.BaseDirectory, "networks", "radovljica", "templates");
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

    [Fact]
    public void The_templates_that_ship_render_in_every_case()
    {
        var book = TemplateBook.Load(folder, ["sl", "en"]);
        foreach (var kind in TemplateBook.Files.Keys)
            foreach (var language in new[] { "sl", "en" })
                foreach (var sample in Samples.Of(kind, language))
                {
                    var letter = book.Write(kind, language, sample);
                    Assert.DoesNotContain('\n', letter.Subject);
                    Assert.DoesNotContain("\n\n\n", letter.Text, StringComparison.Ordinal);
                    Assert.Contains("Ana Novak", letter.Text, StringComparison.Ordinal);
                    Assert.StartsWith("<!DOCTYPE html>", letter.Html, StringComparison.Ordinal);
                }
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
        var letter = TemplateBook.Load(folder, ["en"]).Write(NoticeKind.Reminder, "en", values);
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
