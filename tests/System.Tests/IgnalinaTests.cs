using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;
using Library.Testing;
using static Library.Acceptance.Rest;

namespace Library.Acceptance;

/// <summary>The network of another country, beside the one that all tests share.</summary>
public sealed class Ignalina() : RunningLibrary("system-test-ignalina", "--Network=ignalina");

/// <summary>The same software with other files: nothing of the first network is in the code.</summary>
public sealed class IgnalinaTests(RunningLibrary radovljica, Ignalina ignalina) : IClassFixture<Ignalina>
{
    [Fact]
    public async Task One_loan_travels_through_all_five_services_by_the_rules_of_Ignalina()
    {
        var email = $"{Desk.Unique("rasa")}@example.org";
        using var librarian = await ignalina.AsAsync("librarian@IGN", "lt");
        using var admin = await ignalina.AsAsync("admin");
        var title = $"Anykščių šilelis {Desk.Unique("leidinys")}";
        var barcode = await ignalina.AddCopyAsync(await ignalina.ImportAsync(title), "IGN");

        var joined = await librarian.PostAsync("members", Reader(email));
        var member = (string)joined["name"]!;
        Assert.StartsWith("IGN", (string)joined["cardNumber"]!, StringComparison.Ordinal);
        Assert.Equal(150, (long)joined["feeMinor"]!);
        Assert.Equal(150, (long)(await AccountAsync(librarian, member))["balanceMinor"]!);
        var paid = await ignalina.PayAsync(member, 150, "IGN");
        Assert.Equal(0, (long)paid["balanceMinor"]!);
        Assert.Matches(@"^IGN-\d{4}-\d{6}$", (string)paid["receiptNumber"]!);

        var today = Date((await librarian.FetchAsync("clock"))["today"]!);
        var loan = await librarian.PostAsync("loans", Desk.Loan(barcode, (string)joined["cardNumber"]!, "IGN"));
        Assert.Equal(3, (int)loan["renewalsLeft"]!);
        var due = Date(loan["dueOn"]!);
        var why = (await librarian.FetchAsync($"{loan["name"]}:explain"))["dueDate"]!;
        Assert.Equal(due == today.AddDays(30) ? "PERIOD" : "NEXT_OPEN_DAY", (string)why["rule"]!);
        Assert.StartsWith($"Išduota ar pratęsta {today:yyyy-MM-dd} 30 d.", (string)why["text"]!, StringComparison.Ordinal);
        Assert.DoesNotContain("(", (string)why["text"]!, StringComparison.Ordinal); // no article: its rules name none
        Assert.Equal(await FirstOpenDayAsync(admin, librarian, today.AddDays(30)), due);

        await admin.PostAsync("clock:advance", new JsonObject { ["days"] = 9 });
        // one Thursday or two lie in nine days, and there are two weeks between reminders
        var mails = await ignalina.MailsToAsync(email);
        var reminder = Assert.Single(mails, mail => (string)mail["subject"]! == "Raginimas Nr. 1: grąžinkite paskolintus leidinius");
        Assert.Single(mails, mail => ((string)mail["subject"]!).StartsWith("Artėja grąžinimo terminas", StringComparison.Ordinal));
        Assert.Equal("pranesimai@ignalina.example", (string)reminder["from"]!.AsArray()[0]!["address"]!);
        foreach (var words in new[] { "Laba diena, Rasa Petrauskienė!", title, $"grąžinti iki {due:yyyy-MM-dd}", "Šio raginimo kaina: 0,50 EUR" })
            Assert.Contains(words, (string)reminder["text"]!, StringComparison.Ordinal);
        var delivery = Assert.Single((await librarian.FetchAsync($"deliveries?member={member}"))["deliveries"]!.AsArray(), each => (string)each!["kind"]! == "REMINDER");
        Assert.Equal(("SENT", "lt"), ((string)delivery!["state"]!, (string)delivery["language"]!));

        var returned = await librarian.PostAsync("returns", new JsonObject { ["barcode"] = barcode, ["branch"] = "IGN" });
        Assert.Equal((9, 9 * 6), ((int)returned["overdueDays"]!, (long)returned["fineMinor"]!));
        const long owed = 9 * 6 + 50;
        var account = await Eventually.SeesAsync(() => AccountAsync(librarian, member), seen => (long)seen["balanceMinor"]! == owed, "fine and reminder stand in the account");
        Assert.Contains("Delspinigiai, už dieną: 9 × 0,06\"", account.ToJsonString(Shown), StringComparison.Ordinal); // and no article behind it
        Assert.Equal(0, (long)(await ignalina.PayAsync(member, owed, "IGN"))["balanceMinor"]!);

        await RegisterAsync(member, email);
    }

