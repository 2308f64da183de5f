using System.Security.Cryptography;
using Google.Protobuf;
using Grpc.Core;
using Library.ServiceDefaults.Errors;
using Library.ServiceDefaults.Security;

namespace Library.ServiceDefaults.Data;

/// <summary>
/// A command's key as its caller gave it; <see cref="None"/> where it gave none. The feature puts <see cref="Record"/>
/// into its transaction, so that the effect and the record of it stand or fall together (ADR 2).
/// </summary>
public sealed class CommandKey
{
    public static readonly CommandKey None = new("", "", "", []);

    private readonly Func<IMessage, IMessage> kept = answer => answer;

    internal CommandKey(string caller, string method, string key, byte[] requestHash) =>
        (Caller, Method, Key, RequestHash) = (caller, method, key, requestHash);

    private CommandKey(CommandKey other, Func<IMessage, IMessage> kept) : this(other.Caller, other.Method, other.Key, other.RequestHash) => this.kept = kept;

    internal string Caller { get; }
    internal string Method { get; }
    internal string Key { get; }
    internal byte[] RequestHash { get; }

    /// <summary>True when there is something to record.</summary>
    public bool Given => Key.Length > 0;

    /// <summary>The same key for a method that answers something else than the feature that it calls: what is made of the feature's answer is kept.</summary>
    public CommandKey Keeping<T>(Func<T, IMessage> answer) where T : IMessage => new(this, given => answer((T)given));

    /// <summary>
    /// The row for the feature's batch; call only when <see cref="Given"/>. <paramref name="answer"/> is kept only where it
    /// bears no personal data; null makes a repeated command read <paramref name="resource"/> again.
    /// </summary>
    public NpgsqlBatchCommand Record(string resource, IMessage? answer) => DatabaseSetup.BatchCommand("""
        INSERT INTO idempotency (caller, method, key, request_hash, resource, answer) VALUES ($1, $2, $3, $4, $5, $6)
        """, Caller, Method, Key, RequestHash, resource, answer is null ? Array.Empty<byte>() : kept(answer).ToByteArray());

    /// <summary>Writes the row in a transaction; does nothing where no key was given.</summary>
    public async Task RecordAsync(NpgsqlTransaction transaction, string resource, IMessage? answer, CancellationToken cancellationToken)
    {
        if (!Given) return;
        await using var batch = new NpgsqlBatch(transaction.Open(), transaction) { BatchCommands = { Record(resource, answer) } };
        await batch.ExecuteNonQueryAsync(cancellationToken);
    }
}

/// <summary>Runs a command once for each key of its caller and method; kept for seven days, refusals not at all.</summary>
public sealed class Idempotency(NpgsqlDataSource database)
{
    public const string Header = "idempotency-key";
    private const string UsedOnce = "idempotency_key_used_once";

    /// <summary>
    /// Runs <paramref name="command"/>, which records its key in its own transaction. Where the key was used before,
    /// also by a command running at the same moment, gives that command's answer instead; a refusal is given only when
    /// no other command with the key has succeeded meanwhile.
    /// </summary>
    /// <param name="context">Of the call: caller, method and header come from it.</param>
    /// <param name="request">Hashed, so that one key never answers two different commands.</param>
    /// <param name="command">Does the work; everything it did is undone when it throws.</param>
    /// <param name="readAgain">Reads the resource's answer where it was not kept.</param>
    /// <exception cref="RpcException">INVALID_ARGUMENT for a key that is too long; ALREADY_EXISTS <c>IDEMPOTENCY_KEY_REUSED</c> for another request.</exception>
    public async Task<TResponse> RunAsync<TResponse>(
        ServerCallContext context,
        IMessage request,
        Func<CommandKey, Task<TResponse>> command,
        Func<string, Task<TResponse>> readAgain)
        where TResponse : class, IMessage<TResponse>, new()
    {
        var key = KeyOf(context, request);
        if (!key.Given) return await command(key);
        try
        {
            return await command(key);
        }
        catch (PostgresException taken) when (taken is { SqlState: PostgresErrorCodes.UniqueViolation, ConstraintName: UsedOnce })
        {
            return await AnswerOf(key, readAgain, context.CancellationToken) ?? throw new InvalidOperationException("The key's row is gone.", taken);
        }
        catch (RpcException)
        {
            if (await AnswerOf(key, readAgain, context.CancellationToken) is { } answer) return answer;
            throw;
        }
    }

    private async Task<TResponse?> AnswerOf<TResponse>(CommandKey key, Func<string, Task<TResponse>> readAgain, CancellationToken cancellationToken)
        where TResponse : class, IMessage<TResponse>, new()
    {
        await using var find = database.Command(
            "SELECT request_hash, resource, answer FROM idempotency WHERE caller = $1 AND method = $2 AND key = $3", key.Caller, key.Method, key.Key);
        string resource;
        byte[] kept;
        // ended before the resource is read again, and once only: Npgsql hands readers on
        await using (var row = await find.ExecuteReaderAsync(cancellationToken))
        {
            if (!await row.ReadAsync(cancellationToken)) return null;
            if (!row.GetFieldValue<byte[]>(0).AsSpan().SequenceEqual(key.RequestHash))
                throw Failure.AlreadyExists("IDEMPOTENCY_KEY_REUSED");
            resource = row.GetString(1);
            kept = row.GetFieldValue<byte[]>(2);
        }
        return kept.Length > 0 ? new MessageParser<TResponse>(() => new TResponse()).ParseFrom(kept) : await readAgain(resource);
    }

    private static CommandKey KeyOf(ServerCallContext context, IMessage request)
    {
        var given = context.GetHttpContext().Request.Headers[Header].ToString();
        if (given.Length == 0) return CommandKey.None;
        if (given.Length > 64 || given.Any(c => c is < '!' or > '~'))
            throw Failure.Invalid(new Violation("Idempotency-Key", "LENGTH", ("min", "1"), ("max", "64")));
        return new CommandKey(Caller.Of(context).Subject, context.Method, given, SHA256.HashData(request.ToByteArray()));
    }
}
