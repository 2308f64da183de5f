using System.Text.Json;

namespace Library.Networks.Tests;

/// <summary>The demo data of each network speak of that network.</summary>
public sealed class DemoPlanTests
{
    public static TheoryData<string> Networks => [.. Directory.EnumerateDirectories(Deployed).Where(folder => Directory.Exists(Path.Combine(folder, "demo"))).Select(folder => Path.GetFileName(folder)!)];

    [Fact]
    public void Both_networks_have_them() => Assert.Equal(["ignalina", "radovljica"], Networks.Select(row => row.Data).Order());

    [Theory]
    [MemberData(nameof(Networks))]
    public void Branches_categories_languages_and_places_are_the_network_s(string name)
    {
        var network = Assert.IsType<NetworkLoad.Loaded>(NetworkLoader.Load(Path.Combine(Deployed, name))).Network;
        Assert.True(network.HasDemoData);
        using var file = JsonDocument.Parse(File.ReadAllText(Path.Combine(Deployed, name, "demo", "demo.json")));
        var plan = file.RootElement;
        Assert.Equal(network.TimeZone.Id, plan.GetProperty("timeZone").GetString());
        Assert.Subset(network.Languages.ToHashSet(), new HashSet<string> { Text(plan, "language"), Text(plan, "otherLanguage") });
        string[] lists = ["shelves", "places", "programme"];
        foreach (var entry in lists.SelectMany(list => plan.GetProperty(list).EnumerateArray()))
            Assert.Contains(Text(entry, "branch"), network.Branches.Keys);
        foreach (var place in plan.GetProperty("places").EnumerateArray())
        {
            Assert.Equal(network.Branches[Text(place, "branch")].Municipality, Text(place, "municipality"));
            Assert.Equal(network.Rulebooks[0].Membership.SmallBranches.Contains(Text(place, "branch")), place.GetProperty("smallFee").GetBoolean());
        }
        foreach (var regular in plan.GetProperty("programme").EnumerateArray())
            Assert.Contains(Text(regular, "category"), network.EventCategories.Keys);
    }

    private static string Text(JsonElement element, string name) => element.GetProperty(name).GetString()!;

    private static string Deployed
    {
        get
        {
            for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
                if (File.Exists(Path.Combine(folder.FullName, "Library.sln"))) return Path.Combine(folder.FullName, "deploy", "networks");
            throw new InvalidOperationException("These tests run in the repository only.");
        }
    }
}
