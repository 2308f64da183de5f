using Aspire.Hosting.ApplicationModel;
using Library.AppHost.Local.Engine;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.FileProviders;
using Microsoft.Extensions.Hosting;

namespace Aspire.Hosting;

/// <summary>The topology under construction.</summary>
public interface IDistributedApplicationBuilder
{
    /// <summary>Environment variables, overridden by command line arguments.</summary>
    ConfigurationManager Configuration { get; }

    /// <summary>The environment that the AppHost runs in: <c>DOTNET_ENVIRONMENT</c>, Production where nothing is said.</summary>
    IHostEnvironment Environment { get; }

    /// <summary>The finished topology.</summary>
    DistributedApplication Build();

    internal IResourceBuilder<T> Add<T>(T resource)
        where T : IResource;
}

/// <summary>A topology, ready to run.</summary>
public sealed class DistributedApplication
{
    private readonly IReadOnlyList<IResource> _resources;
    private readonly IConfiguration _configuration;
    private readonly string _environment;

    private DistributedApplication(IReadOnlyList<IResource> resources, IConfiguration configuration, string environment) =>
        (_resources, _configuration, _environment) = (resources, configuration, environment);

    /// <summary>Starts a topology.</summary>
    /// <param name="args"><c>--Key=value</c>; besides configuration <c>--model</c> prints the model as JSON,
    /// <c>--sweep</c> ends what a crashed run has left, <c>--Infrastructure=true</c> leaves the services out.</param>
    public static IDistributedApplicationBuilder CreateBuilder(string[] args) => new Builder(args);

    /// <summary>Runs until it is told to stop; the process's exit code says how it went.</summary>
    public void Run() => System.Environment.ExitCode = RunAsync().GetAwaiter().GetResult();

    private async Task<int> RunAsync()
    {
        if (_configuration.GetValue<bool>("model"))
        {
            Console.WriteLine(ModelPrinter.Print(_resources));
            return 0;
        }

        var home = NetworkHome.Locate();
        if (_configuration.GetValue<bool>("sweep"))
        {
            return await NetworkHost.SweepAsync(home, Console.Out);
        }

        var infrastructureOnly = _configuration.GetValue<bool>("Infrastructure");
        ProcessResource[] resources = [.. _resources.OfType<ProcessResource>().Where(r => !infrastructureOnly || r is not ProjectResource)];
        return await NetworkHost.RunAsync(resources, home, _configuration, _environment, Console.Out);
    }

    private sealed class Builder : IDistributedApplicationBuilder
    {
        private readonly List<IResource> _resources = [];

        public Builder(string[] args)
        {
            // a bare --model reads better than --model=true
            Configuration.AddEnvironmentVariables().AddCommandLine([.. args.Select(a => a is "--model" or "--sweep" ? a + "=true" : a)]);
            Environment = new HostEnvironment(Configuration["DOTNET_ENVIRONMENT"] ?? Environments.Production);
        }

        public ConfigurationManager Configuration { get; } = new();

        public IHostEnvironment Environment { get; }

        public DistributedApplication Build() => new(_resources, Configuration, Environment.EnvironmentName);

        IResourceBuilder<T> IDistributedApplicationBuilder.Add<T>(T resource)
        {
            if (_resources.Any(r => r.Name == resource.Name))
            {
                throw new ArgumentException($"There are two resources of the name {resource.Name}.", nameof(resource));
            }

            _resources.Add(resource);
            return new ResourceBuilder<T>(resource, this);
        }
    }

    private sealed record ResourceBuilder<T>(T Resource, IDistributedApplicationBuilder ApplicationBuilder) : IResourceBuilder<T>
        where T : IResource;

    private sealed class HostEnvironment(string name) : IHostEnvironment
    {
        public string EnvironmentName { get; set; } = name;

        public string ApplicationName { get; set; } = "AppHost";

        public string ContentRootPath { get; set; } = AppContext.BaseDirectory;

        public IFileProvider ContentRootFileProvider { get; set; } = new NullFileProvider();
    }
}
