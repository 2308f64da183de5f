using Google.Protobuf;
using Google.Protobuf.Reflection;
using Google.Rpc;
using Grpc.Core;
using Microsoft.AspNetCore.Http;

namespace Library.ServiceDefaults.Errors;

/// <summary>Writes a status where no gRPC method was reached: as JSON for REST, as trailers for gRPC.</summary>
public static class RestErrors
{
    /// <summary>What the details of a status are made of; JSON needs to know them by name.</summary>
    public static readonly TypeRegistry Types = TypeRegistry.FromMessages(
        ErrorInfo.Descriptor, LocalizedMessage.Descriptor, BadRequest.Descriptor, RetryInfo.Descriptor);

    private static readonly JsonFormatter Json = new(new JsonFormatter.Settings(true, Types));

    /// <param name="context">Of the request; its answer has not begun.</param>
    /// <param name="status">What is said.</param>
    /// <param name="httpStatus">Where REST has a better one than the status' code maps to, for example 413.</param>
    public static Task WriteAsync(HttpContext context, Google.Rpc.Status status, int? httpStatus = null)
    {
        if (context.Request.ContentType?.StartsWith("application/grpc", StringComparison.OrdinalIgnoreCase) == true)
        {
            context.Response.StatusCode = StatusCodes.Status200OK;
            context.Response.ContentType = "application/grpc";
            context.Response.Headers["grpc-status"] = status.Code.ToString(System.Globalization.CultureInfo.InvariantCulture);
            context.Response.Headers["grpc-message"] = Uri.EscapeDataString(status.Message);
            return Task.CompletedTask;
        }
        context.Response.StatusCode = httpStatus ?? HttpStatusOf((StatusCode)status.Code);
        context.Response.ContentType = "application/json";
        return context.Response.WriteAsync(Json.Format(status), context.RequestAborted);
    }

    /// <summary>As JSON transcoding maps them (google/rpc/code.proto).</summary>
    public static int HttpStatusOf(StatusCode code) => code switch
    {
        StatusCode.OK => 200,
        StatusCode.InvalidArgument or StatusCode.FailedPrecondition or StatusCode.OutOfRange => 400,
        StatusCode.Unauthenticated => 401,
        StatusCode.PermissionDenied => 403,
        StatusCode.NotFound => 404,
        StatusCode.AlreadyExists or StatusCode.Aborted => 409,
        StatusCode.ResourceExhausted => 429,
        StatusCode.Cancelled => 499,
        StatusCode.Unimplemented => 501,
        StatusCode.Unavailable => 503,
        StatusCode.DeadlineExceeded => 504,
        _ => 500,
    };
}
