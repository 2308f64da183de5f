using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;
using Npgsql;

namespace Library.Acceptance;

/// <summary>A network in a folder, reached as an operator reaches it: by <c>./library</c>, and by its databases to compare what stands in them.</summary>
/// <param name="home">Its <c>LIBRARY_HOME</c>.</param>
/// <param name="root">The working tree whose version it runs; this one where nothing is said.</param>
public sealed class SecondLibrary(string home, string? root = null)
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(8);

    private readonly string root = root ?? RunningLibrary.Root;

    public string Home => home;

    /// <summary>Runs <c>./library</c> for this folder.</summary>
    public async Task<(int Code, string Text)> TryAsync(params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo("bash", [Path.Combine(root, "library"), .. arguments])
        {
            WorkingDirectory = root, RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true,
            Environment = { ["LIBRARY_HOME"] = home, ["LIBRARY_PG_FSYNC"] = "off", ["DOTNET_ENVIRONMENT"] = "Development", ["LIBRARY_AS_BUILT"] = "1" },
        })!;
        process.StandardInput.Close();
        var (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        using var limit = new CancellationTokenSource(Limit);
        await process.WaitForExitAsync(limit.Token);
        return (process.ExitCode, await output + await error);
    }

    /// <summary>Runs <c>./library</c>, which must succeed.</summary>
    public async Task<string> RunAsync(params string[] arguments)
    {
        var (code, text) = await TryAsync(arguments);
        Assert.True(code == 0, $"./library {string.Join(' ', arguments)}: {code}\n{text}");
        return text;
    }

    /// <summary>A client of the part with a token for <paramref name="who"/>.</summary>
    public async Task<HttpClient> AsAsync(string who)
    {
        var client = new HttpClient { BaseAddress = new Uri((await RunAsync("url", "gateway")).Trim()), Timeout = TimeSpan.FromMinutes(5) };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", (await RunAsync("token", who)).Trim());
        return client;
    }

    /// <summary>A running process of the network: its pid and its ports by name.</summary>
    public async Task<(int Pid, IReadOnlyDictionary<string, int> Ports)> PartAsync(string name)
    {
        using var state = JsonDocument.Parse(await File.ReadAllBytesAsync(Path.Combine(home, "state.json")));
        var part = state.RootElement.GetProperty("parts").EnumerateArray().First(part => part.GetProperty("name").GetString() == name);
        return (part.GetProperty("pid").GetInt32(), part.GetProperty("ports").EnumerateObject().ToDictionary(port => port.Name, port => port.Value.GetInt32()));
    }

    public async Task<int> MailsToAsync(string address)
    {
        using var client = new HttpClient { BaseAddress = new Uri((await RunAsync("url", "mail")).Trim()) };
        var mails = (await client.GetFromJsonAsync<JsonArray>("/api/email"))!;
        return mails.OfType<JsonObject>().Count(mail => mail["to"]!.AsArray().Any(to => (string?)to!["address"] == address));
    }

    /// <summary>Rows of one service's database, a row a line, its columns as text with blanks between.</summary>
    public async Task<IReadOnlyList<string>> RowsAsync(string service, string sql, params object[] parameters)
    {
        using var secrets = JsonDocument.Parse(await File.ReadAllBytesAsync(Path.Combine(home, "secrets.json")));
        await using var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder
        {
            Host = "localhost", Port = (await PartAsync("postgres")).Ports["tcp"], Username = "postgres", Password = secrets.RootElement.GetProperty("postgres-password").GetString(), Database = $"{service}-db", Pooling = false,
        }.ConnectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        foreach (var value in parameters) command.Parameters.Add(new NpgsqlParameter { Value = value });
        await using var reader = await command.ExecuteReaderAsync();
        var rows = new List<string>();
        while (await reader.ReadAsync())
            rows.Add(string.Join(' ', Enumerable.Range(0, reader.FieldCount).Select(column => Convert.ToString(reader.GetValue(column), CultureInfo.InvariantCulture))));
        return rows;
    }

    /// <summary>Every database agrees with the others once all messages are handled, or it says where not.</summary>
    public Task AgreesAsync() => RunAsync("reconcile", "--wait", "90");
}
