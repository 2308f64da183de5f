using Library.Finance;
using Library.ServiceDefaults;

return await FinanceApp.Build(args).RunAsync(args);
