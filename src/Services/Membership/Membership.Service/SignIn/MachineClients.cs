using System.Text.Json;
using Library.ServiceDefaults.Data;
using Library.ServiceDefaults.Networks;
using Library.ServiceDefaults.Security;
using Microsoft.Extensions.Options;
using OpenIddict.Abstractions;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace Library.Membership.SignIn;

/// <summary>Settings <c>Clients:N:*</c>: the machines and partners that sign in with a secret.</summary>
public sealed class MachineClientSettings
{
    public IReadOnlyList<MachineClientSetting> Clients { get; init; } = [];
}

/// <summary>One of them.</summary>
public sealed record MachineClientSetting
{
    public string Id { get; init; } = "";
    public string Role { get; init; } = "";
    /// <summary>Of a kiosk.</summary>
    public string Branch { get; init; } = "";
    public string Secret { get; init; } = "";
}

/// <summary>Every setting that is wrong, at once; no secret is repeated.</summary>
public sealed class MachineClientSettingsCheck(Network network) : IValidateOptions<MachineClientSettings>
{
    private const int Most = 200, LongestId = 60, ShortestSecret = 24;
    /// <summary>Clients that this service makes itself in Development.</summary>
    private static readonly string[] Taken = ["partner", "app", "operator"];

    public ValidateOptionsResult Validate(string? name, MachineClientSettings settings)
    {
        var wrong = new List<string>();
        if (settings.Clients.Count > Most) wrong.Add($"Clients must be {Most} at most.");
        foreach (var (at, client) in settings.Clients.Index())
        {
            if (client.Id.Length is 0 or > LongestId || client.Id.Any(c => c is not (>= 'a' and <= 'z' or >= '0' and <= '9' or '-')) || Taken.Contains(client.Id))
                wrong.Add($"Clients:{at}:Id must be 1–{LongestId} of a–z, 0–9 and -, and none of {string.Join(", ", Taken)}.");
            else if (settings.Clients.Take(at).Any(other => other.Id == client.Id)) wrong.Add($"Clients:{at}:Id is there twice.");
            if (client.Role is not (Roles.Kiosk or Roles.Partner)) wrong.Add($"Clients:{at}:Role must be {Roles.Kiosk} or {Roles.Partner}.");
            if (client.Role == Roles.Kiosk ? !network.Branches.ContainsKey(client.Branch) : client.Branch.Length > 0)
                wrong.Add($"Clients:{at}:Branch must be the code of a branch for a {Roles.Kiosk}, and empty for a {Roles.Partner}.");
            if (client.Secret.Length < ShortestSecret) wrong.Add($"Clients:{at}:Secret needs at least {ShortestSecret} characters.");
        }
        return wrong.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(wrong);
    }
}

/// <summary>
/// Brings the clients of the settings into OpenIddict's store when the service starts, and takes away those that the settings do not name any more: they get
/// no token from then on, and what they have runs out within its hour. Clients that came otherwise are left alone.
/// </summary>
public sealed class MachineClients(NpgsqlDataSource database, IOptions<MachineClientSettings> settings, IServiceScopeFactory scopes) : IHostedService
{
    private const string FromSettings = "library:from-settings";
    /// <summary>Any constant: two instances that start at one moment make each client once.</summary>
    private const long LockKey = 0x6d61_6368;

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await using (var take = transaction.Command("SELECT pg_advisory_xact_lock($1)", LockKey)) await take.ExecuteNonQueryAsync(cancellationToken);
        await using var scope = scopes.CreateAsyncScope();
        var clients = scope.ServiceProvider.GetRequiredService<IOpenIddictApplicationManager>();
        foreach (var setting in settings.Value.Clients) await KeepAsync(clients, setting, cancellationToken);
        await RevokeOthersAsync(clients, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private static async Task KeepAsync(IOpenIddictApplicationManager clients, MachineClientSetting setting, CancellationToken cancellationToken)
    {
        var wanted = new OpenIddictApplicationDescriptor
        {
            ClientId = setting.Id,
            ClientSecret = setting.Secret,
            ClientType = ClientTypes.Confidential,
            DisplayName = setting.Id,
            Permissions = { Permissions.Endpoints.Token, Permissions.GrantTypes.ClientCredentials },
            Properties =
            {
                [Tickets.RolesProperty] = JsonSerializer.SerializeToElement(new[] { setting.Role }),
                [Tickets.BranchProperty] = JsonSerializer.SerializeToElement(setting.Branch),
                [FromSettings] = JsonSerializer.SerializeToElement(true),
            },
        };
        if (await clients.FindByClientIdAsync(setting.Id, cancellationToken) is { } known) await clients.UpdateAsync(known, wanted, cancellationToken);
        else await clients.CreateAsync(wanted, cancellationToken);
    }

    private async Task RevokeOthersAsync(IOpenIddictApplicationManager clients, CancellationToken cancellationToken)
    {
        var gone = new List<object>();
        await foreach (var client in clients.ListAsync(cancellationToken: cancellationToken))
            if ((await clients.GetPropertiesAsync(client, cancellationToken)).ContainsKey(FromSettings)
                && await clients.GetClientIdAsync(client, cancellationToken) is var id && settings.Value.Clients.All(setting => setting.Id != id))
                gone.Add(client);
        foreach (var client in gone) await clients.DeleteAsync(client, cancellationToken);
    }
}
