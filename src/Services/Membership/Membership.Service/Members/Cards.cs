using Library.Membership.Domain;
using Library.ServiceDefaults.Data;

namespace Library.Membership.Members;

/// <summary>A card that is handed out.</summary>
public sealed record NewCard(string Number, long Serial)
{
    /// <summary>The next number; one that was taken and not used is left out.</summary>
    public static async Task<NewCard> NextAsync(NpgsqlTransaction transaction, string branch, CancellationToken cancellationToken)
    {
        await using var command = transaction.Command("SELECT nextval('card_serial')");
        var serial = (long)(await command.ExecuteScalarAsync(cancellationToken))!;
        return new NewCard(CardNumber.Of(branch, serial), serial);
    }

    public NpgsqlBatchCommand Insert(Guid member, LocalDate issuedOn) => DatabaseSetup.BatchCommand(
        "INSERT INTO card (number, member_id, issued_on, serial) VALUES ($1, $2, $3, $4)", Number, member, issuedOn, Serial);
}
