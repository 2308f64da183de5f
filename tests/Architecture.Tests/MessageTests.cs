using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using Library.Contracts;
using MassTransit;

namespace Library.Architecture.Tests;

public sealed partial class MessageTests
{
    private static IEnumerable<Type> Messages => House.All("Contracts").SelectMany(assembly => assembly.GetExportedTypes())
        .Where(type => type.IsClass && type.IsAssignableTo(typeof(IMessage)));

    private static IEnumerable<(string Service, Type Message)> Consumed => House.All("Service").SelectMany(assembly => assembly.GetTypes()
        .Where(type => type is { IsClass: true, IsAbstract: false })
        .SelectMany(type => type.GetInterfaces().Where(face => face.IsGenericType && face.GetGenericTypeDefinition() == typeof(IConsumer<>)))
        .Select(face => (assembly.GetName().Name!.Split('.')[0].ToLowerInvariant(), face.GetGenericArguments()[0])));

    [Fact]
    public void Messages_are_sealed_records_whose_members_are_set_once() => House.Holds(Messages.SelectMany(ShapeViolations));

    [Fact]
    public void Messages_bear_no_personal_data() => House.Holds(Messages.SelectMany(type => PersonalData(type, type.Name, [])));

    [Fact]
    public void Messages_name_exactly_the_services_that_consume_them() => House.Holds(HandlerViolations(Messages, [.. Consumed]));

    [Fact]
    public void A_service_consumes_only_messages_of_the_contracts() => House.Holds(
        Consumed.Where(pair => !Messages.Contains(pair.Message)).Select(pair => $"{pair.Service} consumes {pair.Message.FullName}"));

    [Fact]
    public void The_rules_can_fail()
    {
        Assert.NotEmpty(ShapeViolations(typeof(OpenMessage)));
        Assert.NotEmpty(ShapeViolations(typeof(ChangeableMessage)));
        Assert.NotEmpty(ShapeViolations(typeof(ClassMessage)));
        Assert.Equal(4, PersonalData(typeof(TalkativeMessage), "T", []).Count());
        Assert.NotEmpty(HandlerViolations([typeof(UnheardMessage)], []));
        Assert.NotEmpty(HandlerViolations([typeof(OpenMessage)], [("catalog", typeof(OpenMessage))]));
        Assert.Empty(HandlerViolations([typeof(UnheardMessage)], [("catalog", typeof(UnheardMessage))]));
    }

    private static IEnumerable<string> ShapeViolations(Type message)
    {
        if (!message.IsSealed) yield return $"{message.Name} is not sealed";
        if (message.GetMethod("<Clone>$") is null) yield return $"{message.Name} is not a record";
        foreach (var property in message.GetProperties())
        {
            if (property.SetMethod is not { } set) continue;
            if (!set.ReturnParameter.GetRequiredCustomModifiers().Contains(typeof(IsExternalInit))) yield return $"{message.Name}.{property.Name} can be changed";
            if (property.GetCustomAttribute<RequiredMemberAttribute>() is null && !MayBeNull(property)) yield return $"{message.Name}.{property.Name} is neither required nor optional";
        }
    }

    private static bool MayBeNull(PropertyInfo property) => new NullabilityInfoContext().Create(property).ReadState == NullabilityState.Nullable;

    /// <summary>By the names of properties, also of what they are made of. Ids, codes, dates of business and figures are all that a message needs.</summary>
    private static IEnumerable<string> PersonalData(Type type, string path, HashSet<Type> seen)
    {
        if (!seen.Add(type)) yield break;
        foreach (var property in type.GetProperties().Where(property => property.GetMethod is { IsStatic: false }))
        {
            var here = $"{path}.{property.Name}";
            if (Personal().IsMatch(property.Name)) yield return here;
            var inner = property.PropertyType.IsGenericType ? property.PropertyType.GetGenericArguments() : [property.PropertyType];
            foreach (var found in inner.Where(part => part.Namespace?.StartsWith("Library", StringComparison.Ordinal) == true && !part.IsEnum).SelectMany(part => PersonalData(part, here, seen)))
                yield return found;
        }
    }

    private static IEnumerable<string> HandlerViolations(IEnumerable<Type> messages, IReadOnlyCollection<(string Service, Type Message)> consumed)
    {
        foreach (var message in messages)
        {
            var named = message.GetCustomAttribute<HandledByAttribute>()?.Services ?? [];
            var consumers = consumed.Where(pair => pair.Message == message).Select(pair => pair.Service).Distinct().ToList();
            foreach (var service in named.Except(consumers)) yield return $"{message.Name} waits for {service}, which has no consumer";
            foreach (var service in consumers.Except(named)) yield return $"{message.Name} is consumed by {service}, which it does not name";
        }
    }

    [GeneratedRegex("(^|[a-z])(Name|Email|EMail|Mail|Phone|Birth|Street|Address|Given|Family|Surname|PostCode|TaxNumber|Guardian|Password|Title)", RegexOptions.CultureInvariant)]
    private static partial Regex Personal();

    // --- deliberate violators ---

    private record OpenMessage : IMessage
    {
        public required string Aggregate { get; init; }
        public required long Version { get; init; }
    }

    private sealed record ChangeableMessage : IMessage
    {
        public required string Aggregate { get; init; }
        public required long Version { get; set; }
    }

    private sealed class ClassMessage : IMessage
    {
        public required string Aggregate { get; init; }
        public required long Version { get; init; }
    }

    private sealed record TalkativeMessage : IMessage
    {
        public required string Aggregate { get; init; }
        public required long Version { get; init; }
        public required string GivenName { get; init; }
        public required DateOnly BirthDate { get; init; }
        public required IReadOnlyList<Whereabouts> Places { get; init; }
    }

    private sealed record Whereabouts(string Street, string EMail);

    [HandledBy("catalog")]
    private sealed record UnheardMessage : IMessage
    {
        public required string Aggregate { get; init; }
        public required long Version { get; init; }
    }
}
