using Library.Catalog.Borrowers;
using Library.Catalog.Domain.Lending;
using Library.Catalog.Features.Loans;
using Library.Catalog.V1;
using Library.ServiceDefaults.Data;
using Library.ServiceDefaults.Errors;
using Library.ServiceDefaults.Time;

namespace Library.Catalog.Features.Kiosks;

/// <summary>Whose card was shown, as the desk knows the member. Only where that would refuse are Membership and Finance asked (ADR 1).</summary>
public sealed class KioskCards(NpgsqlDataSource database, AskOwners owners, BusinessClock clock, Texts texts)
{
    /// <param name="card">As it was shown.</param>
    /// <param name="against">What speaks against the member for what is wanted.</param>
    /// <param name="cancellationToken">Of the call.</param>
    /// <returns>The member with what still speaks against them, and the services that could not be asked.</returns>
    /// <exception cref="Failure">NOT_FOUND for an unknown card.</exception>
    public async Task<(Borrower Member, IReadOnlyList<LoanRefusal> Against, IReadOnlyList<string> Away)> FindAsync(
        string card, Func<Borrower, IReadOnlyList<LoanRefusal>> against, CancellationToken cancellationToken)
    {
        IReadOnlyList<string> away = [];
        var found = await ReadAsync(card, cancellationToken);
        if (found is null || against(found).Any(reason => reason.MayBeStale()))
        {
            away = await owners.RefreshAsync(card, found?.Member, cancellationToken);
            found = await ReadAsync(card, cancellationToken);
        }
        return found is null ? throw Failure.NotFound("card", LoanRefusing.Stale(away)) : (found, against(found), away);
    }

    /// <summary>The member whose loans a card changes: one that was replaced changes none (art. 24).</summary>
    /// <exception cref="Failure">NOT_FOUND; FAILED_PRECONDITION CARD_REPLACED.</exception>
    public async Task<Guid> HolderAsync(string card, CancellationToken cancellationToken)
    {
        var (member, against, away) = await FindAsync(card, found => found.CardReplaced ? [LoanRefusal.CardReplaced] : [], cancellationToken);
        return against.Count == 0 ? member.Member : throw LoanRefusing.Failure(against, away);
    }

    /// <summary>The reasons with their texts.</summary>
    public IEnumerable<KioskRefusal> Say(IEnumerable<LoanRefusal> reasons, string? acceptLanguage) =>
        reasons.Select(reason => new KioskRefusal { Reason = reason.Code(), Text = texts.Get(texts.Choose(acceptLanguage), reason.Code(), []) });

    private async Task<Borrower?> ReadAsync(string card, CancellationToken cancellationToken)
    {
        await using var command = database.Command(Borrower.ByCard, card, clock.Today);
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        return await row.ReadAsync(cancellationToken) ? Borrower.Read(row) : null;
    }
}
