using System.Globalization;
using System.Text.Json.Nodes;

namespace Library.Operator.Demo;

/// <summary>Six weeks of the regular programme of the network, some of it registered for, one event overbooked.</summary>
internal static class DemoProgramme
{
    private const int Weeks = 2, Every = 3;

    internal static async Task<int> AnnounceAsync(Api api, DemoPlan plan, IReadOnlyList<DemoMember> members, CancellationToken cancellation)
    {
        var today = DateOnly.ParseExact((string)(await api.GetAsync("organiser", "clock", cancellation))["today"]!, "O", CultureInfo.InvariantCulture);
        var zone = TimeZoneInfo.FindSystemTimeZoneById(plan.TimeZone);
        var announced = 0;
        for (var week = 0; week < Weeks; week++)
            foreach (var regular in plan.Programme)
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
                await RegisterAsync(api, (string)made["name"]!, regular, members, announced, regular.Overbooked && week > 0, cancellation);
                announced++;
            }
        return announced;
    }

    /// <summary>Some for each event, or more than it has seats for.</summary>
    private static async Task RegisterAsync(Api api, string name, DemoEvent regular, IReadOnlyList<DemoMember> members, int number, bool overbooked, CancellationToken cancellation)
    {
        var count = overbooked ? regular.Capacity + 3 : 3 + number % 4;
        foreach (var (member, index) in members.Where(member => member.Youth == (regular.Audience == "YOUTH")).Take(count).Select((member, index) => (member, index)))
            await api.PostAsync("organiser", $"{name}/registrations", new JsonObject { ["member"] = member.Name, ["seats"] = 1 },
                $"demo-registration-{number:D3}-{index:D2}", cancellation);
    }
}
