using Library.Contracts;

namespace Library.Catalog.Messages;

// Money that Catalog commits or owes, told in whole: Finance, which owns funds and budgets, books from these facts alone (ADR 19).
// Amounts are in minor units of CurrencyCode, tax included unless the name says otherwise.

/// <summary>A part of an amount by what bears it.</summary>
public sealed record FundShare
{
    /// <summary>What it is for: <c>orders/ID/lines/N</c>, <c>subscriptions/ID</c>; empty for costs beside the material, such as postage.</summary>
    public required string Subject { get; init; }
    /// <summary>Code of the fund that pays.</summary>
    public required string Fund { get; init; }
    /// <summary>Cost centre: the municipality of the branch that gets it.</summary>
    public required string Municipality { get; init; }
    /// <summary>Code of the branch that gets it.</summary>
    public required string Branch { get; init; }
    /// <summary>Material as in the outward contract, for example BOOK; empty for costs beside the material.</summary>
    public required string Material { get; init; }
    /// <summary>How many copies; 0 where it is not about copies.</summary>
    public required int Copies { get; init; }
    /// <summary>Zero or more.</summary>
    public required long AmountMinor { get; init; }
}

/// <summary>An order was sent: its amount is committed.</summary>
public sealed record OrderPlaced : IMessage
{
    /// <inheritdoc/>
    public required string Aggregate { get; init; }
    /// <inheritdoc/>
    public required long Version { get; init; }
    /// <summary><c>suppliers/ID</c>.</summary>
    public required string Supplier { get; init; }
    /// <summary>Business date.</summary>
    public required DateOnly PlacedOn { get; init; }
    /// <summary>ISO 4217.</summary>
    public required string CurrencyCode { get; init; }
    /// <summary>By line and branch.</summary>
    public required IReadOnlyList<FundShare> Shares { get; init; }
}

/// <summary>Copies of a sent order will not come: their amount is committed no more.</summary>
public sealed record OrderLineCancelled : IMessage
{
    /// <inheritdoc/>
    public required string Aggregate { get; init; }
    /// <inheritdoc/>
    public required long Version { get; init; }
    /// <summary>Business date.</summary>
    public required DateOnly CancelledOn { get; init; }
    /// <summary>ISO 4217.</summary>
    public required string CurrencyCode { get; init; }
    /// <summary>By branch: the copies and the amount that are free again.</summary>
    public required IReadOnlyList<FundShare> Shares { get; init; }
}

/// <summary>Copies of an order line came and are in stock.</summary>
public sealed record OrderLineArrived : IMessage
{
    /// <inheritdoc/>
    public required string Aggregate { get; init; }
    /// <inheritdoc/>
    public required long Version { get; init; }
    /// <summary>Business date.</summary>
    public required DateOnly ArrivedOn { get; init; }
    /// <summary>ISO 4217.</summary>
    public required string CurrencyCode { get; init; }
    /// <summary>At the price of the order.</summary>
    public required FundShare Share { get; init; }
}

/// <summary>A term of a subscription was agreed: its price is committed.</summary>
public sealed record SubscriptionCommitted : IMessage
{
    /// <inheritdoc/>
    public required string Aggregate { get; init; }
    /// <inheritdoc/>
    public required long Version { get; init; }
    /// <summary><c>suppliers/ID</c>.</summary>
    public required string Supplier { get; init; }
    /// <summary>First day of the term.</summary>
    public required DateOnly StartsOn { get; init; }
    /// <summary>Last day of the term, inclusive.</summary>
    public required DateOnly EndsOn { get; init; }
    /// <summary>ISO 4217.</summary>
    public required string CurrencyCode { get; init; }
    /// <summary>The term's price.</summary>
    public required FundShare Share { get; init; }
}

/// <summary>A supplier's invoice was taken: it adds up, and each part has a fund that pays it.</summary>
public sealed record InvoiceReceived : IMessage
{
    /// <inheritdoc/>
    public required string Aggregate { get; init; }
    /// <inheritdoc/>
    public required long Version { get; init; }
    /// <summary><c>suppliers/ID</c>.</summary>
    public required string Supplier { get; init; }
    /// <summary>The supplier's number of it; no two of one supplier are the same.</summary>
    public required string Number { get; init; }
    /// <summary>Date of the invoice.</summary>
    public required DateOnly IssuedOn { get; init; }
    /// <summary>Last day to pay it.</summary>
    public required DateOnly DueOn { get; init; }
    /// <summary>ISO 4217.</summary>
    public required string CurrencyCode { get; init; }
    /// <summary>Without tax.</summary>
    public required long NetMinor { get; init; }
    /// <summary>The tax.</summary>
    public required long VatMinor { get; init; }
    /// <summary>Net and tax: the sum of the shares.</summary>
    public required long TotalMinor { get; init; }
    /// <summary>By line.</summary>
    public required IReadOnlyList<FundShare> Shares { get; init; }
}
