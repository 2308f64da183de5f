using Library.Membership;
using Library.ServiceDefaults;

return await MembershipApp.Build(args).RunAsync(args);