    [Fact]
    public async Task Refusals_are_said_in_Lithuanian()
    {
        using var librarian = await ignalina.AsAsync("librarian@IGN", "lt-LT, en;q=0.5");
        var barcode = await ignalina.AddCopyAsync(await ignalina.ImportAsync($"Metai {Desk.Unique("leidinys")}"), "IGN");
        var (first, second) = (await librarian.PostAsync("members", Reader($"{Desk.Unique("pirma")}@example.org")), await librarian.PostAsync("members", Reader($"{Desk.Unique("antra")}@example.org")));
        await librarian.PostAsync("loans", Desk.Loan(barcode, (string)first["cardNumber"]!, "IGN"));

        var (code, refused) = await librarian.TryPostAsync("loans", Desk.Loan(barcode, (string)second["cardNumber"]!, "IGN"));
        Assert.Equal((400, "ITEM_ON_LOAN"), (code, refused.Reason()));
        Assert.Equal(("lt", "Egzempliorius paskolintas."), refused.Localized());

        var (tooMuch, answer) = await librarian.TryPostAsync("payments", Desk.Payment((string)first["name"]!, 100_000, "IGN"));
        Assert.Equal((400, "AMOUNT_EXCEEDS_DEBT"), (tooMuch, answer.Reason()));
        Assert.Equal("Siūloma suma didesnė už skolą. Galima priimti ne daugiau kaip 1.50 EUR.", answer.Localized().Message);

        var (missing, nobody) = await librarian.TryGetAsync("loans/01980000-0000-7000-8000-000000000000");
        Assert.Equal((404, "lt"), (missing, nobody.Localized().Locale));
    }

    [Fact]
    public async Task What_belongs_to_another_network_is_unknown_here()
    {
        using var everywhere = await ignalina.AsAsync("librarian", "lt");
        using var organiser = await ignalina.AsAsync("organiser", "lt");
        var (code, status) = await everywhere.TryPostAsync("loans", Desk.Loan("B1", "C1", "RAD"));
        Assert.Equal(400, code);
        Assert.Contains("branch", status.Fields());
        (code, status) = await everywhere.TryPostAsync("members", Desk.Person($"{Desk.Unique("kalba")}@example.org", "IGN", "sl"));
        Assert.Equal((400, "language"), (code, Assert.Single(status.Fields())));
        Assert.Contains("turi būti viena iš reikšmių: lt, en", status.ToJsonString(Shown), StringComparison.Ordinal);
        (code, status) = await organiser.TryPostAsync("events", Event("LITERARY_EVENING", DateTimeOffset.UtcNow.AddYears(1)));
        Assert.Equal((400, "category"), (code, Assert.Single(status.Fields())));

        var branches = (await everywhere.FetchAsync("branches"))["branches"]!.AsArray();
        Assert.Equal(25, branches.Count);
        Assert.Equal("Naujojo Daugėliškio filialas", (string)branches.Single(branch => (string?)branch!["code"] == "NDA")!["displayName"]!);
    }

