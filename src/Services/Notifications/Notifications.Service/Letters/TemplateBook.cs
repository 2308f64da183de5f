using System.Collections.Frozen;
using System.Net;
using System.Text.RegularExpressions;
using Scriban;
using Scriban.Runtime;
using Scriban.Syntax;

namespace Library.Notifications.Letters;

/// <summary>A letter as it is sent.</summary>
public sealed record WrittenLetter(string Subject, string Text, string Html);

/// <summary>One template that cannot be used. The file is named relative to the templates' folder.</summary>
public sealed record TemplateError(string File, string Error);

/// <summary>The service does not start with templates that it cannot render.</summary>
public sealed class TemplatesInvalidException(string folder, IReadOnlyList<TemplateError> errors)
    : Exception($"Templates in {folder} cannot be used:{string.Concat(errors.Select(error => $"{Environment.NewLine}  {error.File}: {error.Error}"))}")
{
    public IReadOnlyList<TemplateError> Errors { get; } = errors;
}

/// <summary>
/// The network's letters: for each language and letter a subject, a text and an HTML part (<c>templates/sl/reminder.subject</c>,
/// <c>.text</c>, <c>.html</c>), in Scriban with strict variables. Values are escaped before they come into an HTML part, so that
/// no template can forget it.
/// </summary>
public sealed partial class TemplateBook
{
    private const int MostLoops = 10_000;
    private static readonly IReadOnlyList<string> Parts = ["subject", "text", "html"];

    /// <summary>The letters, and the names of their files.</summary>
    public static readonly FrozenDictionary<Letter, string> Files = new Dictionary<Letter, string>
    {
        [Letter.Reminder] = "reminder",
        [Letter.ReminderImminent] = "reminder-imminent",
        [Letter.LoansDueSoon] = "loans-due-soon",
        [Letter.VisitReceipt] = "visit-receipt",
        [Letter.HoldReady] = "hold-ready",
        [Letter.HoldExpiring] = "hold-expiring",
        [Letter.LockerReady] = "locker-ready",
        [Letter.InterlibraryArrived] = "interlibrary-arrived",
        [Letter.InterlibraryUnfilled] = "interlibrary-unfilled",
        [Letter.LicenceOffered] = "licence-offered",
        [Letter.EventRegistration] = "event-registration",
    }.ToFrozenDictionary();

    private readonly FrozenDictionary<string, Template> templates;

    private TemplateBook(IReadOnlyDictionary<string, Template> templates) => this.templates = templates.ToFrozenDictionary();

    /// <summary>Reads the templates and renders each with samples.</summary>
    /// <exception cref="TemplatesInvalidException">Names every file that is missing, misspelt or cannot be rendered, and why.</exception>
    public static TemplateBook Load(string folder, IReadOnlyList<string> languages)
    {
        var errors = new List<TemplateError>();
        var found = new Dictionary<string, Template>(StringComparer.Ordinal);
        foreach (var language in languages)
            foreach (var file in Files.Values.SelectMany(name => Parts.Select(part => $"{language}/{name}.{part}")))
                if (Read(folder, file, errors) is { } template) found[file] = template;
        if (Directory.Exists(folder))
            errors.AddRange(Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories)
                .Select(path => Path.GetRelativePath(folder, path).Replace(Path.DirectorySeparatorChar, '/'))
                .Where(file => Parts.Contains(Path.GetExtension(file).TrimStart('.')) && languages.Contains(file.Split('/')[0]) && !IsKnown(file))
                .Select(file => new TemplateError(file, "is the template of no letter")));

        var book = new TemplateBook(found);
        foreach (var (letter, name) in Files)
            foreach (var language in languages)
                foreach (var part in Parts.Where(part => found.ContainsKey($"{language}/{name}.{part}")))
                    book.Try($"{language}/{name}.{part}", Samples.Of(letter, language), errors);
        return errors.Count == 0 ? book : throw new TemplatesInvalidException(folder, [.. errors.OrderBy(error => error.File, StringComparer.Ordinal)]);
    }

    /// <summary>The letter in a language of the network.</summary>
    public WrittenLetter Write(Letter letter, string language, IReadOnlyDictionary<string, object> values)
    {
        var name = $"{language}/{Files[letter]}";
        return new WrittenLetter(
            WhiteSpace.Replace(Render($"{name}.subject", values), " ").Trim(),
            ManyEmptyLines.Replace(Render($"{name}.text", values), "\n\n").Trim() + "\n",
            Render($"{name}.html", values));
    }

    private string Render(string file, IReadOnlyDictionary<string, object> values)
    {
        var context = new TemplateContext { StrictVariables = true, LoopLimit = MostLoops };
        context.PushGlobal(Script(values, escape: file.EndsWith(".html", StringComparison.Ordinal)));
        return templates[file].Render(context);
    }

    private void Try(string file, IEnumerable<IReadOnlyDictionary<string, object>> samples, List<TemplateError> errors)
    {
        try
        {
            foreach (var sample in samples)
                if (string.IsNullOrWhiteSpace(Render(file, sample)))
                    throw new ScriptRuntimeException(default, "is empty");
        }
        catch (ScriptRuntimeException error)
        {
            errors.Add(new TemplateError(file, error.Message));
        }
    }

    private static Template? Read(string folder, string file, List<TemplateError> errors)
    {
        var path = Path.Combine(folder, file);
        if (!File.Exists(path))
        {
            errors.Add(new TemplateError(file, "is missing"));
            return null;
        }
        var template = Template.Parse(File.ReadAllText(path).Replace("\r\n", "\n", StringComparison.Ordinal), file);
        if (!template.HasErrors) return template;
        errors.AddRange(template.Messages.Select(message => new TemplateError(file, message.ToString())));
        return null;
    }

    private static bool IsKnown(string file) => file.Split('/') is [_, var name] && Files.Values.Contains(Path.GetFileNameWithoutExtension(name));

    private static ScriptObject Script(IReadOnlyDictionary<string, object> values, bool escape)
    {
        var script = new ScriptObject();
        foreach (var (name, value) in values)
            script[name] = value switch
            {
                string text => escape ? WebUtility.HtmlEncode(text) : text,
                IEnumerable<IReadOnlyDictionary<string, object>> list => new ScriptArray(list.Select(item => Script(item, escape))),
                _ => throw new ArgumentException($"A template's value is text or a list: {name}.", nameof(values)),
            };
        return script;
    }

    [GeneratedRegex(@"\s+")]
    private static partial Regex WhiteSpace { get; }

    [GeneratedRegex(@"\n[ \t]*\n(?:[ \t]*\n)+")]
    private static partial Regex ManyEmptyLines { get; }
}
