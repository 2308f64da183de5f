using System.Globalization;
using System.Runtime.InteropServices;

namespace Library.AppHost.Local.Engine;

/// <summary>The few calls of the operating system that .NET does not offer.</summary>
internal static class Posix
{
    internal const int SigInt = 2;
    internal const int SigKill = 9;
    internal const int SigTerm = 15;

    internal static bool IsRoot => System.Environment.IsPrivilegedProcess;

    /// <summary>Signals one process. False when there is none any more.</summary>
    internal static bool Signal(int pid, int signal) => kill(pid, signal) == 0;

    /// <summary>Signals every process of the group that <paramref name="leader"/> leads. False when none is left.</summary>
    internal static bool SignalGroup(int leader, int signal) => kill(-leader, signal) == 0;

    /// <summary>When a process began, in clock ticks since boot; null when it is gone or a zombie.</summary>
    internal static long? Began(int pid)
    {
        try
        {
            var stat = File.ReadAllText(string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}/stat"));
            // the name in brackets may hold blanks: count from behind it (field 3 is the state, 22 the start)
            var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
            return fields[0] == "Z" ? null : long.Parse(fields[19], CultureInfo.InvariantCulture);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>Whether the very process that was recorded still runs.</summary>
    internal static bool IsAlive(int pid, long began) => Began(pid) == began;

    [DllImport("libc", SetLastError = true)]
    private static extern int kill(int pid, int signal);
}
