using Library.Catalog.Domain.Lockers;
using NodaTime;

namespace Library.Catalog.Domain.Tests;

/// <summary>Codes of parcel lockers: a few may be wrong, then none opens for a while.</summary>
public sealed class LockerTests
{
    private static readonly Instant Now = Instant.FromUtc(2024, 6, 3, 22, 15);

    [Fact]
    public void The_fifth_wrong_code_blocks_for_a_quarter_of_an_hour()
    {
        var outcome = new CodeOutcome(null, 0, null);
        for (var n = 1; n <= 4; n++)
        {
            outcome = LockerRules.Try(new CodeAttempt(false, outcome.WrongAttempts, outcome.BlockedUntil), Now);
            Assert.Equal(new CodeOutcome(LockerRefusal.LockerCodeWrong, n, null), outcome);
        }
        Assert.Equal(new CodeOutcome(LockerRefusal.LockerCodeWrong, 0, Now + Duration.FromMinutes(15)), LockerRules.Try(new CodeAttempt(false, 4, null), Now));
    }

    [Theory]
    [InlineData(1, true)]
    [InlineData(0, false)]
    [InlineData(-1, false)]
    public void While_it_is_blocked_the_right_code_does_not_open_either(int secondsLeft, bool blocked)
    {
        var outcome = LockerRules.Try(new CodeAttempt(true, 0, Now + Duration.FromSeconds(secondsLeft)), Now);
        Assert.Equal(blocked ? LockerRefusal.LockerCodeBlocked : null, outcome.Refused);
    }

    [Fact]
    public void The_right_code_forgets_the_wrong_ones() =>
        Assert.Equal(new CodeOutcome(null, 0, null), LockerRules.Try(new CodeAttempt(true, 4, null), Now));
}
