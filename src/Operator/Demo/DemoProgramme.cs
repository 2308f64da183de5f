using System.Globalization;
using System.Text.Json.Nodes;

namespace Library.Operator.Demo;

/// <summary>Six weeks of the regular programme (domain figures §7), some of it registered for, one event overbooked.</summary>
internal static class DemoProgramme
{
    private sealed record Regular(string Title, string Category, string Audience, string Branch, DayOfWeek Day, int Hour, int Capacity);

    private static readonly Regular[] Programme =
    [
        new("Večer s pesnico", "LITERARY_EVENING", "ADULTS", "RAD", DayOfWeek.Tuesday, 19, 60),
        new("Ura pravljic", "STORY_HOUR", "YOUTH", "RAD", DayOfWeek.Thursday, 17, 25),
        new("Pravljice v Kropi", "STORY_HOUR", "YOUTH", "KRO", DayOfWeek.Wednesday, 17, 15),
        new("Potopisno predavanje", "TRAVEL_TALK", "ADULTS", "BLE", DayOfWeek.Thursday, 19, 50),
        new("Ustvarjalna delavnica", "WORKSHOP", "YOUTH", "BLE", DayOfWeek.Friday, 17, 12),
        new("Bralni klub", "READING_CLUB", "ADULTS", "BOH", DayOfWeek.Thursday, 19, 15),
        new("Lutke v Gorjah", "PUPPET_SHOW", "YOUTH", "GOR", DayOfWeek.Monday, 17, 30),
    ];

    private const int Weeks = 2, Every = 3;

    internal static async Task<int> AnnounceAsync(Api api, IReadOnlyList<DemoMember> members, CancellationToken cancellation)
    {
        var today = DateOnly.ParseExact((string)(await api.GetAsync("organiser", "clock", cancellation))["today"]!, "O", CultureInfo.InvariantCulture);
        var zone = TimeZoneInfo.FindSystemTimeZoneById("Europe/Ljubljana");
        var announced = 0;
        for (var week = 0; week < Weeks; week++)
            foreach (var regular in Programme)
            {
                var day = today.AddDays(1 + week * 7 * Every);
                day = day.AddDays(((int)regular.Day - (int)day.DayOfWeek + 7) % 7);
                var start = TimeZoneInfo.ConvertTimeToUtc(day.ToDateTime(new TimeOnly(regular.Hour, 0)), zone);
                var made = await api.PostAsync("organiser", "events", new JsonObject
                {
                    ["title"] = regular.Title, ["category"] = regular.Category, ["audience"] = regular.Audience, ["branch"] = regular.Branch,
                    ["startsAt"] = start.ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture),
                    ["endsAt"] = start.AddMinutes(90).ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture),
                    ["capacity"] = regular.Capacity,
                }, $"demo-event-{announced:D3}", cancellation) ?? throw new OperatorException("A demo event's key was used for something else: ./library down --wipe begins anew.");
                await RegisterAsync(api, (string)made["name"]!, regular, members, announced, cancellation);
                announced++;
            }
        return announced;
    }

    /// <summary>Some for each event; the second workshop has more than it has seats for.</summary>
    private static async Task RegisterAsync(Api api, string name, Regular regular, IReadOnlyList<DemoMember> members, int number, CancellationToken cancellation)
    {
        var count = regular is { Category: "WORKSHOP" } && number > Programme.Length ? regular.Capacity + 3 : 3 + number % 4;
        foreach (var (member, index) in members.Where(member => member.Youth == (regular.Audience == "YOUTH")).Take(count).Select((member, index) => (member, index)))
            await api.PostAsync("organiser", $"{name}/registrations", new JsonObject { ["member"] = member.Name, ["seats"] = 1 },
                $"demo-registration-{number:D3}-{index:D2}", cancellation);
    }
}
