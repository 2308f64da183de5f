using Library.Catalog.Domain.Kiosks;
using Library.Catalog.Domain.Lending;
using Library.Catalog.Domain.Policies;
using NodaTime;

namespace Library.Catalog.Domain.Tests;

/// <summary>What a self-check machine may not decide alone.</summary>
public sealed class KioskTests
{
    private static readonly LocalDate Today = new(2024, 4, 15);

    [Theory]
    [InlineData(Material.Book, false, false, false)]
    [InlineData(Material.AudioVisual, false, false, false)]
    [InlineData(Material.StorySuitcase, false, false, true)]
    [InlineData(Material.MediaKit, false, false, true)]
    [InlineData(Material.Book, true, false, true)]
    [InlineData(Material.Book, false, true, true)]
    public void Staff_look_at_what_a_machine_cannot_judge(Material material, bool underRepair, bool ofLender, bool needsStaff) =>
        Assert.Equal(needsStaff, KioskRules.NeedsStaff(material, underRepair, ofLender));

    [Fact]
    public void What_speaks_against_the_member_is_known_before_a_copy_is_chosen()
    {
        Assert.Empty(Against(Members.Ana));
        Assert.Empty(Against(Members.Dana)); // the section depends on the copy
        Assert.Empty(Against(Members.Bine, "BRE"));
        Assert.Equal(
            [LoanRefusal.MembershipLapsed, LoanRefusal.MembershipBranch, LoanRefusal.MemberRestricted, LoanRefusal.CardReplaced, LoanRefusal.DebtOverLimit],
            Against(Members.Bine with { TermEndsOn = Today.PlusDays(-1), Restricted = true, CardReplaced = true, DebtMinor = 21_01 }));
        Assert.Equal([LoanRefusal.MembershipEOnly], Against(Members.Cene));
    }

    private static IReadOnlyList<LoanRefusal> Against(BorrowerFacts borrower, string branch = "RAD") =>
        CheckOutRules.AgainstMember(borrower, Radovljica.Rulebook.Block, branch, Today);
}
