using System.Collections.Concurrent;
using System.Text.RegularExpressions;

namespace Library.ServiceDefaults.Data;

/// <summary>Names the spans of statements by what they do, <c>INSERT loan, UPDATE item</c>, instead of by the database.</summary>
public static partial class StatementNames
{
    /// <summary>Statements are constants of the code, so these are few; a limit all the same.</summary>
    private const int MostKept = 2_000, MostNamed = 4;
    private static readonly ConcurrentDictionary<string, string> Kept = new(StringComparer.Ordinal);

    public static string Of(NpgsqlCommand command) => Of(command.CommandText);

    public static string Of(NpgsqlBatch batch)
    {
        var names = string.Join(", ", batch.BatchCommands.Cast<NpgsqlBatchCommand>().Take(MostNamed).Select(command => Of(command.CommandText)));
        return batch.BatchCommands.Count > MostNamed ? $"{names}, and {batch.BatchCommands.Count - MostNamed} more" : names;
    }

    /// <summary>Verb and first table; the verb alone where no table is named.</summary>
    public static string Of(string sql)
    {
        if (Kept.TryGetValue(sql, out var known)) return known;
        var name = $"{Verb().Match(sql).Value} {Table().Match(sql).Groups["table"].Value}".Trim();
        if (Kept.Count < MostKept) Kept[sql] = name;
        return name;
    }

    [GeneratedRegex(@"\w+")]
    private static partial Regex Verb();

    [GeneratedRegex(@"\b(FROM|INTO|UPDATE)\s+(?<table>[a-z_]+)\b(?!\()", RegexOptions.ExplicitCapture)]
    private static partial Regex Table();
}
