using Library.Catalog.Borrowers;
using Library.Catalog.Features.Archive;
using Library.Catalog.Features.CheckingOut;
using Library.Catalog.Features.Claiming;
using Library.Catalog.Features.Clock;
using Library.Catalog.Features.Counting;
using Library.Catalog.Features.Covers;
using Library.Catalog.Features.Donating;
using Library.Catalog.Features.Explaining;
using Library.Catalog.Features.Exporting;
using Library.Catalog.Features.Forgetting;
using Library.Catalog.Features.Holding;
using Library.Catalog.Features.HomeDelivery;
using Library.Catalog.Features.Importing;
using Library.Catalog.Features.Interlibrary;
using Library.Catalog.Features.Kiosks;
using Library.Catalog.Features.Licensing;
using Library.Catalog.Features.Loans;
using Library.Catalog.Features.Lockers;
using Library.Catalog.Features.Losing;
using Library.Catalog.Features.Merging;
using Library.Catalog.Features.Moving;
using Library.Catalog.Features.Offline;
using Library.Catalog.Features.Overdue;
using Library.Catalog.Features.Printing;
using Library.Catalog.Features.Reminding;
using Library.Catalog.Features.Renewing;
using Library.Catalog.Features.Renown;
using Library.Catalog.Features.Returning;
using Library.Catalog.Features.Rotating;
using Library.Catalog.Features.Searching;
using Library.Catalog.Features.Stock;
using Library.Catalog.Features.Stocktaking;
using Library.Catalog.Features.Undoing;
using Library.Catalog.Features.Visiting;
using Library.Catalog.Features.WritingOff;
using Library.Catalog.Messages;
using Library.Catalog.Rules;
using Library.Catalog.V1;
using Library.Contracts.Operations;
using Library.Finance.V1;
using Library.Membership.V1;
using Library.ServiceDefaults;
using Library.ServiceDefaults.Jobs;
using Library.ServiceDefaults.Operations;

namespace Library.Catalog;

/// <summary>Stock, search, loans and the business clock.</summary>
public static class CatalogApp
{
    public static WebApplication Build(string[] args, Action<WebApplicationBuilder>? adjust = null)
    {
        var builder = LibraryApp.CreateBuilder(
            new LibraryService("catalog", typeof(CatalogApp).Assembly, typeof(ItemLent).Assembly, CatalogContract.Files), args);
        builder.AddCatalog();
        adjust?.Invoke(builder);

        var app = builder.Build();
        app.UseLibrary();
        app.MapGrpcService<CatalogEndpoint>();
        app.MapGrpcService<StockEndpoint>();
        app.MapGrpcService<DirectoryEndpoint>();
        app.MapGrpcService<SerialsEndpoint>();
        app.MapGrpcService<AcquisitionsEndpoint>();
        app.MapGrpcService<HoldsEndpoint>();
        app.MapGrpcService<CirculationEndpoint>();
        app.MapGrpcService<StatisticsEndpoint>();
        app.MapGrpcService<ArchiveEndpoint>();
        app.MapGrpcService<InterlibraryEndpoint>();
        app.MapGrpcService<LockerEndpoint>();
        app.MapGrpcService<UndoingEndpoint>();
        app.MapGrpcService<ClaimingEndpoint>();
        app.MapGrpcService<LossesEndpoint>();
        app.MapGrpcService<KioskEndpoint>();
        app.MapOffline();
        app.MapRecordMarc();
        ImportEndpoint.Map(app);
        BringLoans.Map(app);
        ExportRecords.Map(app);
        ScanFileEndpoint.Map(app);
        ReadProtocol.Map(app);
        app.MapLicensing();
        app.MapHomeDelivery();
        app.MapPrinting();
        app.MapVisiting();
        Covers.Map(app);
        return app;
    }

    private static void AddCatalog(this WebApplicationBuilder builder)
    {
        builder.AddPeer<MembershipDirectory.MembershipDirectoryClient>("membership", MembershipDirectory.Descriptor);
        builder.AddPeer<FinanceDirectory.FinanceDirectoryClient>("finance", FinanceDirectory.Descriptor);
        foreach (var peer in MoveClock.Peers)
            builder.AddPeer<OperationsService.OperationsServiceClient>(peer, OperationsService.Descriptor, peer);

        var services = builder.Services;
        services.AddSingleton<NetworkRules>().AddSingleton<AskOwners>().AddSingleton<Fines>().AddSingleton<DeskMetrics>();
        services.AddSingleton<CheckOutItem>().AddSingleton<RenewLoan>().AddSingleton<ReturnItem>().AddSingleton<ReadLoans>().AddSingleton<LoansOfMember>();
        services.AddHolding();
        services.AddSingleton<ExplainLoan>().AddSingleton<ListLoanDiscretions>();
        services.AddSingleton<CreateItem>().AddSingleton<ReadStock>();
        builder.AddSearching();
        services.AddSingleton<FindDuplicates>().AddSingleton<MergeRecords>().AddSingleton<MergeMatches>().AddSingleton<UnmergeRecord>();
        services.AddSingleton<ImportSignal>().AddSingleton<ImportEndpoint>().AddSingleton<ReadOperation>().AddHostedService<ImportWorker>().AddSingleton<IndexRecords>();
        services.AddHostedService(provider => provider.GetRequiredService<IndexRecords>());
        services.AddSingleton<ListItems>().AddSingleton<UpdateItem>().AddSingleton<MarkItem>().AddSingleton<ReadHistory>();
        services.AddSingleton<OpenStocktaking>().AddSingleton<ScanShelf>().AddSingleton<ScanFileEndpoint>();
        services.AddSingleton<ReadStocktaking>().AddSingleton<EndStocktaking>().AddSingleton<ReadProtocol>();
        services.AddSingleton<DraftWriteOff>().AddSingleton<ExecuteWriteOff>().AddSingleton<ReadWriteOffs>().AddSingleton<SellItem>().AddSingleton<Donations>();
        services.AddSingleton<TransferItem>().AddSingleton<VanRuns>().AddSingleton<ScanVan>().AddSingleton<BalanceStock>();
        services.AddSingleton<MobileStops>().AddSingleton<Boxes>();
        services.AddSingleton<PersonLinks>().AddSingleton<IPeriodicJob, TellOverdue>().AddSingleton<IPeriodicJob, ForgetReaders>().AddSingleton<IPeriodicJob, RemindMembers>();
        services.AddSingleton<MemberTellings>().AddSingleton<IPeriodicJob, TellDueSoon>().AddSingleton<IPeriodicJob, AnnounceReminders>();
        services.AddSingleton<ExportRecords>().AddSingleton<BringLoans>().AddSingleton<IPeriodicJob, CountLoans>();
        services.AddSerials().AddAcquisitions();
        services.AddInterlibrary();
        services.AddHomeDelivery();
        services.AddLockers();
        services.AddVisiting();
        services.AddKiosks();
        services.AddCounting().AddArchive().AddOffline().AddUndoing().AddClaiming().AddLosing();
        services.AddSingleton<OperationsEndpoint>().AddSingleton<MoveClock>();
        builder.AddLicensing();
        services.AddPrinting();
        builder.AddCovers();
    }
}
