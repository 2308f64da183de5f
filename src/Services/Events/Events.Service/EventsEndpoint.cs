using Grpc.Core;
using Library.Events.Features.Announcing;
using Library.Events.Features.Browsing;
using Library.Events.Features.Registering;
using Library.Events.V1;
using Library.ServiceDefaults.Data;
using Library.ServiceDefaults.Security;
using CancelRegistration = Library.Events.Features.Cancelling.CancelRegistration;

namespace Library.Events;

/// <summary>The edge of the programme and of its registrations.</summary>
public sealed class EventsEndpoint(
    Idempotency idempotency, AnnounceEvent announce, FindEvents events, Register register, CancelRegistration cancel, FindRegistrations registrations)
    : EventsService.EventsServiceBase
{
    public override Task<Event> CreateEvent(CreateEventRequest request, ServerCallContext context) =>
        idempotency.RunAsync(context, request,
            key => announce.RunAsync(request, key, context.CancellationToken),
            name => events.GetAsync(name, context.CancellationToken));

    public override Task<ListEventsResponse> ListEvents(ListEventsRequest request, ServerCallContext context) =>
        events.ListAsync(request, context.CancellationToken);

    public override Task<Event> GetEvent(GetEventRequest request, ServerCallContext context) => events.GetAsync(request.Name, context.CancellationToken);

    public override Task<Registration> CreateRegistration(CreateRegistrationRequest request, ServerCallContext context) =>
        idempotency.RunAsync(context, request,
            key => register.RunAsync(request, Caller.Of(context), key, context.CancellationToken),
            name => registrations.GetAsync(name, Caller.Of(context), context.CancellationToken));

    public override Task<Registration> GetRegistration(GetRegistrationRequest request, ServerCallContext context) =>
        registrations.GetAsync(request.Name, Caller.Of(context), context.CancellationToken);

    public override Task<Registration> CancelRegistration(CancelRegistrationRequest request, ServerCallContext context) =>
        idempotency.RunAsync(context, request,
            key => cancel.RunAsync(request, Caller.Of(context), key, context.CancellationToken),
            name => registrations.GetAsync(name, Caller.Of(context), context.CancellationToken));
}

/// <summary>What our own services ask.</summary>
public sealed class EventsDirectoryEndpoint(FindRegistrations registrations) : EventsDirectory.EventsDirectoryBase
{
    public override Task<RegistrationContact> GetRegistrationContact(GetRegistrationContactRequest request, ServerCallContext context) =>
        registrations.GetContactAsync(request.Name, context.CancellationToken);
}
