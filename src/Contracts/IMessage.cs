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

/// <summary>
/// The services that must hear of a message. Its publisher keeps it in the outbox until the queue of each of them
/// exists, so that nothing is lost when a service starts for the first time after the fact. A test holds the
/// attribute against the consumers.
/// </summary>
/// <param name="services">Names of services, which are the names of their queues.</param>
[AttributeUsage(AttributeTargets.Class)]
public sealed class HandledByAttribute(params string[] services) : Attribute
{
    /// <summary>Names of services.</summary>
    public IReadOnlyList<string> Services { get; } = services;
}
