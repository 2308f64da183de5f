using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;

namespace Library.ServiceDefaults;

/// <summary>What a process cannot start without, looked at before anything else, so that every bad key is told at once.</summary>
public static class RequiredSettings
{
    private const int LeastKeyLength = 32;

    /// <exception cref="OptionsValidationException">Lists every setting that is missing or of no use; no value is repeated.</exception>
    public static void Check(IConfiguration configuration, params IReadOnlyList<string> names)
    {
        List<string> wrong = [.. names.Select(name => Problem(name, configuration[name])).OfType<string>()];
        if (wrong.Count > 0) throw new OptionsValidationException("settings", typeof(RequiredSettings), wrong);
    }

    private static string? Problem(string name, string? value) => (name, value) switch
    {
        (_, null or "") => $"The setting {name} is missing.",
        ("Issuer", _) when !Uri.TryCreate(value, UriKind.Absolute, out var issuer) || issuer.Scheme is not ("http" or "https") =>
            "The setting Issuer must be the gateway's public address, http:// or https://.",
        ("ServiceKey", { Length: < LeastKeyLength }) => $"The setting ServiceKey needs at least {LeastKeyLength} characters.",
        ("ConnectionStrings:messaging", _) when !Uri.TryCreate(value, UriKind.Absolute, out var broker) || broker.Scheme is not ("amqp" or "amqps") =>
            "The setting ConnectionStrings:messaging must be an address amqp://user:password@host:port.",
        _ => null,
    };
}
