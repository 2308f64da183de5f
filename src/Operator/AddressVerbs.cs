using System.Globalization;

namespace Library.Operator;

/// <summary>Where the parts of a running network are reached.</summary>
internal static class AddressVerbs
{
    /// <summary><c>url [NAME]</c>: the base address, of the gateway where nothing is named.</summary>
    internal static async Task<int> UrlAsync(string[] args, CancellationToken cancellation)
    {
        Console.WriteLine(await UrlOfAsync(RunningNetwork.OfThisFolder(), args is [var name, ..] ? name : "gateway", cancellation));
        return Exit.Done;
    }

    /// <exception cref="OperatorException">There is no such part, or it serves no HTTP.</exception>
    internal static async Task<string> UrlOfAsync(RunningNetwork network, string name, CancellationToken cancellation)
    {
        var state = await network.StateAsync(cancellation);
        return state.Parts.FirstOrDefault(p => p.Name == name)?.Url
            ?? throw new OperatorException($"{name} has no address. Those that have: {string.Join(", ", state.Parts.Where(p => p.Url is not null).Select(p => p.Name).Distinct())}.");
    }

    /// <summary>What to open in a browser, and how to sign in.</summary>
    internal static async Task<int> AddressesAsync(string[] args, CancellationToken cancellation)
    {
        var network = RunningNetwork.OfThisFolder();
        var gateway = await UrlOfAsync(network, "gateway", cancellation);
        Console.WriteLine($"""

            Gateway   {gateway}/api/v1   (described at {gateway}/docs)
            Mail      {await UrlOfAsync(network, "mail", cancellation)}
            Tokens    ./library token librarian@BRANCH | accountant | organiser | admin | partner | kiosk@BRANCH | member:CARD
            Sign-ins  librarian.BRANCH (in small letters), accountant, organiser, admin, each with the password library; client partner with the secret library
            """);
        return Exit.Done;
    }

    /// <summary><c>log-files NAME</c>: one a replica, of the run that is or was last.</summary>
    internal static Task<int> LogFilesAsync(string[] args, CancellationToken cancellation)
    {
        var network = RunningNetwork.OfThisFolder();
        PartState[] parts = [.. (network.Recorded?.Parts ?? []).Where(p => args is [var name] && p.Name == name && File.Exists(p.Log))];
        if (parts.Length == 0)
        {
            throw new OperatorException($"No log of that. There are: {string.Join(", ", network.Recorded?.Parts.Select(p => p.Name).Distinct() ?? [])}, apphost.");
        }

        Console.WriteLine(string.Join('\n', parts.Select(p => p.Log)));
        return Task.FromResult(Exit.Done);
    }

    /// <summary>The variables by which test programs find PostgreSQL, RabbitMQ and the mail catcher, as shell assignments.</summary>
    internal static async Task<int> EnvironmentAsync(string[] args, CancellationToken cancellation)
    {
        var network = RunningNetwork.OfThisFolder();
        var state = await network.StateAsync(cancellation);
        int Port(string name, string endpoint) => state.Parts.First(p => p.Name == name).Ports[endpoint];
        string[] lines =
        [
            string.Create(CultureInfo.InvariantCulture, $"export LIBRARY_TEST_POSTGRES='Host=localhost;Port={Port("postgres", "tcp")};Username=postgres;Password={network.Secret("postgres-password")}'"),
            string.Create(CultureInfo.InvariantCulture, $"export LIBRARY_TEST_RABBITMQ='amqp://guest:{network.Secret("messaging-password")}@localhost:{Port("messaging", "tcp")}'"),
            string.Create(CultureInfo.InvariantCulture, $"export LIBRARY_TEST_MAIL_SMTP='localhost:{Port("mail", "smtp")}'"),
            string.Create(CultureInfo.InvariantCulture, $"export LIBRARY_TEST_MAIL_HTTP='http://localhost:{Port("mail", "http")}'"),
        ];
        Console.WriteLine(string.Join('\n', lines));
        return Exit.Done;
    }
}
