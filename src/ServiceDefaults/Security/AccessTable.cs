using System.Collections.Frozen;
using Google.Protobuf.Reflection;
using Library.Contracts;
using Library.Contracts.Operations;

namespace Library.ServiceDefaults.Security;

/// <summary>Who may call which method, read from the options in the protos; a method without one is for nobody.</summary>
public sealed class AccessTable
{
    private readonly FrozenDictionary<string, (MethodDescriptor Method, Access Access)> methods;

    public AccessTable(params IReadOnlyList<FileDescriptor> files) => methods = files
        .Concat([OperationsReflection.Descriptor, FailedMessagesReflection.Descriptor])
        .SelectMany(file => file.Services)
        .SelectMany(service => service.Methods)
        .ToFrozenDictionary(
            method => $"/{method.Service.FullName}/{method.Name}",
            method => (method, method.GetOptions()?.GetExtension(AccessExtensions.Access) ?? new Access()));

    /// <summary>By gRPC's name of a method, <c>/package.Service/Method</c>; null for one that is not ours.</summary>
    public (MethodDescriptor Method, Access Access)? Find(string fullName) =>
        methods.TryGetValue(fullName, out var found) ? found : null;

    public IEnumerable<(MethodDescriptor Method, Access Access)> All => methods.Values;
}

/// <summary>Who may call an ordinary endpoint (one that is not transcoded): metadata beside the route.</summary>
public sealed record EndpointAccess(params IReadOnlyList<string> Roles);
