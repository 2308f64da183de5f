using Grpc.AspNetCore.Server;
using Grpc.Core;
using Library.Contracts;
using Library.ServiceDefaults.Errors;
using Microsoft.AspNetCore.Http;

namespace Library.ServiceDefaults.Security;

/// <summary>
/// Refuses before a body is read: 401 without a valid token, 503 where nobody can be asked for the key that it names, 403 with a role that has no business there. What needs the
/// request (the branch, a member's own things) is looked at later, by <see cref="BranchInterceptor"/> and the features.
/// </summary>
public sealed class AccessMiddleware(RequestDelegate next, AccessTable table, StatusBuilder statuses)
{
    private static readonly object KeysAreAway = new();

    /// <summary>Of a request whose token could not be checked: it is asked to come again, not to sign in.</summary>
    internal static void CannotTell(HttpContext context) => context.Items[KeysAreAway] = true;

    public Task InvokeAsync(HttpContext context)
    {
        if (RolesOf(context.GetEndpoint()) is not { } allowed) return next(context);
        var language = context.Request.Headers.AcceptLanguage.ToString();
        if (context.User.Identity?.IsAuthenticated != true)
        {
            if (context.Items.ContainsKey(KeysAreAway))
                return RestErrors.WriteAsync(context, statuses.Build(StatusCode.Unavailable, "UNAVAILABLE", language, ("part", "membership")));
            context.Response.Headers.WWWAuthenticate = "Bearer";
            return RestErrors.WriteAsync(context, statuses.Build(StatusCode.Unauthenticated, "UNAUTHENTICATED", language));
        }
        var caller = new Caller(context.User);
        var may = allowed.Any(role => role == Roles.Any ? Roles.OfPeopleAndPartners.Any(caller.Has) : caller.Has(role));
        return may ? next(context) : RestErrors.WriteAsync(context, statuses.Build(StatusCode.PermissionDenied, "PERMISSION_DENIED", language));
    }

    /// <summary>Null for an endpoint that needs no token: health, documents, the sign-in itself.</summary>
    private IReadOnlyList<string>? RolesOf(Endpoint? endpoint)
    {
        if (endpoint?.Metadata.GetMetadata<EndpointAccess>() is { } ordinary) return ordinary.Roles;
        if (endpoint?.Metadata.GetMetadata<GrpcMethodMetadata>() is { } method)
            return table.Find(method.Method.FullName)?.Access.Roles ?? [];
        return null;
    }
}
