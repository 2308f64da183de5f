using Library.Gateway;

await GatewayApp.Build(args).RunAsync();
