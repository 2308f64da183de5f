using Library.ServiceDefaults.Jobs;
using Microsoft.Extensions.Options;

namespace Library.Catalog.Features.Covers;

/// <summary>What this folder is made of. A provider of another kind is one more ICoverProvider, registered before this one.</summary>
public static class CoversSetup
{
    public static void AddCovers(this WebApplicationBuilder builder)
    {
        builder.Services.AddOptions<CoverSettings>().BindConfiguration("Covers").ValidateOnStart();
        builder.Services.AddSingleton<IValidateOptions<CoverSettings>, CoverSettingsCheck>();
        builder.Services.AddSingleton<Covers>().AddSingleton<IPeriodicJob>(provider => provider.GetRequiredService<Covers>());
        if (!string.IsNullOrEmpty(builder.Configuration["Covers:Template"])) builder.Services.AddSingleton<ICoverProvider, TemplateProvider>();
    }
}
