using Library.Catalog.V1;
using Library.Finance.V1;
using Library.Membership.Features.Erasing;
using Library.Membership.Features.Joining;
using Library.Membership.Features.Leaving;
using Library.Membership.Features.Reading;
using Library.Membership.Features.Renewing;
using Library.Membership.Features.ReplacingCard;
using Library.Membership.Features.Restricting;
using Library.Membership.Features.Searching;
using Library.Membership.Features.Telling;
using Library.Membership.Features.Upgrading;
using Library.Membership.Jobs;
using Library.Membership.Members;
using Library.Membership.Messages;
using Library.Membership.SignIn;
using Library.Membership.V1;
using Library.ServiceDefaults;
using Library.ServiceDefaults.Jobs;

namespace Library.Membership;

/// <summary>The service Membership: people, cards, terms, and who may sign in.</summary>
public static class MembershipApp
{
    public static WebApplication Build(string[] args, Action<WebApplicationBuilder>? adjust = null)
    {
        var builder = LibraryApp.CreateBuilder(
            new LibraryService("membership", typeof(MembershipApp).Assembly, typeof(MemberChanged).Assembly, MembershipReflection.Descriptor), args);
        builder.AddPeer<FinanceDirectory.FinanceDirectoryClient>("finance", FinanceDirectory.Descriptor);
        builder.AddPeer<CatalogDirectory.CatalogDirectoryClient>("catalog", CatalogDirectory.Descriptor);
        builder.Services.AddSingleton<MemberReader>().AddSingleton<MemberChange>().AddSingleton<MemberBatches>();
        builder.Services.AddSingleton<CreateMember>().AddSingleton<RenewMember>().AddSingleton<UpgradeMember>().AddSingleton<ReplaceCard>()
            .AddSingleton<RestrictMember>().AddSingleton<SearchMembers>().AddSingleton<ExportMember>().AddSingleton<GetBorrower>().AddSingleton<GetContact>();
        builder.Services.AddTransient<Obligations>().AddTransient<LeaveMember>().AddTransient<EraseMember>();
        builder.Services.AddSingleton<IPeriodicJob, LapseTerms>().AddSingleton<IPeriodicJob, MoveToAdultSection>();
        builder.AddSignIn();
        adjust?.Invoke(builder);

        var app = builder.Build();
        app.UsePublicAddress();
        app.UseLibrary();
        app.MapGrpcService<MembershipEndpoint>();
        app.MapGrpcService<DirectoryEndpoint>();
        app.MapSignIn();
        return app;
    }
}
