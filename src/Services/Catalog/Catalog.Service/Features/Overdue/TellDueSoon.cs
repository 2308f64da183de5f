using Library.Catalog.Messages;
using Library.Catalog.Rules;
using Library.ServiceDefaults.Data;
using Library.ServiceDefaults.Jobs;
using Library.ServiceDefaults.Messaging;
using Library.ServiceDefaults.Requests;

namespace Library.Catalog.Features.Overdue;

/// <summary>
/// Tells that loans fall due in the days of the rulebook (art. 41): one message for a member and a day. What was renewed or returned by the time it is sent is not
/// listed then.
/// </summary>
public sealed class TellDueSoon(NetworkRules rules, Outbox outbox, MemberTellings tellings) : IPeriodicJob
{
    private const string Kind = "due-soon";

    public string Name => "due-soon";
    public LocalTime DueAt => new(5, 0);

    public async Task RunAsync(LocalDate day, CancellationToken cancellationToken)
    {
        if (rules.On(day).TellDueSoonDays is not { } days) return;
        var due = day.PlusDays(days);
        await tellings.RunAsync((transaction, after, size) => Next(transaction, due, after, size), row => Write(row.GetGuid(0), row.GetString(1), due), cancellationToken);
    }

    private static NpgsqlCommand Next(NpgsqlTransaction transaction, LocalDate due, Guid after, int size) => transaction.Command("""
        SELECT l.member, coalesce(b.branch, '') FROM (
            SELECT DISTINCT member FROM loan WHERE returned_at IS NULL AND due_on = $1 AND claimed_returned_on IS NULL AND replace_until IS NULL AND member > $2 ORDER BY member LIMIT $3) l
        LEFT JOIN borrower b ON b.member = l.member ORDER BY l.member
        """, due, after, size);

    private NpgsqlBatchCommand Write(Guid member, string branch, LocalDate due)
    {
        var id = Tellings.IdOf(Kind, member, due);
        return outbox.WriteOnce(id, new LoansDueSoon
        {
            Aggregate = ResourceName.Of(Tellings.Collection, id),
            Version = 1,
            Member = ResourceName.Of("members", member),
            DueOn = due.ToDateOnly(),
            Branch = branch,
        });
    }
}
