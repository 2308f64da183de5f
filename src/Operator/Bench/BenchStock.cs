using System.Globalization;
using Library.Operator.Demo;
using Npgsql;

namespace Library.Operator.Bench;

/// <summary>
/// The stock that loans are measured over. The titles come in through the API as any records do; copies, members and open loans are
/// written into the services' databases, as the API would leave them: each member with person, card, term and a free fee in Membership, snapshot
/// and card in Catalog, an empty account in Finance.
/// </summary>
internal sealed class BenchStock(RunningNetwork network, NetworkState state)
{
    internal const int Copies = 200_000, Members = 20_000;

    /// <summary>The others are out on loan all the time, so that indexes of open loans and members' loans are as full as a library's.</summary>
    internal const int CopiesLent = 140_000;

    /// <summary>The first so many members come to the desks; the others have the copies that are out, and one of them 400.</summary>
    internal const int Borrowing = 12_000;
    private const int LoansOfOne = 400;

    /// <summary>Of how it is loaded: what another version loaded is loaded anew.</summary>
    private const string Version = "3";

    private const int FirstBarcode = 10_000_000, FirstCard = 30_000_000;
    private static readonly string[] Branches = ["RAD", "BEG", "BRE", "KRO", "LES", "BLE", "GOR", "BOH", "SRV", "STF"];

    internal static IReadOnlyList<string> AllBranches => Branches;

    /// <summary>Digits only, so that pgbench, which knows no text, can choose them too.</summary>
    internal static string BarcodeOf(int copy) => (FirstBarcode + copy).ToString(CultureInfo.InvariantCulture);

    internal static string CardOf(int member) => (FirstCard + member).ToString(CultureInfo.InvariantCulture);

    internal static string BranchOf(int copy) => Branches[copy % Branches.Length];

    /// <summary>Of the network's server.</summary>
    internal string ConnectionString(string database) => string.Create(CultureInfo.InvariantCulture,
        $"Host=localhost;Port={state.Parts.First(part => part.Kind == "postgres").Ports["tcp"]};Username=postgres;Password={network.Secret("postgres-password")};Database={database};Pooling=false;Command Timeout=3600");

    /// <summary>Put beside the data when all is loaded: what has none was interrupted.</summary>
    internal static string MarkOf(NetworkHome home) => Path.Combine(home.Data, "bench");

    /// <summary>The member with the most loans.</summary>
    internal static string Reader => string.Create(CultureInfo.InvariantCulture, $"members/0190b000-0000-7000-8000-{Borrowing:x12}");

    /// <summary>True when it had to be loaded.</summary>
    internal async Task<bool> EnsureAsync(Uri gateway, CancellationToken cancellation)
    {
        var mark = MarkOf(network.Home);
        if (File.Exists(mark))
        {
            if (await File.ReadAllTextAsync(mark, cancellation) != Version) throw new OperatorException("The stock is another version's: ./library bench loans --fresh");
            await ExecuteAsync("catalog-db", LeftOpenSql, cancellation);
            return false;
        }
        using (var api = new Api(network, gateway)) await DemoVerb.ImportAsync(api, DemoPlan.FolderOf(state.Network), DemoPlan.Read(DemoPlan.FolderOf(state.Network)).Source, cancellation);
        await ExecuteAsync("membership-db", MembersSql, cancellation);
        await ExecuteAsync("finance-db", AccountsSql, cancellation);
        await ExecuteAsync("catalog-db", StockSql, cancellation);
        await File.WriteAllTextAsync(mark, Version, cancellation);
        return true;
    }

    /// <summary>All loans ever made, and those that are open.</summary>
    internal async Task<(long Made, long Open)> LoansAsync(CancellationToken cancellation)
    {
        await using var connection = new NpgsqlConnection(ConnectionString("catalog-db"));
        await connection.OpenAsync(cancellation);
        await using var command = new NpgsqlCommand("SELECT count(*), count(*) FILTER (WHERE returned_at IS NULL) FROM loan", connection);
        await using var row = await command.ExecuteReaderAsync(cancellation);
        await row.ReadAsync(cancellation);
        return (row.GetInt64(0), row.GetInt64(1));
    }

    /// <summary>Records that imports have read, ever.</summary>
    internal Task<long> RecordsReadAsync(CancellationToken cancellation) =>
        ScalarAsync<long>("catalog-db", "SELECT coalesce(sum(read), 0)::bigint FROM import_operation", cancellation);

    /// <summary>
    /// A year before today: as many loans as Radovljica made in 2023, all back, without the link to the person after the days that the rulebook says, the
    /// facts that were counted of them, and a hold for every sixteenth, all ended. For good: the next run loads its stock anew.
    /// </summary>
    internal async Task AddYearAsync(CancellationToken cancellation)
    {
        File.Delete(MarkOf(network.Home));
        await ExecuteAsync("catalog-db", YearSql, cancellation);
    }

