using System.Buffers.Binary;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;

namespace Library.Acceptance.Failing;

/// <summary>Thousands of broken requests, seeded, at the gateway and straight at the services: each is refused in form, and nobody falls over.</summary>
public sealed class MalformedTests(RunningLibrary library)
{
    private const int Seed = 20_261_123, JsonCases = 2_000, GrpcCases = 2_000;

    private static readonly (string Path, string Body)[] Sound =
    [
        ("loans", """{"barcode":"B-1","cardNumber":"C-1","branch":"RAD"}"""),
        ("returns", """{"barcode":"B-1","branch":"RAD"}"""),
        ("payments", """{"member":"members/01980000-0000-7000-8000-000000000000","amountMinor":100,"currencyCode":"EUR","method":"CASH","branch":"RAD"}"""),
        ("members", Desk.Person("broken@example.org").ToJsonString()),
        ("items", """{"barcode":"B-1","record":"records/01980000-0000-7000-8000-000000000000","branch":"RAD","material":"BOOK","lending":"LENDABLE","priceMinor":2490,"acquisition":"PURCHASE"}"""),
        ("members:search", """{"query":"novak"}"""),
        ("events", """{"title":"T","category":"TALK","audience":"ALL","branch":"RAD","startsAt":"2030-01-01T18:00:00Z","endsAt":"2030-01-01T20:00:00Z","capacity":10}"""),
    ];

    private static readonly string[] Methods =
    [
        "library.catalog.v1.CatalogService/CreateLoan", "library.catalog.v1.CatalogService/CreateReturn", "library.catalog.v1.CatalogService/ListRecords",
        "library.membership.v1.MembershipService/CreateMember", "library.finance.v1.FinanceService/CreatePayment", "library.events.v1.EventsService/CreateEvent",
        "library.notifications.v1.NotificationsService/ListDeliveries", "library.catalog.v1.CatalogService/NoSuchMethod",
    ];

    [Fact]
    public async Task Broken_JSON_is_refused_and_nothing_falls_over()
    {
        var before = Pids();
        var random = new Random(Seed);
        using var client = await library.AsAsync("librarian@RAD");
        var bad = new List<string>();
        for (var n = 0; n < JsonCases; n++)
        {
            var (path, body) = Sound[random.Next(Sound.Length)];
            var bytes = Break(random, Encoding.UTF8.GetBytes(body));
            using var request = new HttpRequestMessage(HttpMethod.Post, $"/api/v1/{path}") { Content = new ByteArrayContent(bytes) };
            request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
            using var answer = await client.SendAsync(request);
            if ((int)answer.StatusCode < 500) continue;
            var text = await answer.Content.ReadAsStringAsync();
            bad.Add(string.Create(CultureInfo.InvariantCulture, $"case {n}, {path}: {(int)answer.StatusCode} {text} for {Convert.ToHexString(bytes)}"));
        }
        Assert.True(bad.Count == 0, $"Seed {Seed}: {string.Join('\n', bad.Take(10))}");
        await NobodyFellOverAsync(before);
    }

