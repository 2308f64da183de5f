using Library.Events.Features.Announcing;
using Library.Events.Features.Browsing;
using Library.Events.Features.Cancelling;
using Library.Events.Features.Registering;
using Library.Events.Jobs;
using Library.Events.Messages;
using Library.Events.V1;
using Library.Membership.V1;
using Library.ServiceDefaults;
using Library.ServiceDefaults.Jobs;

namespace Library.Events;

/// <summary>The events service: the programme of the network and the registrations for it.</summary>
public static class EventsApp
{
    public static WebApplication Build(string[] args, Action<WebApplicationBuilder>? adjust = null)
    {
        var service = new LibraryService("events", typeof(EventsApp).Assembly, typeof(EventAnnounced).Assembly, EventsReflection.Descriptor);
        var builder = LibraryApp.CreateBuilder(service, args);
        builder.AddPeer<MembershipDirectory.MembershipDirectoryClient>("membership", MembershipDirectory.Descriptor);
        builder.Services.AddSingleton<AnnounceEvent>();
        builder.Services.AddSingleton<FindEvents>();
        builder.Services.AddSingleton<FindRegistrations>();
        builder.Services.AddSingleton<Register>();
        builder.Services.AddSingleton<CancelRegistration>();
        builder.Services.AddSingleton<IPeriodicJob, ForgetGuests>();
        adjust?.Invoke(builder);
        var app = builder.Build();
        app.UseLibrary();
        app.MapGrpcService<EventsEndpoint>();
        app.MapGrpcService<EventsDirectoryEndpoint>();
        return app;
    }
}
