using Library.Finance;
using Library.ServiceDefaults;

return await LibraryApp.MainAsync("finance", args, FinanceApp.Build);
