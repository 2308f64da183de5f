using System.Net.Sockets;
using Library.Notifications.Domain.Sending;
using Library.Notifications.Letters;
using Library.ServiceDefaults.Networks;
using MailKit;
using MailKit.Net.Smtp;
using MailKit.Security;
using Microsoft.Extensions.Options;
using MimeKit;

namespace Library.Notifications.Sending;

/// <summary>
/// Hands letters to the mail server over SMTP, one connection a letter. The server's words are never logged nor kept, because
/// they tend to repeat the address.
/// </summary>
public sealed class MailServer(IOptions<SmtpOptions> options, IHostEnvironment environment, ILogger<MailServer> log)
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(10);

    /// <summary>Sent when the server has said yes. The Message-ID is the delivery's, so that a repeat after a crash is recognised.</summary>
    public async Task<AttemptOutcome> SendAsync(Guid delivery, MemberLibrary from, Reader reader, WrittenLetter letter, CancellationToken cancellationToken)
    {
        if (!MailboxAddress.TryParse(reader.Email, out var address)) return new AttemptOutcome.Failed(DeliveryProblem.AddressRefused);
        using var message = Message(delivery, from, new MailboxAddress(reader.Name, address.Address), letter);
        using var client = new SmtpClient { Timeout = (int)Timeout.TotalMilliseconds };
        try
        {
            var settings = options.Value;
            var security = settings.Security ?? (environment.IsDevelopment() ? SecureSocketOptions.None : SecureSocketOptions.StartTls);
            await client.ConnectAsync(settings.Host, settings.Port, security, cancellationToken);
            if (settings.User.Length > 0) await client.AuthenticateAsync(settings.User, settings.Password, cancellationToken);
            await client.SendAsync(message, cancellationToken);
        }
        catch (Exception problem) when (OutcomeOf(problem) is { } outcome)
        {
            log.LogDebug("The mail server did not take delivery {Delivery} ({Problem})", delivery, problem.GetType().Name);
            return outcome;
        }
        await SayGoodbyeAsync(client, delivery, cancellationToken);
        return new AttemptOutcome.Sent();
    }

    private static MimeMessage Message(Guid delivery, MemberLibrary from, MailboxAddress to, WrittenLetter letter)
    {
        var message = new MimeMessage { Subject = letter.Subject, MessageId = $"{delivery:N}@{from.SenderAddress.Split('@')[^1]}" };
        message.From.Add(new MailboxAddress(from.SenderName, from.SenderAddress));
        message.To.Add(to);
        message.Headers.Add("Auto-Submitted", "auto-generated");
        message.Body = new BodyBuilder { TextBody = letter.Text, HtmlBody = letter.Html }.ToMessageBody();
        return message;
    }

    /// <summary>
    /// What an exception of the mail client means; null for one that is none of its own. A refused address is final. A refused
    /// sender or sign-in is the operator's to set right, and may be within the day.
    /// </summary>
    private static AttemptOutcome? OutcomeOf(Exception problem) => problem switch
    {
        SmtpCommandException { StatusCode: < (SmtpStatusCode)500 } => new AttemptOutcome.TryAgain(DeliveryProblem.MailAway),
        SmtpCommandException { ErrorCode: SmtpErrorCode.RecipientNotAccepted } => new AttemptOutcome.Failed(DeliveryProblem.AddressRefused),
        SmtpCommandException { ErrorCode: SmtpErrorCode.MessageNotAccepted } => new AttemptOutcome.Failed(DeliveryProblem.MailRefused),
        SmtpCommandException or AuthenticationException => new AttemptOutcome.TryAgain(DeliveryProblem.MailRefused),
        SocketException or IOException or ProtocolException or ServiceNotConnectedException or SslHandshakeException
            or TimeoutException or OperationCanceledException => new AttemptOutcome.TryAgain(DeliveryProblem.MailAway),
        _ => null,
    };

    /// <summary>The letter is the server's already; a goodbye that fails changes nothing.</summary>
    private async Task SayGoodbyeAsync(SmtpClient client, Guid delivery, CancellationToken cancellationToken)
    {
        try
        {
            await client.DisconnectAsync(quit: true, cancellationToken);
        }
        catch (Exception problem) when (OutcomeOf(problem) is not null)
        {
            log.LogDebug("The connection broke after delivery {Delivery} was taken ({Problem})", delivery, problem.GetType().Name);
        }
    }
}
