using Google.Protobuf.Reflection;
using Library.Catalog.V1;

namespace Library.Catalog;

/// <summary>The protos of Catalog.</summary>
public static class CatalogContract
{
    /// <summary>One file for each part of its work.</summary>
    public static IReadOnlyList<FileDescriptor> Files =>
    [
        CatalogReflection.Descriptor, StockReflection.Descriptor, SerialsReflection.Descriptor, AcquisitionsReflection.Descriptor, LicencesReflection.Descriptor,
        HoldsReflection.Descriptor, CirculationReflection.Descriptor,
        StatisticsReflection.Descriptor, ArchiveReflection.Descriptor,
        InterlibraryReflection.Descriptor, HomedeliveryReflection.Descriptor, LockersReflection.Descriptor,
        OfflineReflection.Descriptor, UndoReflection.Descriptor, ReturnclaimsReflection.Descriptor, LossesReflection.Descriptor,
        KioskReflection.Descriptor,
    ];
}
