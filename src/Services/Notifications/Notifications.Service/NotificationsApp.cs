using Library.Catalog.V1;
using Library.Events.V1;
using Library.Membership.V1;
using Library.Notifications.Features.Listing;
using Library.Notifications.Letters;
using Library.Notifications.Messages;
using Library.Notifications.Sending;
using Library.Notifications.V1;
using Library.ServiceDefaults;
using Library.ServiceDefaults.Networks;
using Library.ServiceDefaults.Operations;
using Microsoft.Extensions.Options;

namespace Library.Notifications;

/// <summary>The notifications service: notices to members and guests, and what became of them.</summary>
public static class NotificationsApp
{
    public static WebApplication Build(string[] args, Action<WebApplicationBuilder>? adjust = null)
    {
        var service = new LibraryService(
            "notifications", typeof(NotificationsApp).Assembly, typeof(NoticeDelivered).Assembly, NotificationsReflection.Descriptor);
        var builder = LibraryApp.CreateBuilder(service, args);
        builder.AddPeer<MembershipDirectory.MembershipDirectoryClient>("membership", MembershipDirectory.Descriptor);
        builder.AddPeer<CatalogDirectory.CatalogDirectoryClient>("catalog", CatalogDirectory.Descriptor);
        builder.AddPeer<EventsDirectory.EventsDirectoryClient>("events", EventsDirectory.Descriptor);
        builder.Services.AddSingleton<ListDeliveries>();
        AddSending(builder);
        adjust?.Invoke(builder);
        var app = builder.Build();
        // before anything is sent: a template that cannot be rendered stops the start, not the notice of a member
        app.Services.GetRequiredService<TemplateBook>();
        app.UseLibrary();
        app.MapGrpcService<NotificationsEndpoint>();
        return app;
    }

    private static void AddSending(WebApplicationBuilder builder)
    {
        builder.Services.AddSingleton<IValidateOptions<SmtpOptions>, SmtpOptionsCheck>();
        builder.Services.AddOptions<SmtpOptions>().BindConfiguration(SmtpOptions.Section).ValidateOnStart();
        builder.Services.AddSingleton(provider =>
        {
            var network = provider.GetRequiredService<Network>();
            var configured = builder.Configuration["NetworkFolder"];
            var folder = string.IsNullOrEmpty(configured) ? Path.Combine(AppContext.BaseDirectory, "networks", network.Name) : configured;
            return TemplateBook.Load(Path.Combine(folder, "templates"), network.Languages);
        });
        builder.Services.AddSingleton<MailServer>();
        builder.Services.AddSingleton<Addressees>();
        builder.Services.AddSingleton<ReminderNotices>();
        builder.Services.AddSingleton<RegistrationNotices>();
        builder.Services.AddSingleton<HoldNotices>();
        builder.Services.AddSingleton<LoanNotices>();
        builder.Services.AddSingleton<VisitNotices>();
        builder.Services.AddSingleton<Attempts>();
        builder.Services.AddSingleton<Deliveries>();
        builder.Services.AddSingleton<DeliveryMetrics>().AddSingleton(provider => provider.GetRequiredService<DeliveryMetrics>().Sample);
        builder.Services.AddSingleton<CountUntried>(provider => provider.GetRequiredService<Deliveries>().CountUntriedAsync);
        builder.Services.AddHostedService<Sender>();
    }
}
