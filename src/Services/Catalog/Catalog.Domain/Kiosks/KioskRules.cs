using Library.Catalog.Domain.Policies;

namespace Library.Catalog.Domain.Kiosks;

/// <summary>What a self-check machine leaves to staff. Lending, returning and renewing go by the desk's own rules.</summary>
public static class KioskRules
{
    /// <summary>
    /// Whether somebody has to look at a copy that was handed in at a machine: one that is damaged or being mended, one that goes back to the library that lent
    /// it, and a suitcase or kit, whose units a machine cannot count (art. 36).
    /// </summary>
    /// <param name="material">Of the copy.</param>
    /// <param name="underRepair">It was recorded as damaged or being mended.</param>
    /// <param name="ofLender">Another library lends it to us.</param>
    public static bool NeedsStaff(Material material, bool underRepair, bool ofLender) =>
        underRepair || ofLender || material is Material.StorySuitcase or Material.MediaKit;
}
