using Library.Catalog.Domain.Lending;
using Library.Catalog.Domain.Offline;
using Library.Catalog.Domain.Policies;
using NodaTime;
using static Library.Catalog.Domain.Tests.CalendarTests;

namespace Library.Catalog.Domain.Tests;

public sealed class OfflineTests
{
    private static readonly Instant Now = Instant.FromUtc(2024, 4, 15, 12, 0);
    private static readonly LocalDate Day = new(2024, 4, 15);
    private const string Header = "OFFLINE-LOG,1,RAD,PULT-2,0198c0de-0000-7000-8000-000000000001";

    [Theory]
    [InlineData(0, null)]
    [InlineData(-120, null)]
    [InlineData(-121, OfflineFinding.ClockSkew)]
    public void A_line_may_lie_two_minutes_behind_the_one_before_it(int seconds, OfflineFinding? finding)
    {
        var (before, at) = (Now - Duration.FromHours(1), Now - Duration.FromHours(1) + Duration.FromSeconds(seconds));
        Assert.Equal(finding, OfflineRules.Judge(at, before, Now));
        Assert.Equal(finding is null ? before : at, OfflineRules.Order(at, before));
    }

    [Fact]
    public void A_line_of_fourteen_days_is_applied_and_an_older_one_listed()
    {
        Assert.Null(OfflineRules.Judge(Now - Duration.FromDays(14), null, Now));
        Assert.Equal(OfflineFinding.TooOld, OfflineRules.Judge(Now - Duration.FromDays(14) - Duration.FromTicks(1), null, Now));
    }

    [Fact]
    public void What_is_known_of_the_same_instant_does_not_overtake()
    {
        Assert.False(OfflineRules.IsOvertaken(Now, null));
        Assert.False(OfflineRules.IsOvertaken(Now, Now));
        Assert.True(OfflineRules.IsOvertaken(Now, Now + Duration.FromTicks(1)));
    }

    [Theory]
    [InlineData("2024-04-15T14:05:00+02:00", null)]
    [InlineData("2024-04-15T12:05:01Z", OfflineFlawKind.Future)]
    [InlineData("2024-04-15T12:05:00", OfflineFlawKind.Form)]
    [InlineData("2024-04-31T12:05:00Z", OfflineFlawKind.Form)]
    public void A_device_may_be_five_minutes_ahead_and_says_its_offset(string instant, OfflineFlawKind? flaw)
    {
        var reading = Read($"{Header}\r\n1,{instant},RETURN,B-1\r\nEND,1\r\n");
        Assert.Equal(flaw, reading.Flaw?.Kind);
        Assert.Equal(flaw is null ? Instant.FromUtc(2024, 4, 15, 12, 5) : null, reading.Log?.Lines[0].At);
    }

    [Fact]
    public void A_file_is_read_with_and_without_a_mark_and_a_last_end()
    {
        var file = $"{Header}\n1,2024-04-15T09:00:00Z,LOAN,B-1,C-1\n2,2024-04-15T09:01:00Z,RETURN,B-1\nEND,2";
        foreach (var text in new[] { file, file + "\n", file + "\r\n\r\n", "\u00ef\u00bb\u00bf" + file })
        {
            var log = Read(text).Log!;
            Assert.Equal(("RAD", "PULT-2", 2, "C-1"), (log.Branch, log.Device, log.Lines.Count, log.Lines[0].Card!.Value));
        }
        // whatever is cut off is not a log, but for the end of its last line
        Assert.All(Enumerable.Range(0, file.Length), length => Assert.NotNull(Read(file[..length]).Flaw));
    }

    [Fact]
    public void A_member_who_may_not_borrow_has_borrowed_all_the_same()
    {
        var lent = Assert.IsType<OfflineLoanDecision.Lent>(Decide(Members.Ana with { Restricted = true, DebtMinor = 100_000 }, Items.Book));
        Assert.Equal((Date("2024-05-06"), 2), (lent.Loan.DueOn, lent.Loan.RenewalsLeft));
        Assert.Equal([LoanRefusal.MemberRestricted, LoanRefusal.DebtOverLimit], lent.Against);
        Assert.Empty(Assert.IsType<OfflineLoanDecision.Lent>(Decide(Members.Ana, Items.Book)).Against);
        Assert.Equal([LoanRefusal.ItemHeldForAnother], Assert.IsType<OfflineLoanDecision.Lent>(Decide(Members.Ana, Items.Book with { HeldForAnother = true })).Against);
    }

    [Fact]
    public void What_has_no_due_date_or_is_out_or_written_off_is_no_loan()
    {
        Assert.Equal([LoanRefusal.ItemNotForLoan], NotLent(Items.Book with { Lending = LendingClass.ReadingRoomOnly }));
        Assert.Equal([LoanRefusal.ItemOnLoan], NotLent(Items.Book with { OnLoanTo = LoanHolder.Another }));
        Assert.Equal([LoanRefusal.ItemOnLoan, LoanRefusal.AlreadyLentToMember], NotLent(Items.Book with { OnLoanTo = LoanHolder.ThisMember }));
        Assert.Equal([LoanRefusal.ItemWithdrawn], NotLent(Items.Book with { Status = StockStatus.WrittenOff }));
    }

    private static IReadOnlyList<LoanRefusal> NotLent(ItemFacts item) => Assert.IsType<OfflineLoanDecision.NotLent>(Decide(Members.Ana, item)).Reasons;

    private static OfflineReading Read(string text) => OfflineLogReader.Read(text, Now);

    private static OfflineLoanDecision Decide(BorrowerFacts borrower, ItemFacts item) =>
        OfflineRules.DecideLoan(new CheckOutFacts(borrower, item), Radovljica.Rulebook, Radovljica.Rad, Day);
}
