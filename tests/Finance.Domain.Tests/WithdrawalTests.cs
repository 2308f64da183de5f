using Library.Finance.Domain;

namespace Library.Finance.Domain.Tests;

/// <summary>What becomes of a charge that is taken back.</summary>
public sealed class WithdrawalTests
{
    [Theory]
    [InlineData(270, 0, 270, 270, 0)] // nothing was paid
    [InlineData(170, 0, 270, 170, 100)] // 1.00 was paid
    [InlineData(0, 0, 270, 0, 270)] // all was paid
    [InlineData(270, 0, 100, 100, 0)] // a part of it
    [InlineData(70, 100, 170, 70, 100)] // the rest, of which 1.00 was paid
    public void What_is_open_is_taken_back_and_what_was_paid_is_due(long open, long takenBack, long asked, long withdrawn, long due) =>
        Assert.Equal(new WithdrawalDecision.Applied(withdrawn, due), WithdrawalRules.Decide(270, open, takenBack, asked));

    [Theory]
    [InlineData(0, 271, 270)]
    [InlineData(100, 171, 170)]
    [InlineData(270, 1, 0)]
    public void No_more_than_the_charge_is_taken_back(long takenBack, long asked, long left) =>
        Assert.Equal(new WithdrawalDecision.MoreThanTheCharge(left), WithdrawalRules.Decide(270, 270 - takenBack, takenBack, asked));

    [Fact]
    public void Nothing_is_no_withdrawal() => Assert.Throws<ArgumentOutOfRangeException>(() => WithdrawalRules.Decide(270, 270, 0, 0));

    [Fact]
    public void The_correction_turns_the_charges_entry_round()
    {
        var charge = JournalEntry.OfCharge("FINE", new Money(270, "EUR"));
        var correction = JournalEntry.OfWithdrawal("FINE", new Money(270, "EUR"));
        Assert.Equal(
            charge.Lines.Select(line => (line.Account.Name, line.CreditMinor, line.DebitMinor)).Order(),
            correction.Lines.Select(line => (line.Account.Name, line.DebitMinor, line.CreditMinor)).Order());
    }
}
