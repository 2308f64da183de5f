using Library.Membership.Members;
using Library.Membership.V1;
using Library.ServiceDefaults.Data;
using Library.ServiceDefaults.Requests;
using NodaTime.Text;

namespace Library.Membership.Features.Reading;

/// <summary>All that Membership knows of a person, for the person (GDPR art. 15).</summary>
public sealed class ExportMember(NpgsqlDataSource database, MemberReader reader)
{
    public async Task<ExportMemberResponse> RunAsync(string name, CancellationToken cancellationToken)
    {
        var id = ResourceName.Parse(MemberRow.Collection, name, "member");
        var export = new ExportMemberResponse { Member = await reader.OneAsync(name, cancellationToken) };
        await using (var cards = database.Command("SELECT number, issued_on, replaced_on FROM card WHERE member_id = $1 ORDER BY serial LIMIT 1000", id))
        await using (var row = await cards.ExecuteReaderAsync(cancellationToken))
            while (await row.ReadAsync(cancellationToken))
                export.Cards.Add(new Card { Number = row.GetString(0), IssuedOn = Date(row, 1), ReplacedOn = row.IsDBNull(2) ? "" : Date(row, 2) });
        await using (var terms = database.Command("SELECT starts_on, ends_on FROM term WHERE member_id = $1 ORDER BY starts_on LIMIT 1000", id))
        await using (var row = await terms.ExecuteReaderAsync(cancellationToken))
            while (await row.ReadAsync(cancellationToken))
                export.Terms.Add(new Term { StartsOn = Date(row, 0), EndsOn = Date(row, 1) });
        return export;
    }

    private static string Date(NpgsqlDataReader row, int at) => LocalDatePattern.Iso.Format(row.GetFieldValue<LocalDate>(at));
}
