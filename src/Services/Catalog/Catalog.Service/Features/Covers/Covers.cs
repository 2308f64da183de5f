using System.Collections.Concurrent;
using System.Security.Cryptography;
using Library.Catalog.Domain;
using Library.Catalog.Domain.Covers;
using Library.ServiceDefaults.Data;
using Library.ServiceDefaults.Errors;
using Library.ServiceDefaults.Jobs;
using Library.ServiceDefaults.Security;
using Microsoft.Extensions.Options;
using Microsoft.Net.Http.Headers;

namespace Library.Catalog.Features.Covers;

/// <summary>
/// GET /api/v1/covers/ISBN: the cover from our own cache, which is filled from a provider: the member's browser never speaks with it. One question for an ISBN at a
/// time, here and (by a lease) on other machines; at most eight at once. What a provider does not have is remembered too. All times are real.
/// </summary>
public sealed class Covers(
    NpgsqlDataSource database, IOptions<CoverSettings> options, Leases leases, ILogger<Covers> log, IEnumerable<ICoverProvider> providers) : IPeriodicJob, IDisposable
{
    private const int AtOnce = 8, Batch = 1_000, MostBatches = 10_000;
    private static readonly TimeSpan LeaseTime = TimeSpan.FromSeconds(15);
    private readonly ConcurrentDictionary<string, Lazy<Task<Cover>>> asking = new(StringComparer.Ordinal);
    private readonly SemaphoreSlim places = new(AtOnce);
    private readonly ICoverProvider? provider = providers.FirstOrDefault();

    public string Name => "covers";
    public LocalTime DueAt => new(3, 30);

    public static void Map(IEndpointRouteBuilder app) => app
        .MapGet("/api/v1/covers/{isbn}", (string isbn, HttpContext http, Covers covers) => covers.RunAsync(isbn, http))
        .WithMetadata(new EndpointAccess(Roles.Any)).AddEndpointFilter<FailuresAsStatus>().WithSummary("The cover of a title by its ISBN, from our own cache");

    /// <summary>Without a type there is none.</summary>
    private sealed record Cover(string? Type, byte[] Bytes);

    private async Task<IResult> RunAsync(string isbn, HttpContext http)
    {
        if (!Isbn.TryNormalise(isbn, out var number)) throw Failure.Invalid(new Violation("isbn", "FORMAT", ("expected", "ISBN")));
        var cover = await KeptAsync(number, http.RequestAborted);
        // who asks first may go away; the others, and the cache, want the cover all the same
        if (cover is null && provider is not null)
            cover = await asking.GetOrAdd(number, wanted => new Lazy<Task<Cover>>(() => AskAsync(wanted))).Value.WaitAsync(http.RequestAborted);
        if (cover?.Type is not { } type) throw Failure.NotFound("cover");
        http.Response.Headers.CacheControl = "private, max-age=86400";
        http.Response.Headers.XContentTypeOptions = "nosniff";
        return Results.Bytes(cover.Bytes, type, entityTag: new EntityTagHeaderValue($"\"{Convert.ToHexStringLower(SHA256.HashData(cover.Bytes).AsSpan(0, 16))}\""));
    }

    /// <summary>Forgets what is past its time.</summary>
    public async Task RunAsync(LocalDate day, CancellationToken cancellationToken)
    {
        for (var batch = 0; batch < MostBatches; batch++)
        {
            await using var command = database.Command(
                "DELETE FROM cover WHERE isbn = ANY (ARRAY(SELECT isbn FROM cover WHERE expires_at < clock_timestamp() ORDER BY expires_at LIMIT $1))", Batch);
            if (await command.ExecuteNonQueryAsync(cancellationToken) < Batch) return;
        }
    }

    public void Dispose() => places.Dispose();

    private async Task<Cover?> KeptAsync(string isbn, CancellationToken cancellationToken)
    {
        await using var command = database.Command("SELECT media_type, bytes FROM cover WHERE isbn = $1 AND expires_at > clock_timestamp()", isbn);
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        if (!await row.ReadAsync(cancellationToken)) return null;
        return row.IsDBNull(0) ? new Cover(null, []) : new Cover(row.GetString(0), row.GetFieldValue<byte[]>(1));
    }

    private async Task<Cover> AskAsync(string isbn)
    {
        using var limit = new CancellationTokenSource(options.Value.Timeout + LeaseTime);
        try
        {
            await places.WaitAsync(limit.Token);
            try
            {
                await using var lease = await leases.TryKeepAsync($"cover/{isbn}", LeaseTime, options.Value.Timeout, limit.Token);
                // another machine may have asked meanwhile; one that still does leaves nothing to show yet
                if (await KeptAsync(isbn, limit.Token) is { } kept) return kept;
                return lease is null ? new Cover(null, []) : await FetchAsync(isbn, limit.Token);
            }
            finally
            {
                places.Release();
            }
        }
        finally
        {
            asking.TryRemove(isbn, out _);
        }
    }

    private async Task<Cover> FetchAsync(string isbn, CancellationToken cancellationToken)
    {
        var settings = options.Value;
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(settings.Timeout);
        Cover cover;
        TimeSpan keep;
        try
        {
            cover = await provider!.FindAsync(isbn, limit.Token) is CoverAnswer.Found { Bytes: var bytes } && bytes.Length <= settings.MaxBytes && PictureType.Of(bytes) is { } type
                ? new Cover(type, bytes)
                : new Cover(null, []);
            keep = cover.Type is null ? settings.KeepNoneFor : settings.KeepFor;
        }
        catch (Exception trouble) when (!cancellationToken.IsCancellationRequested)
        {
            log.LogWarning("The cover provider could not be asked ({Problem})", trouble.GetType().Name);
            (cover, keep) = (new Cover(null, []), settings.KeepTroubleFor);
        }
        await KeepAsync(isbn, cover, keep, cancellationToken);
        return cover;
    }

    /// <summary>With it the oldest go that are too many. A row without a picture counts a kilobyte, so that numbers nobody has cannot fill the table.</summary>
    private async Task KeepAsync(string isbn, Cover cover, TimeSpan keep, CancellationToken cancellationToken)
    {
        await using var batch = database.CreateBatch();
        batch.BatchCommands.Add(DatabaseSetup.BatchCommand("""
            INSERT INTO cover (isbn, media_type, bytes, size, expires_at) VALUES ($1, $2, $3, $4, clock_timestamp() + $5)
            ON CONFLICT (isbn) DO UPDATE SET media_type = excluded.media_type, bytes = excluded.bytes, size = excluded.size,
                fetched_at = clock_timestamp(), expires_at = excluded.expires_at
            """, isbn, cover.Type, cover.Type is null ? null : cover.Bytes, cover.Bytes.Length, keep));
        batch.BatchCommands.Add(DatabaseSetup.BatchCommand("""
            DELETE FROM cover WHERE isbn IN (
                SELECT isbn FROM (SELECT isbn, sum(greatest(size, 1024)) OVER (ORDER BY fetched_at DESC, isbn) AS kept FROM cover) AS newest WHERE kept > $1)
            """, options.Value.MaxTotalBytes));
        await batch.ExecuteNonQueryAsync(cancellationToken);
    }
}
