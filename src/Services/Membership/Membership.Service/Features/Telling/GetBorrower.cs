using Library.Membership.Members;
using Library.Membership.V1;
using Library.ServiceDefaults.Errors;
using Library.ServiceDefaults.Requests;
using NodaTime.Text;

namespace Library.Membership.Features.Telling;

/// <summary>What the desk needs of a member as of now, without personal data (design decision 1).</summary>
public sealed class GetBorrower(NpgsqlDataSource database)
{
    public async Task<Borrower> RunAsync(GetBorrowerRequest request, CancellationToken cancellationToken)
    {
        var fields = new Fields();
        if (request.CardNumber.Length > 0 == request.Member.Length > 0) fields.Wrong("cardNumber", "ONE_OF", ("expected", "cardNumber, member"));
        else if (request.CardNumber.Length > 0) fields.Code("cardNumber", request.CardNumber);
        fields.ThrowIfWrong();
        var member = request.CardNumber.Length > 0
            ? await MemberRows.OfCardAsync(database, request.CardNumber, cancellationToken) ?? throw Failure.NotFound("member")
            : await MemberRows.OneAsync(database, ResourceName.Parse(MemberRow.Collection, request.Member, "member"), cancellationToken);
        var borrower = new Borrower
        {
            Member = member.Name,
            Version = member.Version,
            State = (Member.Types.State)member.State,
            Membership = (MembershipTier.Types.Kind)member.Membership,
            Branch = member.Branch,
            TermEndsOn = LocalDatePattern.Iso.Format(member.Term.EndsOn),
            Restricted = member.Restricted,
            YouthSection = member.YouthSection,
            Category = member.Category,
            Municipality = member.Municipality,
            CardNumber = member.CardNumber,
        };
        borrower.ReplacedCardNumbers.AddRange(member.ReplacedCards);
        // a card older than those that are told is named all the same, or it would look like the good one
        if (request.CardNumber.Length > 0 && request.CardNumber != member.CardNumber && !member.ReplacedCards.Contains(request.CardNumber))
            borrower.ReplacedCardNumbers.Add(request.CardNumber);
        return borrower;
    }
}
