using System.Text.Json;
using Npgsql;

namespace Library.AppHost.Tests;

/// <summary>PostgreSQL, RabbitMQ and the mail catcher themselves, through the AppHost as a process.</summary>
public sealed class RealPartsTests
{
    [Fact]
    public async Task After_a_crash_the_next_run_clears_up_keeps_passwords_and_data_and_ends_without_a_trace()
    {
        var folder = Directory.CreateTempSubdirectory("library-engine-").FullName;
        try
        {
            using var crashing = AppHostProgram.Start(folder, "--Infrastructure=true");
            var first = await crashing.UntilHealthyAsync(folder);
            var connection = ConnectionString(folder, first);
            await using (var database = NpgsqlDataSource.Create(connection + ";Database=catalog-db;Pooling=false"))
            {
                await using var write = database.CreateCommand("create table kept (id int); insert into kept values (7)");
                await write.ExecuteNonQueryAsync();
            }

            Assert.True(Posix.Signal(crashing.Pid, Posix.SigKill));
            await crashing.ExitAsync();
            Assert.All(first.Parts, p => Assert.True(Posix.IsAlive(p.Pid!.Value, p.PidBegan!.Value)));

            using var next = AppHostProgram.Start(folder, "--Infrastructure=true");
            var second = await next.UntilHealthyAsync(folder);
            Assert.All(first.Parts, p => Assert.False(Posix.IsAlive(p.Pid!.Value, p.PidBegan!.Value)));
            Assert.Equal(connection, ConnectionString(folder, second));
            await using (var database = NpgsqlDataSource.Create(connection + ";Database=catalog-db;Pooling=false"))
            {
                await using var read = database.CreateCommand("select id from kept");
                Assert.Equal(7, await read.ExecuteScalarAsync());
            }

            Assert.False((await AppHostProgram.AskAsync(second.ControlSocket, "nonsense")).Ok);
            Assert.False((await AppHostProgram.AskAsync(second.ControlSocket, """{"command":"stop","resource":"nobody"}""")).Ok);
            Assert.True((await AppHostProgram.AskAsync(second.ControlSocket, """{"command":"down"}""")).Ok);
            Assert.Equal(0, await next.ExitAsync());
            Assert.All(second.Parts, p => Assert.False(Posix.IsAlive(p.Pid!.Value, p.PidBegan!.Value)));
            Assert.All(second.Parts.SelectMany(p => p.Ports), p => Assert.True(PortBook.IsFree(p.Value), $"{p.Key} {p.Value} is still in use")); // epmd's among them
            Assert.True(NetworkState.Read(Path.Combine(folder, "state.json"))!.Stopped);
        }
        finally
        {
            using var sweep = AppHostProgram.Start(folder, "--sweep");
            await sweep.ExitAsync();
            // a folder that only root may enter: there PostgreSQL keeps its data elsewhere
            if (new DirectoryInfo(Path.Combine(folder, "data", "postgres")).LinkTarget is { } elsewhere)
            {
                Directory.Delete(Path.GetDirectoryName(elsewhere)!, recursive: true);
            }

            Directory.Delete(folder, recursive: true);
        }
    }

    private static string ConnectionString(string folder, NetworkState state)
    {
        var secrets = JsonSerializer.Deserialize<Dictionary<string, string>>(File.ReadAllBytes(Path.Combine(folder, "secrets.json")))!;
        return $"Host=localhost;Port={state.Parts.Single(p => p.Name == "postgres").Ports["tcp"]};Username=postgres;Password={secrets["postgres-password"]}";
    }
}
