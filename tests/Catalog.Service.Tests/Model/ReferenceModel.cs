using NodaTime;

namespace Library.Catalog.Service.Tests.Model;

/// <summary>
/// Circulation by Radovljica's rulebook as a reader of it would keep it in a notebook: articles 27–37 in their plainest form, nothing shared with the
/// rules that the service runs. One day follows the other, nobody is in a hurry, and nothing is ever lost.
/// </summary>
public class ReferenceModel(LocalDate today) : IWorld
{
    private const int DebtLimit = 2100, DayFine = 30, WeekFine = 35, UnitCap = 20000, Uncollected = 50, PaidRenewal = 50, BlockingLevel = 3, Levels = 4;
    private static readonly int[] ReminderPrices = [200, 200, 400, 500];

    private static readonly HashSet<AnnualDate> FixedHolidays =
    [
        new(1, 1), new(1, 2), new(2, 8), new(4, 27), new(5, 1), new(5, 2), new(6, 25), new(8, 15), new(10, 31), new(11, 1), new(12, 25), new(12, 26),
    ];

    /// <summary>From the calendar on the wall; Easter and Pentecost themselves are Sundays.</summary>
    private static readonly HashSet<LocalDate> EasterMondays =
    [
        new(2026, 4, 6), new(2027, 3, 29), new(2028, 4, 17), new(2029, 4, 2), new(2030, 4, 22), new(2031, 4, 14), new(2032, 3, 29), new(2033, 4, 18),
        new(2034, 4, 10), new(2035, 3, 26), new(2036, 4, 14), new(2037, 4, 6), new(2038, 4, 26), new(2039, 4, 11), new(2040, 4, 2),
    ];

    private sealed class Item
    {
        public required int Number { get; init; }
        public required Copy Copy { get; init; }
        public string State { get; set; } = "AVAILABLE";
        public required int At { get; set; }
        public Loan? Loan { get; set; }
    }

    private sealed class Loan
    {
        public required int Number { get; init; }
        public required Item Item { get; init; }
        public required int Member { get; init; }
        public required int Branch { get; init; }
        public required LocalDate Due { get; set; }
        public int Renewals { get; set; }
        public LocalDate? ToldFor { get; set; }
        public bool Open { get; set; } = true;
    }

    private sealed class Hold
    {
        public required int Number { get; init; }
        public required int Title { get; init; }
        public required int Member { get; init; }
        public required int Pickup { get; init; }
        public string State { get; set; } = "WAITING";
        public Item? Copy { get; set; }
        public bool Prepared { get; set; }
        public LocalDate? Until { get; set; }
        public bool Open => State is "WAITING" or "IN_TRANSIT" or "READY";
        public bool WaitsForAny => State == "WAITING" && Copy is null;
    }

    private sealed class Member
    {
        public List<(LocalDate On, int Minor)> Owed { get; } = [];
        public int Level { get; set; }
        public LocalDate? SpellSince { get; set; }
        public LocalDate? RemindedOn { get; set; }
        public int Debt => Owed.Sum(charge => charge.Minor);
    }

    private readonly List<Item> items = [.. World.Copies.Select((copy, number) => new Item { Number = number, Copy = copy, At = copy.Branch })];
    private readonly List<Member> members = [.. Enumerable.Range(0, World.Members).Select(_ => new Member())];
    private readonly List<Loan> loans = [];
    private readonly List<Hold> holds = [];

    /// <summary>The business date.</summary>
    protected LocalDate Today { get; private set; } = today;

    public Task<string> DoAsync(Command command) => Task.FromResult(command switch
    {
        Command.Lend lend => Lend(items[lend.Copy], lend.Member, lend.Branch),
        Command.TakeBack back => TakeBack(items[back.Copy], back.Branch),
        Command.Renew renew => loans is [] ? "nothing" : Renew(loans[renew.Loan % loans.Count], renew.Exceptional),
        Command.Place place => Place(place.Title, place.Member, place.Branch),
        Command.Cancel cancel => holds is [] ? "nothing" : Cancel(holds[cancel.Hold % holds.Count]),
        Command.Pay pay => Pay(pay.Member, pay.Percent),
        Command.Advance advance => Advance(advance.Days),
        _ => throw new NotSupportedException(command.ToString()),
    });

    public Task<string> StateAsync() => Task.FromResult(string.Join('\n',
        items.Select(item => $"copy {item.Number} {item.State} at {World.Branches[item.At]}")
            .Concat(loans.Where(loan => loan.Open).Select(loan => $"loan {loan.Number} of {loan.Member} due {loan.Due:uuuu-MM-dd} renewed {loan.Renewals}"))
            .Concat(holds.Select(hold => $"hold {hold.Number} {hold.State} {(hold.Open ? $"{hold.Copy?.Number} {(hold.State == "READY" ? $"{hold.Until:uuuu-MM-dd}" : "")}" : "")}".TrimEnd()))
            .Concat(members.Select((member, number) => $"member {number} owes {member.Debt} reminded {member.Level}"))));