    [Fact]
    public async Task Broken_gRPC_is_refused_and_nothing_falls_over()
    {
        var before = Pids();
        var random = new Random(Seed);
        var token = (await library.RunAsync("token", "librarian@RAD")).Text.Trim();
        using var client = new HttpClient { BaseAddress = library.GatewayGrpc, DefaultRequestVersion = HttpVersion.Version20, DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        var bad = new List<string>();
        for (var n = 0; n < GrpcCases; n++)
        {
            var method = Methods[random.Next(Methods.Length)];
            var bytes = Frame(random);
            using var request = new HttpRequestMessage(HttpMethod.Post, $"/{method}") { Content = new ByteArrayContent(bytes), Version = HttpVersion.Version20, VersionPolicy = HttpVersionPolicy.RequestVersionExact };
            request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/grpc");
            request.Headers.TE.ParseAdd("trailers");
            using var answer = await client.SendAsync(request);
            await answer.Content.ReadAsByteArrayAsync();
            var status = answer.TrailingHeaders.TryGetValues("grpc-status", out var trailer) || answer.Headers.TryGetValues("grpc-status", out trailer) ? trailer.First() : "none";
            // INTERNAL is what gRPC's own library says of a frame or message that it cannot read; it must not be ours: that one has a trace id
            if (status is "none" && answer.IsSuccessStatusCode || status == "13" && Text(answer).Contains("trace", StringComparison.OrdinalIgnoreCase))
                bad.Add(string.Create(CultureInfo.InvariantCulture, $"case {n}, {method}: {(int)answer.StatusCode}, grpc-status {status} {Text(answer)} for {Convert.ToHexString(bytes)}"));
        }
        Assert.True(bad.Count == 0, $"Seed {Seed}: {string.Join('\n', bad.Take(10))}");
        await NobodyFellOverAsync(before);
    }

    /// <summary>Bytes lost, doubled, turned over, put in; values of another kind; depth; length.</summary>
    private static byte[] Break(Random random, byte[] sound)
    {
        var bytes = sound.ToList();
        for (var changes = random.Next(1, 5); changes > 0; changes--)
        {
            var at = random.Next(bytes.Count);
            switch (random.Next(8))
            {
                case 0: bytes.RemoveRange(at, random.Next(bytes.Count - at)); if (bytes.Count == 0) bytes.Add((byte)'{'); break;
                case 1: bytes[at] ^= (byte)(1 << random.Next(8)); break;
                case 2: bytes.InsertRange(at, "\0\xff\xfe"u8.ToArray()); break;
                case 3: bytes.InsertRange(at, Enumerable.Repeat((byte)'[', random.Next(1, 300))); break;
                case 4: bytes.InsertRange(at, Encoding.UTF8.GetBytes(new string('9', random.Next(1, 400)))); break;
                case 5: bytes.InsertRange(at, Encoding.UTF8.GetBytes("\"\\ud800\"")); break;
                case 6: return Encoding.UTF8.GetBytes(Swap(random, (JsonObject)JsonNode.Parse(sound)!).ToJsonString());
                default: bytes.InsertRange(at, bytes.Take(random.Next(1, bytes.Count + 1)).ToArray()); break;
            }
        }
        return [.. bytes];
    }

    private static JsonObject Swap(Random random, JsonObject sound)
    {
        var field = sound.ElementAt(random.Next(sound.Count)).Key;
        sound[field] = random.Next(8) switch
        {
            0 => null, 1 => true, 2 => -1, 3 => 1e308, 4 => new JsonArray(1, "x"), 5 => new JsonObject { [field] = 1 }, 6 => new string('č', 70_000), _ => "\u0000\u202e' OR 1=1 --",
        };
        return sound;
    }

    /// <summary>A gRPC frame that lies about its length or compression, or holds a message that is none.</summary>
    private static byte[] Frame(Random random)
    {
        var message = new byte[random.Next(0, 200)];
        random.NextBytes(message);
        if (random.Next(3) == 0) message = [0x0a, (byte)random.Next(256), .. message]; // a first field, of some length
        var length = random.Next(4) == 0 ? random.Next() : message.Length;
        var frame = new byte[5 + message.Length];
        frame[0] = (byte)(random.Next(6) == 0 ? random.Next(256) : 0);
        BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(1), length);
        message.CopyTo(frame, 5);
        return frame;
    }

    private static string Text(HttpResponseMessage answer) =>
        answer.TrailingHeaders.TryGetValues("grpc-message", out var text) || answer.Headers.TryGetValues("grpc-message", out text) ? Uri.UnescapeDataString(text.First()) : "";

    private Dictionary<string, int?> Pids() => new Parts(library.Home).All().Where(part => part.Pid is not null).ToDictionary(part => part.Name, part => part.Pid);

    private async Task NobodyFellOverAsync(Dictionary<string, int?> before)
    {
        Assert.Equal(before, Pids());
        var copy = await library.AddCopyAsync(await library.ImportAsync($"Celo {Desk.Unique("naslov")}"));
        using var librarian = await library.AsAsync("librarian@RAD");
        var joined = await library.JoinAsync($"{Desk.Unique("celo")}@example.org");
        await librarian.PostAsync("loans", Desk.Loan(copy, (string)joined["cardNumber"]!));
    }
}
