using Grpc.Core;
using Library.Notifications.Features.Listing;
using Library.Notifications.V1;
using Library.ServiceDefaults.Security;

namespace Library.Notifications;

/// <summary>The edge of the deliveries.</summary>
public sealed class NotificationsEndpoint(ListDeliveries list) : NotificationsService.NotificationsServiceBase
{
    public override Task<ListDeliveriesResponse> ListDeliveries(ListDeliveriesRequest request, ServerCallContext context) =>
        list.RunAsync(request, Caller.Of(context), context.CancellationToken);
}
