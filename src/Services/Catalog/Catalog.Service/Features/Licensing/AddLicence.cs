using System.Globalization;
using Library.Catalog.Features.Stock;
using Library.Catalog.Rules;
using Library.Catalog.V1;
using Library.ServiceDefaults.Data;
using Library.ServiceDefaults.Errors;
using Library.ServiceDefaults.Messaging;
using Library.ServiceDefaults.Requests;
using Library.ServiceDefaults.Time;

namespace Library.Catalog.Features.Licensing;

/// <summary>Takes a package of licences into stock: the title where it is the first, the package, and a row for each seat.</summary>
public sealed class AddLicence(
    NpgsqlDataSource database, NetworkRules rules, LicenceProviders providers, TitleQueue queue, BusinessClock clock, Outbox outbox)
{
    private const int MostSeats = 1_000, MostLoans = 1_000_000, MostPackages = 100;
    private const long MostMinor = 100_000_000;

    public async Task<Licence> RunAsync(CreateLicenceRequest request, CommandKey key, CancellationToken cancellationToken)
    {
        var (record, from, to) = Check(request);
        var id = Guid.CreateVersion7();
        var licence = new Licence
        {
            Name = ResourceName.Of(ReadLicences.Collection, id),
            Record = request.Record,
            Material = request.Material,
            Provider = ProviderOf(request),
            Reference = request.Reference,
            Kind = request.Kind,
            Seats = request.Seats,
            LoansBought = request.LoansBought,
            PriceMinor = request.PriceMinor,
            CurrencyCode = rules.CurrencyCode,
            ValidFrom = from.Iso(),
            ValidTo = to?.Iso() ?? "",
        };
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await KeepTitleAsync(transaction, record, request, cancellationToken);
        await SaveAsync(transaction, id, record, licence, from, to, cancellationToken);
        await queue.OfferAsync(transaction, record, cancellationToken);
        await key.RecordAsync(transaction, licence.Name, licence, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        outbox.Wake();
        return licence;
    }

    private static string ProviderOf(CreateLicenceRequest request) => request.Provider.Length == 0 ? OwnFiles.ProviderCode : request.Provider;

    private (Guid Record, LocalDate From, LocalDate? To) Check(CreateLicenceRequest request)
    {
        var fields = new Fields();
        var record = fields.Name("record", "records", request.Record);
        if (request.Material is not (Item.Types.Material.EBook or Item.Types.Material.EAudiobook))
            fields.Wrong("material", "ENUM", ("expected", "E_BOOK, E_AUDIOBOOK"));
        var provider = providers.Find(ProviderOf(request));
        if (provider is null) fields.Wrong("provider", "UNKNOWN");
        if (fields.Text("reference", request.Reference, 1, 200) is var reference && (reference != request.Reference || provider?.IsReference(reference) == false))
            fields.Wrong("reference", "FORMAT", ("expected", "A–Z, a–z, 0–9, . _ -"));
        fields.Enum("kind", request.Kind);
        fields.Range("seats", request.Seats, 1, MostSeats);
        fields.Range("priceMinor", request.PriceMinor, 0, MostMinor);
        var counted = request.Kind == Licence.Types.Kind.NumberOfLoans;
        fields.Range("loansBought", request.LoansBought, counted ? 1 : 0, counted ? MostLoans : 0);
        var from = fields.OptionalDate("validFrom", request.ValidFrom) ?? clock.Today;
        var to = fields.OptionalDate("validTo", request.ValidTo);
        if (request.Kind == Licence.Types.Kind.UntilDate && request.ValidTo.Length == 0) fields.Wrong("validTo", "REQUIRED");
        else if (to < from || (request.Kind == Licence.Types.Kind.Perpetual && to is not null)) fields.Wrong("validTo", "DATE");
        fields.ThrowIfWrong();
        return (record, from, to);
    }

    /// <summary>The title's row, locked; made with the first package.</summary>
    private async Task KeepTitleAsync(NpgsqlTransaction transaction, Guid record, CreateLicenceRequest request, CancellationToken cancellationToken)
    {
        await StandingRecord.MustBeAsync(transaction, [record], cancellationToken);
        await using (var add = transaction.Command("""
            INSERT INTO licensed_title (record, material, youth, created_at) SELECT id, $2, $3, $4 FROM record WHERE id = $1 ON CONFLICT (record) DO NOTHING
            """, record, Names.Of(request.Material), request.Youth, clock.Now))
            await add.ExecuteNonQueryAsync(cancellationToken);
        if (await queue.LockAsync(transaction, record, cancellationToken) is not { } title) throw Failure.NotFound("record");
        if (title.Material != Names.Of(request.Material)) throw Failure.Invalid(new Violation("material", "ENUM", ("expected", title.Material)));
        if (title.Licences.Count >= MostPackages)
            throw Failure.Invalid(new Violation("record", "RANGE", ("min", "1"), ("max", MostPackages.ToString(CultureInfo.InvariantCulture))));
    }

    private async Task SaveAsync(
        NpgsqlTransaction transaction, Guid id, Guid record, Licence licence, LocalDate from, LocalDate? to, CancellationToken cancellationToken)
    {
        await using var batch = new NpgsqlBatch(transaction.Open(), transaction)
        {
            BatchCommands =
            {
                DatabaseSetup.BatchCommand("""
                    INSERT INTO licence_package (id, record, provider, reference, kind, seats, loans_bought, price_minor, currency_code, valid_from, valid_to, created_at)
                    VALUES ($1, $2, $3, $4, $5, $6, nullif($7, 0), $8, $9, $10, $11, $12)
                    """, id, record, licence.Provider, licence.Reference, Names.Of(licence.Kind), licence.Seats, licence.LoansBought,
                    licence.PriceMinor, licence.CurrencyCode, from, to, clock.Now),
                DatabaseSetup.BatchCommand("INSERT INTO licence_seat (package, number) SELECT $1, number FROM generate_series(1, $2) AS number", id, licence.Seats),
            },
        };
        await batch.ExecuteNonQueryAsync(cancellationToken);
    }
}
