using System.Text.RegularExpressions;
using Microsoft.EntityFrameworkCore;

namespace Library.Membership.SignIn;

/// <summary>
/// OpenIddict's own four tables, the only ones that Entity Framework reads; a numbered migration makes them. Names are ours:
/// openiddict_token.client_id and so on.
/// </summary>
public sealed partial class SignInStore(DbContextOptions<SignInStore> options) : DbContext(options)
{
    protected override void OnModelCreating(ModelBuilder modelBuilder)
    {
        foreach (var entity in modelBuilder.Model.GetEntityTypes())
        {
            entity.SetTableName($"openiddict_{Snake(entity.GetTableName()!["OpenIddict".Length..].TrimEnd('s'))}");
            foreach (var property in entity.GetProperties()) property.SetColumnName(Snake(property.Name));
        }
    }

    private static string Snake(string name) => WordStart.Replace(name, match => $"_{match.Value}").ToLowerInvariant();

    [GeneratedRegex("(?<=[a-z])[A-Z]")]
    private static partial Regex WordStart { get; }
}
