using Library.Catalog.Domain.Interlibrary;
using Library.Catalog.Messages;
using Library.Catalog.V1;
using Library.ServiceDefaults.Data;
using Library.ServiceDefaults.Messaging;
using Library.ServiceDefaults.Requests;
using Library.ServiceDefaults.Security;

namespace Library.Catalog.Features.Interlibrary;

/// <summary>How a request ends: done, withdrawn, not to be had, lost.</summary>
public sealed class EndInterlibrary(InterlibrarySteps steps, Outbox outbox)
{
    public Task<InterlibraryRequest> CloseAsync(CloseInterlibraryRequestRequest request, Caller caller, CommandKey key, CancellationToken cancellationToken) =>
        steps.RunAsync(request.Name, InterlibraryAction.Close, caller, key, _ => Task.CompletedTask, cancellationToken);

    public Task<InterlibraryRequest> CancelAsync(CancelInterlibraryRequestRequest request, Caller caller, CommandKey key, CancellationToken cancellationToken) =>
        steps.RunAsync(request.Name, InterlibraryAction.Cancel, caller, key, _ => Task.CompletedTask, cancellationToken);

    public Task<InterlibraryRequest> UnfillAsync(UnfillInterlibraryRequestRequest request, Caller caller, CommandKey key, CancellationToken cancellationToken)
    {
        var fields = new Fields();
        var reason = Names.Of(fields.Enum("reason", request.Reason));
        fields.ThrowIfWrong();
        return steps.RunAsync(request.Name, InterlibraryAction.Unfill, caller, key, step =>
        {
            step.Set("unfilled_reason", reason);
            if (step.Request.Role == InterlibraryRole.Requester)
                step.Add(outbox.Write(new InterlibraryUnfilled
                {
                    Aggregate = step.Request.Name, Version = step.Request.Version + 1, Member = step.Request.MemberName, Reason = reason,
                }));
            return Task.CompletedTask;
        }, cancellationToken);
    }

    public Task<InterlibraryRequest> ReportLostAsync(ReportInterlibraryLossRequest request, Caller caller, CommandKey key, CancellationToken cancellationToken) =>
        steps.RunAsync(request.Name, InterlibraryAction.ReportLost, caller, key, step =>
        {
            if (step.Request.Barcode is not null) step.SetItem(step.Request.Role == InterlibraryRole.Supplier ? "LOST" : "WITHDRAWN", step.Request.Branch);
            return Task.CompletedTask;
        }, cancellationToken);
}
