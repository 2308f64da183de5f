using System.Globalization;
using System.Text;
using Library.Testing;
using NodaTime;
using NodaTime.Text;

namespace Library.Catalog.Service.Tests;

/// <summary>One line of what a desk writes down while the system is down.</summary>
internal sealed record Written(Instant At, string Kind, string Barcode, string Card = "")
{
    public static Written Loan(Instant at, string barcode, string card) => new(at, "LOAN", barcode, card);

    public static Written Return(Instant at, string barcode) => new(at, "RETURN", barcode);
}

/// <summary>A desk without the system: it writes a file and uploads it afterwards.</summary>
internal static class Outage
{
    public static string File(Guid id, string branch, params IReadOnlyList<Written> lines)
    {
        var file = new StringBuilder().Append(CultureInfo.InvariantCulture, $"OFFLINE-LOG,1,{branch},PULT-2,{id:D}\n");
        foreach (var (at, line) in lines.Index())
        {
            var instant = OffsetDateTimePattern.Rfc3339.Format(line.At.WithOffset(Offset.FromHours(1)));
            file.Append(CultureInfo.InvariantCulture, $"{at + 1},{instant},{line.Kind},{line.Barcode}{(line.Card.Length > 0 ? "," : "")}{line.Card}\n");
        }
        return file.Append(CultureInfo.InvariantCulture, $"END,{lines.Count}\n").ToString();
    }

    public static async Task<Answer> UploadAsync(this HttpClient desk, string file, string? key = null)
    {
        using var content = new StringContent(file, Encoding.Latin1, "text/csv");
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/v1/offlineLogs") { Content = content };
        if (key is not null) request.Headers.Add("Idempotency-Key", key);
        return await Http.ReadAsync(await desk.SendAsync(request));
    }

    /// <summary>Uploads it and waits until every line is applied or listed.</summary>
    public static async Task<Answer> AppliedAsync(this HttpClient desk, params IReadOnlyList<Written> lines) =>
        await desk.DoneAsync((await desk.UploadAsync(File(Guid.CreateVersion7(), "RAD", lines))).Succeeded().Text("name"));

    public static async Task<Answer> DoneAsync(this HttpClient desk, string log, int withinSeconds = 20)
    {
        var done = await Eventually.SeesAsync(
            async () => (await desk.AskAsync(log)).Succeeded(), answer => answer.Body.GetProperty("done").GetBoolean(), "every line is applied or listed", TimeSpan.FromSeconds(withinSeconds));
        // nothing is lost
        Assert.Equal(done.Number("lines"), done.Number("applied") + done.Number("notApplied"));
        return done;
    }

    /// <summary>Each as "NUMBER REASONS", with "lent" or "back" where it was applied all the same.</summary>
    public static async Task<IReadOnlyList<string>> ExceptionsAsync(this HttpClient desk, string log) =>
        [.. (await desk.AskAsync($"{log}/exceptions?pageSize=200")).Succeeded().Body.GetProperty("exceptions").EnumerateArray().Select(line =>
            $"{line.GetProperty("number").GetInt32()} {string.Join(',', line.GetProperty("reasons").EnumerateArray().Select(reason => reason.GetString()))}"
            + (!line.GetProperty("applied").GetBoolean() ? "" : line.GetProperty("kind").GetString() == "LOAN" ? " lent" : " back"))];

    /// <summary>Of the item's newest loan: its member, and whether it is open.</summary>
    public static async Task<(Guid Member, bool Open)> LastLoanAsync(this TestHost catalog, string barcode) => (
        await catalog.ScalarAsync<Guid>("SELECT member FROM loan WHERE barcode = $1 ORDER BY lent_at DESC, returned_at DESC NULLS FIRST LIMIT 1", barcode),
        await catalog.ScalarAsync<bool>("SELECT EXISTS (SELECT FROM loan WHERE barcode = $1 AND returned_at IS NULL)", barcode));

    public static Task<long> LoansOfAsync(this TestHost catalog, string barcode) => catalog.ScalarAsync<long>("SELECT count(*) FROM loan WHERE barcode = $1", barcode);

    /// <summary>Makes a loan have been made some days ago.</summary>
    public static Task<int> WasLentAsync(this TestHost catalog, string barcode, Instant at) =>
        catalog.ExecuteAsync("UPDATE loan SET lent_at = $2 WHERE barcode = $1 AND returned_at IS NULL", barcode, at);
}
