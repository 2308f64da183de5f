using Library.Catalog.Domain.Claims;
using Library.Catalog.Domain.Lending;
using Library.Catalog.Domain.Policies;
using NodaTime;

namespace Library.Catalog.Domain.Tests;

/// <summary>What it means that a member says a copy is back.</summary>
public sealed class ReturnClaimTests
{
    private static readonly LocalDate Due = new(2024, 4, 15), Claimed = new(2024, 4, 20);

    [Theory]
    [InlineData("2024-04-19", "2024-04-19")] // it was there before it was claimed: the clock went back, or the claim came in late
    [InlineData("2024-04-20", "2024-04-20")]
    [InlineData("2024-04-21", "2024-04-20")]
    [InlineData("2024-06-01", "2024-04-20")]
    public void The_fine_counts_to_the_day_of_the_claim_and_not_beyond(string until, string counted) =>
        Assert.Equal(Day(counted), ReturnClaimRules.FineCountsTo(Claimed, Day(until)));

    [Fact]
    public void Without_a_claim_or_once_it_is_rejected_the_fine_counts_all_days() =>
        Assert.Equal(new LocalDate(2024, 6, 1), ReturnClaimRules.FineCountsTo(null, new LocalDate(2024, 6, 1)));

    [Theory]
    [InlineData("2024-04-15", false, false)] // the due date is in time
    [InlineData("2024-04-16", false, true)]
    [InlineData("2024-04-21", true, false)]
    public void Reminders_pass_over_what_is_claimed_to_be_back(string today, bool claimed, bool overdue) =>
        Assert.Equal(overdue, ReturnClaimRules.IsOverdue(Due, claimed ? Claimed : null, Day(today)));

    [Fact]
    public void Only_an_open_loan_is_claimed_and_only_an_open_claim_settled()
    {
        Assert.Null(ReturnClaimRules.AgainstMaking(loanIsOpen: true));
        Assert.Equal(ReturnClaimRefusal.LoanNotOpen, ReturnClaimRules.AgainstMaking(loanIsOpen: false));
        Assert.Null(ReturnClaimRules.AgainstSettling(loanIsOpen: true, Claimed));
        Assert.Equal(ReturnClaimRefusal.ClaimNotOpen, ReturnClaimRules.AgainstSettling(loanIsOpen: true, null));
        Assert.Equal(ReturnClaimRefusal.ClaimNotOpen, ReturnClaimRules.AgainstSettling(loanIsOpen: false, Claimed));
    }

    [Fact]
    public void What_is_claimed_to_be_back_is_not_renewed()
    {
        var book = new RenewalFacts { Borrower = Members.Ana, Material = Material.Book, Lending = LendingClass.Lendable, DueOn = Due, RenewalsMade = 0 };
        Assert.IsType<RenewalDecision.Granted>(RenewalRules.Decide(book, Radovljica.Rulebook, Radovljica.Rad, Due));
        var refused = Assert.IsType<RenewalDecision.Refused>(RenewalRules.Decide(book with { ClaimedReturned = true }, Radovljica.Rulebook, Radovljica.Rad, Due));
        Assert.Equal([LoanRefusal.ClaimedReturned], refused.Reasons);
    }

    private static LocalDate Day(string iso) => NodaTime.Text.LocalDatePattern.Iso.Parse(iso).Value;
}
