using System.Text.Json;
using System.Text.Json.Serialization;

namespace Library.Operator.Demo;

/// <summary>What a network's demo data are made of: <c>deploy/networks/NAME/demo/demo.json</c>, beside <c>records.mrc</c> and <c>popularity.csv</c>.</summary>
internal sealed record DemoPlan
{
    private static readonly JsonSerializerOptions Strict = new(JsonSerializerDefaults.Web)
    {
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        RespectRequiredConstructorParameters = true,
        RespectNullableAnnotations = true,
    };

    /// <summary>The system that the records come from.</summary>
    public required string Source { get; init; }

    /// <summary>Of the programme's hours; the network's.</summary>
    public required string TimeZone { get; init; }

    /// <summary>What most members read, and what every tenth does.</summary>
    public required string Language { get; init; }
    public required string OtherLanguage { get; init; }

    /// <summary>Country code and first digit of the invented telephone numbers.</summary>
    public required string Phone { get; init; }

    public required int Members { get; init; }

    /// <summary>Given and family names that go together.</summary>
    public required IReadOnlyList<DemoNames> Names { get; init; }

    /// <summary>Begins the name of every organisation; its place follows.</summary>
    public required string Organisation { get; init; }

    /// <summary>Who acts for an organisation.</summary>
    public required DemoName Authorised { get; init; }

    /// <summary>The weights by which copies are spread.</summary>
    public required IReadOnlyList<DemoShelf> Shelves { get; init; }

    public required IReadOnlyList<DemoPlace> Places { get; init; }
    public required IReadOnlyList<DemoEvent> Programme { get; init; }

    /// <summary>The folder with the network's demo data.</summary>
    /// <exception cref="OperatorException">The network has none.</exception>
    internal static string FolderOf(string network)
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            if (Path.Combine(folder.FullName, "deploy", "networks", network, "demo") is var demo && Directory.Exists(demo))
                return demo;
        throw new OperatorException($"The network {network} has no demo data.");
    }

    /// <exception cref="OperatorException">The file cannot be read, or says something else than a plan.</exception>
    internal static DemoPlan Read(string folder)
    {
        var file = Path.Combine(folder, "demo.json");
        try
        {
            return JsonSerializer.Deserialize<DemoPlan>(File.ReadAllText(file), Strict) ?? throw new JsonException("It is empty.");
        }
        catch (Exception e) when (e is JsonException or IOException)
        {
            throw new OperatorException($"{file} cannot be used: {e.Message}");
        }
    }
}

internal sealed record DemoNames(IReadOnlyList<string> Given, IReadOnlyList<string> Family);

internal sealed record DemoName(string Given, string Family);

/// <param name="Branch">Code.</param>
/// <param name="Weight">Against the others.</param>
internal sealed record DemoShelf(string Branch, int Weight);

/// <summary>Where members live and join.</summary>
/// <param name="Branch">Code.</param>
/// <param name="Weight">Against the others; 0 for nobody but payers of the small fee.</param>
/// <param name="SmallFee">Whether the fee of small branches is good there.</param>
/// <param name="Street">Without a number.</param>
/// <param name="PostCode">As the post writes it.</param>
/// <param name="City">As the post writes it.</param>
/// <param name="Municipality">As network.yaml names it.</param>
internal sealed record DemoPlace(string Branch, int Weight, bool SmallFee, string Street, string PostCode, string City, string Municipality);

/// <summary>An event of the regular programme.</summary>
/// <param name="Title">In the network's own language.</param>
/// <param name="Category">Code.</param>
/// <param name="Audience">ADULTS or YOUTH.</param>
/// <param name="Branch">Code.</param>
/// <param name="Day">Of the week, 0 is Sunday.</param>
/// <param name="Hour">At which it begins.</param>
/// <param name="Capacity">Seats.</param>
/// <param name="Overbooked">Whether the second one has more registrations than seats.</param>
internal sealed record DemoEvent(string Title, string Category, string Audience, string Branch, DayOfWeek Day, int Hour, int Capacity, bool Overbooked = false);
