using Grpc.Core;
using Library.Membership.Features.Telling;
using Library.Membership.V1;

namespace Library.Membership;

/// <summary>What our own services ask.</summary>
public sealed class DirectoryEndpoint(GetBorrower borrower, GetContact contact) : MembershipDirectory.MembershipDirectoryBase
{
    public override Task<Borrower> GetBorrower(GetBorrowerRequest request, ServerCallContext context) => borrower.RunAsync(request, context.CancellationToken);

    public override Task<Contact> GetContact(GetContactRequest request, ServerCallContext context) => contact.RunAsync(request, context.CancellationToken);
}
