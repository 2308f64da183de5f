using System.Globalization;
using Library.ServiceDefaults.Requests;

namespace Library.Catalog.Features.Ordering;

/// <summary>orders/ID/lines/N.</summary>
internal readonly record struct OrderLineName(Guid Order, int Line)
{
    private const string Between = "/lines/";

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{ResourceName.Of(OrderRows.Collection, Order)}{Between}{Line}");

    public static bool TryParse(string name, out OrderLineName line)
    {
        line = default;
        var cut = name.IndexOf(Between, StringComparison.Ordinal);
        if (cut < 0 || !ResourceName.TryParse(OrderRows.Collection, name[..cut], out var order)
            || !int.TryParse(name.AsSpan(cut + Between.Length), NumberStyles.None, CultureInfo.InvariantCulture, out var number))
            return false;
        line = new OrderLineName(order, number);
        return true;
    }
}