    private string Lend(Item item, int member, int branch)
    {
        var reasons = Blocks(member);
        if (item.Loan is { } open) reasons.Add("ITEM_ON_LOAN");
        if (holds.Find(hold => hold.Open && hold.Copy == item) is { } aside && aside.Member != member) reasons.Add("ITEM_HELD_FOR_ANOTHER");
        if (item.Loan?.Member == member) reasons.Add("ALREADY_LENT_TO_MEMBER");
        if (reasons is not []) return Refused(reasons);
        var loan = new Loan { Number = loans.Count, Item = item, Member = member, Branch = branch, Due = Today.PlusDays(Period(item)) };
        loans.Add(loan);
        (item.Loan, item.State, item.At) = (loan, "ON_LOAN", branch);
        foreach (var hold in holds.Where(hold => hold.Open && hold.Member == member && hold.Title == item.Copy.Title)) hold.State = "FULFILLED";
        return $"lent until {loan.Due:uuuu-MM-dd}, {FreeRenewals(item)} left";
    }

    private string TakeBack(Item item, int branch)
    {
        var hold = holds.Find(hold => hold.Open && hold.Copy == item) ?? holds.Find(hold => hold.WaitsForAny && hold.Title == item.Copy.Title);
        var arrives = item.State == "IN_TRANSIT" && item.At == branch;
        if (item.Loan is null && hold is null && !arrives && item.State != "ON_HOLD_SHELF") return "404";
        string next;
        if (hold is not null)
        {
            hold.Copy = item;
            item.At = hold.Pickup;
            if (hold.Pickup != branch)
            {
                (hold.State, hold.Prepared, hold.Until, item.State, next) = ("IN_TRANSIT", false, null, "IN_TRANSIT", $"TRANSIT to {World.Branches[hold.Pickup]}");
            }
            else
            {
                if (hold.State != "READY") hold.Until = WaitsUntil(hold.Prepared, branch);
                (hold.State, item.State, next) = ("READY", "ON_HOLD_SHELF", $"HOLD_SHELF until {hold.Until:uuuu-MM-dd}");
            }
        }
        else
        {
            var home = item.Copy.Branch == branch;
            (item.State, item.At, next) = home ? ("AVAILABLE", branch, "SHELVE") : ("IN_TRANSIT", item.Copy.Branch, $"TRANSIT to {World.Branches[item.Copy.Branch]}");
        }
        if (item.Loan is not { } loan) return $"{next}, 0 late, 0";
        var (late, fine) = (Math.Max(0, Days(loan.Due, Today)), FineOf(loan));
        (loan.Open, item.Loan) = (false, null);
        Charge(loan.Member, fine);
        EndSpellIfOver(loan.Member);
        return $"{next}, {late} late, {fine}";
    }

    private string Renew(Loan loan, bool exceptional)
    {
        if (!loan.Open) return Refused(["RENEWAL_NOT_ALLOWED"]);
        var reasons = Blocks(loan.Member);
        var (free, paid) = (FreeRenewals(loan.Item), FreeRenewals(loan.Item) == 0 ? 0 : 1);
        var charged = loan.Renewals >= free;
        if (free + paid == 0) reasons.Add("RENEWAL_NOT_ALLOWED");
        else if (charged && !(exceptional && loan.Renewals < free + paid)) reasons.Add("RENEWAL_LIMIT");
        if (holds.Exists(hold => hold.WaitsForAny && hold.Title == loan.Item.Copy.Title && hold.Member != loan.Member)) reasons.Add("TITLE_RESERVED");
        if (members[loan.Member].Debt > 0) reasons.Add("OPEN_CLAIMS");
        if (reasons is not []) return Refused(reasons);
        Charge(loan.Member, (charged ? PaidRenewal * loan.Item.Copy.Units : 0) + FineOf(loan));
        loan.Due = LocalDate.Max(loan.Due, Today.PlusDays(Period(loan.Item)));
        loan.Renewals++;
        EndSpellIfOver(loan.Member);
        return $"renewed until {loan.Due:uuuu-MM-dd}, {Math.Max(0, free - loan.Renewals)} left";
    }

    private string Place(int title, int member, int pickup)
    {
        var reasons = Blocks(member);
        if (members[member].Debt > 0) reasons.Add("OPEN_CLAIMS");
        if (holds.Exists(hold => hold.Open && hold.Member == member && hold.Title == title)) reasons.Add("ALREADY_HELD");
        if (loans.Exists(loan => loan.Open && loan.Member == member && loan.Item.Copy.Title == title)) reasons.Add("ALREADY_LENT_TO_MEMBER");
        if (reasons is not []) return Refused(reasons);
        holds.Add(new Hold { Number = holds.Count, Title = title, Member = member, Pickup = pickup });
        SetAside(title);
        return $"placed, {holds.Count(hold => hold.State == "WAITING" && hold.Title == title)} in the queue";
    }

    private string Cancel(Hold hold)
    {
        if (!hold.Open) return hold.State;
        hold.State = "CANCELLED";
        SetAside(hold.Title);
        return hold.State;
    }

