using System.Buffers.Text;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using Library.ServiceDefaults.Data;
using Library.ServiceDefaults.Errors;
using Library.ServiceDefaults.Time;
using Microsoft.Extensions.Options;

namespace Library.Catalog.Features.Licensing;

/// <summary>
/// The built-in provider: files in a folder of the library's own (setting <c>Licences:Folder</c>; without it there is no such provider). Access is a link
/// that is signed, names the file, the loan and its end, and nobody; it is good while the loan is open. The key is <c>Licences:LinkKey</c>, or else
/// derived from the key that all instances share.
/// </summary>
public sealed partial class OwnFiles : ILicenceProvider
{
    public const string ProviderCode = "files", FolderSetting = "Licences:Folder", KeySetting = "Licences:LinkKey";
    private const string Path = "/api/v1/licenceFiles/";
    private const int LeastKeyLength = 32;

    private readonly string folder, issuer;
    private readonly byte[] key;
    private readonly NpgsqlDataSource database;
    private readonly BusinessClock clock;

    public OwnFiles(IConfiguration configuration, NpgsqlDataSource database, BusinessClock clock)
    {
        folder = System.IO.Path.GetFullPath(configuration[FolderSetting] ?? "");
        issuer = (configuration["Issuer"] ?? "").TrimEnd('/');
        var given = configuration[KeySetting] ?? "";
        if (given.Length is > 0 and < LeastKeyLength)
            throw new OptionsValidationException("settings", typeof(OwnFiles), [$"The setting {KeySetting} needs at least {LeastKeyLength} characters."]);
        key = HKDF.DeriveKey(
            HashAlgorithmName.SHA256, Encoding.UTF8.GetBytes(given.Length > 0 ? given : configuration["ServiceKey"] ?? ""), 32, info: "licence links"u8.ToArray());
        (this.database, this.clock) = (database, clock);
    }

    public string Code => ProviderCode;

    public bool IsReference(string reference) => FileName().IsMatch(reference);

    /// <summary>The same request gives the same link. A folder that is away (a share that is not mounted) is asked for again.</summary>
    public Task<AccessAnswer> GrantAsync(AccessRequest request, CancellationToken cancellationToken)
    {
        if (!Directory.Exists(folder)) throw new DirectoryNotFoundException("The folder of licensed files is away.");
        if (!IsReference(request.Reference) || !File.Exists(System.IO.Path.Combine(folder, request.Reference)))
            return Task.FromResult<AccessAnswer>(new AccessAnswer.Unknown());
        var expires = request.EndsAt.ToUnixTimeSeconds();
        var link = string.Create(CultureInfo.InvariantCulture,
            $"{issuer}{Path}{request.Reference}?loan={request.Loan:D}&expires={expires}&signature={Sign(request.Reference, request.Loan, expires)}");
        return Task.FromResult<AccessAnswer>(new AccessAnswer.Granted(link));
    }

    /// <summary>Nothing to withdraw: the link is looked up with its loan whenever it is used.</summary>
    public Task EndAsync(Guid loan, CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>GET /api/v1/licenceFiles/NAME: the file for who has the link. Without a token, so that a reading application can fetch it.</summary>
    public static void Map(IEndpointRouteBuilder app) => app
        .MapGet(Path + "{reference}", (string reference, string? loan, string? expires, string? signature, OwnFiles files, CancellationToken cancellationToken) =>
            files.ServeAsync(reference, loan ?? "", expires ?? "", signature ?? "", cancellationToken))
        .WithSummary("The file of a licensed title, for whoever has the signed link of an open loan").AddEndpointFilter<FailuresAsStatus>();

    /// <summary>Whatever is wrong with a link is NOT_FOUND: it is nobody's business what.</summary>
    private async Task<IResult> ServeAsync(string reference, string loan, string expires, string signature, CancellationToken cancellationToken)
    {
        if (!Guid.TryParseExact(loan, "D", out var id) || !long.TryParse(expires, NumberStyles.None, CultureInfo.InvariantCulture, out var until)
            || !CryptographicOperations.FixedTimeEquals(Encoding.ASCII.GetBytes(Sign(reference, id, until)), Encoding.UTF8.GetBytes(signature))
            || until <= clock.Now.ToUnixTimeSeconds())
            throw Failure.NotFound("licensedFile");
        await using var command = database.Command("SELECT EXISTS (SELECT FROM licence_loan WHERE id = $1 AND state = 'OPEN' AND ends_at > $2)", id, clock.Now);
        if (!(bool)(await command.ExecuteScalarAsync(cancellationToken))!) throw Failure.NotFound("licensedFile");
        var file = System.IO.Path.Combine(folder, reference);
        if (!IsReference(reference) || !File.Exists(file)) throw Failure.NotFound("licensedFile");
        return Results.File(file, TypeOf(reference), reference, enableRangeProcessing: true);
    }

    private string Sign(string reference, Guid loan, long expires) => Base64Url.EncodeToString(HMACSHA256.HashData(
        key, Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{reference}\n{loan:D}\n{expires}"))));

    private static string TypeOf(string reference) => System.IO.Path.GetExtension(reference).ToLowerInvariant() switch
    {
        ".epub" => "application/epub+zip",
        ".pdf" => "application/pdf",
        ".mp3" => "audio/mpeg",
        ".m4a" or ".m4b" => "audio/mp4",
        ".zip" => "application/zip",
        _ => "application/octet-stream",
    };

    [GeneratedRegex(@"^[A-Za-z0-9_-][A-Za-z0-9._-]{0,199}\z")]
    private static partial Regex FileName();
}
