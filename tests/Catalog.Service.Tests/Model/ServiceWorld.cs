using System.Globalization;
using System.Net;
using System.Text;
using Library.Finance.Messages;
using Library.Testing;
using NodaTime;
using NodaTime.Text;
using Npgsql;

namespace Library.Catalog.Service.Tests.Model;

/// <summary>The same over REST against the real service and its database. Money is booked and paid by the test, as Finance would tell it.</summary>
public sealed class ServiceWorld : IWorld
{
    private const int MostAttempts = 20;

    /// <summary>Noon, so that every job of a day has run when anything happens on it.</summary>
    private static readonly LocalTime Noon = new(12, 0);

    private readonly TestHost owner;
    private readonly List<Reader> readers = [];
    private readonly List<string> records = [], barcodes = [], loans = [], holds = [];
    private readonly List<(Guid Id, Guid Member, LocalDate On, long Minor)> owed = [];
    private readonly Dictionary<Guid, long> versions = [];
    private readonly HashSet<Guid> booked = [];
    private readonly Random cuts;
    private TestHost desk;
    private HttpClient staff, admin;
    private long keys;

    private ServiceWorld(TestHost owner, TestHost desk, int seed)
    {
        (this.owner, this.desk, cuts) = (owner, desk, new Random(seed));
        (staff, admin) = (desk.Rest("librarian"), desk.Rest("admin"));
    }

    /// <summary>The day on which every world begins: a Monday, and the same one for all that are made on one day.</summary>
    public LocalDate Begins { get; private set; }

    public static async Task<ServiceWorld> StartAsync(int seed)
    {
        var owner = await CatalogNetwork.StartAloneAsync();
        var world = new ServiceWorld(owner, await BesideAsync(owner), seed);
        world.Begins = owner.Clock.Today.PlusDays(1).Next(IsoDayOfWeek.Monday);
        (await world.admin.SendAsync("clock:advance", new { to = world.At(world.Begins) })).Succeeded();
        for (var title = 0; title < World.Titles; title++) world.records.Add(await owner.RecordAsync($"Naslov {title}"));
        foreach (var copy in World.Copies)
            world.barcodes.Add(await owner.ItemAsync(World.Branches[copy.Branch], world.records[copy.Title], material: copy.Material, units: copy.Units));
        for (var member = 0; member < World.Members; member++) world.readers.Add(await owner.ReaderAsync());
        return world;
    }

    private static Task<TestHost> BesideAsync(TestHost owner) => TestHost.StartAsync(
        "catalog", CatalogApp.Build, new[] { "membership", "finance", "events", "notifications" }.ToDictionary(peer => $"services:{peer}:grpc:0", _ => TestHost.Nobody),
        sharedDatabase: owner.DatabaseName, messagingPrefix: owner.MessagingPrefix);

    public Task<string> DoAsync(Command command) => command switch
    {
        Command.Lend lend => SayAsync(command, "loans", new { barcode = barcodes[lend.Copy], cardNumber = readers[lend.Member].Card, branch = World.Branches[lend.Branch] }, Lent),
        Command.TakeBack back => SayAsync(command, "returns", new { barcode = barcodes[back.Copy], branch = World.Branches[back.Branch] }, Returned),
        Command.Renew renew => loans is [] ? Nothing : SayAsync(command, $"{loans[renew.Loan % loans.Count]}:renew", new { exceptional = renew.Exceptional },
            answer => $"renewed until {answer.Text("dueOn")}, {answer.Number("renewalsLeft")} left"),
        Command.Place place => SayAsync(command, "holds", new { record = records[place.Title], member = readers[place.Member].Name, pickupBranch = World.Branches[place.Branch] }, Placed),
        Command.Cancel cancel => holds is [] ? Nothing : SayAsync(command, $"{holds[cancel.Hold % holds.Count]}:cancel", new { }, answer => answer.Text("state")),
        Command.Pay pay => PayAsync(readers[pay.Member].Id, pay.Percent),
        Command.Advance advance => AdvanceAsync(advance),
        _ => throw new NotSupportedException(command.ToString()),
    };

    private async Task<string> AdvanceAsync(Command.Advance advance)
    {
        var said = await SayAsync(advance, "clock:advance", new { to = At(desk.Clock.Today.PlusDays(advance.Days)) }, answer => answer.Text("today"));
        // a move that was cut off at its very end has happened, and to ask for it again would be to move back by what has passed since
        return advance.Cut && said == "refused INVALID_REQUEST" ? (await admin.AskAsync("clock")).Succeeded().Text("today") : said;
    }

    private static Task<string> Nothing => Task.FromResult("nothing");

