using Library.Testing;
using NodaTime;

namespace Library.Catalog.Service.Tests;

/// <summary>Suppliers, funds and subscriptions where a test needs them.</summary>
public static class Desk
{
    private static int number;

    public static string New(string prefix) => $"{prefix}-{Environment.ProcessId}-{Interlocked.Increment(ref number)}";

    public static string Iso(this LocalDate date) => NodaTime.Text.LocalDatePattern.Iso.Format(date);

    public static async Task<string> SupplierAsync(this HttpClient desk) =>
        (await desk.SendAsync("suppliers", new { displayName = New("Emka"), email = "narocila@emka.example" })).Succeeded().Text("name");

    public static async Task<string> FundAsync(this TestHost catalog, string municipality = "Radovljica")
    {
        using var accountant = catalog.Rest("accountant");
        var code = New("F");
        (await accountant.SendAsync("acquisitionFunds", new { code, municipality })).Succeeded();
        return code;
    }

    /// <summary>A weekly since four weeks ago and for half a year, in volume 45, from number 10.</summary>
    public static async Task<object> WeeklyAsync(
        this TestHost catalog, HttpClient desk, string branch = "RAD", string? record = null, string lending = "LATEST_ISSUE", object? numbering = null, int sinceDays = 28) => new
    {
        record = record ?? await catalog.RecordAsync("Mladina"), branch, supplier = await desk.SupplierAsync(), lending,
        pattern = new { frequency = "WEEKLY", firstOn = catalog.Clock.Today.PlusDays(-sinceDays).Iso(), numbering = numbering ?? new { firstVolume = 45, firstNumber = 10, change = "NEVER" } },
        startsOn = catalog.Clock.Today.PlusDays(-sinceDays).Iso(), endsOn = catalog.Clock.Today.PlusDays(180).Iso(), priceMinor = 12_000, fund = await catalog.FundAsync(),
    };

    public static async Task<string> SubscribedAsync(
        this TestHost catalog, HttpClient desk, string branch = "RAD", string? record = null, string lending = "LATEST_ISSUE", object? numbering = null, int sinceDays = 28) =>
        (await desk.SendAsync("subscriptions", await catalog.WeeklyAsync(desk, branch, record, lending, numbering, sinceDays))).Succeeded().Text("name");

    /// <summary>Its issues in order of their days.</summary>
    public static async Task<IReadOnlyList<string>> IssuesAsync(this HttpClient desk, string subscription, string more = "") =>
        [.. (await desk.AskAsync($"issues?subscription={subscription}&pageSize=200{more}")).Succeeded().Body.GetProperty("issues").EnumerateArray().Select(issue => issue.GetProperty("name").GetString()!)];

    public static Task<Answer> ReceiveAsync(this HttpClient desk, string issue, string barcode, string branch = "RAD", string? key = null) =>
        desk.SendAsync($"{issue}:receive", new { branch, barcode, priceMinor = 450 }, key);

    /// <summary>Receives it and gives its barcode.</summary>
    public static async Task<string> ReceivedAsync(this HttpClient desk, string issue, string branch = "RAD") =>
        (await desk.ReceiveAsync(issue, Stock.NewBarcode(), branch)).Succeeded().Text("barcode");

    public static async Task<string> LendingOfAsync(this HttpClient desk, string barcode) => (await desk.AskAsync($"items/{barcode}")).Succeeded().Text("lending");
}
