using Library.Catalog;
using Library.ServiceDefaults;

return await CatalogApp.Build(args).RunAsync(args);
