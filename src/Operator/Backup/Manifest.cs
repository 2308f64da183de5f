using System.Globalization;
using System.Security.Cryptography;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.RegularExpressions;

namespace Library.Operator.Backup;

/// <summary>What a backup says of itself, in <c>manifest.json</c>; written last.</summary>
internal sealed partial record Manifest
{
    internal const string FileName = "manifest.json";

    /// <summary>Grows when an older <c>restore</c> could not read what a newer <c>backup</c> writes.</summary>
    internal const int NewestFormat = 1;

    /// <summary>More than any backup has; a manifest that lists more is not one.</summary>
    private const int MaxFiles = 10_000;

    private static readonly JsonSerializerOptions Json = new(NetworkState.Json) { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public required int Format { get; init; }

    public required DateTimeOffset TakenAt { get; init; }

    public required string Network { get; init; }

    /// <summary>Of the programs that took it: version and, where the build knew it, commit.</summary>
    public required string Version { get; init; }

    /// <summary>Major version of the server: an older <c>pg_restore</c> does not read a newer dump.</summary>
    public required int PostgreSql { get; init; }

    /// <summary>How far the demo data had been loaded: <c>none</c>, <c>begun</c>, <c>loaded</c>.</summary>
    public required string DemoData { get; init; }

    [JsonPropertyName("databases")]
    public required IReadOnlyList<DatabaseEntry> Migrated { get; init; }

    public required IReadOnlyList<FileEntry> Files { get; init; }

    /// <summary>Notes size and sum of every file of the folder.</summary>
    internal static async Task<IReadOnlyList<FileEntry>> SumAsync(string folder, CancellationToken cancellation)
    {
        var files = new List<FileEntry>();
        foreach (var path in Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
        {
            files.Add(new FileEntry(Path.GetRelativePath(folder, path), new FileInfo(path).Length, await SumOfAsync(path, cancellation)));
        }

        return files;
    }

    internal void Write(string folder) =>
        AtomicFile.Write(Path.Combine(folder, FileName), JsonSerializer.SerializeToUtf8Bytes(this, Json), UnixFileMode.UserRead | UnixFileMode.UserWrite);

    /// <summary>Reads a backup's manifest and holds every file against it.</summary>
    /// <exception cref="OperatorException">It is no whole backup, or one that this version does not read.</exception>
    internal static async Task<Manifest> CheckAsync(string folder, CancellationToken cancellation)
    {
        var manifest = Read(folder);
        foreach (var file in manifest.Files)
        {
            var path = Path.GetFullPath(Path.Combine(folder, file.Path));
            if (!path.StartsWith(Path.GetFullPath(folder) + Path.DirectorySeparatorChar, StringComparison.Ordinal))
            {
                throw new OperatorException($"{FileName} names {file.Path}, which is outside the backup.");
            }

            if (!File.Exists(path) || new FileInfo(path).Length != file.Bytes || await SumOfAsync(path, cancellation) != file.Sha256)
            {
                throw new OperatorException($"{file.Path} is missing or not what was written (size or SHA-256 differ): this backup cannot be restored.");
            }
        }

        return manifest;
    }

    private static Manifest Read(string folder)
    {
        try
        {
            var content = File.ReadAllBytes(Path.Combine(folder, FileName));
            using var document = JsonDocument.Parse(content);
            if (document.RootElement.GetProperty("format").GetInt32() is var format && format > NewestFormat)
            {
                throw new OperatorException(string.Create(CultureInfo.InvariantCulture,
                    $"The backup has format {format}, this version reads up to {NewestFormat}: restore it with the version that took it, or a newer one."));
            }

            var manifest = document.Deserialize<Manifest>(Json);
            // names become paths and databases: nothing else than what a backup writes
            return manifest is { Files.Count: > 0 and < MaxFiles } && NetworkName().IsMatch(manifest.Network) && manifest.Migrated.All(d => Databases.All.Contains(d.Name))
                ? manifest
                : throw new JsonException("its manifest is not one that ./library backup writes");
        }
        catch (Exception e) when (e is IOException or JsonException or KeyNotFoundException or InvalidOperationException)
        {
            throw new OperatorException($"{folder} is no whole backup: {e.Message}");
        }
    }

    [GeneratedRegex("^[a-z][a-z0-9-]*$")]
    private static partial Regex NetworkName();

    private static async Task<string> SumOfAsync(string path, CancellationToken cancellation)
    {
        await using var file = File.OpenRead(path);
        return Convert.ToHexStringLower(await SHA256.HashDataAsync(file, cancellation));
    }
}

/// <param name="Name">Of the database, such as <c>catalog-db</c>.</param>
/// <param name="Migrations">How many scripts it had had.</param>
/// <param name="LastMigration">The last of them.</param>
internal sealed record DatabaseEntry(string Name, long Migrations, string LastMigration);

/// <param name="Path">In the backup's folder.</param>
internal sealed record FileEntry(string Path, long Bytes, string Sha256);
