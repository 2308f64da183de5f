using System.Globalization;
using Library.Catalog.Domain.Stock;
using Library.Catalog.Rules;
using Library.Catalog.V1;
using Library.ServiceDefaults.Data;
using Library.ServiceDefaults.Errors;
using Library.ServiceDefaults.Requests;
using Library.ServiceDefaults.Time;

namespace Library.Catalog.Features.WritingOff;

/// <summary>Commissions' lists with their sums, and what is on them.</summary>
public sealed class ReadWriteOffs(NpgsqlDataSource database, NetworkRules rules, BusinessClock clock)
{
    private static readonly Instant End = Instant.FromUtc(9000, 1, 1, 0, 0);

    /// <summary>Of copies w on a list, their items i and those ones' records r. What is not proposed yet is not valued.</summary>
    private const string SelectItems = """
        SELECT w.barcode, coalesce(i.accession_number, ''), r.title, w.reason, w.price_minor, w.book_value_minor, w.cost_centre,
            i.price_minor, i.acquired_on, i.created_at, i.cost_centre, i.branch
        FROM write_off_item w JOIN item i ON i.barcode = w.barcode JOIN record r ON r.id = i.record
        """;

    public async Task<WriteOff> GetAsync(string name, CancellationToken cancellationToken)
    {
        var id = WriteOffRow.IdOf(name);
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var batch = new NpgsqlBatch(connection)
        {
            BatchCommands =
            {
                DatabaseSetup.BatchCommand(WriteOffRow.Select + " WHERE id = $1", id),
                DatabaseSetup.BatchCommand("SELECT role, initials, signed_on FROM write_off_signature WHERE write_off = $1 ORDER BY position", id),
                DatabaseSetup.BatchCommand(SelectItems + " WHERE w.write_off = $1", id),
            },
        };
        await using var row = await batch.ExecuteReaderAsync(cancellationToken);
        if (!await row.ReadAsync(cancellationToken)) throw Failure.NotFound("writeOff");
        var answer = WriteOffRow.Read(row).Answer(rules);
        await row.NextResultAsync(cancellationToken);
        while (await row.ReadAsync(cancellationToken))
            answer.Signatures.Add(new CommissionSignature
            {
                Role = row.GetString(0), Initials = row.GetString(1), SignedOn = row.GetFieldValue<LocalDate>(2).Iso(),
            });
        await row.NextResultAsync(cancellationToken);
        await SumAsync(row, answer, cancellationToken);
        return answer;
    }

    public async Task<ListWriteOffsResponse> ListAsync(ListWriteOffsRequest request, CancellationToken cancellationToken)
    {
        var fields = new Fields();
        var size = fields.PageSize(request.PageSize, absent: 50, max: 200);
        fields.ThrowIfWrong();
        var (before, beforeId) = After(request.PageToken);
        await using var command = database.Command(
            $"{WriteOffRow.Select} WHERE (created_at, id) < ($1, $2) ORDER BY created_at DESC, id DESC LIMIT $3", before, beforeId, size + 1);
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        var lists = new List<WriteOffRow>();
        while (await row.ReadAsync(cancellationToken)) lists.Add(WriteOffRow.Read(row));
        var answer = new ListWriteOffsResponse { WriteOffs = { lists.Take(size).Select(list => list.Answer(rules)) } };
        if (lists.Count > size)
            answer.NextPageToken = PageToken.Write(
                lists[size - 1].CreatedAt.ToUnixTimeTicks().ToString(CultureInfo.InvariantCulture), lists[size - 1].Id.ToString("D"));
        return answer;
    }

    public async Task<ListWriteOffItemsResponse> ItemsAsync(ListWriteOffItemsRequest request, CancellationToken cancellationToken)
    {
        var fields = new Fields();
        var size = fields.PageSize(request.PageSize, absent: 100, max: 500);
        fields.ThrowIfWrong();
        var after = PageToken.Read(request.PageToken, 1)?[0] ?? "";
        var id = WriteOffRow.IdOf(request.Name);
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var batch = new NpgsqlBatch(connection)
        {
            BatchCommands =
            {
                DatabaseSetup.BatchCommand("SELECT 1 FROM write_off WHERE id = $1", id),
                DatabaseSetup.BatchCommand(SelectItems + " WHERE w.write_off = $1 AND w.barcode > $2 ORDER BY w.barcode LIMIT $3", id, after, size + 1),
            },
        };
        await using var row = await batch.ExecuteReaderAsync(cancellationToken);
        if (!await row.ReadAsync(cancellationToken)) throw Failure.NotFound("writeOff");
        await row.NextResultAsync(cancellationToken);
        var answer = new ListWriteOffItemsResponse();
        while (await row.ReadAsync(cancellationToken))
            if (answer.Items.Count < size) answer.Items.Add(Read(row));
            else answer.NextPageToken = PageToken.Write(answer.Items[^1].Barcode);
        return answer;
    }

    /// <summary>Every copy's value is a whole number of minor units, so that the sums add up.</summary>
    private async Task SumAsync(NpgsqlDataReader row, WriteOff answer, CancellationToken cancellationToken)
    {
        var sums = new SortedDictionary<string, CostCentreSum>(StringComparer.Ordinal);
        while (await row.ReadAsync(cancellationToken))
        {
            var item = Read(row);
            if (!sums.TryGetValue(item.CostCentre, out var sum)) sums.Add(item.CostCentre, sum = new CostCentreSum { CostCentre = item.CostCentre });
            sum.Items++;
            sum.PriceMinor += item.PriceMinor;
            sum.BookValueMinor += item.BookValueMinor;
        }
        answer.CostCentres.AddRange(sums.Values);
        answer.Items = sums.Values.Sum(sum => sum.Items);
        answer.PriceMinor = sums.Values.Sum(sum => sum.PriceMinor);
        answer.BookValueMinor = sums.Values.Sum(sum => sum.BookValueMinor);
    }

    private WriteOffItem Read(NpgsqlDataReader row)
    {
        var valued = !row.IsDBNull(4);
        var price = row.GetInt64(valued ? 4 : 7);
        var acquired = row.IsDBNull(8) ? row.GetFieldValue<Instant>(9).InZone(clock.Zone).Date : row.GetFieldValue<LocalDate>(8);
        return new WriteOffItem
        {
            Barcode = row.GetString(0),
            AccessionNumber = row.GetString(1),
            Title = row.GetString(2),
            Reason = Names.Parse<WriteOff.Types.Reason>(row.GetString(3))!.Value,
            PriceMinor = price,
            BookValueMinor = valued ? row.GetInt64(5) : BookValue.Of(price, acquired, clock.Today, rules.BookValues(clock.Today)),
            CostCentre = valued ? row.GetString(6) : row.GetString(10) is { Length: > 0 } own ? own : rules.MunicipalityOf(row.GetString(11)),
        };
    }

    private static (Instant At, Guid Id) After(string token)
    {
        if (PageToken.Read(token, 2) is not { } key) return (End, Guid.Empty);
        return long.TryParse(key[0], NumberStyles.None, CultureInfo.InvariantCulture, out var ticks) && ticks < End.ToUnixTimeTicks()
                && Guid.TryParseExact(key[1], "D", out var id)
            ? (Instant.FromUnixTimeTicks(ticks), id)
            : throw Failure.Invalid(new Violation("pageToken", "PAGE_TOKEN"));
    }
}
