using Google.Protobuf;
using Grpc.Core;
using Grpc.Core.Interceptors;
using Library.ServiceDefaults.Errors;

namespace Library.ServiceDefaults.Security;

/// <summary>A librarian's token that names a branch is good for the desk of that branch only (api.md, "Who may"); a kiosk's must name one.</summary>
public sealed class BranchInterceptor(AccessTable table) : Interceptor
{
    public override Task<TResponse> UnaryServerHandler<TRequest, TResponse>(
        TRequest request, ServerCallContext context, UnaryServerMethod<TRequest, TResponse> continuation)
    {
        if (table.Find(context.Method) is { Access.BranchField: { Length: > 0 } field } found)
        {
            var caller = Caller.Of(context);
            var branch = (string)found.Method.InputType.FindFieldByName(field).Accessor.GetValue((IMessage)request);
            if ((caller.Branch.Length > 0 || caller.Has(Roles.Kiosk)) && !caller.Has(Roles.Admin) && branch.Length > 0 && branch != caller.Branch) throw Failure.Denied();
        }
        return continuation(request, context);
    }
}
