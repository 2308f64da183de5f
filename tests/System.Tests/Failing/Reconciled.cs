using System.Globalization;
using System.Text.RegularExpressions;

namespace Library.Acceptance.Failing;

/// <summary>Compares what was acknowledged with what the databases and the mail catcher hold.</summary>
public sealed partial class Reconciled(RunningLibrary library, Parts parts, Acknowledged acknowledged, string eventName)
{
    /// <summary>Acknowledged and not there.</summary>
    public List<string> Lost { get; } = [];

    /// <summary>There and not acknowledged, or there twice.</summary>
    public List<string> Doubled { get; } = [];

    /// <summary>Mails with the Message-ID of one that was sent before: the server's yes was lost with the sender. A mailbox shows them as one.</summary>
    public int RepeatedMails { get; private set; }

    public async Task CompareAsync()
    {
        var copies = acknowledged.LoansByName.Values.Distinct().ToArray();
        Match("loans", acknowledged.LoansByName.Keys, await parts.ReadAsync("catalog", "SELECT 'loans/' || id FROM loan WHERE barcode = ANY ($1)", (object)copies));
        Match("returns", acknowledged.FinesByReturnedLoan.Select(fine => $"{fine.Key} {fine.Value}"),
            await parts.ReadAsync("catalog", "SELECT 'loans/' || id || ' ' || fine_minor FROM loan WHERE barcode = ANY ($1) AND returned_at IS NOT NULL", (object)copies));

        var members = acknowledged.CardsByMember.Keys.Select(Id).ToArray();
        Match("payments", acknowledged.AmountsByPayment.Select(payment => $"{payment.Key} {payment.Value}"),
            await parts.ReadAsync("finance", "SELECT 'payments/' || id || ' ' || amount_minor FROM payment WHERE member_id = ANY ($1)", (object)members));
        Match("members", acknowledged.CardsByMember.Keys, await parts.ReadAsync("membership",
            "SELECT 'members/' || member_id FROM person WHERE email LIKE 'fire-%-' || $1 || '@example.org'", Environment.ProcessId.ToString(CultureInfo.InvariantCulture)));
        Match("charges", ChargesExpected(), await parts.ReadAsync("finance", """
            SELECT 'members/' || member_id || ' ' || kind || ' ' || amount_minor || ' × ' || count(*) FROM charge
            WHERE member_id = ANY ($1) AND kind IN ('MEMBERSHIP', 'CARD') GROUP BY member_id, kind, amount_minor
            """, (object)members));
        Match("fines", acknowledged.FinesByReturnedLoan.Where(fine => fine.Value > 0).Select(fine => $"{fine.Key} {fine.Value}"),
            await parts.ReadAsync("finance", "SELECT subject || ' ' || amount_minor FROM charge WHERE member_id = ANY ($1) AND kind = 'FINE'", (object)members));
        Match("balances", [], await parts.ReadAsync("finance", """
            SELECT 'members/' || a.member_id FROM account a
            WHERE a.member_id = ANY ($1) AND a.balance_minor <> (SELECT sum(amount_minor) FROM charge c WHERE c.member_id = a.member_id)
                - coalesce((SELECT sum(amount_minor) FROM payment p WHERE p.member_id = a.member_id), 0)
            """, (object)members));
        await RegistrationsAsync();
    }

    private async Task RegistrationsAsync()
    {
        var meeting = Id(eventName);
        Match("registrations", acknowledged.GuestsByRegistration.Keys, await parts.ReadAsync("events", "SELECT $2 || '/registrations/' || id FROM registration WHERE event_id = $1", meeting, eventName));
        var subjects = acknowledged.GuestsByRegistration.Keys.ToArray();
        Match("notices", subjects.Select(subject => $"{subject} SENT"),
            await parts.ReadAsync("notifications", "SELECT subject || ' ' || state FROM delivery WHERE subject = ANY ($1)", (object)subjects));
        var guests = acknowledged.GuestsByRegistration.Values.ToHashSet();
        var mails = Directory.EnumerateFiles(Path.Combine(library.Home, "data", "mail"), "*.eml").Select(Heads)
            .Select(heads => (To: Address().Match(heads.GetValueOrDefault("to", "")).Value, Id: heads.GetValueOrDefault("message-id", "")))
            .Where(mail => guests.Contains(mail.To)).ToList();
        RepeatedMails = mails.Count - mails.Distinct().Count();
        Match("mails", guests, mails.Distinct().Select(mail => mail.To));
    }

    /// <summary>From the catcher's files: thousands of mails at once are more than its interface can answer with. RFC 5322, section 2.2.</summary>
    private static Dictionary<string, string> Heads(string file)
    {
        var heads = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        var last = "";
        foreach (var line in File.ReadLines(file).TakeWhile(line => line.Length > 0))
            if (char.IsWhiteSpace(line[0])) heads[last] += line;
            else if (line.IndexOf(':', StringComparison.Ordinal) is > 0 and var colon) heads[last = line[..colon]] = line[(colon + 1)..].Trim();
        return heads;
    }

    [GeneratedRegex(@"[\w.+-]+@[\w.-]+")]
    private static partial Regex Address();

    private IEnumerable<string> ChargesExpected() => acknowledged.CardsByMember.SelectMany(member =>
        member.Value == 0 ? [$"{member.Key} MEMBERSHIP 2000 × 1"] : new[] { $"{member.Key} MEMBERSHIP 2000 × 1", $"{member.Key} CARD 200 × {member.Value}" });

    private void Match(string what, IEnumerable<string> promised, IEnumerable<string> held)
    {
        var left = promised.GroupBy(text => text).ToDictionary(group => group.Key, group => group.Count());
        foreach (var text in held)
            if (left.GetValueOrDefault(text) is var count and > 0) left[text] = count - 1;
            else Doubled.Add($"{what}: {text}");
        Lost.AddRange(left.Where(pair => pair.Value > 0).Select(pair => $"{what}: {pair.Key}"));
    }

    private static Guid Id(string name) => Guid.Parse(name.Split('/')[1]);
}
