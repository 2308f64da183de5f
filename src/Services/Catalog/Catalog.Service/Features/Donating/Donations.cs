using Library.Catalog.Rules;
using Library.Catalog.V1;
using Library.ServiceDefaults.Data;
using Library.ServiceDefaults.Errors;
using Library.ServiceDefaults.Requests;
using Library.ServiceDefaults.Time;

namespace Library.Catalog.Features.Donating;

/// <summary>The register of donations: what was brought, what was accepted of it and what was not. Of the donor only the entry in their register.</summary>
public sealed class Donations(NpgsqlDataSource database, NetworkRules rules, BusinessClock clock)
{
    public const string Collection = "donations";
    private const int MostTitles = 500, MostCopies = 1_000, LongestTitle = 300, LongestNote = 200;
    private static readonly LocalDate End = new(9000, 1, 1);

    public async Task<Donation> CreateAsync(CreateDonationRequest request, CommandKey key, CancellationToken cancellationToken)
    {
        var donation = Check(request);
        var id = Guid.CreateVersion7();
        donation.Name = ResourceName.Of(Collection, id);
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await using var batch = new NpgsqlBatch(transaction.Open(), transaction)
        {
            BatchCommands =
            {
                DatabaseSetup.BatchCommand("INSERT INTO donation (id, branch, donor, received_on, entered_at) VALUES ($1, $2, $3, $4, $5)",
                    id, donation.Branch, donation.Donor, Requests.DateOf(donation.ReceivedOn), clock.Now),
                DatabaseSetup.BatchCommand("""
                    INSERT INTO donation_title (donation, position, title, copies, accepted, note)
                    SELECT $1, position, title, copies, accepted, note
                    FROM unnest($2::text[], $3::integer[], $4::boolean[], $5::text[]) WITH ORDINALITY AS given (title, copies, accepted, note, position)
                    """, id, donation.Titles.Select(title => title.Title).ToArray(), donation.Titles.Select(title => title.Copies).ToArray(),
                    donation.Titles.Select(title => title.Accepted).ToArray(), donation.Titles.Select(title => title.Note).ToArray()),
            },
        };
        await batch.ExecuteNonQueryAsync(cancellationToken);
        await key.RecordAsync(transaction, donation.Name, donation, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return donation;
    }

    private Donation Check(CreateDonationRequest request)
    {
        var fields = new Fields();
        var today = clock.Today;
        var received = fields.OptionalDate("receivedOn", request.ReceivedOn) ?? today;
        if (received > today) fields.Wrong("receivedOn", "FUTURE");
        if (request.Titles.Count is 0 or > MostTitles) fields.Wrong("titles", "COUNT", ("expected", $"1–{MostTitles}"));
        var donation = new Donation
        {
            Branch = fields.Branch("branch", request.Branch, rules),
            Donor = fields.Code("donor", request.Donor),
            ReceivedOn = received.Iso(),
            Titles =
            {
                request.Titles.Take(MostTitles).Select((title, at) => new DonatedTitle
                {
                    Title = fields.Text($"titles[{at}].title", title.Title, 1, LongestTitle),
                    Copies = (int)fields.Range($"titles[{at}].copies", title.Copies, 1, MostCopies),
                    Accepted = title.Accepted,
                    Note = fields.Text($"titles[{at}].note", title.Note, 0, LongestNote),
                }),
            },
        };
        fields.ThrowIfWrong();
        donation.Accepted = donation.Titles.Where(title => title.Accepted).Sum(title => (long)title.Copies);
        donation.Refused = donation.Titles.Where(title => !title.Accepted).Sum(title => (long)title.Copies);
        return donation;
    }

    /// <summary>Of donation d, with its counts.</summary>
    private const string Select = """
        SELECT d.id, d.branch, d.donor, d.received_on, (SELECT coalesce(sum(copies) FILTER (WHERE accepted), 0) FROM donation_title t WHERE t.donation = d.id),
            (SELECT coalesce(sum(copies) FILTER (WHERE NOT accepted), 0) FROM donation_title t WHERE t.donation = d.id)
        FROM donation d
        """;

    public async Task<Donation> GetAsync(string name, CancellationToken cancellationToken)
    {
        var id = ResourceName.Parse(Collection, name, "donation");
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var batch = new NpgsqlBatch(connection)
        {
            BatchCommands =
            {
                DatabaseSetup.BatchCommand(Select + " WHERE d.id = $1", id),
                DatabaseSetup.BatchCommand("SELECT title, copies, accepted, note FROM donation_title WHERE donation = $1 ORDER BY position", id),
            },
        };
        await using var row = await batch.ExecuteReaderAsync(cancellationToken);
        if (!await row.ReadAsync(cancellationToken)) throw Failure.NotFound("donation");
        var donation = Read(row);
        await row.NextResultAsync(cancellationToken);
        while (await row.ReadAsync(cancellationToken))
            donation.Titles.Add(new DonatedTitle { Title = row.GetString(0), Copies = row.GetInt32(1), Accepted = row.GetBoolean(2), Note = row.GetString(3) });
        return donation;
    }

    public async Task<ListDonationsResponse> ListAsync(ListDonationsRequest request, CancellationToken cancellationToken)
    {
        var fields = new Fields();
        if (request.Branch.Length > 0) fields.Branch("branch", request.Branch, rules);
        if (request.Donor.Length > 0) fields.Code("donor", request.Donor);
        var size = fields.PageSize(request.PageSize, absent: 50, max: 200);
        var after = PageToken.Read(request.PageToken, 2);
        var (on, id) = after is null ? (End, Guid.Empty) : (fields.Date("pageToken", after[0]), fields.Name("pageToken", Collection, after[1]));
        fields.ThrowIfWrong();
        await using var command = database.Command($"""
            {Select} WHERE ($1 = '' OR d.branch = $1) AND ($2 = '' OR d.donor = $2) AND (d.received_on, d.id) < ($3, $4)
            ORDER BY d.received_on DESC, d.id DESC LIMIT $5
            """, request.Branch, request.Donor, on, id, size + 1);
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        var answer = new ListDonationsResponse();
        while (await row.ReadAsync(cancellationToken))
            if (answer.Donations.Count < size) answer.Donations.Add(Read(row));
            else answer.NextPageToken = PageToken.Write(answer.Donations[^1].ReceivedOn, answer.Donations[^1].Name);
        return answer;
    }

    private static Donation Read(NpgsqlDataReader row) => new()
    {
        Name = ResourceName.Of(Collection, row.GetGuid(0)),
        Branch = row.GetString(1),
        Donor = row.GetString(2),
        ReceivedOn = row.GetFieldValue<LocalDate>(3).Iso(),
        Accepted = row.GetInt64(4),
        Refused = row.GetInt64(5),
    };
}
