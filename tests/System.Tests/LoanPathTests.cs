using System.Globalization;
using System.Text.Json.Nodes;
using Library.Testing;
using static Library.Acceptance.Rest;

namespace Library.Acceptance;

/// <summary>One loan through all five services, as a reader of the README does it.</summary>
public sealed class LoanPathTests(RunningLibrary library)
{
    [Fact]
    public async Task One_loan_travels_through_all_five_services_to_the_cent()
    {
        var email = $"{Desk.Unique("ana")}@example.org";
        using var librarian = await library.AsAsync("librarian@RAD");
        using var admin = await library.AsAsync("admin");

        var record = await library.ImportAsync($"Na klancu {Desk.Unique("naslov")}");
        var barcode = await library.AddCopyAsync(record);

        var joined = await library.JoinAsync(email);
        var member = (string)joined["name"]!;
        Assert.Equal(2_000, (long)joined["feeMinor"]!);
        Assert.Equal(2_000, (long)(await AccountAsync(librarian, member))["balanceMinor"]!);
        var paid = await library.PayAsync(member, 2_000);
        Assert.Equal(0, (long)paid["balanceMinor"]!);
        Assert.Matches(@"^RAD-\d{4}-\d{6}$", (string)paid["receiptNumber"]!);

        var today = Date((await librarian.FetchAsync("clock"))["today"]!);
        var loan = await librarian.PostAsync("loans", Desk.Loan(barcode, (string)joined["cardNumber"]!));
        var due = Date(loan["dueOn"]!);
        Assert.Equal(today.AddDays(21), due);
        Assert.Equal(2, (int)loan["renewalsLeft"]!);

        var moved = await admin.PostAsync("clock:advance", new JsonObject { ["days"] = 30 });
        Assert.Equal(today.AddDays(30), Date(moved["today"]!));

        // the clock has waited for the mails, so they are there
        var mails = await library.MailsToAsync(email);
        var reminders = mails.Where(mail => ((string)mail["subject"]!).Contains(". opomin", StringComparison.Ordinal)).ToList();
        Assert.InRange(reminders.Count, 1, 2); // one or two Mondays lie in nine days
        // three days before the last one, and the day before each reminder, the reader was told (art. 41)
        Assert.Contains("Na klancu", (string)Assert.Single(mails, mail => ((string)mail["subject"]!).StartsWith("Izteka se rok izposoje", StringComparison.Ordinal))["text"]!, StringComparison.Ordinal);
        Assert.All(mails.Except(reminders), mail => Assert.Matches("^(Izteka se rok izposoje|Jutri pošljemo opomin)", (string)mail["subject"]!));
        Assert.Contains("Na klancu", (string)reminders[0]["text"]!, StringComparison.Ordinal);
        var deliveries = (await librarian.FetchAsync($"deliveries?member={member}"))["deliveries"]!.AsArray();
        Assert.Equal(reminders.Count, deliveries.Count(delivery => (string?)delivery!["kind"] == "REMINDER" && (string?)delivery["state"] == "SENT" && (string?)delivery["language"] == "sl"));

        var returned = await librarian.PostAsync("returns", new JsonObject { ["barcode"] = barcode, ["branch"] = "RAD" });
        Assert.Equal(9, (int)returned["overdueDays"]!);
        Assert.Equal(9 * 30, (long)returned["fineMinor"]!);
        Assert.Equal("SHELVE", (string)returned["next"]!);

        var owed = 9 * 30 + reminders.Count * 200;
        var account = await Eventually.SeesAsync(() => AccountAsync(librarian, member), seen => (long)seen["balanceMinor"]! == owed, "fine and reminders stand in the account");
        Assert.Equal(reminders.Count, account["charges"]!.AsArray().Count(charge => (string?)charge!["kind"] == "REMINDER" && (long)charge["amountMinor"]! == 200));
        var settled = await library.PayAsync(member, owed);
        Assert.Equal(0, (long)settled["balanceMinor"]!);
        Assert.NotEqual((string)paid["receiptNumber"]!, (string)settled["receiptNumber"]!);

        await RegisterAsync(member, email);
    }

    private async Task RegisterAsync(string member, string email)
    {
        var registration = await library.RegisterAsync(member, "Večer s pesnico");
        Assert.Equal("CONFIRMED", (string)registration["state"]!);
        var mail = await Eventually.SeesAsync(
            async () => (await library.MailsToAsync(email)).FirstOrDefault(mail => ((string)mail["text"]!).Contains("Večer s pesnico", StringComparison.Ordinal)),
            mail => mail is not null, "the confirmation is in the mail catcher");
        Assert.Contains("ij", (string)mail!["subject"]!, StringComparison.OrdinalIgnoreCase); // prijava, prijavo …
    }
}