    [Fact]
    public async Task People_sign_in_on_a_page_in_their_language()
    {
        using var handler = new HttpClientHandler { CookieContainer = new CookieContainer() };
        using var browser = new HttpClient(handler) { BaseAddress = ignalina.Gateway };
        browser.DefaultRequestHeaders.AcceptLanguage.ParseAdd("lt");
        var page = await browser.GetStringAsync(new Uri(
            "/connect/authorize?client_id=app&response_type=code&scope=openid&redirect_uri=http://127.0.0.1:9/callback" +
            "&code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM&code_challenge_method=S256", UriKind.Relative));
        Assert.Contains("<html lang=\"lt\">", page, StringComparison.Ordinal);
        Assert.Contains("Prisijungti", WebUtility.HtmlDecode(page), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Two_networks_at_one_time_do_not_disturb_each_other()
    {
        using var here = await ignalina.AsAsync("admin");
        using var there = await radovljica.AsAsync("admin");
        var before = Date((await there.FetchAsync("clock"))["today"]!);
        await here.PostAsync("clock:advance", new JsonObject { ["days"] = 5 });
        Assert.True(Date((await there.FetchAsync("clock"))["today"]!) < before.AddDays(5)); // midnight may have passed

        // a token of one is nothing to the other
        here.DefaultRequestHeaders.Authorization = there.DefaultRequestHeaders.Authorization;
        Assert.Equal(401, (await here.TryPostAsync("clock:advance", new JsonObject { ["days"] = 1 })).Code);
    }

    private static readonly System.Text.Json.JsonSerializerOptions Shown = new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Moves the clock to <paramref name="day"/>, and on until the central library says that it is open.</summary>
    private static async Task<DateOnly> FirstOpenDayAsync(HttpClient admin, HttpClient librarian, DateOnly day)
    {
        for (var tries = 0; tries < 10; tries++, day = day.AddDays(1))
        {
            await admin.PostAsync("clock:advance", new JsonObject { ["to"] = day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture) });
            var central = (await librarian.FetchAsync("branches"))["branches"]!.AsArray().Single(branch => (string?)branch!["code"] == "IGN")!;
            if (central["openToday"] is JsonArray { Count: > 0 }) return day;
        }
        throw new InvalidOperationException("The central library is closed for ten days.");
    }

    private async Task RegisterAsync(string member, string email)
    {
        using var organiser = await ignalina.AsAsync("organiser");
        var now = DateTimeOffset.Parse((string)(await organiser.FetchAsync("clock"))["now"]!, CultureInfo.InvariantCulture);
        var made = await organiser.PostAsync("events", Event("SPOKEN", now.AddDays(7)));
        var registration = await organiser.PostAsync($"{made["name"]}/registrations", new JsonObject { ["member"] = member, ["seats"] = 1 });
        Assert.Equal("CONFIRMED", (string)registration["state"]!);
        var mail = await Eventually.SeesAsync(
            async () => (await ignalina.MailsToAsync(email)).FirstOrDefault(mail => (string)mail["subject"]! == "Registracija patvirtinta: Susitikimas su rašytoja"),
            mail => mail is not null, "the confirmation is in the mail catcher");
        Assert.Contains("Kur: Ignalinos rajono savivaldybės viešoji biblioteka,", (string)mail!["text"]!, StringComparison.Ordinal);
    }

    private static JsonObject Event(string category, DateTimeOffset startsAt) => new()
    {
        ["title"] = "Susitikimas su rašytoja", ["category"] = category, ["audience"] = "ADULTS", ["branch"] = "IGN", ["capacity"] = 10,
        ["startsAt"] = Instant(startsAt), ["endsAt"] = Instant(startsAt.AddHours(2)),
    };

    private static JsonObject Reader(string email) => new()
    {
        ["person"] = new JsonObject
        {
            ["givenName"] = "Rasa", ["familyName"] = "Petrauskienė", ["birthDate"] = "1984-05-17", ["street"] = "Aukštaičių g. 7", ["postCode"] = "LT-30001", ["city"] = "Ignalina",
            ["municipality"] = "Ignalinos rajonas", ["email"] = email, ["phone"] = "+370 600 00000", ["status"] = "EMPLOYED",
        },
        ["branch"] = "IGN", ["membership"] = "FULL", ["language"] = "lt",
    };
}