    private string At(LocalDate day) => OffsetDateTimePattern.Rfc3339.Format((day + Noon).InZoneLeniently(owner.Clock.Zone).ToOffsetDateTime());

    private string Lent(Answer answer)
    {
        loans.Add(answer.Text("name"));
        return $"lent until {answer.Text("dueOn")}, {answer.Number("renewalsLeft")} left";
    }

    private static string Returned(Answer answer)
    {
        var next = answer.Text("next") switch
        {
            "TRANSIT" => $"TRANSIT to {answer.Text("toBranch")}",
            "HOLD_SHELF" => $"HOLD_SHELF until {answer.Text("readyUntil")}",
            var other => other,
        };
        return $"{next}, {answer.Number("overdueDays")} late, {answer.Number("fineMinor")}";
    }

    private string Placed(Answer answer)
    {
        holds.Add(answer.Text("name"));
        return $"placed, {answer.Number("queuePosition")} in the queue";
    }

    /// <summary>Asks with a key, and again with the same one until there is an answer that is one.</summary>
    private async Task<string> SayAsync(Command command, string path, object body, Func<Answer, string> said)
    {
        var key = string.Create(CultureInfo.InvariantCulture, $"model-{owner.DatabaseName}-{++keys}")[^40..];
        for (var attempt = 0; attempt < MostAttempts; attempt++)
        {
            var asked = (command is Command.Advance ? admin : staff).SendAsync(path, body, key);
            if (command.Cut && attempt == 0) await CutAsync(asked);
            var answer = await asked;
            switch (answer.Status)
            {
                case HttpStatusCode.OK:
                    return said(answer);
                case HttpStatusCode.BadRequest:
                    return $"refused {answer.Metadata("all") ?? answer.Reason}";
                case HttpStatusCode.NotFound:
                    return "404";
                case not (HttpStatusCode.ServiceUnavailable or HttpStatusCode.GatewayTimeout or HttpStatusCode.InternalServerError):
                    return $"{answer.Status} {answer.Body}";
            }
        }
        return "no answer";
    }

    /// <summary>Every connection to the database breaks at some moment of the command; one time in three the process is followed by another, which knows nothing.</summary>
    private async Task CutAsync(Task asked)
    {
        for (var turns = cuts.Next(4); turns > 0 && !asked.IsCompleted; turns--) await owner.ScalarAsync<int>("SELECT 1");
        await using (var apart = new NpgsqlConnection($"{TestServers.Postgres};Database={owner.DatabaseName};Pooling=false"))
        {
            await apart.OpenAsync();
            await using var end = new NpgsqlCommand(
                "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()", apart);
            await end.ExecuteScalarAsync();
        }
        await Eventually.IsTrueAsync(ReadsAsync, "the database can be read again");
        if (cuts.Next(3) > 0) return;
        await asked;
        var (oldDesk, oldStaff, oldAdmin) = (desk, staff, admin);
        desk = await BesideAsync(owner);
        (staff, admin) = (desk.Rest("librarian"), desk.Rest("admin"));
        oldStaff.Dispose();
        oldAdmin.Dispose();
        await oldDesk.App.StopAsync();
        await oldDesk.App.DisposeAsync();
    }

    /// <summary>Each of the owner's own connections finds out once that it is dead.</summary>
    private async Task<bool> ReadsAsync()
    {
        try
        {
            return await owner.ScalarAsync<int>("SELECT 1") == 1;
        }
        catch (NpgsqlException)
        {
            return false;
        }
    }

    /// <summary>Books what was charged meanwhile, and takes the money, as Finance tells it: the charge that each booking posted, then the balance.</summary>
    private async Task<string> PayAsync(Guid member, int percent)
    {
        foreach (var charge in await PendingAsync(member))
        {
            owed.Add(charge);
            await TellAsync(member, charge.Id);
        }
        var left = (owed.Where(charge => charge.Member == member).Sum(charge => charge.Minor) * percent + 99) / 100;
        foreach (var charge in owed.Where(charge => charge.Member == member).OrderBy(charge => charge.On).ToList())
        {
            var part = Math.Min(left, charge.Minor);
            left -= part;
            owed.Remove(charge);
            if (part < charge.Minor) owed.Add(charge with { Minor = charge.Minor - part });
        }
        var version = await TellAsync(member, null);
        await Eventually.IsTrueAsync(
            async () => await owner.ScalarAsync<bool>("SELECT EXISTS (SELECT FROM borrower_debt WHERE member = $1 AND version = $2)", member, version)
                && (await PendingAsync(member)).Count == 0, "the payment is known at the desk");
        return string.Create(CultureInfo.InvariantCulture, $"owes {owed.Where(charge => charge.Member == member).Sum(charge => charge.Minor)}");
    }

