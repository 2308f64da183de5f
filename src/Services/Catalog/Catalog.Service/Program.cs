using Library.Catalog;
using Library.ServiceDefaults;

return await LibraryApp.MainAsync("catalog", args, CatalogApp.Build);
