namespace Library.Catalog.Features.Printing;

/// <summary>What this folder is made of.</summary>
public static class PrintingSetup
{
    public static void AddPrinting(this IServiceCollection services) =>
        services.AddSingleton<PrintLabels>().AddSingleton<ShelfList>().AddSingleton<NewAcquisitions>();

    public static void MapPrinting(this IEndpointRouteBuilder app)
    {
        PrintLabels.Map(app);
        ShelfList.Map(app);
        NewAcquisitions.Map(app);
    }
}
