using System.Globalization;

namespace Library.Catalog.Service.Tests.Model;

/// <summary>
/// What may be asked of circulation. Loans and holds are named by their number in order of making, modulo how many there are, so that a sequence from
/// which commands were taken out still means something.
/// </summary>
public abstract record Command
{
    private Command()
    {
    }

    /// <summary>The connection to the database is cut while it runs, and perhaps the process too; whoever asked asks again with the same key.</summary>
    public bool Cut { get; init; }

    public sealed record Lend(int Copy, int Member, int Branch) : Command;

    public sealed record TakeBack(int Copy, int Branch) : Command;

    public sealed record Renew(int Loan, bool Exceptional) : Command;

    public sealed record Place(int Title, int Member, int Branch) : Command;

    public sealed record Cancel(int Hold) : Command;

    /// <param name="Member">Whose debt.</param>
    /// <param name="Percent">Of it, rounded up to the cent.</param>
    public sealed record Pay(int Member, int Percent) : Command;

    public sealed record Advance(int Days) : Command;

    /// <summary>The sequence of a seed, as far as it is asked for: a longer one begins like a shorter one.</summary>
    public static IEnumerable<Command> Sequence(int seed)
    {
        var random = new Random(seed);
        while (true)
        {
            var command = Next(random);
            yield return command with { Cut = random.Next(100) < 3 };
        }
    }

    private static Command Next(Random random)
    {
        // a member rather comes back to what they know: few copies and members make things meet
        int copy = random.Next(World.Copies.Count), member = random.Next(World.Members), branch = random.Next(World.Branches.Count);
        return random.Next(100) switch
        {
            < 30 => new Lend(copy, member, branch),
            < 52 => new TakeBack(copy, branch),
            < 66 => new Renew(random.Next(1_000), random.Next(2) == 0),
            < 80 => new Place(random.Next(World.Titles), member, branch),
            < 84 => new Cancel(random.Next(1_000)),
            < 91 => new Pay(member, random.Next(3) == 0 ? random.Next(1, 100) : 100),
            _ => new Advance(random.Next(20) switch { 0 => 400, < 5 => random.Next(20, 50), _ => random.Next(1, 10) }),
        };
    }

    public static string Describe(IEnumerable<Command> commands) =>
        string.Join('\n', commands.Select((command, at) => string.Create(CultureInfo.InvariantCulture, $"{at + 1,4}. {command}")));
}

/// <param name="Title">Its number.</param>
/// <param name="Branch">Its own.</param>
/// <param name="Material">As in the contract.</param>
/// <param name="Units">A suitcase has several.</param>
public sealed record Copy(int Title, int Branch, string Material, int Units);

/// <summary>The same few branches, copies and members in the service and in the model.</summary>
public static class World
{
    /// <summary>Two that are open nearly every day, and one that is open four hours on Tuesdays and therefore charges by the week.</summary>
    public static readonly IReadOnlyList<string> Branches = ["RAD", "BLE", "SRV"];
    public const int Members = 4, Titles = 4;

    public static readonly IReadOnlyList<Copy> Copies =
    [
        new(0, 0, "BOOK", 1), new(0, 1, "BOOK", 1), new(1, 2, "BOOK", 1), new(2, 0, "SERIAL_ISSUE", 1), new(3, 1, "STORY_SUITCASE", 3),
    ];
}

/// <summary>Something that is asked and says, in the same words as any other, what it did and how it stands.</summary>
public interface IWorld : IAsyncDisposable
{
    Task<string> DoAsync(Command command);

    Task<string> StateAsync();
}
