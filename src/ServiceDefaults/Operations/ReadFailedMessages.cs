using System.Globalization;
using System.Text;
using Google.Protobuf.WellKnownTypes;
using Library.Contracts.Operations;
using Library.ServiceDefaults.Data;
using Library.ServiceDefaults.Errors;
using Library.ServiceDefaults.Requests;

namespace Library.ServiceDefaults.Operations;

/// <summary>Failed messages, oldest first, and one with its body.</summary>
public sealed class ReadFailedMessages(NpgsqlDataSource database, ServiceName service)
{
    private const string Columns = "id, type, aggregate, state, attempts, problem, first_failed_at, last_failed_at, next_try_at, decided_by, reason";

    public async Task<ListFailedMessagesResponse> ListAsync(ListFailedMessagesRequest request, CancellationToken cancellationToken)
    {
        var fields = new Fields();
        var size = fields.PageSize(request.PageSize, 50, 200);
        fields.ThrowIfWrong();
        var after = ReadToken(request.PageToken);
        await using var command = database.Command($"""
            SELECT {Columns} FROM failed_message
            WHERE ($1 = '' OR state = $1) AND ($2::timestamptz IS NULL OR (first_failed_at, id) > ($2, $3::uuid))
            ORDER BY first_failed_at, id LIMIT $4
            """, request.State == FailedMessage.Types.State.Unspecified ? "" : Names.Of(request.State), after?.At, after?.Id, size + 1);
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        var answer = new ListFailedMessagesResponse();
        Instant last = default;
        while (await row.ReadAsync(cancellationToken))
            if (answer.FailedMessages.Count < size)
            {
                answer.FailedMessages.Add(Read(row));
                last = row.GetFieldValue<Instant>(6);
            }
            else answer.NextPageToken = PageToken.Write(last.ToUnixTimeTicks().ToString(CultureInfo.InvariantCulture), answer.FailedMessages[^1].Name.Split('/')[^1]);
        return answer;
    }

    /// <exception cref="Failure">NOT_FOUND.</exception>
    public async Task<FailedMessage> GetAsync(string message, CancellationToken cancellationToken)
    {
        await using var command = database.Command($"SELECT {Columns}, body FROM failed_message WHERE id = $1", IdOf(message));
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        if (!await row.ReadAsync(cancellationToken)) throw Failure.NotFound("message");
        var found = Read(row);
        // what is not text is shown with replacement characters
        if (!row.IsDBNull(11)) found.Body = Encoding.UTF8.GetString(row.GetFieldValue<byte[]>(11));
        return found;
    }

    /// <exception cref="Failure">NOT_FOUND: what is no id is no message's.</exception>
    internal static Guid IdOf(string message) => Guid.TryParseExact(message, "D", out var id) ? id : throw Failure.NotFound("message");

    private FailedMessage Read(NpgsqlDataReader row) => new()
    {
        Name = $"services/{service.Value}/failedMessages/{row.GetGuid(0):D}",
        Type = row.GetString(1),
        Aggregate = row.GetString(2),
        State = Names.Parse<FailedMessage.Types.State>(row.GetString(3)) ?? FailedMessage.Types.State.Unspecified,
        Attempts = row.GetInt32(4),
        Problem = row.GetString(5),
        FirstFailedAt = Stamp(row.GetFieldValue<Instant>(6)),
        LastFailedAt = Stamp(row.GetFieldValue<Instant>(7)),
        NextTryAt = row.IsDBNull(8) ? null : Stamp(row.GetFieldValue<Instant>(8)),
        DecidedBy = row.IsDBNull(9) ? "" : row.GetString(9),
        Reason = row.IsDBNull(10) ? "" : row.GetString(10),
    };

    private static Timestamp Stamp(Instant instant) => Timestamp.FromDateTimeOffset(instant.ToDateTimeOffset());

    private static (Instant At, Guid Id)? ReadToken(string token) => PageToken.Read(token, 2) switch
    {
        null => null,
        [var ticks, var id] when long.TryParse(ticks, NumberStyles.None, CultureInfo.InvariantCulture, out var at)
            && at <= Instant.MaxValue.ToUnixTimeTicks() && Guid.TryParseExact(id, "D", out var after) => (Instant.FromUnixTimeTicks(at), after),
        _ => throw Failure.Invalid(new Violation("pageToken", "PAGE_TOKEN")),
    };
}
