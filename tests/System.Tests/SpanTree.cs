using System.Globalization;
using System.Text;

namespace Library.Acceptance;

/// <summary>The spans of one trace as people read them: each under the one that caused it, with its start and length.</summary>
public static class SpanTree
{
    private const int MostDeep = 30;

    /// <summary>A span and everything that it caused.</summary>
    public static IReadOnlyList<Span> Under(IReadOnlyList<Span> trace, Span top)
    {
        var found = new List<Span> { top };
        for (var i = 0; i < found.Count; i++) found.AddRange(trace.Where(span => span.Parent == found[i].Id));
        return found;
    }

    /// <summary>From the first of the trace to this one.</summary>
    public static IReadOnlyList<string> WayTo(Span span, IReadOnlyList<Span> trace)
    {
        var way = new List<string>();
        for (var at = span; at is not null && way.Count <= MostDeep; at = trace.FirstOrDefault(other => other.Id == at.Parent)) way.Insert(0, $"{at.Service}: {at.Name}");
        return way;
    }

    /// <summary>Whether the names, or their beginnings, stand in the way in this order, the last one at its end.</summary>
    public static bool Follows(IReadOnlyList<string> way, IReadOnlyList<string> names)
    {
        var next = 0;
        foreach (var step in way)
            if (next < names.Count && step.StartsWith(names[next], StringComparison.Ordinal)) next++;
        return next == names.Count && way[^1].StartsWith(names[^1], StringComparison.Ordinal);
    }

    public static string Print(IReadOnlyList<Span> trace)
    {
        var text = new StringBuilder();
        var known = trace.Select(span => span.Id).ToHashSet();
        var began = trace.Select(span => span.StartNanos).DefaultIfEmpty().Min();
        foreach (var root in trace.Where(span => !known.Contains(span.Parent)).OrderBy(span => span.StartNanos)) Write(root, 0);
        return text.ToString();

        void Write(Span span, int depth)
        {
            if (depth > MostDeep) return;
            text.AppendLine(string.Create(CultureInfo.InvariantCulture,
                $"{(span.StartNanos - began) / 1e6,7:F1} {span.Milliseconds,7:F1}  {new string(' ', 2 * depth)}{span.Service}: {span.Name}"));
            foreach (var child in trace.Where(other => other.Parent == span.Id).OrderBy(other => other.StartNanos)) Write(child, depth + 1);
        }
    }
}
