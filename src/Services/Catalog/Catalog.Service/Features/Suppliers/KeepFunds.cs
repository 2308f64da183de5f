using Library.Catalog.V1;
using Library.ServiceDefaults.Data;
using Library.ServiceDefaults.Errors;
using Library.ServiceDefaults.Networks;
using Library.ServiceDefaults.Requests;

namespace Library.Catalog.Features.Suppliers;

/// <summary>The codes of funds that orders may name. What a fund holds is Finance's (ADR 19).</summary>
public sealed class KeepFunds(NpgsqlDataSource database, Network network)
{
    private const string CodeIsUnique = "fund_code_is_unique";

    /// <summary>A report names each fund; this many at most.</summary>
    public const int Most = 500;

    public async Task<AcquisitionFund> CreateAsync(CreateAcquisitionFundRequest request, CommandKey key, CancellationToken cancellationToken)
    {
        var fields = new Fields();
        fields.Code("code", request.Code);
        if (request.Municipality.Length > 0 && network.Founders.All(founder => founder.Municipality != request.Municipality))
            fields.Wrong("municipality", "UNKNOWN");
        fields.ThrowIfWrong();
        var fund = new AcquisitionFund { Code = request.Code, Municipality = request.Municipality };
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await using (var insert = transaction.Command("INSERT INTO fund (code, municipality) VALUES ($1, $2)", fund.Code, fund.Municipality))
            try
            {
                await insert.ExecuteNonQueryAsync(cancellationToken);
            }
            catch (PostgresException taken) when (taken.ConstraintName == CodeIsUnique)
            {
                throw Failure.AlreadyExists("ALREADY_EXISTS");
            }
        await key.RecordAsync(transaction, $"acquisitionFunds/{fund.Code}", fund, cancellationToken);
        await transaction.CommitTracedAsync(cancellationToken);
        return fund;
    }

    public async Task<AcquisitionFund> CloseAsync(CloseAcquisitionFundRequest request, CommandKey key, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await using var close = transaction.Command("UPDATE fund SET closed = true WHERE code = $1 RETURNING municipality", request.Code);
        var fund = new AcquisitionFund
        {
            Code = request.Code,
            Municipality = (string?)await close.ExecuteScalarAsync(cancellationToken) ?? throw Failure.NotFound("fund"),
            Closed = true,
        };
        await key.RecordAsync(transaction, $"acquisitionFunds/{fund.Code}", fund, cancellationToken);
        await transaction.CommitTracedAsync(cancellationToken);
        return fund;
    }

    public async Task<ListAcquisitionFundsResponse> ListAsync(ListAcquisitionFundsRequest request, CancellationToken cancellationToken)
    {
        var fields = new Fields();
        var size = fields.PageSize(request.PageSize, absent: 50, max: 200);
        fields.ThrowIfWrong();
        await using var command = database.Command("SELECT code, municipality, closed FROM fund WHERE code > $1 ORDER BY code LIMIT $2",
            PageToken.Read(request.PageToken, 1) is { } key ? key[0] : "", size + 1);
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        var found = new List<AcquisitionFund>();
        while (await row.ReadAsync(cancellationToken))
            found.Add(new AcquisitionFund { Code = row.GetString(0), Municipality = row.GetString(1), Closed = row.GetBoolean(2) });
        var answer = new ListAcquisitionFundsResponse();
        answer.NextPageToken = Pages.Cut(found, size, last => PageToken.Write(last.Code));
        answer.AcquisitionFunds.AddRange(found);
        return answer;
    }
}
