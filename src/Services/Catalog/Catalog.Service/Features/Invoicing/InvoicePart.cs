using Library.Catalog.Features.Ordering;
using Library.Catalog.Messages;
using Library.Catalog.Rules;
using Library.Catalog.V1;

namespace Library.Catalog.Features.Invoicing;

/// <summary>A line of an invoice with what it is about: who pays it and where it goes.</summary>
internal sealed record InvoicePart
{
    public required SupplierInvoiceLine Sent { get; init; }
    public OrderLineName? OrderLine { get; init; }
    public Guid? Subscription { get; init; }
    public required string Branch { get; init; }
    public required string Fund { get; init; }
    /// <summary>Empty for a cost beside the material.</summary>
    public string Material { get; init; } = "";

    public long AmountMinor => checked(Sent.NetMinor + Sent.VatMinor);

    public FundShare Share(NetworkRules rules) => new()
    {
        Subject = Sent.OrderLine.Length > 0 ? Sent.OrderLine : Sent.Subscription,
        Fund = Fund,
        Municipality = rules.MunicipalityOf(Branch),
        Branch = Branch,
        Material = Material,
        Copies = Sent.Copies,
        AmountMinor = AmountMinor,
    };
}
