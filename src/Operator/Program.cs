using System.Runtime.InteropServices;
using Library.Operator;

// What `./library` does not do in the shell itself. One line a verb; a verb has a file of its own.
Dictionary<string, Func<string[], CancellationToken, Task<int>>> verbs = new()
{
    ["status"] = StatusVerb.RunAsync,
    ["wait"] = WaitVerb.UntilHealthyAsync,
    ["follow"] = WaitVerb.FollowAsync,
    ["stop"] = PartVerbs.StopAsync,
    ["start"] = PartVerbs.StartAsync,
    ["down"] = PartVerbs.DownAsync,
    ["is-running"] = PartVerbs.IsRunningAsync,
    ["url"] = AddressVerbs.UrlAsync,
    ["addresses"] = AddressVerbs.AddressesAsync,
    ["log-files"] = AddressVerbs.LogFilesAsync,
    ["targets"] = TargetsVerb.RunAsync,
    ["environment"] = AddressVerbs.EnvironmentAsync,
    ["token"] = TokenVerb.RunAsync,
    ["backup"] = Library.Operator.Backup.BackupVerb.RunAsync,
    ["restore-begin"] = Library.Operator.Backup.RestoreVerb.BeginAsync,
    ["restore-data"] = Library.Operator.Backup.RestoreVerb.FillAsync,
    ["messages"] = MessagesVerb.RunAsync,
    ["reconcile"] = Library.Operator.Reconcile.ReconcileVerb.RunAsync,
    ["demo"] = Library.Operator.Demo.DemoVerb.RunAsync,
    ["bench-loans"] = Library.Operator.Bench.BenchVerb.RunAsync,
    ["bench-year"] = Library.Operator.Bench.BenchVerb.RunYearAsync,
    ["bench-import"] = Library.Operator.Bench.Records.RecordsBench.ImportAsync,
    ["bench-search"] = Library.Operator.Bench.Records.RecordsBench.SearchAsync,
    ["free-port"] = Library.Operator.Bench.BenchVerb.FreePortAsync,
};

if (args.Length == 0 || !verbs.TryGetValue(args[0], out var verb))
{
    await Console.Error.WriteLineAsync($"usage: operator {string.Join('|', verbs.Keys)} …");
    return Exit.Usage;
}

using var interrupted = new CancellationTokenSource();
using var onInterrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Cancel);
using var onTerminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Cancel);
try
{
    return await verb(args[1..], interrupted.Token);
}
catch (OperationCanceledException) when (interrupted.IsCancellationRequested)
{
    return Exit.Interrupted;
}
catch (OperatorException e)
{
    await Console.Error.WriteLineAsync(e.Message);
    return Exit.Failed;
}

void Cancel(PosixSignalContext signal)
{
    signal.Cancel = true;
    interrupted.Cancel();
}
