using Library.Catalog.V1;
using Library.ServiceDefaults.Data;
using Library.ServiceDefaults.Errors;
using Library.ServiceDefaults.Requests;

namespace Library.Catalog.Features.HomeDelivery;

/// <summary>Who carries: entries of a register that is kept elsewhere.</summary>
public sealed class HomeCarriers(NpgsqlDataSource database)
{
    private const string CodeIsUnique = "home_carrier_code_is_unique";

    public async Task<HomeCarrier> CreateAsync(CreateHomeCarrierRequest request, CommandKey key, CancellationToken cancellationToken)
    {
        var fields = new Fields();
        var carrier = new HomeCarrier { Code = fields.Code("code", request.Code), Kind = fields.Enum("kind", request.Kind) };
        fields.ThrowIfWrong();
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await using (var insert = transaction.Command("INSERT INTO home_carrier (code, kind) VALUES ($1, $2)", carrier.Code, Names.Of(carrier.Kind)))
            try
            {
                await insert.ExecuteNonQueryAsync(cancellationToken);
            }
            catch (PostgresException taken) when (taken.ConstraintName == CodeIsUnique)
            {
                throw Failure.AlreadyExists("ALREADY_EXISTS");
            }
        await key.RecordAsync(transaction, carrier.Code, carrier, cancellationToken);
        await transaction.CommitTracedAsync(cancellationToken);
        return carrier;
    }

    public async Task<HomeCarrier> RetireAsync(RetireHomeCarrierRequest request, CommandKey key, CancellationToken cancellationToken)
    {
        var fields = new Fields();
        fields.Code("code", request.Code);
        fields.ThrowIfWrong();
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await using var retire = transaction.Command("UPDATE home_carrier SET retired = true WHERE code = $1 RETURNING kind", request.Code);
        if (await retire.ExecuteScalarAsync(cancellationToken) is not string kind) throw Failure.NotFound("homeCarrier");
        var carrier = new HomeCarrier { Code = request.Code, Kind = Names.Parse<HomeCarrier.Types.Kind>(kind) ?? default, Retired = true };
        await key.RecordAsync(transaction, carrier.Code, carrier, cancellationToken);
        await transaction.CommitTracedAsync(cancellationToken);
        return carrier;
    }

    public async Task<ListHomeCarriersResponse> ListAsync(ListHomeCarriersRequest request, CancellationToken cancellationToken)
    {
        var fields = new Fields();
        var size = fields.PageSize(request.PageSize, absent: 50, max: 200);
        fields.ThrowIfWrong();
        await using var command = database.Command(
            "SELECT code, kind, retired FROM home_carrier WHERE code > $1 ORDER BY code LIMIT $2", PageToken.Read(request.PageToken, 1)?[0] ?? "", size + 1);
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        var found = new List<HomeCarrier>();
        while (await row.ReadAsync(cancellationToken))
            found.Add(new HomeCarrier { Code = row.GetString(0), Kind = Names.Parse<HomeCarrier.Types.Kind>(row.GetString(1)) ?? default, Retired = row.GetBoolean(2) });
        var answer = new ListHomeCarriersResponse();
        answer.NextPageToken = Pages.Cut(found, size, last => PageToken.Write(last.Code));
        answer.HomeCarriers.AddRange(found);
        return answer;
    }
}
