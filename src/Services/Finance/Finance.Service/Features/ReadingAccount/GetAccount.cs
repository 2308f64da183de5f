using System.Text.Json;
using Grpc.Core;
using Library.Catalog.V1;
using Library.Contracts;
using Library.Finance.Ledger;
using Library.Finance.V1;
using Library.ServiceDefaults.Data;
using Library.ServiceDefaults.Errors;
using Library.ServiceDefaults.Networks;
using Library.ServiceDefaults.Requests;
using Library.ServiceDefaults.Security;
using NodaTime.Text;

namespace Library.Finance.Features.ReadingAccount;

/// <summary>What a member owes, and what overdue loans would add today.</summary>
public sealed class GetAccount(
    NpgsqlDataSource database, Network network, Derivation derivation, Texts texts, CatalogDirectory.CatalogDirectoryClient catalog, ILogger<GetAccount> log)
{
    private const int MostCharges = 500;

    public async Task<Account> RunAsync(GetAccountRequest request, Caller caller, string acceptLanguage, CancellationToken cancellationToken)
    {
        var member = ResourceName.Parse("accounts", request.Name, "account");
        caller.MustOwn(ResourceName.Of("members", member), "account");
        var accruing = AccruingAsync(ResourceName.Of("members", member), cancellationToken);
        var account = await SecondLook.BeforeMissingAsync(() => ReadAsync(member, texts.Choose(acceptLanguage), cancellationToken), cancellationToken)
            ?? new Account { CurrencyCode = network.CurrencyCode };
        account.Name = request.Name;
        account.AccruingMinor = await accruing;
        return account;
    }

    private async Task<Account?> ReadAsync(Guid member, string language, CancellationToken cancellationToken)
    {
        // one statement, so that balance and charges are of one moment
        await using var command = database.Command("""
            SELECT account.currency_code, account.balance_minor, charge.id, charge.kind, charge.amount_minor, charge.open_minor, charge.currency_code,
                   charge.posted_on, charge.branch, charge.subject, charge.derivation::text, charge.withdrawn_minor
            FROM account LEFT JOIN charge USING (member_id)
            WHERE member_id = $1
            ORDER BY (charge.open_minor = 0), charge.posted_on, charge.position LIMIT $2
            """, member, MostCharges);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        Account? account = null;
        while (await reader.ReadAsync(cancellationToken))
        {
            account ??= new Account { CurrencyCode = reader.GetString(0), BalanceMinor = reader.GetInt64(1) };
            if (!await reader.IsDBNullAsync(2, cancellationToken)) account.Charges.Add(ReadCharge(reader, language));
        }
        return account;
    }

    private V1.Charge ReadCharge(NpgsqlDataReader reader, string language)
    {
        var currency = reader.GetString(6);
        var lines = JsonSerializer.Deserialize<List<ChargeLine>>(reader.GetString(10), JsonSerializerOptions.Web)!;
        return new V1.Charge
        {
            Name = ResourceName.Of("charges", reader.GetGuid(2)),
            Kind = ChargeKinds.Read(reader.GetString(3)),
            AmountMinor = reader.GetInt64(4),
            OpenMinor = reader.GetInt64(5),
            PostedOn = LocalDatePattern.Iso.Format(reader.GetFieldValue<LocalDate>(7)),
            Branch = reader.GetString(8),
            Subject = reader.GetString(9),
            WithdrawnMinor = reader.GetInt64(11),
            Derivation = { lines.Select(line => derivation.Render(line, currency, language)) },
        };
    }

    /// <summary>While Catalog is away it is 0: it is not owed yet, and what is owed must be seen all the same.</summary>
    private async Task<long> AccruingAsync(string member, CancellationToken cancellationToken)
    {
        try
        {
            return (await catalog.GetLoansOfAsync(new GetLoansOfRequest { Member = member }, cancellationToken: cancellationToken)).AccruingMinor;
        }
        catch (RpcException away) when (!cancellationToken.IsCancellationRequested)
        {
            log.LogInformation("Accruing fines are not known: Catalog answered {Status}", away.StatusCode);
            return 0;
        }
    }
}
