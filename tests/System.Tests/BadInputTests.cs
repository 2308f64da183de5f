using System.Text;
using System.Text.Json.Nodes;

namespace Library.Acceptance;

/// <summary>A clear typed error that names the field, nothing half done, nothing personal in a log.</summary>
public sealed class BadInputTests(RunningLibrary library)
{
    [Fact]
    public async Task An_unknown_barcode_and_an_unknown_card_are_not_found()
    {
        using var librarian = await library.AsAsync("librarian@RAD", "sl");
        var joined = await library.JoinAsync($"{Desk.Unique("kod")}@example.org");
        var (code, status) = await librarian.TryPostAsync("loans", Desk.Loan("NO-SUCH-BARCODE", (string)joined["cardNumber"]!));
        Assert.Equal((404, "sl"), (code, status.Localized().Locale));
        var barcode = await library.AddCopyAsync(await library.ImportAsync($"Neznan {Desk.Unique("naslov")}"));
        Assert.Equal(404, (await librarian.TryPostAsync("loans", Desk.Loan(barcode, "NO-SUCH-CARD"))).Code);
        Assert.Equal(404, (await librarian.TryPostAsync("returns", new JsonObject { ["barcode"] = barcode, ["branch"] = "RAD" })).Code);
    }

    [Theory]
    [InlineData("members", """{"person":{"givenName":"Ana","familyName":"Novak","birthDate":"2024-02-30","status":"EMPLOYED"},"branch":"RAD","membership":"FULL","language":"sl"}""", "person.birthDate")]
    [InlineData("members", """{"person":{"givenName":7},"branch":"RAD"}""", "person.givenName")]
    [InlineData("members", """{"person":{"nickname":"A"},"branch":"RAD"}""", "person.nickname")]
    [InlineData("members", """{"person":{"givenName":"Ana","status":"WIZARD"},"branch":"RAD"}""", "person.status")]
    [InlineData("items", """{"barcode":"b x","record":"records/1","branch":"RAD","material":"BOOK","lending":"LENDABLE","acquisition":"PURCHASE"}""", "barcode")]
    [InlineData("items", """{"barcode":"B1","record":"records/01980000-0000-7000-8000-000000000000","branch":"RAD","material":"BOOK","lending":"LENDABLE","acquisition":"PURCHASE","priceMinor":-1}""", "priceMinor")]
    [InlineData("payments", """{"member":"members/01980000-0000-7000-8000-000000000000","amountMinor":-5,"currencyCode":"EUR","method":"CASH","branch":"RAD"}""", "amountMinor")]
    [InlineData("payments", """{"member":"members/01980000-0000-7000-8000-000000000000","amountMinor":"a lot","currencyCode":"EUR","method":"CASH","branch":"RAD"}""", "amountMinor")]
    [InlineData("loans", """{"barcode":"B1","cardNumber":"C1","branch":"XXX"}""", "branch")]
    [InlineData("loans", """{"barcode":""", "body")]
    public async Task A_wrong_field_is_named(string path, string body, string field)
    {
        using var librarian = await library.AsAsync("librarian");
        using var content = new StringContent(body, Encoding.UTF8, "application/json");
        using var answer = await librarian.PostAsync(new Uri($"/api/v1/{path}", UriKind.Relative), content);
        var status = (JsonObject)JsonNode.Parse(await answer.Content.ReadAsStringAsync())!;
        Assert.Equal(400, (int)answer.StatusCode);
        Assert.Contains(field, status.Fields());
    }

    [Fact]
    public async Task Ten_megabytes_of_JSON_are_refused_unread()
    {
        using var librarian = await library.AsAsync("librarian");
        using var content = new StringContent("{\"barcode\":\"" + new string('A', 10 * 1024 * 1024) + "\"}", Encoding.UTF8, "application/json");
        using var answer = await librarian.PostAsync(new Uri("/api/v1/loans", UriKind.Relative), content);
        Assert.InRange((int)answer.StatusCode, 400, 413);
        Assert.Contains("\"reason\"", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task SQL_in_a_search_is_only_a_search()
    {
        using var librarian = await library.AsAsync("librarian");
        var record = await library.ImportAsync($"Ostane {Desk.Unique("naslov")}");
        foreach (var query in new[] { "'; DROP TABLE record; --", "\" OR 1=1", "%' UNION SELECT * FROM borrower --", "\\x00\u0001", "((((", ":*&|!" })
        {
            var (code, answer) = await librarian.TryGetAsync($"records?query={Uri.EscapeDataString(query)}");
            Assert.True(code is 200 or 400, $"{query}: {code} {answer}");
        }
        await librarian.FetchAsync(record);
    }

    [Fact]
    public async Task A_truncated_MARC_file_takes_what_is_whole_and_rejects_the_rest()
    {
        using var librarian = await library.AsAsync("librarian");
        var (whole, cut) = (Desk.Marc(Desk.Unique("cel"), "Cel zapis"), Desk.Marc(Desk.Unique("odrezan"), "Odrezan zapis"));
        var operation = await Desk.ImportFileAsync(librarian, [.. whole, .. cut[..^20]]);
        Assert.Equal((1, 1), ((long)operation["created"]!, operation["rejected"]!.AsArray().Count));
        Assert.Equal(whole.Length, (long)operation["rejected"]!.AsArray()[0]!["byteOffset"]!);
    }

    [Fact]
    public async Task More_than_is_owed_is_not_taken()
    {
        using var librarian = await library.AsAsync("librarian@RAD");
        var joined = await library.JoinAsync($"{Desk.Unique("preveč")}@example.org".Replace('č', 'c'));
        var (code, status) = await librarian.TryPostAsync("payments", Desk.Payment((string)joined["name"]!, 2_001));
        Assert.Equal((400, "AMOUNT_EXCEEDS_DEBT"), (code, status.Reason()));
        Assert.Equal(0, (long)(await library.PayAsync((string)joined["name"]!, 2_000))["balanceMinor"]!);
    }

    [Fact]
    public async Task Nothing_personal_stands_in_a_log()
    {
        var email = $"{Desk.Unique("skrivnost")}@example.org";
        using var librarian = await library.AsAsync("librarian@RAD");
        await librarian.PostAsync("members", Desk.Person(email));
        await librarian.PostAsync("members:search", new JsonObject { ["query"] = "Šturm-Preizkus" });
        await librarian.TryPostAsync("members", Desk.Person("not an address"));
        foreach (var file in library.LogFiles())
        {
            var log = await File.ReadAllTextAsync(file);
            foreach (var secret in new[] { email, "Šturm-Preizkus", "1984-05-17", "+386 40 111 222" })
                Assert.False(log.Contains(secret, StringComparison.OrdinalIgnoreCase), $"{Path.GetFileName(file)} holds {secret}");
        }
    }
}
