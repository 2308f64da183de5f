using System.Collections.Frozen;
using System.Reflection;
using Library.Contracts;

namespace Library.ServiceDefaults.Messaging;

/// <summary>The messages that this service publishes, by the name under which they stand in its outbox.</summary>
public sealed class MessageTypes(params IReadOnlyList<Assembly> contracts)
{
    private readonly FrozenDictionary<string, (Type Type, IReadOnlyList<string> Handlers)> types = contracts
        .SelectMany(assembly => assembly.GetExportedTypes())
        .Where(type => type is { IsClass: true, IsAbstract: false } && type.IsAssignableTo(typeof(IMessage)))
        .ToFrozenDictionary(type => type.FullName!, type => (type, type.GetCustomAttribute<HandledByAttribute>()?.Services ?? []));

    public Type? Find(string name) => types.TryGetValue(name, out var found) ? found.Type : null;

    /// <summary>Each message that somebody must hear of, with the services whose queues it goes to.</summary>
    public IEnumerable<(Type Message, IReadOnlyList<string> Handlers)> Handled => types.Values.Where(known => known.Handlers.Count > 0);
}
