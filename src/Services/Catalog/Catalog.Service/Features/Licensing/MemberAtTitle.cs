using Library.Catalog.Borrowers;
using Library.Catalog.Domain.Lending;
using Library.Catalog.Domain.Licences;
using Library.ServiceDefaults.Data;

namespace Library.Catalog.Features.Licensing;

/// <summary>A member who asks for a licence or a place on the waiting list, and how they stand to the title.</summary>
/// <param name="Borrower">As known here.</param>
/// <param name="LentToMember">Has the title now.</param>
/// <param name="Waits">Is on its waiting list, with or without an offer.</param>
/// <param name="OfferedToOthers">Offers that stand to other members.</param>
/// <param name="OnTheList">Members on the list.</param>
public sealed record MemberAtTitle(Borrower Borrower, bool LentToMember, bool Waits, int OfferedToOthers, int OnTheList)
{
    /// <summary>Read under the lock of the title's row; null where no such member is known here.</summary>
    public static async Task<MemberAtTitle?> LoadAsync(
        NpgsqlTransaction transaction, LockedTitle title, Guid member, LocalDate today, CancellationToken cancellationToken)
    {
        await using var batch = new NpgsqlBatch(transaction.Open(), transaction)
        {
            BatchCommands =
            {
                DatabaseSetup.BatchCommand(Borrower.ByMember, member, today),
                DatabaseSetup.BatchCommand("""
                    SELECT EXISTS (SELECT FROM licence_loan WHERE record = $1 AND member = $2 AND ended_at IS NULL),
                        count(*) FILTER (WHERE member = $2) > 0, count(*) FILTER (WHERE state = 'OFFERED' AND member <> $2)::int, count(*)::int
                    FROM licence_hold WHERE record = $1 AND closed_at IS NULL
                    """, title.Record, member),
            },
        };
        await using var row = await batch.ExecuteReaderAsync(cancellationToken);
        if (!await row.ReadAsync(cancellationToken)) return null;
        var borrower = Borrower.Read(row);
        await row.NextResultAsync(cancellationToken);
        await row.ReadAsync(cancellationToken);
        return new MemberAtTitle(borrower, row.GetBoolean(0), row.GetBoolean(1), row.GetInt32(2), row.GetInt32(3));
    }

    public LicenceRequest Request(LockedTitle title, IReadOnlySet<string> smallFeeBranches) => new()
    {
        Borrower = Borrower.Facts(smallFeeBranches),
        Material = title.MaterialRule,
        Audience = title.Youth ? AgeSection.Youth : AgeSection.Adult,
        LentToMember = LentToMember,
        WaitsAlready = Waits,
        Licences = title.Licences,
        OfferedToOthers = OfferedToOthers,
    };
}
