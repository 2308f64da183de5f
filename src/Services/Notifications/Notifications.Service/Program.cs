using Library.Notifications;
using Library.ServiceDefaults;

return await LibraryApp.MainAsync("notifications", args, NotificationsApp.Build);
