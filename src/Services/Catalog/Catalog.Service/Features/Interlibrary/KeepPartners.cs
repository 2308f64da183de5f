using Library.Catalog.V1;
using Library.ServiceDefaults.Data;
using Library.ServiceDefaults.Errors;
using Library.ServiceDefaults.Requests;

namespace Library.Catalog.Features.Interlibrary;

/// <summary>The register of partner libraries.</summary>
public sealed class KeepPartners(NpgsqlDataSource database)
{
    public const string Collection = "partnerLibraries";
    private const string AgencyIsUnique = "partner_library_agency_is_unique", ClientIsUnique = "partner_library_client_is_unique";
    private const int LongestAgency = 16;
    private const string Select = "SELECT id, agency_id, name, coalesce(client, '') FROM partner_library";

    public async Task<PartnerLibrary> CreateAsync(CreatePartnerLibraryRequest request, CommandKey key, CancellationToken cancellationToken)
    {
        var fields = new Fields();
        if (request.AgencyId.Length == 0) fields.Wrong("agencyId", "REQUIRED");
        else if (request.AgencyId.Length > LongestAgency || request.AgencyId.Any(c => !char.IsAsciiLetterOrDigit(c) && c is not (':' or '/' or '-')))
            fields.Wrong("agencyId", "FORMAT", ("expected", $"1–{LongestAgency} × A–Z, a–z, 0–9, :, /, -"));
        var id = Guid.CreateVersion7();
        var partner = new PartnerLibrary
        {
            Name = ResourceName.Of(Collection, id),
            AgencyId = request.AgencyId,
            DisplayName = fields.Text("displayName", request.DisplayName, 1, 200),
            Client = fields.Text("client", request.Client, 0, 100),
        };
        fields.ThrowIfWrong();
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await using (var insert = transaction.Command(
            "INSERT INTO partner_library (id, agency_id, name, client) VALUES ($1, $2, $3, nullif($4, ''))", id, partner.AgencyId, partner.DisplayName, partner.Client))
            try
            {
                await insert.ExecuteNonQueryAsync(cancellationToken);
            }
            catch (PostgresException taken) when (taken.ConstraintName is AgencyIsUnique or ClientIsUnique)
            {
                throw Failure.AlreadyExists("ALREADY_EXISTS");
            }
        await key.RecordAsync(transaction, partner.Name, partner, cancellationToken);
        await transaction.CommitTracedAsync(cancellationToken);
        return partner;
    }

    public async Task<ListPartnerLibrariesResponse> ListAsync(ListPartnerLibrariesRequest request, CancellationToken cancellationToken)
    {
        var fields = new Fields();
        var size = fields.PageSize(request.PageSize, absent: 50, max: 200);
        fields.ThrowIfWrong();
        await using var command = database.Command(
            Select + " WHERE agency_id > $1 ORDER BY agency_id LIMIT $2", PageToken.Read(request.PageToken, 1) is { } key ? key[0] : "", size + 1);
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        var found = new List<PartnerLibrary>();
        while (await row.ReadAsync(cancellationToken))
            found.Add(new PartnerLibrary
            {
                Name = ResourceName.Of(Collection, row.GetGuid(0)), AgencyId = row.GetString(1), DisplayName = row.GetString(2), Client = row.GetString(3),
            });
        var answer = new ListPartnerLibrariesResponse();
        answer.NextPageToken = Pages.Cut(found, size, last => PageToken.Write(last.AgencyId));
        answer.PartnerLibraries.AddRange(found);
        return answer;
    }
}