    private async Task<long> TellAsync(Guid member, Guid? posted)
    {
        var version = versions[member] = versions.GetValueOrDefault(member) + 1;
        var open = owed.Where(charge => charge.Member == member).ToList();
        await owner.PublishAsync(new BalanceChanged
        {
            Aggregate = $"accounts/{member:D}",
            Version = version,
            Member = $"members/{member:D}",
            BalanceMinor = open.Sum(charge => charge.Minor),
            CurrencyCode = "EUR",
            OldestOpenOn = open is [] ? null : open.Min(charge => charge.On).ToDateOnly(),
            PostedChargeId = posted,
        });
        return version;
    }

    private async Task<List<(Guid Id, Guid Member, LocalDate On, long Minor)>> PendingAsync(Guid member)
    {
        await using var command = owner.Database.CreateCommand("SELECT id, charged_on, amount_minor FROM pending_charge WHERE member = $1 ORDER BY charged_on, id");
        command.Parameters.Add(new NpgsqlParameter { Value = member });
        await using var row = await command.ExecuteReaderAsync();
        var charges = new List<(Guid, Guid, LocalDate, long)>();
        while (await row.ReadAsync())
            if (!booked.Contains(row.GetGuid(0))) charges.Add((row.GetGuid(0), member, row.GetFieldValue<LocalDate>(1), row.GetInt64(2)));
        return charges;
    }

    public async Task<string> StateAsync()
    {
        var lines = new StringBuilder();
        await ReadAsync("SELECT barcode, state, location FROM item", row =>
            (barcodes.IndexOf(row.GetString(0)), $"copy {barcodes.IndexOf(row.GetString(0))} {row.GetString(1)} at {row.GetString(2)}"), lines);
        await ReadAsync("SELECT id, member, due_on, renewals FROM loan WHERE returned_at IS NULL", row =>
        {
            var number = loans.IndexOf($"loans/{row.GetGuid(0):D}");
            return (number, $"loan {number} of {NumberOf(row.GetGuid(1))} due {row.GetFieldValue<LocalDate>(2):uuuu-MM-dd} renewed {row.GetInt32(3)}");
        }, lines);
        await ReadAsync("SELECT id, state, barcode, ready_until FROM hold", row =>
        {
            var (number, state) = (holds.IndexOf($"holds/{row.GetGuid(0):D}"), row.GetString(1));
            var copy = row.IsDBNull(2) ? "" : barcodes.IndexOf(row.GetString(2)).ToString(CultureInfo.InvariantCulture);
            var until = state == "READY" ? $"{row.GetFieldValue<LocalDate>(3):uuuu-MM-dd}" : "";
            return (number, $"hold {number} {state} {(state is "WAITING" or "IN_TRANSIT" or "READY" ? $"{copy} {until}" : "")}".TrimEnd());
        }, lines);
        await ReadAsync("""
            SELECT b.member, coalesce(d.balance_minor, 0) + coalesce((SELECT sum(amount_minor) FROM pending_charge p WHERE p.member = b.member), 0)::bigint, coalesce(s.level, 0)
            FROM borrower b LEFT JOIN borrower_debt d USING (member) LEFT JOIN reminder_spell s USING (member)
            """, row => (NumberOf(row.GetGuid(0)), $"member {NumberOf(row.GetGuid(0))} owes {row.GetInt64(1)} reminded {row.GetInt32(2)}"), lines);
        return lines.ToString().TrimEnd();
    }

    /// <summary>Days whose counted loans differ from those that stand.</summary>
    public async Task<string> MiscountedAsync()
    {
        var (from, to) = (Begins, LocalDate.Min(desk.Clock.Today, Begins.PlusDays(365)));
        return (await admin.AskAsync($"circulationStatistics:reconcile?from={from:uuuu-MM-dd}&to={to:uuuu-MM-dd}")).Succeeded().Body.TryGetProperty("differences", out var differences)
            && differences.GetArrayLength() > 0 ? differences.ToString() : "";
    }

    private int NumberOf(Guid member) => readers.FindIndex(reader => reader.Id == member);

    private async Task ReadAsync(string sql, Func<NpgsqlDataReader, (int Number, string Line)> read, StringBuilder into)
    {
        await using var command = owner.Database.CreateCommand(sql);
        await using var row = await command.ExecuteReaderAsync();
        var lines = new List<(int Number, string Line)>();
        while (await row.ReadAsync()) lines.Add(read(row));
        foreach (var (_, line) in lines.OrderBy(line => line.Number)) into.Append(line).Append('\n');
    }

    public async ValueTask DisposeAsync()
    {
        staff.Dispose();
        admin.Dispose();
        await desk.App.StopAsync();
        await desk.App.DisposeAsync();
        await owner.DisposeAsync();
    }
}
