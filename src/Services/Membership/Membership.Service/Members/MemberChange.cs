using Library.Contracts;
using Library.ServiceDefaults.Data;
using Library.ServiceDefaults.Messaging;

namespace Library.Membership.Members;

/// <summary>What every change of a member ends with: the new row, what else it writes, what it tells and its key, in one round trip and one commit.</summary>
public sealed class MemberChange(Outbox outbox)
{
    /// <summary>
    /// Saves <paramref name="changed"/>, whose version is the locked one's plus one, tells its snapshot and <paramref name="facts"/>, commits
    /// and wakes the relay.
    /// </summary>
    public async Task CommitAsync(
        NpgsqlTransaction transaction, MemberRow changed, CommandKey key, IReadOnlyList<NpgsqlBatchCommand> alsoWrites, IReadOnlyList<IMessage> facts,
        CancellationToken cancellationToken)
    {
        await using var batch = new NpgsqlBatch(transaction.Open(), transaction);
        batch.BatchCommands.Add(changed.Update());
        foreach (var write in alsoWrites) batch.BatchCommands.Add(write);
        batch.BatchCommands.Add(outbox.Write(changed.Snapshot()));
        foreach (var fact in facts) batch.BatchCommands.Add(outbox.Write(fact));
        if (key.Given) batch.BatchCommands.Add(key.Record(changed.Name, null));
        await batch.ExecuteNonQueryAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        outbox.Wake();
    }

    /// <summary>Nothing to change: only the key is kept.</summary>
    public static async Task UnchangedAsync(NpgsqlTransaction transaction, MemberRow member, CommandKey key, CancellationToken cancellationToken)
    {
        await key.RecordAsync(transaction, member.Name, null, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
    }
}
