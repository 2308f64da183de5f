using System.Globalization;
using Library.Catalog.Rules;
using Library.Catalog.V1;
using Library.ServiceDefaults.Data;
using Library.ServiceDefaults.Requests;
using Library.ServiceDefaults.Time;
using Kind = Library.Catalog.V1.CirculationStatistics.Types.Kind;

namespace Library.Catalog.Features.Counting;

/// <summary>Counts what was used in the library, which is free and no loan (art. 32): the copies themselves do not change.</summary>
public sealed class CountLibraryUse(NpgsqlDataSource database, NetworkRules rules, BusinessClock clock)
{
    private const int MostBarcodes = 200;
    private static readonly string Use = Names.Of(Kind.InLibraryUse);

    public async Task<LibraryUse> RunAsync(CreateLibraryUseRequest request, CommandKey key, CancellationToken cancellationToken)
    {
        var fields = new Fields();
        var branch = fields.Branch("branch", request.Branch, rules);
        var day = fields.Day("date", request.Date, clock.Today);
        var scanned = request.Barcodes.Count > 0;
        var byHand = request.Material != Item.Types.Material.Unspecified || request.Count != 0;
        if (scanned == byHand) fields.Wrong("barcodes", "ONE_OF", ("expected", "barcodes, material"));
        else if (byHand)
        {
            fields.Enum("material", request.Material);
            fields.Count("count", request.Count);
        }
        else
        {
            if (request.Barcodes.Count > MostBarcodes) fields.Wrong("barcodes", "COUNT", ("expected", string.Create(CultureInfo.InvariantCulture, $"1–{MostBarcodes}")));
            foreach (var (at, barcode) in request.Barcodes.Take(MostBarcodes).Index()) fields.Code($"barcodes[{at}]", barcode);
        }
        fields.ThrowIfWrong();

        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        var use = new LibraryUse { Branch = branch, Date = day.Iso(), Count = request.Count };
        if (scanned) use.Count = await ScannedAsync(transaction, branch, day, request.Barcodes, cancellationToken);
        else await CountByHand.AddAsync(transaction, day, Use, branch, Names.Of(request.Material), "", "", request.Count, cancellationToken);
        await key.RecordAsync(transaction, "libraryUses", use, cancellationToken);
        await transaction.CommitTracedAsync(cancellationToken);
        return use;
    }

    /// <summary>How many: a copy that was scanned twice lay there once.</summary>
    private static async Task<int> ScannedAsync(
        NpgsqlTransaction transaction, string branch, LocalDate day, IReadOnlyList<string> barcodes, CancellationToken cancellationToken)
    {
        string[] copies = [.. barcodes.Distinct()];
        await using (var find = transaction.Command("SELECT barcode FROM item WHERE barcode = ANY ($1)", [copies]))
        await using (var row = await find.ExecuteReaderAsync(cancellationToken))
        {
            var known = new HashSet<string>();
            while (await row.ReadAsync(cancellationToken)) known.Add(row.GetString(0));
            var fields = new Fields();
            foreach (var (at, barcode) in barcodes.Index().Where(one => !known.Contains(one.Item))) fields.Wrong($"barcodes[{at}]", "UNKNOWN");
            fields.ThrowIfWrong();
        }
        await using var count = transaction.Command($"""
            INSERT INTO circulation_fact ({CirculationFacts.Columns})
            SELECT $2, $3, $4, material, '', '', '', '', count(*) FROM item WHERE barcode = ANY ($1) GROUP BY material
            """, copies, day, Use, branch);
        await count.ExecuteNonQueryAsync(cancellationToken);
        return copies.Length;
    }
}
