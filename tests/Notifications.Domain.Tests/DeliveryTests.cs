using Library.Notifications.Domain.Sending;
using NodaTime;

namespace Library.Notifications.Domain.Tests;

public sealed class DeliveryTests
{
    private static readonly AttemptOutcome Away = new AttemptOutcome.TryAgain(DeliveryProblem.MailAway);

    [Fact]
    public void Pauses_grow_and_end_within_a_day()
    {
        Assert.Equal(DeliveryRules.Pauses.Order(), DeliveryRules.Pauses);
        Assert.All(DeliveryRules.Pauses.Zip(DeliveryRules.Pauses.Skip(1)), pair => Assert.True(pair.First < pair.Second));
        var inAll = DeliveryRules.Pauses.Aggregate((sum, pause) => sum + pause);
        Assert.InRange(inAll, Duration.FromHours(23), Duration.FromHours(24));
    }

    [Theory]
    [InlineData(1, 2)]
    [InlineData(2, 5)]
    [InlineData(15, 36_000)]
    public void An_outage_is_waited_for(int attempts, int pauseSeconds) =>
        Assert.Equal(new DeliveryStanding.Waiting(DeliveryProblem.MailAway, Duration.FromSeconds(pauseSeconds)), DeliveryRules.After(Away, attempts));

    [Theory]
    [InlineData(16)]
    [InlineData(17)]
    public void After_the_last_attempt_a_delivery_is_given_up(int attempts)
    {
        Assert.Equal(16, DeliveryRules.MostAttempts);
        Assert.Equal(new DeliveryStanding.Failed(DeliveryProblem.MailAway), DeliveryRules.After(Away, attempts));
    }

    [Fact]
    public void What_is_final_is_final_at_the_first_attempt()
    {
        Assert.Equal(new DeliveryStanding.Sent(), DeliveryRules.After(new AttemptOutcome.Sent(), 1));
        Assert.Equal(new DeliveryStanding.Failed(DeliveryProblem.NoAddress), DeliveryRules.After(new AttemptOutcome.Failed(DeliveryProblem.NoAddress), 1));
        Assert.Equal(new DeliveryStanding.Suppressed(DeliveryProblem.NotChosen), DeliveryRules.After(new AttemptOutcome.Suppressed(DeliveryProblem.NotChosen), 1));
    }

    [Fact]
    public void Every_problem_has_a_name_of_its_own() =>
        Assert.Equal(Enum.GetValues<DeliveryProblem>().Length, Enum.GetValues<DeliveryProblem>().Select(problem => problem.Code()).Distinct().Count());
}