    /// <summary>Lets one of so many standing loans fall due in the last seven days, and the service's jobs of these days not have run.</summary>
    internal async Task MissWeekAsync(int oneOf, CancellationToken cancellation)
    {
        await ExecuteAsync(
            "catalog-db",
            string.Create(CultureInfo.InvariantCulture, $"UPDATE loan SET due_on = current_date - 1 - (barcode::bigint / 8 % 7)::int WHERE returned_at IS NULL AND barcode::bigint % {oneOf} = 0"),
            cancellation);
        await ExecuteAsync("postgres", "CHECKPOINT", cancellation);
        await ExecuteAsync("catalog-db", "UPDATE job_state SET done_through = done_through - 7", cancellation);
    }

    internal async Task<T> ScalarAsync<T>(string database, string sql, CancellationToken cancellation)
    {
        await using var connection = new NpgsqlConnection(ConnectionString(database));
        await connection.OpenAsync(cancellation);
        await using var command = new NpgsqlCommand(sql, connection);
        return (T)(await command.ExecuteScalarAsync(cancellation))!;
    }

    internal async Task ExecuteAsync(string database, string sql, CancellationToken cancellation)
    {
        await using var connection = new NpgsqlConnection(ConnectionString(database));
        await connection.OpenAsync(cancellation);
        foreach (var statement in sql.Split(";\n", StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            await using var command = new NpgsqlCommand(statement, connection);
            await command.ExecuteNonQueryAsync(cancellation);
        }
    }

    /// <summary>Members have made-up ids in order, the same in every database.</summary>
    private static string Id(string number) => $"('0190b000-0000-7000-8000-' || lpad(to_hex({number}), 12, '0'))::uuid";

    private static readonly string BranchList = $"('{{{string.Join(',', Branches)}}}'::text[])";

    private static readonly string Rows = string.Create(CultureInfo.InvariantCulture, $"generate_series(0, {Members - 1}) AS n");

    /// <summary>Unemployed adults, whose membership is free (art. 14): nothing is owed, so there is nothing for Finance to have booked.</summary>
    private static readonly string MembersSql = string.Create(CultureInfo.InvariantCulture, $$"""
        BEGIN;
        INSERT INTO member (id, library, registration_number, subject, state, membership, branch, enrolled_on, term_starts_on, term_ends_on,
                            youth_section, category, municipality, disabled, language, notices, version)
        SELECT {{Id("n")}}, 'LINHART', n + 1, 'PERSON', 'ACTIVE', 'FULL', {{BranchList}}[n % 10 + 1], current_date, current_date,
               current_date + interval '1 year' - interval '1 day', false, 'UNEMPLOYED', 'Radovljica', false, 'sl', '{}', 1 FROM {{Rows}};
        INSERT INTO registration (library, last_number) VALUES ('LINHART', {{Members}});
        INSERT INTO person (member_id, given_name, family_name, birth_date, street, post_code, city, email, phone, status, search_words)
        SELECT {{Id("n")}}, 'Ana', 'Novak' || n, date '1984-05-17', 'Gorenjska cesta ' || n, '4240', 'Radovljica', 'bench' || n || '@example.org', '',
               'UNEMPLOYED', array_to_tsvector(ARRAY['ana', 'novak' || n]) FROM {{Rows}};
        INSERT INTO card (number, member_id, issued_on, serial) SELECT {{FirstCard}} + n, {{Id("n")}}, current_date, nextval('card_serial') FROM {{Rows}};
        INSERT INTO term (member_id, starts_on, ends_on, membership) SELECT id, term_starts_on, term_ends_on, membership FROM member;
        INSERT INTO fee (charge_id, member_id, kind, amount_minor, currency_code, charged_on)
        SELECT gen_random_uuid(), id, 'MEMBERSHIP', 0, 'EUR', current_date FROM member;
        COMMIT;
        VACUUM ANALYZE;
        """);

    private static readonly string AccountsSql = $"""
        INSERT INTO account (member_id, currency_code, balance_minor, version) SELECT {Id("n")}, 'EUR', 0, 0 FROM {Rows};
        VACUUM ANALYZE;
        """;

    /// <summary>Takes back what an earlier run lent and, interrupted or refused, did not take back.</summary>
    private static readonly string LeftOpenSql = string.Create(CultureInfo.InvariantCulture, $"""
        UPDATE loan SET returned_at = now(), returned_branch = branch, overdue_days = 0, fine_minor = 0, version = version + 1
        WHERE returned_at IS NULL AND barcode::bigint < {FirstBarcode + CopiesLent};
        UPDATE item SET state = 'AVAILABLE', location = branch, version = version + 1 WHERE state = 'ON_LOAN' AND barcode::bigint < {FirstBarcode + CopiesLent}
        """);

    private static readonly string StockSql = string.Create(CultureInfo.InvariantCulture, $"""
        BEGIN;
        INSERT INTO item (barcode, record, branch, location, material, lending, price_minor, currency_code, acquisition, units, youth, state, created_at)
        SELECT {FirstBarcode} + n, records[n % cardinality(records) + 1], {BranchList}[n % 10 + 1], {BranchList}[n % 10 + 1], 'BOOK', 'LENDABLE', 2490, 'EUR',
               'PURCHASE', 1, false, CASE WHEN n < {CopiesLent} THEN 'AVAILABLE' ELSE 'ON_LOAN' END, now()
        FROM generate_series(0, {Copies - 1}) AS n, (SELECT array_agg(id ORDER BY id) AS records FROM record) AS titles;
        UPDATE record SET copies_total = (SELECT count(*) FROM item WHERE item.record = record.id);
        INSERT INTO borrower (member, version, state, membership, branch, term_ends_on, restricted, youth_section, category, municipality)
        SELECT {Id("n")}, 1, 'ACTIVE', 'FULL', {BranchList}[n % 10 + 1], current_date + interval '1 year' - interval '1 day', false, false, 'UNEMPLOYED',
               'Radovljica' FROM {Rows};
        INSERT INTO borrower_card (card_number, member, replaced) SELECT {FirstCard} + n, {Id("n")}, false FROM {Rows};
        INSERT INTO loan (id, barcode, member, branch, lent_at, due_on, rulebook_version, calendar_version, category, age_section, municipality, counted)
        SELECT gen_random_uuid(), {FirstBarcode} + n, {Id($"CASE WHEN n < {CopiesLent + LoansOfOne} THEN {Borrowing} ELSE {Borrowing} + n % {Members - Borrowing} END")},
               {BranchList}[n % 10 + 1], now(), current_date + 21, '2024', 'bench', 'UNEMPLOYED', 'ADULT', 'Radovljica', true FROM generate_series({CopiesLent}, {Copies - 1}) AS n;
        COMMIT;
        VACUUM ANALYZE;
        """);

    private const int LoansOfYear = 636_232, LinkDays = 30;

    private static readonly string YearSql = string.Create(CultureInfo.InvariantCulture, $"""
        BEGIN;
        INSERT INTO loan (id, barcode, member, branch, lent_at, due_on, rulebook_version, calendar_version, returned_at, returned_branch, overdue_days, fine_minor,
                          category, age_section, municipality, counted, counted_from, due_rule)
        SELECT gen_random_uuid(), {FirstBarcode} + (n::bigint * 7919) % {Copies}, CASE WHEN back > now() - interval '{LinkDays} days' THEN {Id($"n % {Members}")} END,
               {BranchList}[n % 10 + 1], lent, lent::date + 21, '2024', 'bench', back, {BranchList}[n % 10 + 1], 0, 0, 'UNEMPLOYED', 'ADULT', 'Radovljica', true,
               lent::date, 'PERIOD'
        FROM (SELECT n, lent, lent + interval '1 hour' * (n % 480 + 1) AS back
              FROM generate_series(1, {LoansOfYear}) AS n, LATERAL (SELECT now() - interval '21 days' - interval '1 year' * n / {LoansOfYear}) AS began (lent)) AS loans;
        INSERT INTO circulation_day (day, kind, branch, material, audience, category, municipality, purpose, count)
        SELECT lent_at::date, kind, branch, 'BOOK', age_section, category, municipality, '', count(*) FROM loan, unnest('{"{LOAN,RETURN}"}'::text[]) AS kind
        WHERE counted AND returned_at IS NOT NULL AND lent_at < current_date - 1 GROUP BY 1, 2, 3, 5, 6, 7
        ON CONFLICT DO NOTHING;
        INSERT INTO hold_queue (record) SELECT id FROM record ON CONFLICT DO NOTHING;
        INSERT INTO hold (id, record, member, pickup_branch, placed_at, state, closed_at)
        SELECT gen_random_uuid(), records[n % cardinality(records) + 1], CASE WHEN n < {LoansOfYear / 12 / 16} THEN {Id($"n % {Members}")} END, {BranchList}[n % 10 + 1], at,
               'FULFILLED', at + interval '5 days'
        FROM (SELECT n, now() - interval '6 days' - interval '1 year' * n / {LoansOfYear / 16} AS at FROM generate_series(1, {LoansOfYear / 16}) AS n) AS holds,
             (SELECT array_agg(id ORDER BY id) AS records FROM record) AS titles;
        COMMIT;
        VACUUM ANALYZE;
        """);
}
