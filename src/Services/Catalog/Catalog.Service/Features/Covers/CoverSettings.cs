using Microsoft.Extensions.Options;

namespace Library.Catalog.Features.Covers;

/// <summary>Settings <c>Covers:*</c>, checked at the start. Without a template there are no covers.</summary>
public sealed class CoverSettings
{
    /// <summary>Address of a cover with <c>{isbn}</c> in it (thirteen digits); empty: off.</summary>
    public string Template { get; init; } = "";
    /// <summary>Of one cover.</summary>
    public int MaxBytes { get; init; } = 512 * 1024;
    /// <summary>Of all covers that are kept; the oldest go first.</summary>
    public long MaxTotalBytes { get; init; } = 1024L * 1024 * 1024;
    /// <summary>How long a cover is kept.</summary>
    public TimeSpan KeepFor { get; init; } = TimeSpan.FromDays(30);
    /// <summary>How long it is remembered that there is none.</summary>
    public TimeSpan KeepNoneFor { get; init; } = TimeSpan.FromDays(7);
    /// <summary>How long a provider that failed is not asked for the same cover.</summary>
    public TimeSpan KeepTroubleFor { get; init; } = TimeSpan.FromMinutes(10);
    /// <summary>For the whole answer, redirects too.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(5);

    public bool IsOn => Template.Length > 0;
}

/// <summary>Every setting that is wrong, at once.</summary>
public sealed class CoverSettingsCheck : IValidateOptions<CoverSettings>
{
    public ValidateOptionsResult Validate(string? name, CoverSettings settings)
    {
        var wrong = new List<string>();
        if (settings.IsOn && (!settings.Template.Contains("{isbn}", StringComparison.Ordinal)
            || !Uri.TryCreate(settings.Template.Replace("{isbn}", "9789610000000", StringComparison.Ordinal), UriKind.Absolute, out var address)
            || address.Scheme is not ("http" or "https") || address.UserInfo.Length > 0))
            wrong.Add("Covers:Template must be an address http:// or https:// with {isbn} in it, and without a password.");
        if (settings.MaxBytes is < 1024 or > 16 * 1024 * 1024) wrong.Add("Covers:MaxBytes must be 1,024 to 16,777,216.");
        if (settings.MaxTotalBytes < settings.MaxBytes) wrong.Add("Covers:MaxTotalBytes must be at least Covers:MaxBytes.");
        foreach (var (key, time) in new[] { ("KeepFor", settings.KeepFor), ("KeepNoneFor", settings.KeepNoneFor), ("KeepTroubleFor", settings.KeepTroubleFor), ("Timeout", settings.Timeout) })
            if (time <= TimeSpan.Zero) wrong.Add($"Covers:{key} must be a time above zero.");
        if (settings.Timeout > TimeSpan.FromSeconds(10)) wrong.Add("Covers:Timeout must be 10 seconds at most: somebody is waiting.");
        return wrong.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(wrong);
    }
}
