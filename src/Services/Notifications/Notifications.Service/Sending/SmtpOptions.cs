using MailKit.Security;
using Microsoft.Extensions.Options;

namespace Library.Notifications.Sending;

/// <summary>The mail server, from the settings <c>Smtp:…</c>.</summary>
public sealed class SmtpOptions
{
    public const string Section = "Smtp";

    /// <summary>Name or address; required.</summary>
    public string Host { get; set; } = "";

    /// <summary>1–65,535; required.</summary>
    public int Port { get; set; }

    /// <summary>
    /// None, Auto, SslOnConnect, StartTls or StartTlsWhenAvailable. By default None in Development, where a mail catcher listens, and StartTls else.
    /// </summary>
    public SecureSocketOptions? Security { get; set; }

    /// <summary>To sign in with; empty where the server asks for none.</summary>
    public string User { get; set; } = "";

    public string Password { get; set; } = "";
}

/// <summary>Lists every setting that is wrong at once.</summary>
public sealed class SmtpOptionsCheck : IValidateOptions<SmtpOptions>
{
    public ValidateOptionsResult Validate(string? name, SmtpOptions options)
    {
        var wrong = new List<string>();
        if (options.Host.Length == 0) wrong.Add("Smtp:Host is missing.");
        if (options.Port is < 1 or > 65_535) wrong.Add("Smtp:Port must be from 1 to 65535.");
        if (options.Security is { } security && !Enum.IsDefined(security))
            wrong.Add("Smtp:Security must be None, Auto, SslOnConnect, StartTls or StartTlsWhenAvailable.");
        if (options.User.Length == 0 != (options.Password.Length == 0)) wrong.Add("Smtp:User and Smtp:Password belong together.");
        return wrong.Count > 0 ? ValidateOptionsResult.Fail(wrong) : ValidateOptionsResult.Success;
    }
}
