using Library.Events;
using Library.ServiceDefaults;

return await LibraryApp.MainAsync("events", args, EventsApp.Build);
