using Google.Protobuf.WellKnownTypes;
using Library.Catalog.Messages;
using Library.Catalog.V1;
using Library.Membership.V1;
using Library.Notifications.Domain.Choices;
using Library.Notifications.Letters;
using Channel = Library.Membership.V1.NoticeChoice.Types.Channel;
using Kind = Library.Membership.V1.NoticeChoice.Types.Kind;
using VisitKind = Library.Catalog.V1.DeskVisit.Types.Kind;

namespace Library.Notifications.Service.Tests;

/// <summary>What readers are told about their loans and about what waits for them (art. 33, 34, 41).</summary>
[Collection(nameof(NotificationsHost))]
public sealed class CirculationLettersTests(NotificationsHost notifications)
{
    private static readonly DateOnly March10 = new(2031, 3, 10), March12 = new(2031, 3, 12);

    [Theory]
    [InlineData("sl", "Gradivo vas čaka v paketniku", "Predal: 7", "Koda: 40718236", "Čaka do vključno: 12. 3. 2031")]
    [InlineData("en", "Material is waiting for you in the parcel locker", "Compartment: 7", "Code: 40718236", "Waits until (inclusive): 12 March 2031")]
    public async Task A_locker_is_told_of_with_its_code_which_stands_in_the_letter_alone_art_33(string language, string subject, string compartment, string code, string until)
    {
        var (member, email) = notifications.Join(language);
        var deposit = $"lockerDeposits/{Guid.CreateVersion7():D}";
        notifications.Catalog.Pickups[deposit] = new LockerPickup
        {
            Titles = { "Alamut", "Visoška kronika" }, Locker = "Pred vhodom", Branch = "BLE", Compartment = 7, Code = "40718236", CollectUntil = "2031-03-12",
        };
        await notifications.Host.PublishAsync(LockerReady(deposit, member, version: 1));
        Assert.Equal(("HOLD_READY", "SENT", deposit), Assert.Single(await notifications.DoneAsync(member)) is var told ? (told.Text("kind"), told.Text("state"), told.Text("subject")) : default);
        var letter = Assert.Single(notifications.Smtp.To(email));
        Assert.Equal(subject, letter.Subject);
        foreach (var words in new[] { "– Alamut", "– Visoška kronika", "Pred vhodom", "Knjižnica Blaža Kumerdeja Bled, Ulica Jule Vovk Molnar 2, 4260 Bled", compartment, code, until })
            Assert.Contains(words, letter.TextBody, StringComparison.Ordinal);
        Assert.Contains("<strong>40718236</strong>", letter.HtmlBody, StringComparison.Ordinal);
        foreach (var secret in new[] { "40718236", "Alamut" })
        {
            Assert.Equal(0L, await notifications.Host.ScalarAsync<long>("SELECT count(*) FROM delivery d WHERE d::text LIKE '%' || $1 || '%'", secret));
            Assert.Equal(0L, await notifications.Host.ScalarAsync<long>("SELECT count(*) FROM outbox WHERE body LIKE '%' || $1 || '%'", secret));
            Assert.DoesNotContain(secret, notifications.Log.All, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_locker_that_was_emptied_is_told_to_nobody_and_a_moved_deposit_has_its_new_code()
    {
        var (member, email) = notifications.Join();
        var deposit = $"lockerDeposits/{Guid.CreateVersion7():D}";
        await notifications.Host.PublishAsync(LockerReady(deposit, member, version: 1));
        await notifications.DoneAsync(member);
        Assert.Equal("OVERTAKEN", await notifications.ProblemAsync(deposit));
        notifications.Catalog.Pickups[deposit] = new LockerPickup { Titles = { "Alamut" }, Locker = "Pred vhodom", Branch = "RAD", Compartment = 8, Code = "11112222", CollectUntil = "2031-03-12" };
        var id = Guid.CreateVersion7();
        for (var twice = 0; twice < 2; twice++) await notifications.Host.PublishAsync(LockerReady(deposit, member, version: 2), id);
        Assert.Equal(["SENT", "SUPPRESSED"], (await notifications.DoneAsync(member, 2)).Select(delivery => delivery.Text("state")));
        Assert.Contains("11112222", Assert.Single(notifications.Smtp.To(email)).TextBody, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("sl", "Medknjižnična izposoja: gradivo je prispelo: Zgodovina čebelarstva", "Čaka do vključno: 12. 3. 2031", "samo v knjižnici")]
    [InlineData("en", "Interlibrary loan: your material has arrived: Zgodovina čebelarstva", "Waits until (inclusive): 12 March 2031", "in the library only")]
    public async Task What_another_library_sent_waits_and_the_reader_is_told_until_when_art_34(string language, string subject, string until, string only)
    {
        var (member, email) = notifications.Join(language);
        var request = $"interlibraryRequests/{Guid.CreateVersion7():D}";
        notifications.Catalog.News[request] = new InterlibraryNews
        {
            Title = "Zgodovina čebelarstva", Branch = "BLE", WaitsUntil = "2031-03-12", LenderDueOn = "2031-04-20", LibraryUseOnly = true,
        };
        await notifications.Host.PublishAsync(new InterlibraryArrived
        {
            Aggregate = request, Version = 3, Member = member, Barcode = "X-1", Branch = "BLE", ArrivedAt = DateTimeOffset.UnixEpoch, LenderDueOn = new DateOnly(2031, 4, 20),
        });
        Assert.Equal("HOLD_READY", Assert.Single(await notifications.DoneAsync(member)).Text("kind"));
        var letter = Assert.Single(notifications.Smtp.To(email));
        Assert.Equal(subject, letter.Subject);
        foreach (var words in new[] { until, only, "Knjižnica Blaža Kumerdeja Bled" }) Assert.Contains(words, letter.TextBody, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("NOT_HELD", "does not have it")]
    [InlineData("NOT_AVAILABLE", "not available at present")]
    [InlineData("NOT_LENT", "not lent to other libraries")]
    [InlineData("NOT_IDENTIFIED", "could not be identified")]
    [InlineData("OTHER", "the reason at the desk")]
    public async Task What_no_library_can_send_the_reader_is_told_with_the_reason_art_34(string reason, string words)
    {
        var (member, email) = notifications.Join("en");
        var request = $"interlibraryRequests/{Guid.CreateVersion7():D}";
        notifications.Catalog.News[request] = new InterlibraryNews { Title = "Zgodovina čebelarstva", Branch = "RAD", UnfilledReason = reason };
        await notifications.Host.PublishAsync(new InterlibraryUnfilled { Aggregate = request, Version = 2, Member = member, Reason = reason });
        await notifications.DoneAsync(member);
        var letter = Assert.Single(notifications.Smtp.To(email));
        Assert.Equal("Interlibrary loan: we cannot get your material: Zgodovina čebelarstva", letter.Subject);
        Assert.Contains(words, letter.TextBody, StringComparison.Ordinal);
        Assert.Contains(words, letter.HtmlBody, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_licence_that_is_kept_for_the_first_who_waits_is_told_until_its_hour()
    {
        var (member, email) = notifications.Join("en");
        var hold = $"licenceHolds/{Guid.CreateVersion7():D}";
        var until = new DateTimeOffset(2031, 3, 12, 17, 30, 0, TimeSpan.Zero);
        notifications.Catalog.Offers[hold] = new LicenceOffer { Title = "Alamut", OfferedUntil = Timestamp.FromDateTimeOffset(until) };
        await notifications.Host.PublishAsync(new LicenceOffered { Aggregate = hold, Version = 2, Member = member, Record = $"records/{Guid.CreateVersion7():D}", OfferedUntil = until });
        Assert.Equal("HOLD_READY", Assert.Single(await notifications.DoneAsync(member)).Text("kind"));
        Assert.Contains("Waits until: 12 March 2031, 18:30", Assert.Single(notifications.Smtp.To(email)).TextBody, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("sl", "Izteka se rok izposoje: 12. 3. 2031", "– Alamut (rok vračila: 10. 3. 2031)", "– Visoška kronika (rok vračila: 12. 3. 2031)")]
    [InlineData("en", "Your loans are due soon: 12 March 2031", "– Alamut (due on 10 March 2031)", "– Visoška kronika (due on 12 March 2031)")]
    public async Task Loans_that_fall_due_are_told_of_in_one_letter_art_41(string language, string subject, params string[] lines)
    {
        var (member, email) = notifications.Join(language);
        notifications.Catalog.Loans[member] = Loans(("Pesnik", "2024-01-01", true), ("Alamut", "2031-03-10", false), ("Visoška kronika", "2031-03-12", false), ("Deseti brat", "2031-03-13", false));
        await notifications.Host.PublishAsync(DueSoon(member, March12));
        Assert.Equal(("LOAN_DUE_SOON", "SENT"), Assert.Single(await notifications.DoneAsync(member)) is var told ? (told.Text("kind"), told.Text("state")) : default);
        var letter = Assert.Single(notifications.Smtp.To(email));
        Assert.Equal(subject, letter.Subject);
        foreach (var line in lines) Assert.Contains(line, letter.TextBody, StringComparison.Ordinal);
        foreach (var other in new[] { "Pesnik", "Deseti brat" }) Assert.DoesNotContain(other, letter.TextBody, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_was_renewed_or_returned_by_the_time_of_sending_is_not_told_of_art_41()
    {
        var (renewed, email) = notifications.Join();
        notifications.Catalog.Loans[renewed] = Loans(("Alamut", "2031-03-10", false), ("Visoška kronika", "2031-04-02", false));
        await notifications.Host.PublishAsync(DueSoon(renewed, March12));
        var (returned, _) = notifications.Join();
        notifications.Catalog.Loans[returned] = new LoansOf();
        await notifications.Host.PublishAsync(Imminent(returned, March12));
        foreach (var member in new[] { renewed, returned })
        {
            Assert.Equal("SUPPRESSED", Assert.Single(await notifications.DoneAsync(member)).Text("state"));
            Assert.Equal("OVERTAKEN", await notifications.ProblemAsync(member));
        }
        Assert.Empty(notifications.Smtp.To(email));
    }

    [Theory]
    [InlineData("sl", "Jutri pošljemo opomin: vrnite ali podaljšajte gradivo", "Dne 12. 3. 2031 pošljemo opomin")]
    [InlineData("en", "A reminder goes out tomorrow: please return or renew your loans", "On 12 March 2031 we send a reminder")]
    public async Task A_reminder_is_told_of_before_it_costs_anything_art_41(string language, string subject, string words)
    {
        var (member, email) = notifications.Join(language);
        notifications.Catalog.Loans[member] = Loans(("Alamut", "2031-03-01", true), ("Visoška kronika", "2031-03-11", false), ("Deseti brat", "2031-03-12", false));
        await notifications.Host.PublishAsync(Imminent(member, March12));
        Assert.Equal(("REMINDER_IMMINENT", "SENT"), Assert.Single(await notifications.DoneAsync(member)) is var told ? (told.Text("kind"), told.Text("state")) : default);
        var letter = Assert.Single(notifications.Smtp.To(email));
        Assert.Equal(subject, letter.Subject);
        foreach (var each in new[] { words, "Alamut", "Visoška kronika" }) Assert.Contains(each, letter.TextBody, StringComparison.Ordinal);
        Assert.DoesNotContain("Deseti brat", letter.TextBody, StringComparison.Ordinal);
    }

    [Fact]
    public async Task On_its_day_a_reminder_is_imminent_no_more()
    {
        var (member, _) = notifications.Join();
        var today = notifications.Host.Clock.Today;
        await notifications.Host.PublishAsync(Imminent(member, today.ToDateOnly()));
        Assert.Equal("SUPPRESSED", Assert.Single(await notifications.DoneAsync(member)).Text("state"));
        Assert.Empty(LoanNotices.About(NoticeKind.ReminderImminent, Loans(("Alamut", "2024-01-01", true)), today, today));
        Assert.Single(LoanNotices.About(NoticeKind.ReminderImminent, Loans(("Alamut", "2024-01-01", true)), today.PlusDays(1), today));
    }

    [Theory]
    [InlineData(Kind.LoanDueSoon, "LOAN_DUE_SOON")]
    [InlineData(Kind.ReminderImminent, "REMINDER_IMMINENT")]
    [InlineData(Kind.HoldReady, "HOLD_READY")]
    public async Task Each_kind_goes_to_who_chose_it_and_by_the_channel_chosen_art_41(Kind kind, string code)
    {
        var (none, noneEmail) = notifications.Join(notices: new NoticeChoice { Kind = kind });
        var both = new NoticeChoice { Kind = kind };
        both.Channels.Add([Channel.Email, Channel.Sms]);
        var (two, twoEmail) = notifications.Join(notices: both);
        foreach (var member in new[] { none, two })
        {
            var deposit = $"lockerDeposits/{Guid.CreateVersion7():D}";
            notifications.Catalog.Loans[member] = Loans(("Alamut", "2031-03-10", false));
            notifications.Catalog.Pickups[deposit] = new LockerPickup { Titles = { "Alamut" }, Locker = "Pred vhodom", Branch = "RAD", Compartment = 1, Code = "11112222", CollectUntil = "2031-03-12" };
            if (kind == Kind.LoanDueSoon) await notifications.Host.PublishAsync(DueSoon(member, March10));
            else if (kind == Kind.ReminderImminent) await notifications.Host.PublishAsync(Imminent(member, March12));
            else await notifications.Host.PublishAsync(LockerReady(deposit, member, version: 1));
        }
        Assert.Equal((code, "SUPPRESSED"), Assert.Single(await notifications.DoneAsync(none)) is var told ? (told.Text("kind"), told.Text("state")) : default);
        Assert.Empty(notifications.Smtp.To(noneEmail));
        Assert.Equal(["EMAIL SENT", "SMS FAILED"], (await notifications.DoneAsync(two, 2)).Select(delivery => $"{delivery.Text("channel")} {delivery.Text("state")}").Order());
        Assert.Single(notifications.Smtp.To(twoEmail));
    }

    [Theory]
    [InlineData("sl", "Potrdilo o obisku 10. 3. 2031", "Izposojeno:", "– Alamut (rok vračila: 31. 3. 2031)", "Vrnjeno:", "– Visoška kronika (dni zamude: 9, zamudnina: 2,70 EUR)", "Zamudnina skupaj: 2,70 EUR")]
    [InlineData("en", "Receipt of your visit on 10 March 2031", "Lent:", "– Alamut (due on 31 March 2031)", "Returned:", "– Visoška kronika (9 days late, fine: EUR 2.70)", "Fines together: EUR 2.70")]
    public async Task A_receipt_that_was_asked_for_is_sent_to_who_chose_none_too_art_41(string language, string subject, params string[] words)
    {
        var (member, email) = notifications.Join(language, notices: new NoticeChoice { Kind = Kind.LoanList });
        notifications.Catalog.Visits[(member, "BLE", "2031-03-10")] = new DeskVisit
        {
            Day = "2031-03-10", CurrencyCode = "EUR", FineTotalMinor = 270,
            Lines =
            {
                new DeskVisit.Types.Line { Kind = VisitKind.Lent, Title = "Alamut", DueOn = "2031-03-31" },
                new DeskVisit.Types.Line { Kind = VisitKind.Returned, Title = "Visoška kronika", OverdueDays = 9, FineMinor = 270 },
            },
        };
        await notifications.Host.PublishAsync(Asked(member));
        Assert.Equal(("LOAN_LIST", "EMAIL", "SENT", member),
            Assert.Single(await notifications.DoneAsync(member)) is var told ? (told.Text("kind"), told.Text("channel"), told.Text("state"), told.Text("subject")) : default);
        var letter = Assert.Single(notifications.Smtp.To(email));
        Assert.Equal(subject, letter.Subject);
        foreach (var each in words) Assert.Contains(each, letter.TextBody, StringComparison.Ordinal);
        foreach (var none in new[] { "Podaljšano", "Renewed" }) Assert.DoesNotContain(none, letter.TextBody, StringComparison.Ordinal);
        // of what somebody borrowed nothing stays here but that a receipt was sent (art. 22)
        Assert.Equal(0L, await notifications.Host.ScalarAsync<long>("SELECT count(*) FROM delivery d WHERE member = $1 AND d::text ~ 'kronika|Alamut'", member));
        Assert.DoesNotContain("kronika", notifications.Log.All, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_receipt_of_loans_that_name_nobody_any_more_is_not_sent_art_22()
    {
        var (member, email) = notifications.Join();
        notifications.Catalog.Visits[(member, "BLE", "2031-03-10")] = new DeskVisit { Day = "2031-03-10", CurrencyCode = "EUR" };
        await notifications.Host.PublishAsync(Asked(member));
        Assert.Equal("SUPPRESSED", Assert.Single(await notifications.DoneAsync(member)).Text("state"));
        Assert.Empty(notifications.Smtp.To(email));
    }

    private static LockerReady LockerReady(string deposit, string member, long version) =>
        new() { Aggregate = deposit, Version = version, Member = member, Locker = $"lockers/{Guid.CreateVersion7():D}", Compartment = 7, CollectUntil = March12 };

    private static LoansDueSoon DueSoon(string member, DateOnly dueOn) => new() { Aggregate = $"loanNotices/{Guid.CreateVersion7():D}", Version = 1, Member = member, DueOn = dueOn, Branch = "RAD" };

    private static ReminderImminent Imminent(string member, DateOnly remindsOn) =>
        new() { Aggregate = $"loanNotices/{Guid.CreateVersion7():D}", Version = 1, Member = member, RemindsOn = remindsOn, Branch = "RAD" };

    private static VisitReceiptAsked Asked(string member) =>
        new() { Aggregate = $"visitReceipts/{Guid.CreateVersion7():D}", Version = 1, Member = member, Branch = "BLE", VisitedOn = March10 };

    private static LoansOf Loans(params (string Title, string DueOn, bool Overdue)[] loans)
    {
        var lent = new LoansOf();
        lent.Loans.AddRange(loans.Select(loan => new LoanOf { Title = loan.Title, DueOn = loan.DueOn, Overdue = loan.Overdue }));
        return lent;
    }
}
