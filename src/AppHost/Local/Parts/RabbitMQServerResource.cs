using System.Text;
using Library.AppHost.Local.Engine;

namespace Aspire.Hosting.ApplicationModel;

/// <summary>A private RabbitMQ node from the distribution's packages, with ports, cookie, data and port mapper of its own.</summary>
public sealed class RabbitMQServerResource : ProcessResource, IResourceWithConnectionString
{
    /// <summary>Erlang's port mapper, one for this node alone.</summary>
    internal const string Epmd = "epmd";

    private const string User = "guest";
    private const string Amqp = "tcp";
    private const string Management = "management";
    private const string Distribution = "distribution";
    // not the wrapper in /usr/sbin: that one forces the system's own paths and user
    private const string Server = "/usr/lib/rabbitmq/bin/rabbitmq-server";

    private ChildProcess? _portMapper;

    internal RabbitMQServerResource(string name)
        : base(name) => Endpoints.AddRange(
            [new EndpointDefinition(Amqp, "tcp"), new EndpointDefinition(Distribution, "tcp", Hidden: true), new EndpointDefinition(Epmd, "tcp", Hidden: true)]);

    internal override string Kind => "rabbitmq";

    internal override TimeSpan StopGrace => TimeSpan.FromSeconds(30);

    internal bool HasManagement { get; set; }

    string IResourceWithConnectionString.ConnectionString(NetworkValues values) =>
        $"amqp://{User}:{Password(values)}@localhost:{values.Port(this, Amqp, 0)}";

    internal override async Task<Launch> PrepareAsync(LaunchContext context, CancellationToken cancellation)
    {
        if (!File.Exists(Server) || Tool.Find("epmd") is not { } epmd)
        {
            return new Launch.Impossible("RabbitMQ is not installed: apt-get install rabbitmq-server (or ./library doctor)");
        }

        var folder = Path.Combine(context.Home.Data, "messaging");
        foreach (var part in new[] { "home", "mnesia", "log", "etc" })
        {
            Directory.CreateDirectory(Path.Combine(folder, part));
        }

        WriteConfiguration(context, folder);
        var variables = Variables(context, folder);
        // a node starts the port mapper as a daemon where it finds none; as a child of ours it ends with us
        await PortMapper.EndAsync(context.Ports[this, Epmd, 0]);
        _portMapper = ChildProcess.Start(new Launch.Command(epmd, [], variables, folder), Path.Combine(context.Home.Logs, $"{Name}-epmd.log"));
        return new Launch.Command(Server, [], variables, folder);
    }

    internal override Task<string?> ProbeAsync(LaunchContext context, CancellationToken cancellation) =>
        HealthProbe.AmqpAsync(context.Ports[this, Amqp, 0], cancellation);

    internal override async Task AfterExitAsync(LaunchContext context)
    {
        if (_portMapper is { } mapper)
        {
            _portMapper = null;
            await mapper.StopAsync(Posix.SigTerm, TimeSpan.FromSeconds(2));
            mapper.Dispose();
        }
    }

    internal override string? Version(LaunchContext context)
    {
        const string libraries = "/usr/lib/rabbitmq/lib";
        const string prefix = "rabbitmq_server-";
        return Directory.Exists(libraries)
            ? Directory.EnumerateDirectories(libraries, prefix + "*").Select(d => Path.GetFileName(d)[prefix.Length..]).Max()
            : null;
    }

    private void WriteConfiguration(LaunchContext context, string folder)
    {
        var managed = HasManagement && context.Configuration["Messaging:Management"] is "true";
        var settings = FormattableString.Invariant($"""
            listeners.tcp.1 = 127.0.0.1:{context.Ports[this, Amqp, 0]}
            default_user = {User}
            default_pass = {Password(context.Values)}
            default_vhost = /
            vm_memory_high_watermark.absolute = 512MB
            disk_free_limit.absolute = 256MB
            log.console = true
            log.console.level = info
            log.file = false

            """) + (managed ? FormattableString.Invariant($"management.tcp.ip = 127.0.0.1\nmanagement.tcp.port = {context.Ports[this, Management, 0]}\n") : "");
        AtomicFile.Write(Path.Combine(folder, "etc", "rabbitmq.conf"), Encoding.ASCII.GetBytes(settings), UnixFileMode.UserRead | UnixFileMode.UserWrite);
        AtomicFile.Write(Path.Combine(folder, "etc", "enabled_plugins"), managed ? "[rabbitmq_management].\n"u8.ToArray() : "[].\n"u8.ToArray());
    }

    private SortedDictionary<string, string> Variables(LaunchContext context, string folder)
    {
        var variables = LaunchContext.InheritedEnvironment();
        variables["HOME"] = Path.Combine(folder, "home");
        variables["RABBITMQ_NODENAME"] = $"{Name}@localhost";
        variables["RABBITMQ_DIST_PORT"] = context.Values.Port(this, Distribution, 0);
        variables["ERL_EPMD_PORT"] = context.Values.Port(this, Epmd, 0);
        variables["ERL_EPMD_ADDRESS"] = "127.0.0.1";
        variables["RABBITMQ_CONF_ENV_FILE"] = "/dev/null";
        variables["RABBITMQ_CONFIG_FILE"] = Path.Combine(folder, "etc", "rabbitmq.conf");
        variables["RABBITMQ_ADVANCED_CONFIG_FILE"] = Path.Combine(folder, "etc", "advanced.config");
        variables["RABBITMQ_ENABLED_PLUGINS_FILE"] = Path.Combine(folder, "etc", "enabled_plugins");
        variables["RABBITMQ_GENERATED_CONFIG_DIR"] = Path.Combine(folder, "etc", "generated");
        variables["RABBITMQ_MNESIA_BASE"] = Path.Combine(folder, "mnesia");
        variables["RABBITMQ_LOG_BASE"] = Path.Combine(folder, "log");
        variables["RABBITMQ_PID_FILE"] = Path.Combine(folder, "pid");
        // the script then becomes the node itself, instead of a shell that waits for it and forwards signals
        variables["RUNNING_UNDER_SYSTEMD"] = "true";
        // two schedulers that sleep when idle: small machines, and hardly any work
        variables["RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS"] = "+S 2:2 +sbwt none +sbwtdcpu none +sbwtdio none -kernel inet_dist_use_interface {127,0,0,1}";
        return variables;
    }

    private string Password(NetworkValues values) => values.Secret($"{Name}-password");
}
