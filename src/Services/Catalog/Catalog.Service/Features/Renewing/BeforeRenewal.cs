using System.Text.Json;
using Library.Catalog.Domain;
using Library.Catalog.Features.Loans;
using Library.Contracts;

namespace Library.Catalog.Features.Renewing;

/// <summary>What a renewal overwrites in a loan's row, and what it charges: kept beside it, so that it can be undone (ADR 26).</summary>
public sealed record BeforeRenewal
{
    public required DateOnly DueOn { get; init; }
    public required int Renewals { get; init; }
    public required int ExceptionalRenewals { get; init; }
    public required string RulebookVersion { get; init; }
    public required string CalendarVersion { get; init; }
    public DateOnly? CountedFrom { get; init; }
    /// <summary>As in the loan's row.</summary>
    public string? DueRule { get; init; }
    /// <summary>The fee, and what was late until then.</summary>
    public required IReadOnlyList<Charged> Charges { get; init; }

    /// <summary>A charge, as far as taking it back needs it.</summary>
    public sealed record Charged(Guid Id, long AmountMinor, string CurrencyCode);

    public static BeforeRenewal Of(LoanRow loan, params IEnumerable<Charge?> charges) => new()
    {
        DueOn = loan.DueOn.ToDateOnly(),
        Renewals = loan.Renewals,
        ExceptionalRenewals = loan.ExceptionalRenewals,
        RulebookVersion = loan.RulebookVersion,
        CalendarVersion = loan.CalendarVersion,
        CountedFrom = loan.CountedFrom?.ToDateOnly(),
        DueRule = loan.DueRule is { } rule ? ContractCode.Of(rule) : null,
        Charges = [.. charges.OfType<Charge>().Select(charge => new Charged(charge.Id, charge.AmountMinor, charge.CurrencyCode))],
    };

    public string ToJson() => JsonSerializer.Serialize(this, JsonSerializerOptions.Web);

    public static BeforeRenewal Parse(string json) =>
        JsonSerializer.Deserialize<BeforeRenewal>(json, JsonSerializerOptions.Web) ?? throw new InvalidOperationException("A renewal that can be undone is whole.");
}
