using Library.Catalog.Domain.Archive;
using Library.Catalog.Rules;
using Library.Catalog.V1;
using Library.ServiceDefaults.Data;
using Library.ServiceDefaults.Errors;
using Library.ServiceDefaults.Requests;
using Library.ServiceDefaults.Security;
using Library.ServiceDefaults.Time;

namespace Library.Catalog.Features.Archive;

/// <summary>
/// The log of who read the archive of loans, about what and why (art. 21–22, ADR 22). It is written before anything is answered: an answer without
/// its line is not possible, a line whose answer did not arrive is.
/// </summary>
public sealed class ArchiveReadings(NpgsqlDataSource database, BusinessClock clock)
{
    /// <summary>Before a member's ended loans are read.</summary>
    /// <exception cref="Failure">INVALID_ARGUMENT where a purpose is needed and none is given.</exception>
    public Task PassAsync(Guid member, Caller caller, ArchiveReading.Types.Purpose purpose, CancellationToken cancellationToken)
    {
        var name = ResourceName.Of("members", member);
        return PassAsync(isOut: false, name, name, caller, purpose, cancellationToken);
    }

    /// <summary>Before a loan is read with its member.</summary>
    /// <param name="isOut">The loan has not ended.</param>
    /// <param name="member">Whose it is; null once the link is gone.</param>
    /// <param name="about">What is read, as the log names it: the loan or the member, never both.</param>
    /// <param name="caller">Who reads.</param>
    /// <param name="purpose">Why.</param>
    /// <param name="cancellationToken">Of the request.</param>
    /// <exception cref="Failure">INVALID_ARGUMENT where a purpose is needed and none is given.</exception>
    public async Task PassAsync(
        bool isOut, string? member, string about, Caller caller, ArchiveReading.Types.Purpose purpose, CancellationToken cancellationToken)
    {
        if (!ArchiveRules.NeedsPurpose(isOut, hasReader: member is not null, isOwn: caller.Has(Roles.Member) && member == caller.Subject)) return;
        Require(purpose);
        await WriteAsync(about, caller, purpose, cancellationToken);
    }

    /// <exception cref="Failure">INVALID_ARGUMENT.</exception>
    public static void Require(ArchiveReading.Types.Purpose purpose)
    {
        var fields = new Fields();
        fields.Enum("purpose", purpose);
        fields.ThrowIfWrong();
    }

    public async Task WriteAsync(string about, Caller caller, ArchiveReading.Types.Purpose purpose, CancellationToken cancellationToken)
    {
        await using var write = database.Command(
            "INSERT INTO archive_reading (id, read_at, reader, purpose, about) VALUES ($1, $2, $3, $4, $5)",
            Guid.CreateVersion7(), clock.Now, caller.Subject, Names.Of(purpose), about);
        await write.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>Newest first.</summary>
    public async Task<ListArchiveReadingsResponse> ListAsync(ListArchiveReadingsRequest request, CancellationToken cancellationToken)
    {
        var fields = new Fields();
        var size = fields.PageSize(request.PageSize, absent: 50, max: 200);
        fields.ThrowIfWrong();
        var (before, beforeId) = Pages.Before(request.PageToken);
        await using var command = database.Command("""
            SELECT id, read_at, reader, purpose, about FROM archive_reading
            WHERE (read_at, id) < ($1, $2) ORDER BY read_at DESC, id DESC LIMIT $3
            """, before, beforeId, size + 1);
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        var readings = new List<(string Token, ArchiveReading Reading)>();
        while (await row.ReadAsync(cancellationToken))
        {
            var at = row.GetFieldValue<Instant>(1);
            readings.Add((
                Pages.Token(at, row.GetGuid(0)),
                new ArchiveReading
                {
                    ReadAt = at.ToTimestamp(),
                    Reader = row.GetString(2),
                    Purpose = Names.Parse<ArchiveReading.Types.Purpose>(row.GetString(3)) ?? ArchiveReading.Types.Purpose.Unspecified,
                    About = row.GetString(4),
                }));
        }
        var answer = new ListArchiveReadingsResponse { NextPageToken = Pages.Cut(readings, size, last => last.Token) };
        answer.ArchiveReadings.AddRange(readings.Select(one => one.Reading));
        return answer;
    }
}
