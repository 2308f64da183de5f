using System.Globalization;

namespace Library.ServiceDefaults.Networks;

/// <summary>What came of reading a network's files: a network, or every error in them.</summary>
public abstract record NetworkLoad
{
    private NetworkLoad()
    {
    }

    /// <summary>The files are sound.</summary>
    public sealed record Loaded(Network Network) : NetworkLoad;

    /// <summary>At least one error; nothing of the files may be used.</summary>
    public sealed record Refused(IReadOnlyList<NetworkFileError> Errors) : NetworkLoad;
}

/// <summary>
/// An error in a network file. <paramref name="File"/>: its name in the network's folder. <paramref name="Line"/>: from 1; 0 where no line is to blame.
/// <paramref name="Key"/>: the way to the value, e.g. <c>branches[3].hours.regular.MON</c>; empty for the whole file.
/// </summary>
public sealed record NetworkFileError(string File, int Line, string Key, string Message)
{
    /// <summary><c>file:line: key: message</c></summary>
    public override string ToString()
    {
        var place = Line > 0 ? string.Create(CultureInfo.InvariantCulture, $"{File}:{Line}: ") : $"{File}: ";
        return Key.Length > 0 ? $"{place}{Key}: {Message}" : place + Message;
    }
}

/// <summary>
/// The network's files cannot be used. <see cref="Exception.Message"/> has a line for every error; a process prints it, without a stack, and ends with
/// <see cref="ExitCode"/>.
/// </summary>
public sealed class NetworkFilesInvalidException(string folder, IReadOnlyList<NetworkFileError> errors)
    : Exception($"The network files in {folder} cannot be used:\n" + string.Join('\n', errors.Select(error => "  " + error)))
{
    /// <summary>EX_CONFIG of sysexits.h.</summary>
    public const int ExitCode = 78;

    /// <summary>Every error, in the order of files and lines.</summary>
    public IReadOnlyList<NetworkFileError> Errors { get; } = errors;
}
