using Library.Catalog.Domain.Lending;
using Library.Catalog.Domain.Policies;
using NodaTime;
using static Library.Catalog.Domain.Tests.CalendarTests;

namespace Library.Catalog.Domain.Tests;

public sealed class RenewalTests
{
    private static readonly LocalDate Today = new(2024, 4, 15);

    private static readonly RenewalFacts AnasBook = new()
    {
        Borrower = Members.Ana,
        Material = Material.Book,
        Lending = LendingClass.Lendable,
        DueOn = new LocalDate(2024, 4, 20),
        RenewalsMade = 0,
    };

    [Fact]
    public void A_renewal_counts_from_the_day_it_is_made_art_31()
    {
        var granted = Assert.IsType<RenewalDecision.Granted>(Decide(AnasBook));
        Assert.Equal(new RenewalDecision.Granted(new LocalDate(2024, 5, 6), Exceptional: false, RenewalsLeft: 1, "2024-03-14", "cal-1"), granted);
    }

    [Theory]
    [InlineData(Material.Book, 0, false, "free, 1 left")]
    [InlineData(Material.Book, 1, false, "free, 0 left")]
    [InlineData(Material.Book, 1, true, "free, 0 left")] // a free one is used first
    [InlineData(Material.Book, 2, false, "RENEWAL_LIMIT, exceptional left")]
    [InlineData(Material.Book, 2, true, "exceptional, 0 left")]
    [InlineData(Material.Book, 3, true, "RENEWAL_LIMIT")]
    [InlineData(Material.SerialIssue, 0, false, "free, 0 left")]
    [InlineData(Material.SerialIssue, 1, true, "exceptional, 0 left")]
    [InlineData(Material.SerialIssue, 2, true, "RENEWAL_LIMIT")]
    [InlineData(Material.MediaKit, 0, false, "free, 0 left")]
    [InlineData(Material.MediaKit, 1, true, "exceptional, 0 left")]
    [InlineData(Material.MediaKit, 2, true, "RENEWAL_LIMIT")] // at most two in all
    [InlineData(Material.StorySuitcase, 0, true, "RENEWAL_NOT_ALLOWED")]
    [InlineData(Material.EBook, 0, true, "RENEWAL_NOT_ALLOWED")]
    [InlineData(Material.EAudiobook, 0, false, "RENEWAL_NOT_ALLOWED")]
    public void Renewals_are_counted_by_material_art_30(Material material, int made, bool exceptionalAsked, string answer)
    {
        var decision = Decide(AnasBook with { Material = material, RenewalsMade = made, ExceptionalAsked = exceptionalAsked });
        Assert.Equal(answer, decision switch
        {
            RenewalDecision.Granted granted => $"{(granted.Exceptional ? "exceptional" : "free")}, {granted.RenewalsLeft} left",
            RenewalDecision.Refused refused => refused.Reason.Code() + (refused.ExceptionalLeft ? ", exceptional left" : ""),
            _ => "",
        });
    }

    [Fact]
    public void What_was_declared_lost_is_not_renewed_art_42() =>
        Assert.Equal([LoanRefusal.RenewalNotAllowed], Assert.IsType<RenewalDecision.Refused>(Decide(AnasBook with { DeclaredLost = true })).Reasons);

    [Fact]
    public void A_latest_issue_is_not_renewed_art_30() =>
        Assert.Equal(
            [LoanRefusal.RenewalNotAllowed],
            Assert.IsType<RenewalDecision.Refused>(Decide(AnasBook with { Material = Material.SerialIssue, Lending = LendingClass.LatestIssue })).Reasons);

    [Fact]
    public void A_renewal_never_shortens_a_loan_that_a_librarian_made_longer_art_9()
    {
        var granted = Assert.IsType<RenewalDecision.Granted>(Decide(AnasBook with { DueOn = new LocalDate(2024, 6, 1) }));
        Assert.Equal(new LocalDate(2024, 6, 1), granted.DueOn);
    }

    [Fact]
    public void An_overdue_loan_may_be_renewed()
    {
        var granted = Assert.IsType<RenewalDecision.Granted>(Decide(AnasBook with { DueOn = new LocalDate(2024, 4, 1) }));
        Assert.Equal(new LocalDate(2024, 5, 6), granted.DueOn);
    }

    [Theory]
    [InlineData(0, true)]
    [InlineData(1, false)]
    public void Any_open_claim_refuses_a_renewal_art_31(long debtMinor, bool granted)
    {
        var decision = Decide(AnasBook with { Borrower = Members.Ana with { DebtMinor = debtMinor } });
        Assert.Equal(granted, decision is RenewalDecision.Granted);
        Assert.Equal(granted ? [] : [LoanRefusal.OpenClaims], (decision as RenewalDecision.Refused)?.Reasons ?? []);
    }

    [Fact]
    public void Reasons_stand_in_order_and_a_reserved_title_is_not_worth_asking_about()
    {
        var refused = Assert.IsType<RenewalDecision.Refused>(Decide(AnasBook with
        {
            Borrower = Members.Ana with { State = MembershipState.Lapsed, DebtMinor = 25_00 },
            RenewalsMade = 3,
            TitleReservedByAnother = true,
        }));
        Assert.Equal(
            [LoanRefusal.MembershipLapsed, LoanRefusal.DebtOverLimit, LoanRefusal.RenewalLimit, LoanRefusal.TitleReserved, LoanRefusal.OpenClaims],
            refused.Reasons);
        Assert.False(refused.CouldBeLifted);
        Assert.True(Assert.IsType<RenewalDecision.Refused>(Decide(AnasBook with { Borrower = Members.Ana with { DebtMinor = 1 } })).CouldBeLifted);
    }

    [Fact]
    public void The_small_fee_and_an_old_card_do_not_hinder_renewing_what_was_lent() =>
        Assert.IsType<RenewalDecision.Granted>(Decide(AnasBook with { Borrower = Members.Bine with { CardReplaced = true } }));

    private static RenewalDecision Decide(RenewalFacts facts) => RenewalRules.Decide(facts, Radovljica.Rulebook, Radovljica.Rad, Today);
}
