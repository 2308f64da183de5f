namespace Library.AppHost.Local.Engine;

/// <summary>Held while a network runs. The kernel lets go of it when its holder dies, however it dies, so a lock is never stale.</summary>
internal sealed class RunLock : IDisposable
{
    private readonly FileStream _stream;

    private RunLock(FileStream stream) => _stream = stream;

    /// <returns>Null when another process holds it.</returns>
    internal static RunLock? TryTake(string file)
    {
        try
        {
            // FileShare.None is an advisory lock of the kernel (flock)
            var stream = new FileStream(file, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            return new RunLock(stream);
        }
        catch (IOException e) when (e is not (FileNotFoundException or DirectoryNotFoundException))
        {
            return null;
        }
    }

    public void Dispose() => _stream.Dispose();
}
