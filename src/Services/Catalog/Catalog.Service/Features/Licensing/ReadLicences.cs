using Library.Catalog.Rules;
using Library.Catalog.V1;
using Library.ServiceDefaults.Data;
using Library.ServiceDefaults.Errors;
using Library.ServiceDefaults.Requests;
using Library.ServiceDefaults.Time;

namespace Library.Catalog.Features.Licensing;

/// <summary>Packages for staff, and how a title stands for everybody. Goes by the clock, not by what the worker has done.</summary>
public sealed class ReadLicences(NpgsqlDataSource database, BusinessClock clock)
{
    public const string Collection = "licences";

    private const string Select = """
        SELECT p.id, p.record, t.material, p.provider, p.reference, p.kind, p.seats, p.loans_bought, p.loans_used, p.price_minor, p.currency_code,
               p.valid_from, p.valid_to
        FROM licence_package p JOIN licensed_title t ON t.record = p.record
        """;

    public async Task<Licence> GetAsync(string name, CancellationToken cancellationToken)
    {
        await using var command = database.Command(Select + " WHERE p.id = $1", ResourceName.Parse(Collection, name, "licence"));
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        return await row.ReadAsync(cancellationToken) ? Read(row) : throw Failure.NotFound("licence");
    }

    public async Task<ListLicencesResponse> ListAsync(ListLicencesRequest request, CancellationToken cancellationToken)
    {
        var fields = new Fields();
        var record = fields.Name("record", "records", request.Record);
        var size = fields.PageSize(request.PageSize, absent: 50, max: 100);
        fields.ThrowIfWrong();
        var after = Guid.Empty;
        if (PageToken.Read(request.PageToken, 1) is { } key && !Guid.TryParseExact(key[0], "D", out after))
            throw Failure.Invalid(new Violation("pageToken", "PAGE_TOKEN"));
        await using var command = database.Command(Select + " WHERE p.record = $1 AND p.id > $2 ORDER BY p.id LIMIT $3", record, after, size + 1);
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        var answer = new ListLicencesResponse();
        while (await row.ReadAsync(cancellationToken)) answer.Licences.Add(Read(row));
        if (answer.Licences.Count > size)
        {
            answer.Licences.RemoveAt(size);
            answer.NextPageToken = PageToken.Write(answer.Licences[^1].Name[(Collection.Length + 1)..]);
        }
        return answer;
    }

    public async Task<LicensedTitle> TitleAsync(string name, CancellationToken cancellationToken)
    {
        var record = ResourceName.Parse(TitleQueue.TitleCollection, name, "licensedTitle");
        await using var command = database.Command("""
            SELECT t.material, t.youth, r.title, coalesce(s.total, 0)::int, coalesce(s.free, 0)::int, h.offered::int, h.waiting::int
            FROM licensed_title t JOIN record r ON r.id = t.record
            CROSS JOIN LATERAL (
                SELECT sum(p.seats) AS total,
                    sum(least(p.seats - (SELECT count(*) FROM licence_loan l WHERE l.package = p.id AND l.ended_at IS NULL AND l.ends_at > $3),
                        p.loans_bought - p.loans_used)) FILTER (WHERE p.valid_to IS NULL OR p.valid_to > $2) AS free -- on its last day it is lent no more
                FROM licence_package p WHERE p.record = t.record AND p.valid_from <= $2 AND (p.valid_to IS NULL OR p.valid_to >= $2)) s
            CROSS JOIN LATERAL (
                SELECT count(*) FILTER (WHERE state = 'OFFERED' AND offered_until > $3) AS offered, count(*) FILTER (WHERE state = 'WAITING') AS waiting
                FROM licence_hold WHERE record = t.record AND closed_at IS NULL) h
            WHERE t.record = $1
            """, record, clock.Today, clock.Now);
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        if (!await row.ReadAsync(cancellationToken)) throw Failure.NotFound("licensedTitle");
        var (free, offered, waiting) = (row.GetInt32(4), row.GetInt32(5), row.GetInt32(6));
        return new LicensedTitle
        {
            Name = name,
            Record = ResourceName.Of("records", record),
            Title = row.GetString(2),
            Material = Codes.MaterialOf(row.GetString(0)),
            Youth = row.GetBoolean(1),
            LicencesTotal = row.GetInt32(3),
            LicencesAvailable = Math.Max(0, free - offered - waiting),
            Waiting = waiting,
        };
    }

    private static Licence Read(NpgsqlDataReader row) => new()
    {
        Name = ResourceName.Of(Collection, row.GetGuid(0)),
        Record = ResourceName.Of("records", row.GetGuid(1)),
        Material = Codes.MaterialOf(row.GetString(2)),
        Provider = row.GetString(3),
        Reference = row.GetString(4),
        Kind = Names.Parse<Licence.Types.Kind>(row.GetString(5)) ?? throw new InvalidOperationException("A kind of licence that no code knows."),
        Seats = row.GetInt32(6),
        LoansBought = row.IsDBNull(7) ? 0 : row.GetInt32(7),
        LoansUsed = row.GetInt32(8),
        PriceMinor = row.GetInt64(9),
        CurrencyCode = row.GetString(10),
        ValidFrom = row.GetFieldValue<LocalDate>(11).Iso(),
        ValidTo = row.IsDBNull(12) ? "" : row.GetFieldValue<LocalDate>(12).Iso(),
    };
}
