using Library.Membership.Messages;
using Library.Testing;

namespace Library.Catalog.Service.Tests;

/// <summary>A member with a good card.</summary>
public sealed record Reader(Guid Id, string Card)
{
    public string Name => $"members/{Id:D}";
}

/// <summary>Puts records, items and members where a test needs them.</summary>
public static class Stock
{
    private static int number = 1000;

    public static string NewBarcode() => $"B-{Environment.ProcessId}-{Interlocked.Increment(ref number)}";

    public static async Task<string> RecordAsync(this TestHost catalog, string title = "Cvetje v jeseni", string source = "test")
    {
        var id = Guid.CreateVersion7();
        await catalog.ExecuteAsync("""
            INSERT INTO record (id, source, control_number, format, form, raw, content_hash, title, title_sort, authors, language, isbns, publisher, subjects,
                material, title_words, search)
            VALUES ($1, $2, $3, 'MARC21', 'ISO2709', ''::bytea, ''::bytea, $4, $4, '{}', 'slv', '{}', '', '{}', 'BOOK', '', '')
            """, id, source, id.ToString("N"), title);
        return $"records/{id:D}";
    }

    /// <summary>Over REST, as staff do it.</summary>
    public static async Task<string> ItemAsync(
        this TestHost catalog, string branch = "RAD", string? record = null, bool youth = false, string material = "BOOK", string lending = "LENDABLE", int units = 1)
    {
        using var desk = catalog.Rest("librarian");
        var barcode = NewBarcode();
        (await desk.SendAsync("items", new
        {
            barcode, record = record ?? await catalog.RecordAsync(), branch, material, lending, priceMinor = 1500, acquisition = "PURCHASE", units, youth,
        })).Succeeded();
        return barcode;
    }

    /// <summary>Ana: an adult with the full fee, as Membership told of her.</summary>
    public static async Task<Reader> ReaderAsync(
        this TestHost catalog, string state = "ACTIVE", string membership = "FULL", bool restricted = false, bool youth = false, long debtMinor = 0, int debtVersion = 1)
    {
        var reader = new Reader(Guid.CreateVersion7(), $"C-{Environment.ProcessId}-{Interlocked.Increment(ref number)}");
        await catalog.ExecuteAsync("""
            INSERT INTO borrower (member, version, state, membership, branch, term_ends_on, restricted, youth_section, category, municipality)
            VALUES ($1, 1, $2, $3, 'RAD', '2099-12-31', $4, $5, 'EMPLOYED', 'Radovljica')
            """, reader.Id, state, membership, restricted, youth);
        await catalog.ExecuteAsync("INSERT INTO borrower_card (card_number, member, replaced) VALUES ($1, $2, false)", reader.Card, reader.Id);
        if (debtMinor > 0)
            await catalog.ExecuteAsync("INSERT INTO borrower_debt (member, version, balance_minor, oldest_open_on) VALUES ($1, $2, $3, $4)",
                reader.Id, (long)debtVersion, debtMinor, catalog.Clock.Today);
        return reader;
    }

    public static async Task<string> LentAsync(this TestHost catalog, Reader reader, string? barcode = null, string branch = "RAD")
    {
        using var desk = catalog.Rest("librarian");
        return (await desk.LendAsync(barcode ?? await catalog.ItemAsync(branch), reader.Card, branch)).Succeeded().Text("name");
    }

    /// <summary>Makes a loan have been due some days ago.</summary>
    public static Task<int> WasDueAsync(this TestHost catalog, string loan, int daysAgo) => catalog.ExecuteAsync(
        "UPDATE loan SET due_on = $2 WHERE id = $1", Guid.Parse(loan["loans/".Length..]), catalog.Clock.Today.PlusDays(-daysAgo));

    public static Task<long> ToldAsync<T>(this TestHost catalog, string aggregate) =>
        catalog.ScalarAsync<long>("SELECT count(*) FROM outbox WHERE type = $1 AND aggregate = $2", typeof(T).FullName!, aggregate);

    public static MemberChanged Snapshot(Reader reader, long version, string card, params string[] replaced) => new()
    {
        Aggregate = reader.Name,
        Version = version,
        State = "ACTIVE",
        Membership = "FULL",
        Branch = "RAD",
        TermEndsOn = new DateOnly(2099, 12, 31),
        Restricted = false,
        YouthSection = false,
        Category = "EMPLOYED",
        Municipality = "Radovljica",
        CardNumber = card,
        ReplacedCardNumbers = replaced,
    };
}
