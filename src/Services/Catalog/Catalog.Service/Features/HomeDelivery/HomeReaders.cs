using Library.Catalog.Rules;
using Library.Catalog.V1;
using Library.ServiceDefaults.Data;
using Library.ServiceDefaults.Errors;
using Library.ServiceDefaults.Requests;
using Library.ServiceDefaults.Time;

namespace Library.Catalog.Features.HomeDelivery;

/// <summary>Who is entitled, by the staff's decision: a member's id, a round's code, from and until.</summary>
public sealed class HomeReaders(NpgsqlDataSource database, BusinessClock clock)
{
    public async Task<HomeReader> SetAsync(SetHomeReaderRequest request, CommandKey key, CancellationToken cancellationToken)
    {
        var fields = new Fields();
        var member = fields.Name("member", "members", request.Member);
        var code = fields.Code("roundCode", request.RoundCode);
        var from = fields.OptionalDate("entitledFrom", request.EntitledFrom) ?? clock.Today;
        var until = fields.OptionalDate("entitledUntil", request.EntitledUntil);
        if (until < from) fields.Wrong("entitledUntil", "BEFORE", ("other", "entitledFrom"));
        fields.ThrowIfWrong();
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await using (var set = transaction.Command("""
            INSERT INTO home_reader (member, round_code, entitled_from, entitled_until)
            SELECT member, $2, $3, $4 FROM borrower WHERE member = $1 AND state NOT IN ('LEFT', 'EXCLUDED', 'ERASED')
            ON CONFLICT (member) DO UPDATE SET round_code = excluded.round_code, entitled_from = excluded.entitled_from, entitled_until = excluded.entitled_until
            """, member, code, from, until))
            if (await set.ExecuteNonQueryAsync(cancellationToken) == 0) throw Failure.NotFound("member");
        await key.RecordAsync(transaction, request.Member, null, cancellationToken);
        await transaction.CommitTracedAsync(cancellationToken);
        return new HomeReader { Member = request.Member, RoundCode = code, EntitledFrom = from.Iso(), EntitledUntil = until?.Iso() ?? "" };
    }

    public async Task<HomeReader> GetAsync(string member, CancellationToken cancellationToken)
    {
        await using var command = database.Command(
            "SELECT member, round_code, entitled_from, entitled_until FROM home_reader WHERE member = $1", ResourceName.Parse("members", member, "member"));
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        return await row.ReadAsync(cancellationToken) ? Read(row) : throw Failure.NotFound("member");
    }

    public async Task<ListHomeReadersResponse> ListAsync(ListHomeReadersRequest request, CancellationToken cancellationToken)
    {
        var fields = new Fields();
        var on = fields.OptionalDate("on", request.On);
        if (request.RoundCode.Length > 0) fields.Code("roundCode", request.RoundCode);
        var size = fields.PageSize(request.PageSize, absent: 50, max: 200);
        fields.ThrowIfWrong();
        await using var command = database.Command("""
            SELECT member, round_code, entitled_from, entitled_until FROM home_reader
            WHERE member > $1 AND ($2 = '' OR round_code = $2) AND ($3::date IS NULL OR $3 BETWEEN entitled_from AND coalesce(entitled_until, 'infinity'))
            ORDER BY member LIMIT $4
            """, Pages.AfterId(request.PageToken), request.RoundCode, on, size + 1);
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        var found = new List<HomeReader>();
        while (await row.ReadAsync(cancellationToken)) found.Add(Read(row));
        var answer = new ListHomeReadersResponse();
        answer.NextPageToken = Pages.Cut(found, size, last => PageToken.Write(last.Member["members/".Length..]));
        answer.HomeReaders.AddRange(found);
        return answer;
    }

    private static HomeReader Read(NpgsqlDataReader row) => new()
    {
        Member = ResourceName.Of("members", row.GetGuid(0)),
        RoundCode = row.GetString(1),
        EntitledFrom = row.GetFieldValue<LocalDate>(2).Iso(),
        EntitledUntil = row.IsDBNull(3) ? "" : row.GetFieldValue<LocalDate>(3).Iso(),
    };
}
