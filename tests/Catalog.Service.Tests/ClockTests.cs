using System.Diagnostics;
using System.Net;
using Google.Protobuf;
using Grpc.Core;
using Library.Contracts.Operations;
using Library.Testing;
using NodaTime;

namespace Library.Catalog.Service.Tests;

/// <summary>Business time is moved day by day, never back, with whichever services can be reached.</summary>
public sealed class ClockTests(ITestOutputHelper output)
{
    [Fact]
    public async Task Alone_a_year_of_idle_days_passes_quickly_and_every_job_runs_every_day()
    {
        await using var catalog = await CatalogNetwork.StartAloneAsync();
        using var admin = catalog.Rest("admin");
        var today = catalog.Clock.Today;
        var begin = Stopwatch.GetTimestamp();
        var moved = (await admin.SendAsync("clock:advance", new { days = 365 })).Succeeded();
        var took = Stopwatch.GetElapsedTime(begin);
        output.WriteLine($"365 days took {took.TotalSeconds:F1} s");
        Assert.Equal(today.PlusDays(365).ToString("uuuu-MM-dd", null), moved.Text("today"));
        Assert.InRange(took, TimeSpan.Zero, TimeSpan.FromSeconds(60));
        Assert.InRange(Period.DaysBetween(await catalog.ScalarAsync<LocalDate>("SELECT min(done_through) FROM job_state"), today.PlusDays(365)), 0, 1);
        Assert.NotEqual(0L, await catalog.ScalarAsync<long>("SELECT offset_ms FROM business_clock"));
        Assert.Equal(moved.Text("today"), (await admin.AskAsync("clock")).Succeeded().Text("today"));
    }

    [Fact]
    public async Task A_date_is_its_first_instant_and_one_key_moves_once()
    {
        await using var catalog = await CatalogNetwork.StartAloneAsync();
        using var admin = catalog.Rest("admin");
        var target = catalog.Clock.Today.PlusDays(2).ToString("uuuu-MM-dd", null);
        Assert.Equal(target, (await admin.SendAsync("clock:advance", new { to = target })).Succeeded().Text("today"));
        Assert.Equal(target, (await admin.SendAsync("clock:advance", new { to = target })).Succeeded().Text("today"));

        var before = catalog.Clock.Today;
        var key = Guid.NewGuid().ToString("N");
        var answers = await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => admin.SendAsync("clock:advance", new { days = 1 }, key)));
        Assert.All(answers, answer => answer.Succeeded());
        Assert.Equal(before.PlusDays(1), catalog.Clock.Today);
    }

    [Fact]
    public async Task Never_back_never_too_far_and_only_by_an_admin()
    {
        await using var catalog = await CatalogNetwork.StartAloneAsync();
        using var admin = catalog.Rest("admin");
        using var librarian = catalog.Rest("librarian");
        Assert.Equal(["to:RANGE"], (await admin.SendAsync("clock:advance", new { to = "2020-01-01" })).Violations);
        Assert.Equal(["days:RANGE"], (await admin.SendAsync("clock:advance", new { days = 3661 })).Violations);
        Assert.Equal(["days:RANGE"], (await admin.SendAsync("clock:advance", new { days = -1 })).Violations);
        Assert.Equal(["to:FORMAT"], (await admin.SendAsync("clock:advance", new { to = "tomorrow" })).Violations);
        Assert.Equal(["to:ONE_OF"], (await admin.SendAsync("clock:advance", new { })).Violations);
        Assert.Equal(HttpStatusCode.Forbidden, (await librarian.SendAsync("clock:advance", new { days = 1 })).Status);
        (await librarian.AskAsync("clock")).Succeeded();
    }

    [Fact]
    public async Task Outside_development_the_clock_is_not_moved()
    {
        await using var catalog = await TestHost.StartAsync("catalog", CatalogApp.Build, new Dictionary<string, string> { ["environment"] = "Production" });
        using var admin = catalog.Rest("admin");
        Assert.Equal("DEVELOPMENT_ONLY", (await admin.SendAsync("clock:advance", new { days = 1 })).Reason);
    }

    [Fact]
    public async Task A_day_ends_when_everything_published_is_handled_and_everything_queued_was_tried()
    {
        var notifications = new SlowService();
        await using var peer = await FakePeer.StartAsync(notifications);
        await using var catalog = await TestHost.StartAsync("catalog", CatalogApp.Build, new Dictionary<string, string>
        {
            ["services:notifications:grpc:0"] = peer.Address,
            ["services:membership:grpc:0"] = TestHost.Nobody,
            ["services:finance:grpc:0"] = TestHost.Nobody,
            ["services:events:grpc:0"] = TestHost.Nobody,
        });
        using var admin = catalog.Rest("admin");
        (await admin.SendAsync("clock:advance", new { days = 3 })).Succeeded();
        Assert.Equal(3, notifications.Offsets.Count);
        Assert.Equal(notifications.Offsets.Order(), notifications.Offsets);
        Assert.Equal((0, 0), (notifications.Untried, notifications.Unhandled));
    }

    /// <summary>Its jobs leave two deliveries to try and one message that is handled at the third look.</summary>
    private sealed class SlowService : OperationsService.OperationsServiceBase
    {
        private ByteString message = ByteString.Empty;

        public List<long> Offsets { get; } = [];
        public int Untried { get; private set; }
        public int Unhandled { get; private set; }

        public override Task<RunDueJobsResponse> RunDueJobs(RunDueJobsRequest request, ServerCallContext context)
        {
            Assert.Equal((0, 0), (Untried, Unhandled)); // the day before is done
            Offsets.Add(request.OffsetMs);
            (Untried, Unhandled, message) = (2, 3, ByteString.CopyFrom(Guid.CreateVersion7().ToByteArray(bigEndian: true)));
            return Task.FromResult(new RunDueJobsResponse());
        }

        public override Task<GetBacklogResponse> GetBacklog(GetBacklogRequest request, ServerCallContext context) =>
            Task.FromResult(new GetBacklogResponse { Untried = Untried > 0 ? Untried-- : 0, Published = { new PublishedMessage { Id = message, Type = "Something" } } });

        public override Task<FindUnhandledResponse> FindUnhandled(FindUnhandledRequest request, ServerCallContext context)
        {
            if (Unhandled > 0) Unhandled--;
            return Task.FromResult(new FindUnhandledResponse { Unhandled = { Unhandled > 0 ? new() { ["Something at SomeConsumer"] = 1 } : new Dictionary<string, long>() } });
        }
    }
}
