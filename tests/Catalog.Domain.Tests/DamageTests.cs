using Library.Catalog.Domain.Losses;
using Library.Catalog.Domain.Stock;

namespace Library.Catalog.Domain.Tests;

public sealed class DamageTests
{
    private const long Most = 200_00;

    [Theory]
    [InlineData(DamageKind.Box, 2, 3_00)]
    [InlineData(DamageKind.KitFolder, 1, 50)]
    [InlineData(DamageKind.CodeLabel, 1, 50)]
    [InlineData(DamageKind.Cleaning, 3, 1_50)]
    public void Small_damage_costs_what_the_list_says_and_needs_no_repair_art_42(DamageKind kind, int count, long amountMinor)
    {
        var assessed = Assessed(0, new Damage(kind, count));
        Assert.Equal((amountMinor, 0, false), (Assert.Single(assessed.Prices).AmountMinor, assessed.ReprocessingMinor, assessed.ToRepair));
    }

    [Fact]
    public void A_binding_costs_its_mending_and_reprocessing_and_goes_to_be_mended_art_42()
    {
        var assessed = Assessed(12_00, new Damage(DamageKind.Binding, 1), new Damage(DamageKind.CodeLabel, 1));
        Assert.Equal([new DamagePrice(DamageKind.Binding, 1, 12_00), new DamagePrice(DamageKind.CodeLabel, 1, 50)], assessed.Prices);
        Assert.Equal((6_00, true), (assessed.ReprocessingMinor, assessed.ToRepair));
    }

    [Fact]
    public void What_is_unusable_is_a_case_of_its_own_art_42()
    {
        var assessed = Assessed(0, new Damage(DamageKind.Unusable, 1));
        Assert.Equal((0, 0L, true), (assessed.Prices.Count, assessed.ReprocessingMinor, assessed.ToRepair));
    }

    [Fact]
    public void What_the_list_does_not_name_is_not_charged()
    {
        var ignalina = Radovljica.Tariff2024 with { DamageMinor = new Dictionary<DamageKind, long> { [DamageKind.Box] = 0 } };
        var decision = DamageRules.Assess([new(DamageKind.Box, 1), new(DamageKind.Cleaning, 1), new(DamageKind.KitFolder, 1)], 0, Most, ignalina);
        var refused = Assert.IsType<DamageDecision.Refused>(decision);
        Assert.Equal((LossRefusal.NoDamagePrice, "Cleaning KitFolder"), (refused.Reason, string.Join(' ', refused.Kinds)));
        Assert.IsType<DamageDecision.Assessed>(DamageRules.Assess([new(DamageKind.Box, 1)], 0, Most, ignalina));
        Assert.IsType<DamageDecision.Refused>(DamageRules.Assess([new(DamageKind.Box, 1)], 0, Most, null));
    }

    [Theory]
    [InlineData(200_00, false)]
    [InlineData(200_01, true)]
    public void Mending_costs_no_more_than_the_copy_may_be_assessed_at_art_42(long assessedMinor, bool tooHigh)
    {
        var refused = DamageRules.Assess([new(DamageKind.Binding, 1)], assessedMinor, Most, Radovljica.Tariff2024) as DamageDecision.Refused;
        Assert.Equal(tooHigh ? LossRefusal.AssessedTooHigh : null, refused?.Reason);
    }

    [Theory]
    [InlineData(CopyState.Available, null)]
    [InlineData(CopyState.InTransit, null)]
    [InlineData(CopyState.OnHoldShelf, null)]
    [InlineData(CopyState.InRepair, null)]
    [InlineData(CopyState.OnLoan, StockRefusal.ItemOnLoan)]
    [InlineData(CopyState.Withdrawn, StockRefusal.ItemWithdrawn)]
    [InlineData(CopyState.Lost, StockRefusal.ItemState)]
    [InlineData(CopyState.Missing, StockRefusal.ItemState)]
    public void Who_assesses_damage_has_the_copy_in_hand(CopyState state, StockRefusal? refused) => Assert.Equal(refused, DamageRules.Against(state));

    private static DamageDecision.Assessed Assessed(long assessedMinor, params Damage[] damages) =>
        Assert.IsType<DamageDecision.Assessed>(DamageRules.Assess(damages, assessedMinor, Most, Radovljica.Tariff2024));
}
