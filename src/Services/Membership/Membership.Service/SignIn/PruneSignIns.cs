using Library.ServiceDefaults.Jobs;
using OpenIddict.Abstractions;

namespace Library.Membership.SignIn;

/// <summary>Forgets tokens and authorizations that ended more than two weeks of real time ago; OpenIddict does it in batches with a limit.</summary>
public sealed class PruneSignIns(IServiceScopeFactory scopes, TimeProvider time) : IPeriodicJob
{
    private static readonly TimeSpan Kept = TimeSpan.FromDays(14);

    public string Name => "prune-sign-ins";
    public LocalTime DueAt => new(3, 10);

    public async Task RunAsync(LocalDate day, CancellationToken cancellationToken)
    {
        await using var scope = scopes.CreateAsyncScope();
        var threshold = time.GetUtcNow() - Kept;
        await scope.ServiceProvider.GetRequiredService<IOpenIddictTokenManager>().PruneAsync(threshold, cancellationToken);
        await scope.ServiceProvider.GetRequiredService<IOpenIddictAuthorizationManager>().PruneAsync(threshold, cancellationToken);
    }
}
