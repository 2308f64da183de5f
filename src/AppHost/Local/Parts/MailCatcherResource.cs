using System.Globalization;
using System.Text.Json;
using Library.AppHost.Local.Engine;

namespace Aspire.Hosting.ApplicationModel;

/// <summary>maildev from npm: takes every mail and shows it, delivers none.</summary>
public sealed class MailCatcherResource : ProcessResource
{
    private const string Smtp = "smtp";
    private const string Http = "http";
    private const int MaxEmails = 10_000;

    internal MailCatcherResource(string name)
        : base(name)
    {
        Endpoints.AddRange([new EndpointDefinition(Smtp, "tcp"), new EndpointDefinition(Http, "http")]);
        HealthCheck = new HttpHealthCheck("/api/config", Http);
    }

    internal override string ModelType => "ContainerResource";

    internal override string Kind => "mail";

    internal override Task<Launch> PrepareAsync(LaunchContext context, CancellationToken cancellation)
    {
        var program = Path.Combine(Package(context), "dist", "bin", "maildev.js");
        if (!File.Exists(program))
        {
            return Task.FromResult<Launch>(new Launch.Impossible("the mail catcher is not installed: ./library doctor says how to get it"));
        }

        var mails = Path.Combine(context.Home.Data, "mail");
        Directory.CreateDirectory(mails);
        string Port(string endpoint) => context.Ports[this, endpoint, 0].ToString(CultureInfo.InvariantCulture);
        var ownNode = Path.Combine(context.Home.Tools, "node", "bin", "node");
        return Task.FromResult<Launch>(new Launch.Command(
            File.Exists(ownNode) ? ownNode : "node",
            [
                "--max-old-space-size=192", "--max-semi-space-size=1", program,
                "--smtp", Port(Smtp), "--ip", "127.0.0.1", "--web", Port(Http), "--web-ip", "127.0.0.1",
                "--mail-directory", mails, "--max-emails", MaxEmails.ToString(CultureInfo.InvariantCulture),
            ],
            LaunchContext.InheritedEnvironment(),
            mails));
    }

    internal override string? Version(LaunchContext context)
    {
        var package = Path.Combine(Package(context), "package.json");
        if (!File.Exists(package))
        {
            return null;
        }

        using var json = JsonDocument.Parse(File.ReadAllBytes(package));
        return json.RootElement.GetProperty("version").GetString();
    }

    private static string Package(LaunchContext context) => Path.Combine(context.Home.Tools, "mail", "node_modules", "maildev");
}
