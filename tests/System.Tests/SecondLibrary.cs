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
            Environment = { ["LIBRARY_HOME"] = home, ["LIBRARY_PG_FSYNC"] = "off", ["DOTNET_ENVIRONMENT"] = "Development" },
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

    /// <summary>
    /// Where the services disagree: charges told and not booked or otherwise, balances, members, copies and loans, the ledger, seats, and what still
    /// waits in an outbox. Empty when all agree.
    /// </summary>
    public async Task<IReadOnlyList<string>> DifferencesAsync()
    {
        var found = new List<string>();
        foreach (var service in new[] { "catalog", "events", "finance", "membership", "notifications" })
            found.AddRange((await RowsAsync(service, "SELECT id, type FROM outbox WHERE published_at IS NULL LIMIT 5")).Select(row => $"{service} has not published {row}"));
        await CompareAsync("charges", [("catalog", Told), ("membership", Told)], [("finance", "SELECT id, amount_minor FROM charge")], found);
        await CompareAsync("balances", [("finance", "SELECT member_id, balance_minor FROM account WHERE version > 0")], [("catalog", "SELECT member, balance_minor FROM borrower_debt")], found);
        await CompareAsync("members", [("membership", "SELECT id, version FROM member")], [("catalog", "SELECT member, version FROM borrower")], found);
        await HoldsAsync("catalog", "SELECT 'pending charge', id FROM pending_charge", found);
        await HoldsAsync("catalog", """
            SELECT 'copy', barcode, state FROM item WHERE (state = 'ON_LOAN') <> EXISTS (SELECT FROM loan WHERE loan.barcode = item.barcode AND returned_at IS NULL)
            """, found);
        await HoldsAsync("finance", "SELECT 'ledger', sum(debit_minor) - sum(credit_minor) FROM ledger_line HAVING sum(debit_minor) <> sum(credit_minor)", found);
        await HoldsAsync("finance", """
            SELECT 'account', member_id FROM account
            WHERE balance_minor <> (SELECT coalesce(sum(open_minor), 0) FROM charge WHERE charge.member_id = account.member_id)
               OR balance_minor <> (SELECT coalesce(sum(debit_minor - credit_minor), 0) FROM ledger_line WHERE ledger_line.member_id = account.member_id)
            """, found);
        await HoldsAsync("events", """
            SELECT 'seats', id FROM event WHERE seats_taken <> (SELECT coalesce(sum(seats), 0) FROM registration WHERE event_id = event.id AND state = 'CONFIRMED')
            """, found);
        return found;
    }

    /// <summary>Looks until the services agree; fails with where they do not.</summary>
    public async Task AgreesAsync()
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(90));
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(250));
        IReadOnlyList<string> seen;
        while ((seen = await DifferencesAsync()).Count > 0)
            try
            {
                await timer.WaitForNextTickAsync(limit.Token);
            }
            catch (OperationCanceledException)
            {
                Assert.Fail($"The services disagree:\n{string.Join('\n', seen.Take(20))}");
            }
    }

    private const string Told = """
        SELECT charge ->> 'id', charge ->> 'amountMinor' FROM outbox CROSS JOIN unnest(ARRAY[body::jsonb -> 'fee', body::jsonb -> 'fine']) AS charge
        WHERE jsonb_typeof(charge) = 'object' AND (charge ->> 'amountMinor')::bigint > 0
        """;

    private async Task CompareAsync(string what, (string Service, string Sql)[] told, (string Service, string Sql)[] kept, List<string> found)
    {
        var (left, right) = (await AllAsync(told), await AllAsync(kept));
        found.AddRange(left.Except(right).Select(row => $"{what}: {row} stands only in {string.Join(" and ", told.Select(side => side.Service))}"));
        found.AddRange(right.Except(left).Select(row => $"{what}: {row} stands only in {kept[0].Service}"));
        found.AddRange(right.GroupBy(row => row).Where(group => group.Count() > 1).Select(group => $"{what}: {group.Key} stands twice"));
    }

    private async Task<List<string>> AllAsync((string Service, string Sql)[] sides)
    {
        var rows = new List<string>();
        foreach (var (service, sql) in sides) rows.AddRange(await RowsAsync(service, sql));
        return rows;
    }

    private async Task HoldsAsync(string service, string sql, List<string> found) => found.AddRange((await RowsAsync(service, sql)).Select(row => $"{service}: {row}"));
}
