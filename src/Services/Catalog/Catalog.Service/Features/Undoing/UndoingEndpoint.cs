using Grpc.Core;
using Library.Catalog.V1;
using Library.ServiceDefaults.Data;
using Library.ServiceDefaults.Security;

namespace Library.Catalog.Features.Undoing;

/// <summary>The edge of undoing: hands each call to its feature.</summary>
public sealed class UndoingEndpoint(Idempotency idempotency, UndoLoan loan, UndoRenewal renewal, UndoReturn back) : UndoService.UndoServiceBase
{
    public override Task<UndoLoanResponse> UndoLoan(UndoLoanRequest request, ServerCallContext context) => idempotency.RunAsync(
        context, request,
        key => loan.RunAsync(request, Caller.Of(context), key, context.CancellationToken),
        name => throw new InvalidOperationException($"The answer of {name} was kept."));

    public override Task<Loan> UndoRenewal(UndoRenewalRequest request, ServerCallContext context) => idempotency.RunAsync(
        context, request,
        key => renewal.RunAsync(request, Caller.Of(context), key, context.CancellationToken),
        name => throw new InvalidOperationException($"The answer of {name} was kept."));

    public override Task<Loan> UndoReturn(UndoReturnRequest request, ServerCallContext context) => idempotency.RunAsync(
        context, request,
        key => back.RunAsync(request, Caller.Of(context), key, context.CancellationToken),
        name => throw new InvalidOperationException($"The answer of {name} was kept."));
}
