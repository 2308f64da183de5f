using System.Globalization;
using NodaTime;

namespace Library.Catalog.Service.Tests.Model;

/// <summary>
/// Random commands against the real service and a reference model that is written apart from it: whatever either says or remembers, the other does too.
/// A difference is told with its seed and the shortest sequence that still shows one. The long form is <c>./library test model</c>.
/// </summary>
public sealed class ModelTests
{
    private const int Commands = 200, LongestWorld = 500, Seed = 20261123, MostTries = 60;

    /// <summary>Where the two differed, and the commands until then.</summary>
    private sealed record Difference(IReadOnlyList<Command> Commands, string Told);

    [Fact]
    public async Task The_service_does_what_the_reference_model_does()
    {
        var (commands, seed) = (Setting("COMMANDS", Commands), Setting("SEED", Seed));
        var done = 0;
        Difference? difference = null;
        for (; done < commands && difference is null; seed++)
        {
            var its = seed;
            async Task<IWorld> StartAsync() => await ServiceWorld.StartAsync(its);
            difference = await FindAsync(Command.Sequence(seed).Take(Math.Min(LongestWorld, commands - done)).ToList(), StartAsync, ModelOf, () => done++);
            if (difference is not null) difference = await ShortenAsync(difference, StartAsync, ModelOf);
        }
        var report = difference is null
            ? string.Create(CultureInfo.InvariantCulture, $"{done} commands, the last of seed {seed - 1}: no difference")
            : string.Create(CultureInfo.InvariantCulture, $"Seed {seed - 1}, {done} commands; the shortest sequence found:\n{Command.Describe(difference.Commands)}\n{difference.Told}");
        if (Environment.GetEnvironmentVariable("LIBRARY_MODEL_REPORT") is { Length: > 0 } path) await File.WriteAllTextAsync(path, report + "\n");
        Assert.True(difference is null, report);
    }

    [Fact]
    public async Task A_model_that_is_a_cent_wrong_is_found_out_by_a_loan_a_late_return_and_nothing_else()
    {
        var day = new LocalDate(2027, 3, 1);
        Task<IWorld> Right() => Task.FromResult<IWorld>(new ReferenceModel(day));
        IWorld Wrong(IWorld _) => new DearerByACent(day);
        var found = await FindAsync(Command.Sequence(Seed).Take(Commands).ToList(), Right, Wrong, () => { });
        Assert.NotNull(found);
        var shortest = await ShortenAsync(found, Right, Wrong);
        Assert.Contains(shortest.Commands, command => command is Command.Lend);
        Assert.Contains(shortest.Commands, command => command is Command.Advance);
        // a loan, the days that pass, a return or a renewal: each is needed
        Assert.InRange(shortest.Commands.Count, 3, 4);
    }

    private sealed class DearerByACent(LocalDate today) : ReferenceModel(today)
    {
        protected override int DayPrice => base.DayPrice + 1;
    }

    private static ReferenceModel ModelOf(IWorld service) => new(((ServiceWorld)service).Begins);

    /// <summary>Null: both said and remembered the same, to the end.</summary>
    private static async Task<Difference?> FindAsync(IReadOnlyList<Command> commands, Func<Task<IWorld>> start, Func<IWorld, IWorld> model, Action next)
    {
        await using var world = await start();
        await using var reference = model(world);
        for (var at = 0; at < commands.Count; at++)
        {
            next();
            var (expected, actual) = (await reference.DoAsync(commands[at]), await world.DoAsync(commands[at]));
            if (expected == actual) (expected, actual) = (await reference.StateAsync(), await world.StateAsync());
            if (expected != actual) return new Difference([.. commands.Take(at + 1)], $"Expected:\n{expected}\nActual:\n{actual}");
        }
        return world is ServiceWorld service && await service.MiscountedAsync() is { Length: > 0 } miscounted ? new Difference(commands, $"Miscounted: {miscounted}") : null;
    }

    /// <summary>Takes out halves, quarters and so on, as long as a difference remains, each time in a new world.</summary>
    private static async Task<Difference> ShortenAsync(Difference found, Func<Task<IWorld>> start, Func<IWorld, IWorld> model)
    {
        var tries = 0;
        for (var size = found.Commands.Count / 2; size > 0 && tries < MostTries; size = found.Commands.Count < size ? found.Commands.Count / 2 : size / 2)
            for (var from = 0; from < found.Commands.Count && tries < MostTries;)
            {
                tries++;
                Command[] left = [.. found.Commands.Take(from), .. found.Commands.Skip(from + size)];
                if (left.Length > 0 && await FindAsync(left, start, model, () => { }) is { } still) found = still;
                else from += size;
            }
        return found;
    }

    private static int Setting(string name, int otherwise) =>
        int.TryParse(Environment.GetEnvironmentVariable($"LIBRARY_MODEL_{name}"), NumberStyles.None, CultureInfo.InvariantCulture, out var value) ? value : otherwise;
}
