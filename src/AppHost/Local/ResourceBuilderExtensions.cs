using System.Globalization;
using Aspire.Hosting.ApplicationModel;
using Library.AppHost.Local.Engine;

namespace Aspire.Hosting;

/// <summary>The calls that Program.cs makes: Aspire's names and meaning, and no others.</summary>
public static class ResourceBuilderExtensions
{
    /// <summary>A value generated once and kept in the network's folder.</summary>
    public static IResourceBuilder<ParameterResource> AddParameter(
        this IDistributedApplicationBuilder builder, string name, GenerateParameterDefault value, bool secret = false, bool persist = false) =>
        secret && persist
            ? builder.Add(new ParameterResource(name, value.MinLength))
            : throw new NotSupportedException($"Parameter {name}: the process engine keeps every generated value, and keeps it secret.");

    /// <summary>A private PostgreSQL server.</summary>
    public static IResourceBuilder<PostgresServerResource> AddPostgres(this IDistributedApplicationBuilder builder, string name) =>
        builder.Add(new PostgresServerResource(name));

    /// <summary>A database on the server.</summary>
    public static IResourceBuilder<PostgresDatabaseResource> AddDatabase(this IResourceBuilder<PostgresServerResource> builder, string name)
    {
        var database = new PostgresDatabaseResource(name, builder.Resource);
        builder.Resource.Databases.Add(database);
        return builder.ApplicationBuilder.Add(database);
    }

    /// <summary>A private RabbitMQ node.</summary>
    public static IResourceBuilder<RabbitMQServerResource> AddRabbitMQ(this IDistributedApplicationBuilder builder, string name) =>
        builder.Add(new RabbitMQServerResource(name));

    /// <summary>A mail catcher with an SMTP port and a web page.</summary>
    public static IResourceBuilder<MailCatcherResource> AddMailCatcher(this IDistributedApplicationBuilder builder, string name) =>
        builder.Add(new MailCatcherResource(name));

    /// <summary>The data outlives a run: always so here, in the network's data folder.</summary>
    public static IResourceBuilder<PostgresServerResource> WithDataVolume(this IResourceBuilder<PostgresServerResource> builder) => builder;

    /// <inheritdoc cref="WithDataVolume(IResourceBuilder{PostgresServerResource})"/>
    public static IResourceBuilder<RabbitMQServerResource> WithDataVolume(this IResourceBuilder<RabbitMQServerResource> builder) => builder;

    /// <summary>The management page, started only with <c>Messaging:Management=true</c>: it costs memory and the services do not need it.</summary>
    public static IResourceBuilder<RabbitMQServerResource> WithManagementPlugin(this IResourceBuilder<RabbitMQServerResource> builder)
    {
        builder.Resource.HasManagement = true;
        builder.Resource.Endpoints.Insert(1, new EndpointDefinition("management", "http"));
        return builder;
    }

    /// <summary>A service of this repository, built beside the AppHost.</summary>
    public static IResourceBuilder<ProjectResource> AddProject(this IDistributedApplicationBuilder builder, string name, string projectPath) =>
        builder.Add(new ProjectResource(name, projectPath));

    /// <summary>Appends command line arguments.</summary>
    public static IResourceBuilder<T> WithArgs<T>(this IResourceBuilder<T> builder, params string[] args)
        where T : ProcessResource
    {
        builder.Resource.Arguments.AddRange(args);
        return builder;
    }

    /// <summary>Gives <c>ConnectionStrings__NAME</c>.</summary>
    public static IResourceBuilder<T> WithReference<T>(this IResourceBuilder<T> builder, IResourceBuilder<IResourceWithConnectionString> source)
        where T : ProcessResource
    {
        var resource = source.Resource;
        return builder.Writing((variables, values, _) => variables[$"ConnectionStrings__{resource.Name}"] = resource.ConnectionString(values));
    }

    /// <summary>Gives <c>services__NAME__ENDPOINT__0…</c>, one a replica, and <c>NAME_ENDPOINT</c>.</summary>
    public static IResourceBuilder<T> WithReference<T>(this IResourceBuilder<T> builder, EndpointReference endpoint)
        where T : ProcessResource =>
        builder.Writing((variables, values, _) => WriteAddresses(variables, values, endpoint));

    /// <summary>Gives every HTTP endpoint of another service.</summary>
    public static IResourceBuilder<T> WithReference<T>(this IResourceBuilder<T> builder, IResourceBuilder<ProjectResource> source)
        where T : ProcessResource =>
        builder.Writing((variables, values, _) =>
        {
            foreach (var endpoint in source.Resource.Endpoints)
            {
                WriteAddresses(variables, values, new EndpointReference(source.Resource, endpoint.Name));
            }
        });

