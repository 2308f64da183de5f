using Library.Catalog.Domain.Lending;
using Library.Catalog.Domain.Licences;
using Library.Catalog.Domain.Policies;
using NodaTime;

namespace Library.Catalog.Domain.Tests;

/// <summary>Licences of e-books and e-audiobooks: who gets one, which one, until when; who is offered one.</summary>
public sealed class LicenceTests
{
    private static readonly DateTimeZone Zone = DateTimeZoneProviders.Tzdb["Europe/Ljubljana"];
    private static readonly LocalDate Day = new(2024, 6, 3);
    private static readonly Instant Now = At(Day, 10, 30);
    private static readonly LicenceFacts Forever = new(new Guid(1, 0, 0, [0, 0, 0, 0, 0, 0, 0, 0]), LicenceKind.Perpetual, new LocalDate(2024, 1, 1), null, 1, null);
    private static readonly LicenceRequest OneFree = new() { Borrower = Members.Ana, Material = Material.EBook, Licences = [Forever] };

    private static LicenceDecision Decide(LicenceRequest request) => LicenceRules.Decide(request, Radovljica.Rulebook, Now, Zone);

    private static LicenceDecision.Granted Granted(params LicenceFacts[] licences) => Assert.IsType<LicenceDecision.Granted>(Decide(OneFree with { Licences = licences }));

    private static LoanRefusal[] Reasons(LicenceRequest request) => [.. Assert.IsType<LicenceDecision.Refused>(Decide(request)).Reasons];

    private static Instant At(LocalDate day, int hour, int minute) => day.At(new LocalTime(hour, minute)).InZoneStrictly(Zone).ToInstant();

    [Fact]
    public void A_licence_is_lent_for_fourteen_days_to_the_minute()
    {
        var granted = Granted(Forever);
        Assert.Equal((Forever.Id, At(Day.PlusDays(14), 10, 30), "2024-03-14"), (granted.Package, granted.EndsAt, granted.RulebookVersion));
    }

    [Fact]
    public void A_change_of_clocks_does_not_move_the_hour() =>
        Assert.Equal(At(new LocalDate(2024, 4, 4), 10, 30), LicenceRules.EndsAt(At(new LocalDate(2024, 3, 21), 10, 30), 14, null, Zone));

    [Fact]
    public void Every_membership_is_good_for_licences_art_13_19()
    {
        Assert.IsType<LicenceDecision.Granted>(Decide(OneFree with { Borrower = Members.Bine }));
        Assert.IsType<LicenceDecision.Granted>(Decide(OneFree with { Borrower = Members.Cene, Material = Material.EAudiobook }));
    }

    [Fact]
    public void The_youth_section_gets_what_is_fit_for_it_art_18()
    {
        Assert.Equal([LoanRefusal.AgeSection], Reasons(OneFree with { Borrower = Members.Dana, Audience = AgeSection.Adult }));
        Assert.IsType<LicenceDecision.Granted>(Decide(OneFree with { Borrower = Members.Dana, Audience = AgeSection.Youth }));
    }

    [Fact]
    public void What_blocks_at_the_desk_blocks_here_in_the_order_of_the_contract() => Assert.Equal(
        [LoanRefusal.MembershipLapsed, LoanRefusal.MemberRestricted, LoanRefusal.DebtOverLimit, LoanRefusal.AlreadyLentToMember, LoanRefusal.LicencesExhausted],
        Reasons(OneFree with
        {
            Borrower = Members.Cene with { State = MembershipState.Lapsed, Restricted = true, DebtMinor = 21_01 }, LentToMember = true, Licences = [],
        }));

    [Fact]
    public void A_material_that_the_rulebook_does_not_lend_is_not_lent() =>
        Assert.Equal([LoanRefusal.ItemNotForLoan], Reasons(OneFree with { Material = Material.Game }));

    [Fact]
    public void What_is_offered_to_others_is_not_free()
    {
        Assert.Equal([LoanRefusal.LicencesExhausted], Reasons(OneFree with { OfferedToOthers = 1 }));
        Assert.IsType<LicenceDecision.Granted>(Decide(OneFree with { Licences = [Forever with { FreeSeats = 2 }], OfferedToOthers = 1 }));
    }

