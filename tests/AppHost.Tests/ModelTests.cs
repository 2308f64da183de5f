using System.Text.Json;

namespace Library.AppHost.Tests;

/// <summary>Program.cs under the process engine, held against what Aspire itself makes of it (aspire-model.json, of a slightly smaller Program.cs).</summary>
public sealed class ModelTests : IAsyncLifetime
{
    /// <summary>Given by today's Program.cs and not yet by the one that the yardstick was taken from.</summary>
    private static readonly string[] NewVariables = ["ASPNETCORE_ENVIRONMENT", "Issuer", "ServiceKey", "Operator__Secret"];

    private static readonly Dictionary<string, Part> Yardstick = Read(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "aspire-model.json")));
    private readonly string _folder = Directory.CreateTempSubdirectory("library-engine-").FullName;
    private Dictionary<string, Part> _model = [];

    public async ValueTask InitializeAsync()
    {
        using var program = AppHostProgram.Start(_folder, "--model");
        _model = Read(await program.OutputAsync());
    }

    public ValueTask DisposeAsync()
    {
        Directory.Delete(_folder, recursive: true);
        return ValueTask.CompletedTask;
    }

    public static TheoryData<string> Services => [.. Yardstick.Keys];

    [Theory]
    [MemberData(nameof(Services))]
    public void Every_variable_that_Aspire_gives_and_a_service_reads_has_the_same_name_and_shape(string name)
    {
        var (expected, actual) = (Yardstick[name].Env, _model[name].Env);
        Assert.All(expected, variable => Assert.Equal((variable.Key, Shape(variable.Value)), (variable.Key, Shape(actual.GetValueOrDefault(variable.Key)))));
    }

    [Theory]
    [MemberData(nameof(Services))]
    public void No_service_gets_a_variable_of_a_name_that_Aspire_would_not_give(string name)
    {
        // references were added since: more services__… and their short names, but no other kind
        var unknown = _model[name].Env.Keys.Except(Yardstick[name].Env.Keys).Except(NewVariables)
            .Where(v => !v.StartsWith("services__", StringComparison.Ordinal) && !v.EndsWith("_GRPC", StringComparison.Ordinal) && !v.EndsWith("_HTTP", StringComparison.Ordinal));
        Assert.Empty(unknown);
    }

    [Theory]
    [MemberData(nameof(Services))]
    public void Waits_health_endpoints_and_arguments_are_Aspires(string name)
    {
        var (expected, actual) = (Yardstick[name], _model[name]);
        // Aspire adds the server to every wait for one of its databases
        Assert.Equal(expected.WaitFor.Where(w => !w.StartsWith("postgres:", StringComparison.Ordinal)), actual.WaitFor);
        Assert.Equal(expected.Health, actual.Health);
        Assert.Equal(expected.Endpoints, actual.Endpoints);
        Assert.Equal(expected.Args, actual.Args);
        Assert.Equal(expected.Replicas, actual.Replicas);
    }

    private static string? Shape(string? value) => value?.Replace("OWN_PORT", "PORT", StringComparison.Ordinal);

    private static Dictionary<string, Part> Read(string json) => JsonSerializer.Deserialize<Dictionary<string, Part>>(json, NetworkState.Json)!;

    private sealed record Part(int Replicas, string[] WaitFor, string[] Health, string[] Endpoints, string[] Args, Dictionary<string, string> Env);
}
