using Grpc.Core;
using Library.Contracts.Operations;
using Library.ServiceDefaults.Errors;
using Library.ServiceDefaults.Security;

namespace Library.ServiceDefaults.Operations;

/// <summary>What this service could not handle, for an administrator; see failed_messages.proto.</summary>
public sealed class FailedMessagesEndpoint(ReadFailedMessages read, DecideFailedMessage decide, ServiceName service) : FailedMessagesService.FailedMessagesServiceBase
{
    public override Task<ListFailedMessagesResponse> ListFailedMessages(ListFailedMessagesRequest request, ServerCallContext context)
    {
        MustBeOurs(request.Service);
        return read.ListAsync(request, context.CancellationToken);
    }

    public override Task<FailedMessage> GetFailedMessage(GetFailedMessageRequest request, ServerCallContext context)
    {
        MustBeOurs(request.Service);
        return read.GetAsync(request.Message, context.CancellationToken);
    }

    public override Task<FailedMessage> ReplayFailedMessage(ReplayFailedMessageRequest request, ServerCallContext context)
    {
        MustBeOurs(request.Service);
        return decide.ReplayAsync(request, Caller.Of(context).Subject, context.CancellationToken);
    }

    public override Task<FailedMessage> DiscardFailedMessage(DiscardFailedMessageRequest request, ServerCallContext context)
    {
        MustBeOurs(request.Service);
        return decide.DiscardAsync(request, Caller.Of(context).Subject, context.CancellationToken);
    }

    private void MustBeOurs(string named)
    {
        if (named != service.Value) throw Failure.NotFound("service");
    }
}
