using System.Net.Http.Json;

namespace Library.AppHost.Tests;

public sealed class StartingTests
{
    private static readonly string[] FromTheMachine = ["PATH", "HOME", "USER", "LOGNAME", "LANG", "TZ", "TMPDIR", "SSL_CERT_FILE", "SSL_CERT_DIR"];

    [Fact]
    public async Task A_process_gets_the_models_variables_and_nothing_of_the_operators_shell()
    {
        Environment.SetEnvironmentVariable("SOMETHING_IN_THE_SHELL", "secret");
        await using var network = new TestNetwork();
        var other = network.Add(Script.Bash("other", "sleep 1000")).WithHttpEndpoint("http");
        var printer = network.Add(new Script("printer", "env")).WithEnvironment("Network", "radovljica").WithEnvironment("Issuer", other.GetEndpoint("http")).WithReference(other.GetEndpoint("http"));
        network.Add(new Script("after", "sleep", "1000")).WaitForCompletion(printer);
        network.Runner.StartAll();
        await network.UntilHealthyAsync("printer");

        var printed = (await File.ReadAllLinesAsync(network.Part("printer").Log)).Select(l => l.Split('=', 2)).ToDictionary(p => p[0], p => p[1]);
        var address = $"http://localhost:{network.Part("other").Ports["http"]}";
        var own = printed.Where(p => !FromTheMachine.Contains(p.Key) && !p.Key.StartsWith("DOTNET_", StringComparison.Ordinal) && !p.Key.StartsWith("LC_", StringComparison.Ordinal));
        Assert.Equal(
            new SortedDictionary<string, string> { ["Issuer"] = address, ["Network"] = "radovljica", ["OTHER_HTTP"] = address, ["services__other__http__0"] = address },
            new SortedDictionary<string, string>(own.ToDictionary(), StringComparer.Ordinal));
    }

    [Fact]
    public async Task Two_replicas_of_a_service_have_ports_of_their_own_and_callers_know_both()
    {
        await using var network = new TestNetwork();
        var probe = network.AddProbe("probe").WithHttpEndpoint("http").WithHttpEndpoint("grpc", "GRPC_PORT").WithHttpHealthCheck("/health").WithReplicas(2);
        network.AddProbe("caller").WithHttpEndpoint("http").WithHttpHealthCheck("/health").WithReference(probe).WithArgs("--one", "two words");
        network.Runner.StartAll();
        await network.UntilHealthyAsync("probe", "caller");

        using var http = new HttpClient();
        var ports = new[] { network.Part("probe", 0).Ports, network.Part("probe", 1).Ports };
        Assert.Equal(4, ports.SelectMany(p => p.Values).Distinct().Count());
        foreach (var own in ports)
        {
            var environment = await http.GetFromJsonAsync<Dictionary<string, string>>($"http://localhost:{own["http"]}/environment");
            Assert.Equal($"http://localhost:{own["http"]}", environment!["ASPNETCORE_URLS"]);
            Assert.Equal($"{own["grpc"]}", environment["GRPC_PORT"]);
            Assert.Equal("probe", environment["OTEL_SERVICE_NAME"]);
            Assert.StartsWith("service.instance.id=", environment["OTEL_RESOURCE_ATTRIBUTES"], StringComparison.Ordinal);
        }

        var callers = await http.GetFromJsonAsync<Dictionary<string, string>>($"{network.Part("caller").Url}/environment");
        Assert.Equal(ports.Select(p => $"http://localhost:{p["http"]}"), [callers!["services__probe__http__0"], callers["services__probe__http__1"]]);
        Assert.Equal(ports.Select(p => $"http://localhost:{p["grpc"]}"), [callers["services__probe__grpc__0"], callers["services__probe__grpc__1"]]);
        Assert.Equal(["--one", "two words"], await http.GetFromJsonAsync<string[]>($"{network.Part("caller").Url}/arguments") ?? []);
        Assert.NotNull(network.Part("probe").Version);
    }

    [Fact]
    public async Task A_process_starts_only_when_what_it_waits_for_is_healthy()
    {
        await using var network = new TestNetwork();
        var healthy = network.FileOf("healthy");
        var first = network.Add(Script.Bash("first", "sleep 1000", healthy));
        network.Add(Script.Bash("second", "sleep 1000")).WaitFor(first);
        network.Runner.StartAll();
        await network.UntilAsync(() => network.Part("first") is { Phase: PartPhase.Starting, Problem: "not yet" } && network.Part("second").Problem is not null);
        Assert.Equal((PartPhase.Waiting, "waits for first", (int?)null), (network.Part("second").Phase, network.Part("second").Problem, network.Part("second").Pid));

        await File.WriteAllTextAsync(healthy, "");
        await network.UntilHealthyAsync("first", "second");
    }

    [Fact]
    public async Task A_service_starts_only_when_its_migration_has_ended_with_0()
    {
        await using var network = new TestNetwork();
        var repaired = network.FileOf("repaired");
        var migration = network.Add(Script.Bash("migration", $"echo migrating; test -e {repaired} || exit 3"));
        network.Add(Script.Bash("service", "sleep 1000")).WaitForCompletion(migration);
        network.Runner.StartAll();
        await network.UntilAsync(() => network.Part("migration").Phase == PartPhase.Failed);
        Assert.Equal("ended with exit code 3", network.Part("migration").Problem);
        Assert.Equal("migrating", LogFile.Tail(network.Part("migration").Log, 5));
        Assert.Equal(PartPhase.Waiting, network.Part("service").Phase);

        await File.WriteAllTextAsync(repaired, "");
        Assert.True(network.Runner.Start("migration"));
        await network.UntilHealthyAsync("migration", "service");
        Assert.Equal(PartPhase.Finished, network.Part("migration").Phase);
    }

    [Fact]
    public async Task What_is_started_the_moment_it_has_failed_runs_again()
    {
        const int Times = 40;
        await using var network = new TestNetwork();
        var runs = network.FileOf("runs");
        var migration = network.Add(Script.Bash("migration", $"echo run >> {runs}; exit 3"));
        network.Add(Script.Bash("service", "sleep 1000")).WaitForCompletion(migration);
        network.Runner.StartAll();
        for (var time = 1; time <= Times; time++)
        {
            await network.UntilAsync(() => network.Part("migration").Phase == PartPhase.Failed && File.ReadAllLines(runs).Length == time);
            Assert.True(network.Runner.Start("migration"));
        }
    }

    [Fact]
    public async Task A_missing_program_is_told_plainly_and_holds_up_nobody_else()
    {
        await using var network = new TestNetwork();
        network.Add(new Script("broken", "no-such-program"));
        network.Add(new ProjectResource("unbuilt", "../Nowhere/Nowhere.csproj"));
        network.Add(Script.Bash("sound", "sleep 1000"));
        network.Runner.StartAll();
        await network.UntilHealthyAsync("sound");
        await network.UntilAsync(() => network.Part("broken").Phase == PartPhase.Failed && network.Part("unbuilt").Phase == PartPhase.Failed);
        Assert.Contains("no-such-program is missing", network.Part("broken").Problem, StringComparison.Ordinal);
        Assert.Contains("Nowhere is not built", network.Part("unbuilt").Problem, StringComparison.Ordinal);
    }
}
