using Library.Catalog.Domain.Lending;
using Library.Catalog.Rules;
using Library.Catalog.V1;
using Library.ServiceDefaults.Data;
using Library.ServiceDefaults.Errors;
using Library.ServiceDefaults.Requests;
using Library.ServiceDefaults.Time;
using NodaTime.Text;

namespace Library.Catalog.Features.Kiosks;

/// <summary>What a machine asks without changing anything.</summary>
public sealed class ReadForKiosk(NpgsqlDataSource database, NetworkRules rules, KioskCards cards, BusinessClock clock)
{
    private static readonly LocalTimePattern Hour = LocalTimePattern.CreateWithInvariantCulture("HH:mm");

    /// <summary>A database that stands by, or is kept read-only, writes no loan.</summary>
    public async Task<KioskStatus> StatusAsync(GetKioskStatusRequest request, CancellationToken cancellationToken)
    {
        var fields = new Fields();
        var branch = fields.Branch("branch", request.Branch, rules);
        fields.ThrowIfWrong();
        await using var ask = database.Command("SELECT NOT pg_is_in_recovery() AND NOT current_setting('transaction_read_only')::boolean");
        var writes = await ask.ExecuteScalarAsync(cancellationToken) is true;
        var (now, today) = (clock.Now, clock.Today);
        return new KioskStatus
        {
            Branch = branch,
            AcceptsCheckOut = writes,
            AcceptsCheckIn = writes,
            Now = now.ToTimestamp(),
            Today = today.Iso(),
            OpenToday = { rules.Calendar(branch).OpeningHours(today).Select(hours => $"{Hour.Format(hours.From)}-{Hour.Format(hours.To)}") },
            CloseAfterOutageMinutes = rules.CloseAfterOutageMinutes(today) ?? 0,
        };
    }

    public async Task<KioskMember> MemberAsync(GetKioskMemberRequest request, string? acceptLanguage, CancellationToken cancellationToken)
    {
        var fields = new Fields();
        var branch = fields.Branch("branch", request.Branch, rules);
        var card = fields.Code("cardNumber", request.CardNumber);
        fields.ThrowIfWrong();
        var today = clock.Today;
        var (member, against, away) = await cards.FindAsync(
            card, found => CheckOutRules.AgainstMember(found.Facts(rules.SmallFeeBranches(today)), rules.On(today).Block, branch, today), cancellationToken);
        var answer = new KioskMember { MayBorrow = against.Count == 0, Refusals = { cards.Say(against, acceptLanguage) }, Stale = { away } };
        // whoever found a lost card learns nothing by it
        if (member.CardReplaced) return answer;

        await using var count = database.Command("""
            SELECT count(*)::integer, count(*) FILTER (WHERE due_on < $2)::integer,
                (SELECT count(*)::integer FROM hold WHERE member = $1 AND pickup_branch = $3 AND state = 'READY' AND closed_at IS NULL)
            FROM loan WHERE member = $1 AND returned_at IS NULL
            """, member.Member, today, branch);
        await using var row = await count.ExecuteReaderAsync(cancellationToken);
        await row.ReadAsync(cancellationToken);
        (answer.Loans, answer.Overdue, answer.HoldsReady) = (row.GetInt32(0), row.GetInt32(1), row.GetInt32(2));
        (answer.DebtMinor, answer.CurrencyCode) = (Math.Max(0, member.DebtMinor), rules.CurrencyCode);
        return answer;
    }

    public async Task<KioskItem> ItemAsync(GetKioskItemRequest request, CancellationToken cancellationToken)
    {
        var fields = new Fields();
        fields.Branch("branch", request.Branch, rules);
        var barcode = fields.Code("barcode", request.Barcode);
        fields.ThrowIfWrong();
        var copy = await KioskCopy.FindAsync(database, barcode, cancellationToken) ?? throw Failure.NotFound("item");
        return new KioskItem
        {
            Barcode = copy.Barcode,
            Title = copy.Title,
            Material = Codes.MaterialOf(copy.Material),
            State = Codes.StateOf(copy.State),
            DueOn = copy.DueOn?.Iso() ?? "",
            OwnerBranch = copy.Branch,
            Location = copy.Location,
            Holds = copy.Holds,
            NeedsStaff = copy.NeedsStaff,
        };
    }
}
