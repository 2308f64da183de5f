using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Library.Testing;

namespace Library.Acceptance;

/// <summary>What a test needs before it begins: a title, a copy, a member. Every call makes new ones.</summary>
public static class Desk
{
    private static int number;

    /// <summary>A number that no other test of this run has, for barcodes and control numbers.</summary>
    public static string Unique(string prefix) =>
        string.Create(CultureInfo.InvariantCulture, $"{prefix}{Interlocked.Increment(ref number):D4}-{Environment.ProcessId}");

    /// <summary>Imports one MARC 21 record through the public API and gives its name.</summary>
    public static async Task<string> ImportAsync(this RunningLibrary library, string title)
    {
        var id = Unique("sys");
        using var librarian = await library.AsAsync("librarian");
        var operation = await ImportFileAsync(librarian, Marc(id, title));
        Assert.Equal(1, (long)operation["created"]!);
        var found = await librarian.FetchAsync($"records?query={Uri.EscapeDataString(title)}");
        return (string)found["records"]!.AsArray().First(record => (string?)record!["controlNumber"] == id)!["name"]!;
    }

    /// <summary>Uploads a file and waits until the operation is done.</summary>
    public static async Task<JsonObject> ImportFileAsync(HttpClient librarian, byte[] file, string query = "format=marc21&source=tests")
    {
        using var content = new ByteArrayContent(file);
        content.Headers.ContentType = new("application/marc");
        using var answer = await librarian.PostAsync(new Uri($"/api/v1/records:import?{query}", UriKind.Relative), content);
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.IsSuccessStatusCode, text);
        var name = (string)JsonNode.Parse(text)!["name"]!;
        return await Eventually.SeesAsync(() => librarian.FetchAsync(name), operation => (bool?)operation["done"] == true, "the import is done");
    }

    public static async Task<string> AddCopyAsync(this RunningLibrary library, string record, string branch = "RAD")
    {
        var barcode = Unique("B");
        using var librarian = await library.AsAsync($"librarian@{branch}");
        await librarian.PostAsync("items", new JsonObject
        {
            ["barcode"] = barcode, ["record"] = record, ["branch"] = branch, ["material"] = "BOOK", ["lending"] = "LENDABLE", ["priceMinor"] = 2_490, ["acquisition"] = "PURCHASE",
        });
        return barcode;
    }

    /// <summary>A grown-up who joins at the branch; the answer has name, cardNumber, feeMinor.</summary>
    public static async Task<JsonObject> JoinAsync(this RunningLibrary library, string email, string branch = "RAD", string language = "sl", string membership = "FULL")
    {
        using var librarian = await library.AsAsync($"librarian@{branch}");
        return await librarian.PostAsync("members", Person(email, branch, language, membership));
    }

    public static JsonObject Person(string email, string branch = "RAD", string language = "sl", string membership = "FULL") => new()
    {
        ["person"] = new JsonObject
        {
            ["givenName"] = "Ana", ["familyName"] = "Šturm-Preizkus", ["birthDate"] = "1984-05-17", ["street"] = "Gorenjska cesta 7", ["postCode"] = "4240", ["city"] = "Radovljica",
            ["municipality"] = "Radovljica", ["email"] = email, ["phone"] = "+386 40 111 222", ["status"] = "EMPLOYED",
        },
        ["branch"] = branch, ["membership"] = membership, ["language"] = language,
    };

    public static async Task<JsonObject> PayAsync(this RunningLibrary library, string member, long amountMinor, string branch = "RAD")
    {
        using var librarian = await library.AsAsync($"librarian@{branch}");
        return await librarian.PostAsync("payments", Payment(member, amountMinor, branch));
    }

    /// <summary>Announces an event of next week and registers the member for it, which makes a notice.</summary>
    public static async Task<JsonObject> RegisterAsync(this RunningLibrary library, string member, string title)
    {
        using var organiser = await library.AsAsync("organiser");
        var begins = DateTimeOffset.Parse((string)(await organiser.FetchAsync("clock"))["now"]!, CultureInfo.InvariantCulture).AddDays(7);
        var made = await organiser.PostAsync("events", new JsonObject
        {
            ["title"] = title, ["category"] = "LITERARY_EVENING", ["audience"] = "ADULTS", ["branch"] = "RAD", ["capacity"] = 10,
            ["startsAt"] = Rest.Instant(begins), ["endsAt"] = Rest.Instant(begins.AddHours(2)),
        });
        return await organiser.PostAsync($"{made["name"]}/registrations", new JsonObject { ["member"] = member, ["seats"] = 1 });
    }

    public static JsonObject Payment(string member, long amountMinor, string branch = "RAD") => new()
    {
        ["member"] = member, ["amountMinor"] = amountMinor, ["currencyCode"] = "EUR", ["method"] = "CASH", ["branch"] = branch,
    };

    public static JsonObject Loan(string barcode, string card, string branch = "RAD") => new() { ["barcode"] = barcode, ["cardNumber"] = card, ["branch"] = branch };

    /// <summary>The smallest sound MARC 21 record: control number, fixed field, author, title.</summary>
    public static byte[] Marc(string id, string title)
    {
        (string Tag, string Data)[] fields =
        [
            ("001", id), ("008", "240101s2024    xv            000 1 slv  "),
            ("100", "1 \u001faCankar, Ivan"), ("245", $"10\u001fa{title}"), ("260", "  \u001faLjubljana\u001fc2024"),
        ];
        var directory = new StringBuilder();
        using var data = new MemoryStream();
        foreach (var (tag, text) in fields)
        {
            var bytes = Encoding.UTF8.GetBytes(text + "\u001e");
            directory.Append(CultureInfo.InvariantCulture, $"{tag}{bytes.Length:D4}{data.Length:D5}");
            data.Write(bytes);
        }
        var start = 24 + directory.Length + 1;
        var length = start + (int)data.Length + 1;
        var head = string.Create(CultureInfo.InvariantCulture, $"{length:D5}nam a22{start:D5} a 4500{directory}\u001e");
        return [.. Encoding.UTF8.GetBytes(head), .. data.ToArray(), 0x1d];
    }
}
