using Library.Catalog.V1;
using Library.ServiceDefaults.Data;
using Library.ServiceDefaults.Errors;
using Library.ServiceDefaults.Requests;

namespace Library.Catalog.Features.Suppliers;

/// <summary>The register of suppliers.</summary>
public sealed class KeepSuppliers(NpgsqlDataSource database)
{
    public const string Collection = "suppliers";
    private const string NameIsUnique = "supplier_name_is_unique";
    private const string Select = "SELECT id, name, email, vat_number FROM supplier";

    public async Task<Supplier> CreateAsync(CreateSupplierRequest request, CommandKey key, CancellationToken cancellationToken)
    {
        var fields = new Fields();
        var supplier = new Supplier
        {
            DisplayName = fields.Text("displayName", request.DisplayName, 1, 200),
            Email = fields.Text("email", request.Email, 0, 254),
            VatNumber = fields.Text("vatNumber", request.VatNumber, 0, 20),
        };
        if (supplier.Email.Length > 0 && supplier.Email.IndexOf('@', StringComparison.Ordinal) <= 0)
            fields.Wrong("email", "FORMAT", ("expected", "name@example.org"));
        fields.ThrowIfWrong();

        var id = Guid.CreateVersion7();
        supplier.Name = ResourceName.Of(Collection, id);
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await using (var insert = transaction.Command(
            "INSERT INTO supplier (id, name, email, vat_number) VALUES ($1, $2, $3, $4)", id, supplier.DisplayName, supplier.Email, supplier.VatNumber))
            try
            {
                await insert.ExecuteNonQueryAsync(cancellationToken);
            }
            catch (PostgresException taken) when (taken.ConstraintName == NameIsUnique)
            {
                throw Failure.AlreadyExists("ALREADY_EXISTS");
            }
        await key.RecordAsync(transaction, supplier.Name, supplier, cancellationToken);
        await transaction.CommitTracedAsync(cancellationToken);
        return supplier;
    }

    public async Task<Supplier> GetAsync(string name, CancellationToken cancellationToken)
    {
        await using var command = database.Command(Select + " WHERE id = $1", ResourceName.Parse(Collection, name, "supplier"));
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        return await row.ReadAsync(cancellationToken) ? Read(row) : throw Failure.NotFound("supplier");
    }

    public async Task<ListSuppliersResponse> ListAsync(ListSuppliersRequest request, CancellationToken cancellationToken)
    {
        var fields = new Fields();
        var size = fields.PageSize(request.PageSize, absent: 50, max: 200);
        fields.ThrowIfWrong();
        await using var command = database.Command(
            Select + " WHERE name > $1 ORDER BY name LIMIT $2", PageToken.Read(request.PageToken, 1) is { } key ? key[0] : "", size + 1);
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        var found = new List<Supplier>();
        while (await row.ReadAsync(cancellationToken)) found.Add(Read(row));
        var answer = new ListSuppliersResponse();
        answer.NextPageToken = Pages.Cut(found, size, last => PageToken.Write(last.DisplayName));
        answer.Suppliers.AddRange(found);
        return answer;
    }

    private static Supplier Read(NpgsqlDataReader row) => new()
    {
        Name = ResourceName.Of(Collection, row.GetGuid(0)), DisplayName = row.GetString(1), Email = row.GetString(2), VatNumber = row.GetString(3),
    };
}
