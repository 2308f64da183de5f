using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;

namespace Library.Acceptance.Failing;

/// <summary>
/// One desk with members and copies of its own, which goes on working whatever falls over: every command bears an Idempotency-Key and
/// is sent again until it is answered yes or no. Seeded; what it was promised it writes down.
/// </summary>
public sealed class DeskUnderFire(RunningLibrary library, Acknowledged acknowledged, int seed, int number, string eventName)
{
    private const int Members = 3, Copies = 6;
    private const string Branch = "RAD";
    /// <summary>A reader at the desk takes a moment: a steady stream, which leaves room for what was killed to start again.</summary>
    private const int LongestThoughtMs = 160;
    private static readonly TimeSpan AnsweredWithin = TimeSpan.FromSeconds(150), Pause = TimeSpan.FromMilliseconds(150);

    /// <summary>Reasons that are the rules' and no sign of trouble.</summary>
    private static readonly string[] Expected = ["DEBT_OVER_LIMIT", "DEBT_TOO_OLD", "AMOUNT_EXCEEDS_DEBT", "UNRETURNED_NOTICE"];

    private sealed record Member(string Name)
    {
        public string Card { get; set; } = "";
        public long OwedMinor { get; set; }
    }

    private readonly Random random = new(unchecked((seed * 1_000) + number));
    private readonly List<Member> members = [];
    private readonly Dictionary<string, string?> loanByCopy = [];
    private HttpClient librarian = null!;
    private int command;

    /// <summary>Members who have paid, copies, and for half of the copies a loan that will be overdue once the clock is moved.</summary>
    public async Task PrepareAsync(string record)
    {
        librarian = await library.AsAsync($"librarian@{Branch}");
        librarian.Timeout = TimeSpan.FromSeconds(20); // an answer that does not come is asked for again
        for (var n = 0; n < Members; n++) await JoinAsync();
        foreach (var member in members) await PayAsync(member, member.OwedMinor);
        for (var n = 0; n < Copies; n++) loanByCopy[await library.AddCopyAsync(record, Branch)] = null;
        foreach (var copy in loanByCopy.Keys.Take(Copies / 2).ToList()) await LendAsync(copy);
    }