    [Theory]
    [InlineData(0, null, false)]
    [InlineData(1, 0, false)]
    [InlineData(5, 1, true)]
    public void A_seat_and_a_loan_must_be_left(int seats, int? loans, bool granted) => Assert.Equal(
        granted, Decide(OneFree with { Licences = [Forever with { Kind = LicenceKind.NumberOfLoans, FreeSeats = seats, LoansLeft = loans }] }) is LicenceDecision.Granted);

    [Theory]
    [InlineData("2024-06-03", true)]
    [InlineData("2024-06-04", false)]
    public void A_licence_is_good_from_its_first_day(string from, bool granted) => Assert.Equal(
        granted, Decide(OneFree with { Licences = [Forever with { ValidFrom = NodaTime.Text.LocalDatePattern.Iso.Parse(from).Value }] }) is LicenceDecision.Granted);

    [Fact]
    public void No_loan_outlasts_its_licence_and_the_last_day_is_lent_no_more()
    {
        var until = Forever with { Kind = LicenceKind.UntilDate };
        Assert.Equal(At(new LocalDate(2024, 6, 11), 0, 0), Granted(until with { ValidTo = new LocalDate(2024, 6, 10) }).EndsAt);
        Assert.Equal(At(new LocalDate(2024, 6, 5), 0, 0), Granted(until with { ValidTo = new LocalDate(2024, 6, 4) }).EndsAt);
        Assert.Equal([LoanRefusal.LicencesExhausted], Reasons(OneFree with { Licences = [until with { ValidTo = Day }] }));
        Assert.Equal([LoanRefusal.LicencesExhausted], Reasons(OneFree with { Licences = [until with { ValidTo = Day.PlusDays(-1) }] }));
    }

    [Fact]
    public void The_whole_period_comes_first_then_what_ends_first_then_what_is_not_counted()
    {
        var shortOne = Forever with { Id = Guid.Parse("00000000-0000-0000-0000-0000000000aa"), Kind = LicenceKind.UntilDate, ValidTo = Day.PlusDays(3) };
        var longOne = shortOne with { Id = Guid.Parse("00000000-0000-0000-0000-0000000000bb"), ValidTo = Day.PlusDays(300) };
        var counted = Forever with { Id = Guid.Empty, Kind = LicenceKind.NumberOfLoans, LoansLeft = 9 };
        Assert.Equal(longOne.Id, Granted(shortOne, Forever, counted, longOne).Package);
        Assert.Equal(Forever.Id, Granted(shortOne, Forever, counted).Package);
        Assert.Equal(counted.Id, Granted(shortOne, counted).Package);
        Assert.Equal(shortOne.Id, Granted(shortOne).Package);
    }

    [Theory]
    [InlineData(2, 0, 5, 2)]
    [InlineData(2, 1, 5, 1)]
    [InlineData(2, 2, 5, 0)]
    [InlineData(1, 3, 5, 0)]
    [InlineData(5, 0, 1, 1)]
    [InlineData(5, 0, 0, 0)]
    public void Each_free_licence_is_offered_to_one(int free, int offered, int waiting, int more) =>
        Assert.Equal(more, LicenceRules.OffersToMake([Forever with { FreeSeats = free }], offered, waiting, Now, Zone));

    [Fact]
    public void No_more_is_offered_than_loans_are_left() => Assert.Equal(
        1, LicenceRules.OffersToMake([Forever with { Kind = LicenceKind.NumberOfLoans, FreeSeats = 5, LoansLeft = 1 }], 0, 5, Now, Zone));

    [Fact]
    public void A_place_on_the_list_is_refused_to_debtors_and_to_those_who_have_one_or_the_title_art_31()
    {
        IReadOnlyList<LoanRefusal> Against(LicenceRequest request, int waiting = 0) => LicenceRules.AgainstWaiting(request, waiting, Radovljica.Rulebook, Day);
        Assert.Empty(Against(OneFree with { Licences = [] }, LicenceRules.LongestQueue - 1));
        Assert.Equal([LoanRefusal.LicencesExhausted], Against(OneFree, LicenceRules.LongestQueue));
        Assert.Equal(
            [LoanRefusal.OpenClaims, LoanRefusal.AlreadyHeld, LoanRefusal.AlreadyLentToMember],
            Against(OneFree with { Borrower = Members.Ana with { DebtMinor = 1 }, WaitsAlready = true, LentToMember = true }));
    }
}