    private string Pay(int member, int percent)
    {
        var owed = members[member].Owed;
        var left = (members[member].Debt * percent + 99) / 100;
        while (left > 0)
        {
            var part = Math.Min(left, owed[0].Minor);
            left -= part;
            if (part == owed[0].Minor) owed.RemoveAt(0);
            else owed[0] = owed[0] with { Minor = owed[0].Minor - part };
        }
        EndSpellIfOver(member);
        return $"owes {members[member].Debt}";
    }

    private string Advance(int days)
    {
        for (; days > 0; days--)
        {
            Today = Today.PlusDays(1);
            foreach (var loan in loans.Where(loan => loan.Open && loan.Due < Today && loan.ToldFor != loan.Due))
            {
                loan.ToldFor = loan.Due;
                members[loan.Member].SpellSince ??= Today;
            }
            foreach (var hold in holds.Where(hold => hold.State == "READY" && hold.Until < Today))
            {
                hold.State = "EXPIRED";
                Charge(hold.Member, Uncollected);
            }
            for (var title = 0; title < World.Titles; title++) SetAside(title);
            if (Today.DayOfWeek == IsoDayOfWeek.Monday)
                for (var member = 0; member < World.Members; member++) Remind(member);
        }
        return $"{Today:uuuu-MM-dd}";
    }

    private void Remind(int number)
    {
        var member = members[number];
        var level = member.RemindedOn >= member.SpellSince ? member.Level + 1 : 1;
        if (!IsOverdue(number) || level > Levels || (member.RemindedOn is { } last && Days(last, Today) < 7)) return;
        (member.Level, member.RemindedOn) = (level, Today);
        Charge(number, ReminderPrices[level - 1]);
    }

    /// <summary>Who waits, in order, gets a copy that stands somewhere and is nobody's: rather one at the place where it is collected.</summary>
    private void SetAside(int title)
    {
        var free = items.Where(item => item.Copy.Title == title && item.State is "AVAILABLE" or "ON_HOLD_SHELF" && item.Copy.Title == title
            && !holds.Exists(hold => hold.Open && hold.Copy == item)).ToList();
        foreach (var hold in holds.Where(hold => hold.WaitsForAny && hold.Title == title))
        {
            if ((free.Find(item => item.At == hold.Pickup) ?? free.FirstOrDefault()) is not { } copy) return;
            free.Remove(copy);
            (hold.Copy, hold.Prepared) = (copy, copy.At == hold.Pickup);
        }
    }

    private List<string> Blocks(int number)
    {
        var member = members[number];
        var reasons = new List<string>();
        if (member.Debt > DebtLimit) reasons.Add("DEBT_OVER_LIMIT");
        if (member.Owed is [var oldest, ..] && Days(oldest.On, Today) > 365) reasons.Add("DEBT_TOO_OLD");
        if (member.Level >= BlockingLevel && (IsOverdue(number) || member.Debt > 0)) reasons.Add("UNRETURNED_NOTICE");
        return reasons;
    }

    private int FineOf(Loan loan)
    {
        var days = Days(loan.Due, LocalDate.Min(Today, loan.Due.PlusYears(1)));
        if (days <= 0) return 0;
        var each = World.Branches[loan.Branch] == "SRV" ? (days + 6) / 7 * WeekFine : days * DayPrice;
        return Math.Min(each, UnitCap) * loan.Item.Copy.Units;
    }

    /// <summary>For a model that is wrong on purpose.</summary>
    protected virtual int DayPrice => DayFine;

    private LocalDate WaitsUntil(bool prepared, int branch)
    {
        var until = Today;
        for (var left = prepared ? 1 : 3; left > 0; left -= IsWorkday(until) ? 1 : 0) until = until.PlusDays(1);
        if (World.Branches[branch] != "SRV") return until;
        var open = Today;
        do open = open.Next(IsoDayOfWeek.Tuesday);
        while (!IsWorkday(open));
        return LocalDate.Max(until, open);
    }

    private static bool IsWorkday(LocalDate day) =>
        day.DayOfWeek is not (IsoDayOfWeek.Saturday or IsoDayOfWeek.Sunday) && !FixedHolidays.Contains(new AnnualDate(day.Month, day.Day)) && !EasterMondays.Contains(day);

    private void Charge(int member, int minor)
    {
        if (minor > 0) members[member].Owed.Add((Today, minor));
    }

    private void EndSpellIfOver(int number)
    {
        var member = members[number];
        if (member.SpellSince is not null && !IsOverdue(number) && member.Debt == 0) (member.Level, member.SpellSince) = (0, null);
    }

    private bool IsOverdue(int member) => loans.Exists(loan => loan.Open && loan.Member == member && loan.Due < Today);

    private static int Period(Item item) => item.Copy.Material == "SERIAL_ISSUE" ? 7 : 21;

    private static int FreeRenewals(Item item) => item.Copy.Material switch { "STORY_SUITCASE" => 0, "SERIAL_ISSUE" => 1, _ => 2 };

    private static int Days(LocalDate from, LocalDate to) => NodaTime.Period.DaysBetween(from, to);

    private static string Refused(IEnumerable<string> reasons) => $"refused {string.Join(',', reasons)}";

    public ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        return ValueTask.CompletedTask;
    }
}
