using Library.AppHost.Local.Engine;

namespace Aspire.Hosting.ApplicationModel;

/// <summary>A named part of the topology.</summary>
public interface IResource
{
    /// <summary>Lower case, unique in the application.</summary>
    string Name { get; }
}

/// <summary>A part that services reach by a connection string.</summary>
public interface IResourceWithConnectionString : IResource
{
    /// <summary>The value of <c>ConnectionStrings__NAME</c>.</summary>
    internal string ConnectionString(NetworkValues values);
}

/// <summary>A resource under construction.</summary>
/// <typeparam name="T">The kind of resource.</typeparam>
public interface IResourceBuilder<out T>
    where T : IResource
{
    /// <summary>The resource itself.</summary>
    T Resource { get; }

    /// <summary>The application that it belongs to.</summary>
    IDistributedApplicationBuilder ApplicationBuilder { get; }
}

/// <summary>How a generated parameter is made.</summary>
public sealed class GenerateParameterDefault
{
    /// <summary>The least number of characters; letters and digits only.</summary>
    public int MinLength { get; set; }
}

/// <summary>A value generated once per network and kept.</summary>
public sealed class ParameterResource(string name, int minLength) : IResource
{
    /// <inheritdoc/>
    public string Name { get; } = name;

    internal string Value(NetworkValues values) => values.Secret(Name, minLength);
}

/// <summary>Which part of an endpoint's address is meant.</summary>
public enum EndpointProperty
{
    /// <summary>The host name.</summary>
    Host,

    /// <summary>The port number.</summary>
    Port,
}

/// <summary>An endpoint of a resource, by name; its port is known when the network starts.</summary>
public sealed class EndpointReference
{
    internal EndpointReference(ProcessResource owner, string name) => (Owner, Name) = (owner, name);

    internal ProcessResource Owner { get; }

    internal string Name { get; }

    /// <summary>One part of the address.</summary>
    public EndpointReferenceExpression Property(EndpointProperty property) => new(this, property);

    internal string Url(NetworkValues values, int replica) => $"http://localhost:{values.Port(Owner, Name, replica)}";
}

/// <summary>One part of an endpoint's address.</summary>
public sealed class EndpointReferenceExpression
{
    private readonly EndpointReference _endpoint;
    private readonly EndpointProperty _property;

    internal EndpointReferenceExpression(EndpointReference endpoint, EndpointProperty property) => (_endpoint, _property) = (endpoint, property);

    internal string Value(NetworkValues values) => _property switch
    {
        EndpointProperty.Host => "localhost",
        EndpointProperty.Port => values.Port(_endpoint.Owner, _endpoint.Name, 0),
    };
}

/// <summary>A database on a PostgreSQL server: no process of its own, made when the server first answers.</summary>
public sealed class PostgresDatabaseResource : IResourceWithConnectionString
{
    internal PostgresDatabaseResource(string name, PostgresServerResource server) => (Name, Server) = (name, server);

    /// <inheritdoc/>
    public string Name { get; }

    internal PostgresServerResource Server { get; }

    string IResourceWithConnectionString.ConnectionString(NetworkValues values) => $"{Server.ServerConnectionString(values)};Database={Name}";
}
