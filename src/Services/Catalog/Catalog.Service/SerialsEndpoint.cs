using Grpc.Core;
using Library.Catalog.Features.BindingIssues;
using Library.Catalog.Features.ClaimingIssues;
using Library.Catalog.Features.ReceivingIssues;
using Library.Catalog.Features.Stock;
using Library.Catalog.Features.Subscribing;
using Library.Catalog.V1;
using Library.ServiceDefaults.Data;
using Library.ServiceDefaults.Jobs;
using Library.ServiceDefaults.Security;

namespace Library.Catalog;

/// <summary>The edge of subscriptions and their issues.</summary>
public sealed class SerialsEndpoint(
    Idempotency idempotency, CreateSubscription subscribe, RenewSubscription renew, EndSubscription end, ReadSubscriptions subscriptions,
    ReceiveIssue receive, CreateIssue create, SkipIssue skip, ReadIssues issues, ClaimIssue claim, ListIssueClaims claims, BindIssues bind, ReadStock stock)
    : SerialsService.SerialsServiceBase
{
    public override Task<Subscription> CreateSubscription(CreateSubscriptionRequest request, ServerCallContext context) => idempotency.RunAsync(
        context, request,
        key => subscribe.RunAsync(request, key, context.CancellationToken),
        name => subscriptions.GetAsync(name, context.CancellationToken));

    public override Task<Subscription> GetSubscription(GetSubscriptionRequest request, ServerCallContext context) =>
        subscriptions.GetAsync(request.Name, context.CancellationToken);

    public override Task<ListSubscriptionsResponse> ListSubscriptions(ListSubscriptionsRequest request, ServerCallContext context) =>
        subscriptions.ListAsync(request, context.CancellationToken);

    public override Task<Subscription> RenewSubscription(RenewSubscriptionRequest request, ServerCallContext context) => idempotency.RunAsync(
        context, request,
        key => renew.RunAsync(request, key, context.CancellationToken),
        name => subscriptions.GetAsync(name, context.CancellationToken));

    public override Task<Subscription> EndSubscription(EndSubscriptionRequest request, ServerCallContext context) => idempotency.RunAsync(
        context, request,
        key => end.RunAsync(request, key, context.CancellationToken),
        name => subscriptions.GetAsync(name, context.CancellationToken));

    public override Task<Issue> GetIssue(GetIssueRequest request, ServerCallContext context) => issues.GetAsync(request.Name, context.CancellationToken);

    public override Task<ListIssuesResponse> ListIssues(ListIssuesRequest request, ServerCallContext context) => issues.ListAsync(request, context.CancellationToken);

    public override Task<Issue> ReceiveIssue(ReceiveIssueRequest request, ServerCallContext context) => idempotency.RunAsync(
        context, request,
        key => receive.RunAsync(request, Caller.Of(context), key, context.CancellationToken),
        name => issues.GetAsync(name, context.CancellationToken));

    public override Task<Issue> CreateIssue(CreateIssueRequest request, ServerCallContext context) => idempotency.RunAsync(
        context, request,
        key => create.RunAsync(request, Caller.Of(context), key, context.CancellationToken),
        name => issues.GetAsync(name, context.CancellationToken));

    public override Task<Issue> SkipIssue(SkipIssueRequest request, ServerCallContext context) => idempotency.RunAsync(
        context, request,
        key => skip.RunAsync(request, key, context.CancellationToken),
        name => issues.GetAsync(name, context.CancellationToken));

    public override Task<Issue> ClaimIssue(ClaimIssueRequest request, ServerCallContext context) => idempotency.RunAsync(
        context, request,
        key => claim.RunAsync(request, key, context.CancellationToken),
        name => issues.GetAsync(name, context.CancellationToken));

    public override Task<ListIssueClaimsResponse> ListIssueClaims(ListIssueClaimsRequest request, ServerCallContext context) =>
        claims.RunAsync(request, context.CancellationToken);

    public override Task<ListLatestIssuesResponse> ListLatestIssues(ListLatestIssuesRequest request, ServerCallContext context) =>
        issues.ListLatestAsync(request, context.CancellationToken);

    public override Task<Item> BindIssues(BindIssuesRequest request, ServerCallContext context) => idempotency.RunAsync(
        context, request,
        key => bind.RunAsync(request, Caller.Of(context), key, context.CancellationToken),
        name => stock.ItemAsync(name["items/".Length..], staff: true, context.CancellationToken));
}

/// <summary>What stands behind <see cref="SerialsEndpoint"/>.</summary>
public static class SerialsSetup
{
    public static IServiceCollection AddSerials(this IServiceCollection services) => services
        .AddSingleton<CreateSubscription>().AddSingleton<RenewSubscription>().AddSingleton<EndSubscription>().AddSingleton<ReadSubscriptions>()
        .AddSingleton<Shelf>().AddSingleton<ReceiveIssue>().AddSingleton<CreateIssue>().AddSingleton<SkipIssue>().AddSingleton<ReadIssues>()
        .AddSingleton<ClaimIssue>().AddSingleton<ListIssueClaims>().AddSingleton<BindIssues>()
        .AddSingleton<IPeriodicJob, PlanIssues>().AddSingleton<IPeriodicJob, ClaimLateIssues>();
}
