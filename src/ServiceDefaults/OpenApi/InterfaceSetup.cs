using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace Library.ServiceDefaults.OpenApi;

public static class InterfaceSetup
{
    /// <summary>The service's own OpenAPI document, made of its table of access and its ordinary endpoints.</summary>
    public static void AddInterfaceDocument(this IServiceCollection services) =>
        services.AddOpenApi("v1", options => options.AddDocumentTransformer<TranscodingDocumentTransformer>());

    /// <summary>Serves it at <c>/openapi/v1.json</c> without a token, for the gateway, which makes one document of all; it holds nothing secret.</summary>
    public static void MapInterfaceDocument(this WebApplication app) => app.MapOpenApi();
}
