namespace Library.Contracts;

/// <summary>
/// A fact that a service tells the others, past tense, kept in its outbox until the broker has confirmed it.
/// Ids and figures only: never a name, an address, a date of birth, an e-mail (design decision 9).
/// </summary>
public interface IMessage
{
    /// <summary>Resource name of the aggregate that it tells of, for example <c>members/0198…</c>. Messages of one aggregate are published in the order in which they were written.</summary>
    string Aggregate { get; }

    /// <summary>The aggregate's version after the fact, counted from 1. A consumer of a snapshot skips one that is older than what it has; a fact is never skipped.</summary>
    long Version { get; }
}
