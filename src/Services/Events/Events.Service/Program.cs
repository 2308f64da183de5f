using Library.Events;
using Library.ServiceDefaults;

return await EventsApp.Build(args).RunAsync(args);
