using System.Globalization;
using System.Text;

namespace Library.AppHost.Local.Engine;

/// <summary>The output of one process: a new file each start, earlier ones kept as <c>.1</c> to <c>.5</c>, none above the cap.</summary>
internal sealed class LogFile : IDisposable
{
    private const int Kept = 5;
    private const long MaxBytes = 8 * 1024 * 1024;

    private readonly Lock _lock = new();
    private readonly string _path;
    private readonly long _maxBytes;
    private FileStream _stream;

    internal LogFile(string path, long maxBytes = MaxBytes)
    {
        _path = path;
        _maxBytes = maxBytes;
        _stream = Rotate();
    }

    internal void Write(ReadOnlySpan<byte> bytes)
    {
        lock (_lock)
        {
            if (_stream.Length + bytes.Length > _maxBytes)
            {
                _stream.Dispose();
                _stream = Rotate();
            }

            _stream.Write(bytes);
            _stream.Flush();
        }
    }

    /// <summary>The last lines of the file, for a plain report of why something failed.</summary>
    internal static string Tail(string path, int lines)
    {
        const int enough = 16 * 1024;
        if (!File.Exists(path))
        {
            return "";
        }

        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        stream.Seek(-Math.Min(enough, stream.Length), SeekOrigin.End);
        using var reader = new StreamReader(stream, Encoding.UTF8);
        return string.Join('\n', reader.ReadToEnd().TrimEnd().Split('\n').TakeLast(lines));
    }

    public void Dispose() => _stream.Dispose();

    private FileStream Rotate()
    {
        for (var age = Kept - 1; age >= 0; age--)
        {
            var younger = age == 0 ? _path : Aged(age);
            if (File.Exists(younger))
            {
                File.Move(younger, Aged(age + 1), overwrite: true);
            }
        }

        return new FileStream(_path, FileMode.Create, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete);
    }

    private string Aged(int age) => string.Create(CultureInfo.InvariantCulture, $"{_path}.{age}");
}
