namespace Library.Catalog.Features.Visiting;

/// <summary>What this folder is made of.</summary>
public static class VisitingSetup
{
    public static void AddVisiting(this IServiceCollection services) => services.AddSingleton<ReadVisit>().AddSingleton<PrintVisit>().AddSingleton<MailReceipt>();

    public static void MapVisiting(this IEndpointRouteBuilder app) => PrintVisit.Map(app);
}
