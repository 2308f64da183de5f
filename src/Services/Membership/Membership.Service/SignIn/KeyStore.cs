using System.Security.Cryptography;
using System.Text.Json;
using Library.ServiceDefaults.Data;
using Microsoft.IdentityModel.Tokens;

namespace Library.Membership.SignIn;

/// <summary>
/// The keys that tokens are signed and encrypted with: made once, kept in the database, the same in every instance. Read
/// before the service accepts its first request.
/// </summary>
public sealed class KeyStore(NpgsqlDataSource database) : IHostedLifecycleService
{
    private const string Sign = "SIGN", Encrypt = "ENCRYPT";
    private const int KeyBits = 2048, MostKeys = 20;
    /// <summary>Any constant: two instances that start at one moment make one key.</summary>
    private const long LockKey = 0x6B65_7973;
    private IReadOnlyList<RsaSecurityKey> signing = [], encryption = [];

    /// <summary>Newest first; the first signs.</summary>
    public IReadOnlyList<RsaSecurityKey> SigningKeys => signing.Count > 0 ? signing : throw new InvalidOperationException("The keys have not been read yet.");

    /// <summary>Newest first; for authorization codes and refresh tokens, which only we read.</summary>
    public IReadOnlyList<RsaSecurityKey> EncryptionKeys => encryption.Count > 0 ? encryption : throw new InvalidOperationException("The keys have not been read yet.");

    /// <summary>The public keys as a JSON Web Key Set: what other services fetch, this one knows.</summary>
    public string PublicKeySet() => JsonSerializer.Serialize(new
    {
        keys = SigningKeys.Select(key => (key.KeyId, Public: key.Rsa.ExportParameters(includePrivateParameters: false))).Select(key => new
        {
            kty = "RSA",
            use = "sig",
            alg = SecurityAlgorithms.RsaSha256,
            kid = key.KeyId,
            n = Base64UrlEncoder.Encode(key.Public.Modulus),
            e = Base64UrlEncoder.Encode(key.Public.Exponent),
        }),
    });

    public async Task StartingAsync(CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await using (var take = transaction.Command("SELECT pg_advisory_xact_lock($1)", LockKey)) await take.ExecuteNonQueryAsync(cancellationToken);
        signing = await ReadOrMakeAsync(transaction, Sign, cancellationToken);
        encryption = await ReadOrMakeAsync(transaction, Encrypt, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private static async Task<IReadOnlyList<RsaSecurityKey>> ReadOrMakeAsync(NpgsqlTransaction transaction, string purpose, CancellationToken cancellationToken)
    {
        var keys = new List<RsaSecurityKey>();
        await using (var find = transaction.Command("SELECT id, private_key FROM signing_key WHERE purpose = $1 ORDER BY created_at DESC LIMIT $2", purpose, MostKeys))
        await using (var row = await find.ExecuteReaderAsync(cancellationToken))
            while (await row.ReadAsync(cancellationToken))
            {
                var known = RSA.Create();
                known.ImportPkcs8PrivateKey(row.GetFieldValue<byte[]>(1), out _);
                keys.Add(new RsaSecurityKey(known) { KeyId = row.GetString(0) });
            }
        if (keys.Count > 0) return keys;

        var made = RSA.Create(KeyBits);
        var id = Base64UrlEncoder.Encode(SHA256.HashData(made.ExportSubjectPublicKeyInfo()))[..16];
        await using var keep = transaction.Command("INSERT INTO signing_key (id, purpose, private_key) VALUES ($1, $2, $3)", id, purpose, made.ExportPkcs8PrivateKey());
        await keep.ExecuteNonQueryAsync(cancellationToken);
        return [new RsaSecurityKey(made) { KeyId = id }];
    }
}
