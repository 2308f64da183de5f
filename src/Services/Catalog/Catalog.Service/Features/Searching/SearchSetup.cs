using Library.ServiceDefaults.Data;

namespace Library.Catalog.Features.Searching;

/// <summary>What search is made of, and its own connections to the catalogue's database.</summary>
public static class SearchSetup
{
    /// <summary>Of the data source that searches use.</summary>
    public const string Database = "catalog-search";

    public static void AddSearching(this IHostApplicationBuilder builder)
    {
        // similarity below the usual 0.3, because one mistake in a short word leaves little in common, and what is too far is left out afterwards; memory
        // for the places of a million matches, or every row of a page would be checked again; pages cost what they cost in memory: at their usual price the list
        // of a filter that a quarter of the records have is read twice, to spare some hundred rows that are looked at quicker
        builder.AddQuestionDatabase(Database, "catalog-db", "-c pg_trgm.similarity_threshold=0.24 -c work_mem=32MB -c seq_page_cost=0.05 -c random_page_cost=0.05");
        builder.Services.AddSingleton<ListRecords>().AddSingleton<Vocabulary>().AddSingleton<SuggestRecords>();
    }
}
