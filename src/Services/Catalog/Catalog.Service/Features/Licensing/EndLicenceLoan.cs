using Library.Catalog.V1;
using Library.ServiceDefaults.Data;
using Library.ServiceDefaults.Errors;
using Library.ServiceDefaults.Messaging;
using Library.ServiceDefaults.Requests;
using Library.ServiceDefaults.Security;
using Library.ServiceDefaults.Time;

namespace Library.Catalog.Features.Licensing;

/// <summary>Ends a loan before its time and offers the licence to the next. The provider is told by the worker.</summary>
public sealed class EndLicenceLoan(NpgsqlDataSource database, TitleQueue queue, ReadLicenceLoans loans, BusinessClock clock, Outbox outbox)
{
    public async Task<LicenceLoan> RunAsync(EndLicenceLoanRequest request, Caller caller, CommandKey key, CancellationToken cancellationToken)
    {
        var id = ResourceName.Parse(TitleQueue.LoanCollection, request.Name, "licenceLoan");
        var loan = await LicenceLoanRow.FindAsync(database, id, cancellationToken) ?? throw Failure.NotFound("licenceLoan");
        caller.MustOwn(loan.MemberName, "licenceLoan");

        await using (var connection = await database.OpenConnectionAsync(cancellationToken))
        await using (var transaction = await connection.BeginTransactionAsync(cancellationToken))
        {
            // the lock ends what is over, this loan too where its time has come
            await queue.LockAsync(transaction, loan.Record, cancellationToken);
            if (await queue.EndAsync(transaction, id, "RETURNED", clock.Now, cancellationToken))
                await queue.OfferAsync(transaction, loan.Record, cancellationToken);
            await key.RecordAsync(transaction, request.Name, null, cancellationToken);
            await transaction.CommitTracedAsync(cancellationToken);
        }
        outbox.Wake();
        return await loans.GetAsync(request.Name, caller, cancellationToken);
    }
}
