using Library.Catalog.Domain.Acquisitions;

namespace Library.Catalog.Domain.Tests;

/// <summary>Invoices that add up, averages, discounts, and the way of a suggestion.</summary>
public sealed class AcquisitionRulesTests
{
    private static readonly InvoiceLine Novel = new(20_00, 500, 1_00), Guide = new(33_33, 950, 3_17);

    [Theory]
    [InlineData(53_33, 4_17, 57_50, null)]
    [InlineData(53_33, 4_17, 57_51, InvoiceRefusal.InvoiceTotalDiffers)]
    [InlineData(53_33, 4_17, 57_49, InvoiceRefusal.InvoiceTotalDiffers)]
    [InlineData(53_34, 4_16, 57_50, InvoiceRefusal.InvoiceTotalDiffers)]
    [InlineData(0, 0, 0, InvoiceRefusal.InvoiceTotalDiffers)]
    public void An_invoice_is_taken_when_its_totals_equal_its_lines_to_the_cent(long net, long vat, long total, InvoiceRefusal? refusal) =>
        Assert.Equal(refusal, InvoiceRules.Check([Novel, Guide], new InvoiceTotals(net, vat, total)));

    [Theory]
    [InlineData(3_15, InvoiceRefusal.InvoiceVatDiffers)]
    [InlineData(3_16, null)]
    [InlineData(3_17, null)]
    [InlineData(3_18, null)]
    [InlineData(3_19, InvoiceRefusal.InvoiceVatDiffers)]
    public void A_lines_tax_may_be_rounded_by_a_cent_and_no_more(long vat, InvoiceRefusal? refusal) =>
        Assert.Equal(refusal, InvoiceRules.Check([Guide with { VatMinor = vat }], new InvoiceTotals(33_33, vat, 33_33 + vat)));

    [Fact]
    public void The_tax_is_looked_at_before_the_total() =>
        Assert.Equal(InvoiceRefusal.InvoiceVatDiffers, InvoiceRules.Check([Guide with { VatMinor = 9_00 }], new InvoiceTotals(1, 1, 1)));

    [Theory]
    [InlineData(0, 950, 0)]
    [InlineData(10, 500, 1)] // half a cent is rounded up
    [InlineData(9, 500, 0)]
    [InlineData(100_00, 2200, 22_00)]
    [InlineData(10_000_000_00, 10_000, 10_000_000_00)]
    public void Tax_is_rounded_half_up(long net, int rate, long vat) => Assert.Equal(vat, InvoiceRules.VatOf(net, rate));

    [Theory]
    [InlineData(24_99, 0, 24_99)]
    [InlineData(24_99, 2_500, 18_74)] // 6.2475 off
    [InlineData(24_99, 10_000, 0)]
    [InlineData(0, 2_500, 0)]
    [InlineData(1, 5_000, 0)]
    public void A_discount_is_taken_off_the_price_of_one_copy(long price, int discount, long cost) => Assert.Equal(cost, Amounts.Cost(price, discount));

    [Theory]
    [InlineData(100_00, 3, 33_33L)]
    [InlineData(50, 4, 13L)]
    [InlineData(0, 2, 0L)]
    [InlineData(100_00, 0, null)]
    public void An_average_is_rounded_half_up_and_of_nothing_there_is_none(long amount, long copies, long? average) => Assert.Equal(average, Amounts.Average(amount, copies));

    [Theory]
    [InlineData(8_113, 8_500, 9_545L)] // growth of 2023: 95.45 % of the plan
    [InlineData(257_334, 250_000, 10_293L)]
    [InlineData(5, 0, null)]
    public void A_result_is_told_as_a_share_of_its_plan(long result, long plan, long? index) => Assert.Equal(index, Amounts.Index(result, plan));

    [Theory]
    [InlineData(SuggestionState.Suggested, "Accepted Declined")]
    [InlineData(SuggestionState.Accepted, "Declined Ordered")]
    [InlineData(SuggestionState.Declined, "")]
    [InlineData(SuggestionState.Ordered, "Accepted Arrived")]
    [InlineData(SuggestionState.Arrived, "")]
    public void A_suggestion_goes_one_way(SuggestionState from, string to) => Assert.Equal(
        to, string.Join(' ', Enum.GetValues<SuggestionState>().Where(state => SuggestionRules.MayBecome(from, state)).Select(state => state.ToString()).Order(StringComparer.Ordinal)));

    [Fact]
    public void What_is_decided_or_here_no_longer_counts_towards_the_limit() =>
        Assert.Equal([SuggestionState.Declined, SuggestionState.Arrived], Enum.GetValues<SuggestionState>().Where(state => !SuggestionRules.IsOpen(state)));
}