    /// <summary>Works until it is told to stop, and ends what it has begun.</summary>
    public async Task WorkAsync(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            await OneAsync();
            await Task.Delay(random.Next(LongestThoughtMs), CancellationToken.None);
        }
    }

    private async Task OneAsync()
    {
        var copies = loanByCopy.Keys.Order(StringComparer.Ordinal).ToList();
        var copy = copies[random.Next(copies.Count)];
        switch (random.Next(100))
        {
            case < 64:
                if (loanByCopy[copy] is null) await LendAsync(copy);
                else await ReturnAsync(copy);
                break;
            case < 76:
                var debtor = members[random.Next(members.Count)];
                if (debtor.OwedMinor > 0) await PayAsync(debtor, random.Next(3) == 0 ? debtor.OwedMinor : Math.Max(1, debtor.OwedMinor / 2));
                break;
            case < 82:
                await ReplaceCardAsync(members[random.Next(members.Count)]);
                break;
            case < 97:
                await RegisterAsync();
                break;
            default:
                await JoinAsync();
                break;
        }
    }

    private async Task JoinAsync()
    {
        var email = string.Create(CultureInfo.InvariantCulture, $"fire-{seed}-{number}-{command}-{Environment.ProcessId}@example.org");
        if (await SendAsync("members", Desk.Person(email, Branch)) is not { } joined) return;
        var member = new Member((string)joined["name"]!) { Card = (string)joined["cardNumber"]!, OwedMinor = (long)joined["feeMinor"]! };
        members.Add(member);
        acknowledged.CardsByMember[member.Name] = 0;
    }

    private async Task LendAsync(string copy)
    {
        var member = members[random.Next(members.Count)];
        if (await SendAsync("loans", Desk.Loan(copy, member.Card, Branch)) is not { } loan) return;
        var name = (string)loan["name"]!;
        if (!acknowledged.LoansByName.TryAdd(name, copy)) acknowledged.Wrong.Add($"loan {name} was answered to two commands");
        loanByCopy[copy] = name;
    }

    private async Task ReturnAsync(string copy)
    {
        if (await SendAsync("returns", new JsonObject { ["barcode"] = copy, ["branch"] = Branch }) is not { } answer) return;
        var loan = (string)answer["loan"]!;
        if (loan != loanByCopy[copy]) acknowledged.Wrong.Add($"{copy} was lent as {loanByCopy[copy]} and came back from {loan}");
        acknowledged.FinesByReturnedLoan[loan] = (long?)answer["fineMinor"] ?? 0;
        loanByCopy[copy] = null;
    }

    private async Task PayAsync(Member member, long amountMinor)
    {
        if (await SendAsync("payments", Desk.Payment(member.Name, amountMinor, Branch)) is not { } payment) return;
        if (!acknowledged.AmountsByPayment.TryAdd((string)payment["name"]!, amountMinor)) acknowledged.Wrong.Add($"payment {payment["name"]} was answered to two commands");
        acknowledged.PaidByMember.AddOrUpdate(member.Name, amountMinor, (_, before) => before + amountMinor);
        member.OwedMinor -= amountMinor;
    }

    private async Task ReplaceCardAsync(Member member)
    {
        if (await SendAsync($"{member.Name}:replaceCard", []) is not { } changed) return;
        member.Card = (string)changed["cardNumber"]!;
        member.OwedMinor += 200;
        acknowledged.CardsByMember[member.Name]++;
    }

    private async Task RegisterAsync()
    {
        var email = string.Create(CultureInfo.InvariantCulture, $"guest-{seed}-{number}-{command}-{Environment.ProcessId}@example.org");
        var body = new JsonObject { ["guest"] = new JsonObject { ["name"] = "Gost", ["email"] = email }, ["seats"] = 1 };
        if (await SendAsync($"{eventName}/registrations", body) is { } registration) acknowledged.GuestsByRegistration[(string)registration["name"]!] = email;
    }

    /// <summary>The answer; null where the command was refused, which changes nothing. Sent again, with its key, while there is no answer.</summary>
    private async Task<JsonObject?> SendAsync(string path, JsonObject body)
    {
        var key = string.Create(CultureInfo.InvariantCulture, $"fire-{seed}-{number}-{command++}-{Environment.ProcessId}");
        var began = Stopwatch.GetTimestamp();
        var text = body.ToJsonString();
        for (var attempt = 0; ; attempt++)
        {
            var (code, answer) = await TryAsync(path, text, key);
            switch (code)
            {
                case 200:
                    acknowledged.CountCommand();
                    return answer;
                case 400 when Expected.Contains(answer.Reason()):
                    acknowledged.CountRefusal();
                    return null;
                // Finance learns of a member with the first charge, which may be on its way
                case 404 when path == "payments":
                    acknowledged.CountRefusal();
                    return null;
                // a card that the desk has not heard of yet, while Membership cannot be asked: refused, and said on what ground
                case 404 when path == "loans" && answer["details"]!.AsArray().Any(detail => detail!["metadata"]?["stale"] is not null):
                    acknowledged.CountRefusal();
                    return null;
                case >= 400 and < 500:
                    acknowledged.Wrong.Add($"{path} with key {key}: {code} {answer.Reason()}, attempt {attempt + 1}");
                    return null;
            }
            acknowledged.CountRetry();
            if (Stopwatch.GetElapsedTime(began) > AnsweredWithin)
            {
                acknowledged.Stuck.Add($"{path} with key {key}: no answer within {AnsweredWithin.TotalSeconds} s, last {code} {answer}");
                return null;
            }
            await Task.Delay(Pause);
        }
    }

    private async Task<(int Code, JsonObject Answer)> TryAsync(string path, string body, string key)
    {
        try
        {
            return await librarian.TryPostAsync(path, (JsonObject)JsonNode.Parse(body)!, key);
        }
        catch (Exception gone) when (gone is HttpRequestException or TaskCanceledException or IOException)
        {
            return (0, new JsonObject { ["text"] = gone.GetType().Name });
        }
    }
}
