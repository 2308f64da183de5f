using System.Diagnostics;
using Library.Notifications.Domain.Choices;
using Library.Notifications.Domain.Sending;
using Library.Notifications.Letters;

namespace Library.Notifications.Sending;

/// <summary>What came of an attempt, and what was learned of the reader on the way.</summary>
/// <param name="Outcome">Sent, or why not.</param>
/// <param name="Language">Of the letter; empty where the reader is not known yet.</param>
/// <param name="Channels">The channels that the member chose; empty where that is not known.</param>
public sealed record AttemptResult(AttemptOutcome Outcome, string Language, IReadOnlyList<NoticeChannel> Channels);

/// <summary>One attempt at one notice: who reads it, by which channel, what it says; then the mail server.</summary>
public sealed class Attempts(
    ReminderNotices reminders, RegistrationNotices registrations, HoldNotices holds, LoanNotices loans, VisitNotices visits, TemplateBook templates, MailServer mail,
    Deliveries deliveries, DeliveryMetrics metrics, ILogger<Attempts> log)
{
    private static readonly ActivitySource Source = new("Library.Notices");
    private static readonly TimeSpan AtMost = TimeSpan.FromSeconds(30);

    /// <summary>Never throws for what went wrong with this notice: that is an outcome. Stopping the process leaves the lease to run out.</summary>
    public async Task RunAsync(ClaimedDelivery delivery, CancellationToken stoppingToken)
    {
        // part of the trace of the message that made the notice
        using var activity = Source.StartActivity("notice", ActivityKind.Consumer, delivery.TraceParent);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken);
        limit.CancelAfter(AtMost);
        AttemptResult result;
        try
        {
            result = await SendAsync(delivery, limit.Token);
        }
        catch (Exception fault) when (!stoppingToken.IsCancellationRequested)
        {
            // the words of a fault may hold a name or an address: only its type and place are logged
            log.LogError("Delivery {Delivery} failed unexpectedly: {Fault} {Place}", delivery.Id, fault.GetType().Name, fault.StackTrace);
            result = new AttemptResult(new AttemptOutcome.TryAgain(DeliveryProblem.Fault), delivery.Language, []);
        }
        var standing = DeliveryRules.After(result.Outcome, delivery.Attempts);
        if (await deliveries.FinishAsync(delivery, standing, result)) metrics.Finished(delivery.Kind, standing);
        Log(delivery, standing);
    }

    private async Task<AttemptResult> SendAsync(ClaimedDelivery delivery, CancellationToken cancellationToken)
    {
        if (delivery.Channel == NoticeChannel.Sms)
            return new AttemptResult(new AttemptOutcome.Failed(DeliveryProblem.NoOperator), delivery.Language, []);
        var asked = delivery.Kind switch
        {
            NoticeKind.Reminder => await reminders.PrepareAsync(delivery, cancellationToken),
            NoticeKind.HoldReady or NoticeKind.HoldExpiring => await holds.PrepareAsync(delivery, cancellationToken),
            NoticeKind.LoanDueSoon or NoticeKind.ReminderImminent => await loans.PrepareAsync(delivery, cancellationToken),
            NoticeKind.LoanList => await visits.PrepareAsync(delivery, cancellationToken),
            NoticeKind.EventRegistration => await registrations.PrepareAsync(delivery, cancellationToken),
            var other => throw new NotSupportedException($"Nothing is known of notices of the kind {other.Code()}."),
        };
        if (asked.Value is not { } notice) return new AttemptResult(asked.Stop!, delivery.Language, []);
        var reader = notice.Reader;
        if (!reader.Channels.Contains(NoticeChannel.Email)) return Ended(new AttemptOutcome.Suppressed(DeliveryProblem.NotChosen));
        if (reader.Email.Length == 0) return Ended(new AttemptOutcome.Failed(DeliveryProblem.NoAddress));
        var letter = templates.Write(notice.Letter, reader.Language, notice.Values);
        return Ended(await mail.SendAsync(delivery.Id, notice.From, reader, letter, cancellationToken));

        AttemptResult Ended(AttemptOutcome outcome) => new(outcome, reader.Language, reader.Channels);
    }

    private void Log(ClaimedDelivery delivery, DeliveryStanding standing)
    {
        switch (standing)
        {
            case DeliveryStanding.Failed failed:
                log.LogWarning("Delivery {Delivery} ({Kind}) is given up, attempts: {Attempts}, {Problem}",
                    delivery.Id, delivery.Kind.Code(), delivery.Attempts, failed.Problem.Code());
                break;
            case DeliveryStanding.Waiting waiting:
                log.LogInformation("Delivery {Delivery} ({Kind}) waits {Pause}: {Problem}",
                    delivery.Id, delivery.Kind.Code(), waiting.Pause, waiting.Problem.Code());
                break;
        }
    }
}
