namespace Library.Catalog.Features.Undoing;

/// <summary>What this folder is made of.</summary>
public static class UndoingSetup
{
    public static IServiceCollection AddUndoing(this IServiceCollection services) =>
        services.AddSingleton<UndoLoan>().AddSingleton<UndoRenewal>().AddSingleton<UndoReturn>();
}
