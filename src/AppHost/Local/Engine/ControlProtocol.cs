namespace Library.AppHost.Local.Engine;

/// <param name="Command">status, stop, start (these two with a resource), down.</param>
/// <param name="Resource">By its name in Program.cs.</param>
internal sealed record ControlRequest(string Command, string? Resource = null);

/// <param name="Ok">False when the command could not be understood or carried out.</param>
/// <param name="Problem">Then in a sentence why.</param>
/// <param name="State">After the command.</param>
internal sealed record ControlAnswer(bool Ok, string? Problem, NetworkState? State);
