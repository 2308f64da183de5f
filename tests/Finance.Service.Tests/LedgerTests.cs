using Library.ServiceDefaults.Data;
using Library.Testing;
using Npgsql;

namespace Library.Finance.Service.Tests;

public sealed class LedgerTests(FinanceNetwork network)
{
    [Fact]
    public async Task The_ledger_adds_up_to_nothing_and_the_claims_to_what_is_owed()
    {
        var finance = await network.HostAsync();
        var fee = await finance.ChargeAsync(Charges.Fee(Charges.NewMember()));
        using var desk = finance.Rest("librarian");
        await desk.PayAsync(Http.Cash(fee.Member, 1234));
        Assert.Equal(0m, await finance.ScalarAsync<decimal>("SELECT coalesce(sum(debit_minor) - sum(credit_minor), 0) FROM ledger_line"));
        Assert.Equal(0, await finance.ScalarAsync<long>("""
            SELECT count(*) FROM account
            WHERE balance_minor <> (SELECT coalesce(sum(debit_minor - credit_minor), 0) FROM ledger_line WHERE ledger_line.member_id = account.member_id)
               OR balance_minor <> (SELECT coalesce(sum(open_minor), 0) FROM charge WHERE charge.member_id = account.member_id)
            """));
        Assert.Equal(0, await finance.ScalarAsync<long>("""
            SELECT count(*) FROM charge
            WHERE amount_minor - withdrawn_minor - open_minor <> (SELECT coalesce(sum(allocation.amount_minor), 0) FROM allocation WHERE charge_id = charge.id)
            """));
    }

    [Theory]
    [InlineData("UPDATE ledger_line SET debit_minor = debit_minor + 1 WHERE debit_minor > 0")]
    [InlineData("UPDATE ledger_entry SET branch = 'BLE'")]
    [InlineData("DELETE FROM ledger_line")]
    [InlineData("TRUNCATE ledger_line")]
    [InlineData("DELETE FROM ledger_entry")]
    [InlineData("UPDATE payment SET amount_minor = 1")]
    [InlineData("UPDATE allocation SET amount_minor = 1")]
    [InlineData("UPDATE charge SET amount_minor = amount_minor + 1")]
    [InlineData("DELETE FROM charge")]
    public async Task What_is_booked_is_neither_changed_nor_deleted(string sql)
    {
        var finance = await network.HostAsync();
        var fee = await finance.ChargeAsync(Charges.Fee(Charges.NewMember()));
        using var desk = finance.Rest("librarian");
        await desk.PayAsync(Http.Cash(fee.Member, 100));
        var refused = await Assert.ThrowsAsync<PostgresException>(() => finance.ExecuteAsync(sql));
        // the owner is stopped by the missing right, a superuser by the trigger
        Assert.Contains(refused.SqlState, new[] { PostgresErrorCodes.RestrictViolation, PostgresErrorCodes.InsufficientPrivilege });
    }

    [Fact]
    public async Task An_entry_that_does_not_balance_is_refused_when_its_transaction_ends()
    {
        var finance = await network.HostAsync();
        Assert.Equal("entry_is_balanced", await RefusalAsync(finance, ("till:RAD", 100, 0), ("income:fine", 0, 99)));
        Assert.Equal("entry_is_balanced", await RefusalAsync(finance, ("till:RAD", 100, 0)));
        Assert.Equal("entry_is_balanced", await RefusalAsync(finance));
        Assert.Equal("ledger_line_is_debit_or_credit", await RefusalAsync(finance, ("till:RAD", 100, 100)));
        Assert.Equal("ledger_line_claim_names_member", await RefusalAsync(finance, ("receivable:member", 100, 0)));
        Assert.Equal("", await RefusalAsync(finance, ("till:RAD", 100, 0), ("income:fine", 0, 60), ("income:reminder", 0, 40)));
    }

    [Theory]
    [InlineData("UPDATE account SET balance_minor = -1 WHERE member_id = $1", "account_balance_never_negative")]
    [InlineData("UPDATE charge SET open_minor = -1 WHERE member_id = $1", "charge_never_overpaid")]
    [InlineData("UPDATE charge SET open_minor = amount_minor + 1 WHERE member_id = $1", "charge_never_overpaid")]
    public async Task The_database_itself_keeps_balances_above_zero(string sql, string rule)
    {
        var finance = await network.HostAsync();
        var fee = await finance.ChargeAsync(Charges.Fee(Charges.NewMember()));
        var refused = await Assert.ThrowsAsync<PostgresException>(() => finance.ExecuteAsync(sql, Charges.IdOf(fee.Member)));
        Assert.Equal(rule, refused.ConstraintName);
    }

    /// <summary>Name of the rule that refuses an entry of these lines; empty where it is booked. Nothing is kept.</summary>
    private static async Task<string> RefusalAsync(TestHost finance, params (string Account, long Debit, long Credit)[] lines)
    {
        var id = Guid.CreateVersion7();
        await using var connection = await finance.Database.OpenConnectionAsync(CancellationToken.None);
        await using var transaction = await connection.BeginTransactionAsync(CancellationToken.None);
        try
        {
            await using (var entry = transaction.Command("INSERT INTO ledger_entry (id, source, business_date, branch) VALUES ($1, $2, '2026-11-02', 'RAD')", id, $"tests/{id}"))
                await entry.ExecuteNonQueryAsync();
            foreach (var (index, line) in lines.Index())
            {
                await using var row = transaction.Command(
                    "INSERT INTO ledger_line (entry_id, line, account, debit_minor, credit_minor, currency_code) VALUES ($1, $2, $3, $4, $5, 'EUR')",
                    id, index + 1, line.Account, line.Debit, line.Credit);
                await row.ExecuteNonQueryAsync();
            }
            await using (var look = transaction.Command("SET CONSTRAINTS ALL IMMEDIATE")) await look.ExecuteNonQueryAsync();
            await transaction.RollbackAsync();
            return "";
        }
        catch (PostgresException refused)
        {
            return refused.ConstraintName ?? refused.MessageText;
        }
    }
}
