using Library.Events.Domain.Registrations;
using Library.ServiceDefaults.Data;
using Library.ServiceDefaults.Jobs;
using Library.ServiceDefaults.Time;

namespace Library.Events.Jobs;

/// <summary>Forgets names and e-mails of guests thirty days after the event; the registrations stay, for statistics. A thousand a statement.</summary>
public sealed class ForgetGuests(NpgsqlDataSource database, BusinessClock clock) : IPeriodicJob
{
    private const int Batch = 1_000, MostBatches = 1_000;

    public string Name => "forget-guests";
    public LocalTime DueAt => new(3, 30);

    public async Task RunAsync(LocalDate day, CancellationToken cancellationToken)
    {
        var endedBefore = GuestRetention.ForgottenWhenEndedBefore(day, clock.Zone);
        for (var batch = 0; batch < MostBatches; batch++)
        {
            await using var command = database.Command("""
                DELETE FROM guest WHERE registration_id = ANY (ARRAY(
                    SELECT g.registration_id FROM guest g
                    JOIN registration r ON r.id = g.registration_id
                    JOIN event e ON e.id = r.event_id
                    WHERE e.ends_at < $1
                    LIMIT $2))
                """, endedBefore, Batch);
            if (await command.ExecuteNonQueryAsync(cancellationToken) < Batch) return;
        }
    }
}