    /// <summary>Starts only when the dependency is healthy.</summary>
    public static IResourceBuilder<T> WaitFor<T>(this IResourceBuilder<T> builder, IResourceBuilder<IResource> dependency)
        where T : ProcessResource
    {
        ProcessResource process = dependency.Resource switch
        {
            PostgresDatabaseResource database => database.Server,
            ProcessResource itself => itself,
            var other => throw new NotSupportedException($"{builder.Resource.Name} cannot wait for {other.Name}: it is no process."),
        };
        builder.Resource.Waits.Add(new Wait(dependency.Resource, process, WaitKind.Healthy));
        return builder;
    }

    /// <summary>Starts only when the dependency has ended with exit code 0.</summary>
    public static IResourceBuilder<T> WaitForCompletion<T>(this IResourceBuilder<T> builder, IResourceBuilder<ProcessResource> dependency)
        where T : ProcessResource
    {
        builder.Resource.Waits.Add(new Wait(dependency.Resource, dependency.Resource, WaitKind.Completion));
        return builder;
    }

    /// <summary>Runs the service so many times, each with ports of its own.</summary>
    public static IResourceBuilder<ProjectResource> WithReplicas(this IResourceBuilder<ProjectResource> builder, int replicas)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(replicas, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(replicas, 20);
        builder.Resource.Replicas = replicas;
        return builder;
    }

    /// <summary>An HTTP port; told by <c>ASPNETCORE_URLS</c>, or by the variable <paramref name="env"/> where that is given.</summary>
    public static IResourceBuilder<T> WithHttpEndpoint<T>(this IResourceBuilder<T> builder, string name, string? env = null)
        where T : ProcessResource
    {
        builder.Resource.Endpoints.Add(new EndpointDefinition(name, "http", env));
        return builder;
    }

    /// <summary>Healthy when a GET of the path answers 200.</summary>
    public static IResourceBuilder<T> WithHttpHealthCheck<T>(this IResourceBuilder<T> builder, string path, string endpointName = "http")
        where T : ProcessResource
    {
        builder.Resource.HealthCheck = new HttpHealthCheck(path, endpointName);
        return builder;
    }

    /// <summary>Marks the endpoints that are there so far as the way in; here it only prefers port 8080, all ports stay on the loopback interface.</summary>
    public static IResourceBuilder<T> WithExternalHttpEndpoints<T>(this IResourceBuilder<T> builder)
        where T : ProcessResource
    {
        var endpoints = builder.Resource.Endpoints;
        for (var i = 0; i < endpoints.Count; i++) endpoints[i] = endpoints[i] with { IsExternal = true };
        return builder;
    }

    /// <summary>Sets a variable.</summary>
    public static IResourceBuilder<T> WithEnvironment<T>(this IResourceBuilder<T> builder, string name, string? value)
        where T : ProcessResource =>
        builder.Writing((variables, _, _) => variables[name] = value ?? "");

    /// <summary>Sets a variable to a generated value.</summary>
    public static IResourceBuilder<T> WithEnvironment<T>(this IResourceBuilder<T> builder, string name, IResourceBuilder<ParameterResource> parameter)
        where T : ProcessResource =>
        builder.Writing((variables, values, _) => variables[name] = parameter.Resource.Value(values));

    /// <summary>Sets a variable to an endpoint's address.</summary>
    public static IResourceBuilder<T> WithEnvironment<T>(this IResourceBuilder<T> builder, string name, EndpointReference endpoint)
        where T : ProcessResource =>
        builder.Writing((variables, values, _) => variables[name] = endpoint.Url(values, 0));

    /// <summary>Sets a variable to one part of an endpoint's address.</summary>
    public static IResourceBuilder<T> WithEnvironment<T>(this IResourceBuilder<T> builder, string name, EndpointReferenceExpression expression)
        where T : ProcessResource =>
        builder.Writing((variables, values, _) => variables[name] = expression.Value(values));

    /// <summary>An endpoint by name; it may be declared later.</summary>
    public static EndpointReference GetEndpoint<T>(this IResourceBuilder<T> builder, string name)
        where T : ProcessResource => new(builder.Resource, name);

    private static void WriteAddresses(IDictionary<string, string> variables, NetworkValues values, EndpointReference endpoint)
    {
        for (var replica = 0; replica < endpoint.Owner.Replicas; replica++)
        {
            variables[string.Create(CultureInfo.InvariantCulture, $"services__{endpoint.Owner.Name}__{endpoint.Name}__{replica}")] = endpoint.Url(values, replica);
        }

        variables[$"{endpoint.Owner.Name}_{endpoint.Name}".Replace('-', '_').ToUpperInvariant()] = endpoint.Url(values, 0);
    }

    private static IResourceBuilder<T> Writing<T>(this IResourceBuilder<T> builder, EnvironmentWriter writer)
        where T : ProcessResource
    {
        builder.Resource.Environment.Add(writer);
        return builder;
    }
}
