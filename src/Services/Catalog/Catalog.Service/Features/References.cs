using Library.ServiceDefaults.Data;
using Library.ServiceDefaults.Requests;

namespace Library.Catalog.Features;

/// <summary>Suppliers and funds that a request names must be in the register. A fund that is closed takes nothing new.</summary>
internal static class References
{
    /// <exception cref="ServiceDefaults.Errors.Failure">INVALID_ARGUMENT, UNKNOWN for each.</exception>
    public static async Task CheckAsync(
        NpgsqlTransaction transaction, Guid? supplier, IEnumerable<string> funds, string fundField = "fund", CancellationToken cancellationToken = default)
    {
        var fields = new Fields();
        if (supplier is { } named)
        {
            await using var find = transaction.Command("SELECT id FROM supplier WHERE id = $1", named);
            if (await find.ExecuteScalarAsync(cancellationToken) is null) fields.Wrong("supplier", "UNKNOWN");
        }
        var wanted = funds.Distinct().ToArray();
        // shared, so that a fund is not closed while it is being used
        await using (var open = transaction.Command("SELECT code FROM fund WHERE code = ANY ($1) AND NOT closed ORDER BY code FOR SHARE", (object)wanted))
        await using (var row = await open.ExecuteReaderAsync(cancellationToken))
        {
            var found = 0;
            while (await row.ReadAsync(cancellationToken)) found++;
            if (found < wanted.Length) fields.Wrong(fundField, "UNKNOWN");
        }
        fields.ThrowIfWrong();
    }
}
