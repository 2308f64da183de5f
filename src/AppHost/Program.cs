var builder = DistributedApplication.CreateBuilder(args);
var network = builder.Configuration["Network"] ?? "radovljica";
var replicas = int.TryParse(builder.Configuration["Replicas"], out var n) ? n : 1;

// generated once and kept: what services sign their calls to each other with, and what `./library token` signs in with (Development)
var serviceKey = builder.AddParameter("service-key", new GenerateParameterDefault { MinLength = 40 }, secret: true, persist: true);
var operatorSecret = builder.AddParameter("operator-secret", new GenerateParameterDefault { MinLength = 40 }, secret: true, persist: true);

var postgres = builder.AddPostgres("postgres").WithDataVolume();
var messaging = builder.AddRabbitMQ("messaging").WithDataVolume().WithManagementPlugin();
var mail = builder.AddMailCatcher("mail");

var membership = AddLibraryService("membership", "Membership")
    .WithEnvironment("Operator__Secret", operatorSecret);
var catalog = AddLibraryService("catalog", "Catalog");
var finance = AddLibraryService("finance", "Finance");
var events = AddLibraryService("events", "Events");
var notifications = AddLibraryService("notifications", "Notifications")
    .WithEnvironment("Smtp__Host", mail.GetEndpoint("smtp").Property(EndpointProperty.Host))
    .WithEnvironment("Smtp__Port", mail.GetEndpoint("smtp").Property(EndpointProperty.Port));
IResourceBuilder<ProjectResource>[] services = [membership, catalog, finance, events, notifications];

// every service checks tokens with the keys that Membership publishes, and asks it about members
foreach (var service in services.Except([membership]))
    service.WithReference(membership.GetEndpoint("http")).WithReference(membership.GetEndpoint("grpc"));
// the business clock is Catalog's; moving it runs every service's jobs
foreach (var service in services.Except([catalog]))
    service.WithReference(catalog.GetEndpoint("grpc"));
foreach (var service in new[] { finance, events, notifications })
    catalog.WithReference(service.GetEndpoint("grpc"));
// nobody leaves while something is owed or out: Finance and Catalog are asked (art. 20)
membership.WithReference(finance.GetEndpoint("grpc"));
// a guest's name and address are asked for at the moment of sending
notifications.WithReference(events.GetEndpoint("grpc"));

var gateway = builder.AddProject("gateway", "../Gateway/Gateway.csproj")
    .WithHttpEndpoint(name: "http")
    .WithHttpEndpoint(name: "grpc", env: "GRPC_PORT")
    .WithEnvironment("ASPNETCORE_ENVIRONMENT", builder.Environment.EnvironmentName)
    .WithHttpHealthCheck("/health", endpointName: "http")
    .WithExternalHttpEndpoints()
    .WithHttpEndpoint(name: "metrics", env: "METRICS_PORT"); // after the line above: not for the outside
foreach (var service in services)
{
    gateway.WithReference(service);
    // tokens name the gateway's public address as their issuer
    service.WithEnvironment("Issuer", gateway.GetEndpoint("http"));
}
gateway.WithEnvironment("Issuer", gateway.GetEndpoint("http"));

builder.Build().Run();

IResourceBuilder<ProjectResource> AddLibraryService(string name, string folder)
{
    var database = postgres.AddDatabase($"{name}-db");
    var project = $"../Services/{folder}/{folder}.Service/{folder}.Service.csproj";
    var migrations = builder.AddProject($"{name}-migrations", project)
        .WithArgs("--migrate")
        .WithReference(database).WaitFor(database);
    return builder.AddProject(name, project)
        .WithHttpEndpoint(name: "http")
        .WithHttpEndpoint(name: "grpc", env: "GRPC_PORT")
        .WithReference(database)
        .WithReference(messaging).WaitFor(messaging)
        .WithEnvironment("ASPNETCORE_ENVIRONMENT", builder.Environment.EnvironmentName)
        .WithEnvironment("Network", network)
        .WithEnvironment("ServiceKey", serviceKey)
        .WithHttpHealthCheck("/health", endpointName: "http")
        .WithReplicas(replicas)
        .WaitForCompletion(migrations);
}
