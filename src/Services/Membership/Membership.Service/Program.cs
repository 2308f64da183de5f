using Library.Membership;
using Library.ServiceDefaults;

return await LibraryApp.MainAsync("membership", args, MembershipApp.Build);
