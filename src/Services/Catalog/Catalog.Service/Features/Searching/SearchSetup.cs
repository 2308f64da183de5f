using Library.ServiceDefaults.Data;

namespace Library.Catalog.Features.Searching;

/// <summary>What search is made of, and its own connections to the catalogue's database.</summary>
public static class SearchSetup
{
    /// <summary>Of the data source that searches use.</summary>
    public const string Database = "catalog-search";

    public static void AddSearching(this IHostApplicationBuilder builder)
    {
        // below the usual 0.3, because one mistake in a short word leaves little in common; what is too far is left out afterwards
        builder.AddQuestionDatabase(Database, "catalog-db", "-c pg_trgm.similarity_threshold=0.24");
        builder.Services.AddSingleton<ListRecords>().AddSingleton<Vocabulary>().AddSingleton<SuggestRecords>();
    }
}
