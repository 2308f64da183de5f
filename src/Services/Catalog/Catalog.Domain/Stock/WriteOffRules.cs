namespace Library.Catalog.Domain.Stock;

/// <summary>Why something is not done with a write-off or with what was written off.</summary>
public enum WriteOffRefusal
{
    /// <summary>It is not in the state for this: copies are added to a draft, a draft is proposed, a proposal is executed.</summary>
    WriteOffState = 1,

    /// <summary>There is nothing on the list.</summary>
    WriteOffEmpty,

    /// <summary>Only what is written off is sold.</summary>
    ItemNotWrittenOff,

    /// <summary>The copy is sold already.</summary>
    ItemSold,

    /// <summary>The price list has no such price.</summary>
    NoSalePrice,
}
