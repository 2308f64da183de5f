namespace Library.ServiceDefaults.Networks;

/// <summary>
/// The codes that a list of a file defines. They are <see cref="Sound"/> when each entry has one of its own: only then is a code that is referred to
/// and not found an error in itself, and not the consequence of one that is reported already.
/// </summary>
internal sealed record Codes(IReadOnlySet<string> Known, bool Sound)
{
    /// <summary>Reads the <paramref name="field"/> of every item; adds an error for each that is there twice.</summary>
    public static Codes Of(IReadOnlyList<FileNode> items, string field, FileErrors errors) => Of([.. items.Select(item => item[field])], errors);

    /// <summary>Reads the texts; adds an error for each that is there twice.</summary>
    public static Codes Of(IReadOnlyList<FileNode?> texts, FileErrors errors)
    {
        var known = new HashSet<string>(StringComparer.Ordinal);
        var sound = texts.Count > 0;
        foreach (var node in texts)
        {
            if (node?.Text is not { } code || errors.At(node))
            {
                sound = false;
            }
            else if (!known.Add(code))
            {
                sound = false;
                errors.Add(node, $"'{code}' is there twice");
            }
        }

        return new Codes(known, sound);
    }

    /// <summary>Adds an error where <paramref name="reference"/> names none of these <paramref name="what"/>.</summary>
    public void Require(FileNode? reference, string what, FileErrors errors)
    {
        if (Sound && reference is { Text: { } code } && !Known.Contains(code))
        {
            errors.Add(reference, $"'{code}' is not a {what} of network.yaml");
        }
    }
}
