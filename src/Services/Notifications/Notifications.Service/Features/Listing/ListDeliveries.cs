using System.Globalization;
using Google.Protobuf.WellKnownTypes;
using Library.Notifications.V1;
using Library.ServiceDefaults.Data;
using Library.ServiceDefaults.Errors;
using Library.ServiceDefaults.Requests;
using Library.ServiceDefaults.Security;

namespace Library.Notifications.Features.Listing;

/// <summary>A member's notices, newest first. A member whom nothing was sent to has none: whether they exist is for Membership to say.</summary>
public sealed class ListDeliveries(NpgsqlDataSource database)
{
    private const string Collection = "deliveries";

    public async Task<ListDeliveriesResponse> RunAsync(ListDeliveriesRequest request, Caller caller, CancellationToken cancellationToken)
    {
        var fields = new Fields();
        var member = ResourceName.Of("members", fields.Name("member", "members", caller.MemberOr(request.Member)));
        var size = fields.PageSize(request.PageSize, 50, 200);
        fields.ThrowIfWrong();
        var after = ReadToken(request.PageToken);

        await using var command = database.Command("""
            SELECT id, kind, channel, state, language, created_at, sent_at, subject
            FROM delivery
            WHERE member = $1 AND ($2::timestamptz IS NULL OR (created_at, id) < ($2, $3::uuid))
            ORDER BY created_at DESC, id DESC
            LIMIT $4
            """, member, after?.CreatedAt, after?.Id, size + 1);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var answer = new ListDeliveriesResponse();
        while (await reader.ReadAsync(cancellationToken))
            if (answer.Deliveries.Count < size) answer.Deliveries.Add(Map(reader));
            else answer.NextPageToken = TokenAfter(answer.Deliveries[^1]);
        return answer;
    }

    private sealed record Place(Instant CreatedAt, Guid Id);

    private static Delivery Map(NpgsqlDataReader reader) => new()
    {
        Name = ResourceName.Of(Collection, reader.GetGuid(0)),
        Kind = Names.Parse<Delivery.Types.Kind>(reader.GetString(1)) ?? Delivery.Types.Kind.Unspecified,
        Channel = Names.Parse<Delivery.Types.Channel>(reader.GetString(2)) ?? Delivery.Types.Channel.Unspecified,
        State = Names.Parse<Delivery.Types.State>(reader.GetString(3)) ?? Delivery.Types.State.Unspecified,
        Language = reader.GetString(4),
        CreatedAt = Stamp(reader.GetFieldValue<Instant>(5)),
        SentAt = reader.IsDBNull(6) ? null : Stamp(reader.GetFieldValue<Instant>(6)),
        Subject = reader.GetString(7),
    };

    private static Timestamp Stamp(Instant instant) => Timestamp.FromDateTimeOffset(instant.ToDateTimeOffset());

    private static string TokenAfter(Delivery last) => PageToken.Write(
        last.CreatedAt.ToDateTimeOffset().UtcTicks.ToString(CultureInfo.InvariantCulture), last.Name);

    private static Place? ReadToken(string token) => PageToken.Read(token, 2) switch
    {
        null => null,
        [var ticks, var name] when long.TryParse(ticks, NumberStyles.None, CultureInfo.InvariantCulture, out var at)
            && at <= DateTimeOffset.MaxValue.UtcTicks && ResourceName.TryParse(Collection, name, out var id)
            => new Place(Instant.FromDateTimeOffset(new DateTimeOffset(at, TimeSpan.Zero)), id),
        _ => throw Failure.Invalid(new Violation("pageToken", "PAGE_TOKEN")),
    };
}
