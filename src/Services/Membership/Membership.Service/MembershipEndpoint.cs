using Grpc.Core;
using Library.Membership.Features.Erasing;
using Library.Membership.Features.Joining;
using Library.Membership.Features.Leaving;
using Library.Membership.Features.Reading;
using Library.Membership.Features.Renewing;
using Library.Membership.Features.ReplacingCard;
using Library.Membership.Features.Restricting;
using Library.Membership.Features.Searching;
using Library.Membership.Features.Upgrading;
using Library.Membership.Members;
using Library.Membership.V1;
using Library.ServiceDefaults.Data;
using Library.ServiceDefaults.Security;

namespace Library.Membership;

/// <summary>The outward methods: who calls, which feature, and what a repeated command is answered.</summary>
public sealed class MembershipEndpoint(
    Idempotency idempotency, MemberReader reader, CreateMember create, SearchMembers search, RenewMember renew, UpgradeMember upgrade, ReplaceCard replaceCard,
    RestrictMember restrict, LeaveMember leave, EraseMember erase, ExportMember export) : MembershipService.MembershipServiceBase
{
    public override Task<CreateMemberResponse> CreateMember(CreateMemberRequest request, ServerCallContext context) => idempotency.RunAsync(
        context, request, key => create.RunAsync(request, key, context.CancellationToken), name => create.ReadAgainAsync(name, context.CancellationToken));

    public override Task<Member> GetMember(GetMemberRequest request, ServerCallContext context) =>
        reader.OneAsync(Caller.Of(context).MemberOr(request.Name), context.CancellationToken);

    public override Task<SearchMembersResponse> SearchMembers(SearchMembersRequest request, ServerCallContext context) =>
        search.RunAsync(request, context.CancellationToken);

    public override Task<Member> RenewMember(RenewMemberRequest request, ServerCallContext context)
    {
        var name = Caller.Of(context).MemberOr(request.Name);
        return OnceAsync(context, request, key => renew.RunAsync(name, key, context.CancellationToken));
    }

    public override Task<Member> UpgradeMember(UpgradeMemberRequest request, ServerCallContext context) =>
        OnceAsync(context, request, key => upgrade.RunAsync(request.Name, key, context.CancellationToken));

    public override Task<Member> ReplaceCard(ReplaceCardRequest request, ServerCallContext context) =>
        OnceAsync(context, request, key => replaceCard.RunAsync(request.Name, key, context.CancellationToken));

    public override Task<Member> RestrictMember(RestrictMemberRequest request, ServerCallContext context) =>
        OnceAsync(context, request, key => restrict.RunAsync(request, key, context.CancellationToken));

    public override Task<Member> ReleaseMember(ReleaseMemberRequest request, ServerCallContext context) =>
        OnceAsync(context, request, key => restrict.ReleaseAsync(request, key, context.CancellationToken));

    public override Task<Member> LeaveMember(LeaveMemberRequest request, ServerCallContext context)
    {
        var name = Caller.Of(context).MemberOr(request.Name);
        return OnceAsync(context, request, key => leave.RunAsync(name, key, context.CancellationToken));
    }

    public override Task<Member> EraseMember(EraseMemberRequest request, ServerCallContext context) =>
        OnceAsync(context, request, key => erase.RunAsync(request.Name, key, context.CancellationToken));

    public override Task<ExportMemberResponse> ExportMember(ExportMemberRequest request, ServerCallContext context) =>
        export.RunAsync(Caller.Of(context).MemberOr(request.Name), context.CancellationToken);

    /// <summary>A member's answer is personal: it is never kept with the key but read again.</summary>
    private Task<Member> OnceAsync(ServerCallContext context, Google.Protobuf.IMessage request, Func<CommandKey, Task<Member>> command) =>
        idempotency.RunAsync(context, request, command, name => reader.OneAsync(name, context.CancellationToken));
}
