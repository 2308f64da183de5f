using System.Collections.Concurrent;
using System.Net;
using Library.Catalog.Features.Covers;
using Library.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Logging;

namespace Library.Catalog.Service.Tests;

/// <summary>A cover server on this machine that does as each ISBN is told, and remembers what it was asked.</summary>
public sealed class FakeCovers : IAsyncLifetime
{
    private WebApplication? app;

    public ConcurrentDictionary<string, Func<HttpContext, Task>> Answers { get; } = new();
    public ConcurrentDictionary<string, int> Asked { get; } = new();
    public ConcurrentDictionary<string, IReadOnlyList<string>> Headers { get; } = new();
    public string Address { get; } = $"http://127.0.0.1:{TestHost.FreePort()}";
    public TestHost Catalog { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls(Address);
        app = builder.Build();
        app.Run(async context =>
        {
            var isbn = Path.GetFileNameWithoutExtension(context.Request.Path.Value!);
            Asked.AddOrUpdate(isbn, 1, (_, times) => times + 1);
            Headers[isbn] = [.. context.Request.Headers.Keys];
            if (Answers.TryGetValue(isbn, out var answer)) await answer(context);
            else context.Response.StatusCode = 404;
        });
        await app.StartAsync();
        Catalog = await StartCatalogAsync(new Dictionary<string, string>
        {
            ["Covers:Template"] = $"{Address}/covers/{{isbn}}.jpg", ["Covers:MaxBytes"] = "4096", ["Covers:MaxTotalBytes"] = "40960", ["Covers:Timeout"] = "00:00:02",
        });
    }

    public static Task<TestHost> StartCatalogAsync(Dictionary<string, string> settings)
    {
        foreach (var peer in new[] { "membership", "finance", "events", "notifications" }) settings[$"services:{peer}:grpc:0"] = TestHost.Nobody;
        return TestHost.StartAsync("catalog", CatalogApp.Build, settings);
    }

    public async ValueTask DisposeAsync()
    {
        if (Catalog is not null) await Catalog.DisposeAsync();
        if (app is not null) await app.DisposeAsync();
    }
}

/// <summary>Covers: fetched once, kept within limits, and nobody's business who looked.</summary>
public sealed class CoverTests(FakeCovers covers) : IClassFixture<FakeCovers>
{
    private static readonly byte[] Jpeg = [0xFF, 0xD8, 0xFF, 0xE0, .. new byte[500]];
    private static int number;

    private static string NewIsbn()
    {
        var head = $"978961{Interlocked.Increment(ref number):000000}";
        var sum = head.Select((digit, index) => (index % 2 == 0 ? 1 : 3) * (digit - '0')).Sum();
        return head + ((10 - (sum % 10)) % 10);
    }

    private static Func<HttpContext, Task> Bytes(byte[] bytes, string type = "text/html") => async context =>
    {
        context.Response.ContentType = type;
        await context.Response.Body.WriteAsync(bytes);
    };

    private static Func<HttpContext, Task> Redirect(string to) => context =>
    {
        context.Response.Redirect(to);
        return Task.CompletedTask;
    };

    private async Task<(HttpStatusCode Status, byte[] Bytes, string? Type)> GetAsync(string isbn, TestHost? catalog = null)
    {
        using var member = (catalog ?? covers.Catalog).RestAsMember("members/0198aaaa-0000-7000-8000-000000000001", "sl");
        member.DefaultRequestHeaders.Add("Cookie", "secret=1");
        member.DefaultRequestHeaders.Add("X-Forwarded-For", "203.0.113.7");
        using var response = await member.GetAsync(new Uri($"/api/v1/covers/{isbn}", UriKind.Relative));
        return (response.StatusCode, await response.Content.ReadAsByteArrayAsync(), response.Content.Headers.ContentType?.MediaType);
    }

    [Fact]
    public async Task Many_who_ask_at_once_ask_the_provider_once_and_tell_it_nothing_of_themselves()
    {
        var isbn = NewIsbn();
        var open = new TaskCompletionSource();
        covers.Answers[isbn] = async context =>
        {
            await open.Task;
            await Bytes(Jpeg)(context);
        };
        var asking = Enumerable.Range(0, 10).Select(_ => GetAsync(isbn)).ToList();
        await Eventually.IsTrueAsync(() => Task.FromResult(covers.Asked.ContainsKey(isbn)), "the provider is asked");
        open.SetResult();
        foreach (var answer in await Task.WhenAll(asking))
            Assert.Equal((HttpStatusCode.OK, "image/jpeg", Convert.ToHexString(Jpeg)), (answer.Status, answer.Type, Convert.ToHexString(answer.Bytes)));
        Assert.Equal(HttpStatusCode.OK, (await GetAsync($"{isbn[..3]}-{isbn[3..]}")).Status);
        Assert.Equal(1, covers.Asked[isbn]);
        Assert.Equal(["Accept", "Host"], covers.Headers[isbn].Order());
    }

    [Fact]
    public async Task What_there_is_not_is_remembered_too_and_only_for_a_time()
    {
        var isbn = NewIsbn();
        for (var twice = 0; twice < 2; twice++) Assert.Equal(HttpStatusCode.NotFound, (await GetAsync(isbn)).Status);
        Assert.Equal(1, covers.Asked[isbn]);
        await covers.Catalog.ExecuteAsync("UPDATE cover SET expires_at = clock_timestamp() WHERE isbn = $1", isbn);
        covers.Answers[isbn] = Bytes(Jpeg);
        Assert.Equal(HttpStatusCode.OK, (await GetAsync(isbn)).Status);
        Assert.Equal(2, covers.Asked[isbn]);
    }

    [Fact]
    public async Task Only_pictures_of_a_size_are_shown_whatever_they_call_themselves()
    {
        var (script, large, png, endless) = (NewIsbn(), NewIsbn(), NewIsbn(), NewIsbn());
        covers.Answers[script] = Bytes("<svg onload='alert(1)'>"u8.ToArray(), "image/jpeg");
        covers.Answers[large] = Bytes([.. Jpeg, .. new byte[4096]], "image/jpeg");
        covers.Answers[png] = Bytes([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, 1], "image/svg+xml");
        covers.Answers[endless] = async context =>
        {
            while (!context.RequestAborted.IsCancellationRequested) await context.Response.Body.WriteAsync(Jpeg, context.RequestAborted);
        };
        Assert.Equal(HttpStatusCode.NotFound, (await GetAsync(script)).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await GetAsync(large)).Status);
        Assert.Equal((HttpStatusCode.OK, "image/png"), ((await GetAsync(png)).Status, (await GetAsync(png)).Type));
        Assert.Equal(HttpStatusCode.NotFound, (await GetAsync(endless)).Status);
    }

    [Fact]
    public async Task A_redirect_is_followed_on_the_same_server_and_never_into_a_private_network()
    {
        var (home, away, inside, loop) = (NewIsbn(), NewIsbn(), NewIsbn(), NewIsbn());
        covers.Answers[home] = Redirect($"/elsewhere/{inside}.jpg");
        covers.Answers[inside] = Bytes(Jpeg);
        // the same machine by another name: another server, at a private address
        covers.Answers[away] = Redirect($"{covers.Address.Replace("127.0.0.1", "localhost", StringComparison.Ordinal)}/covers/{inside}.jpg");
        covers.Answers[loop] = Redirect($"/covers/{loop}.jpg");
        Assert.Equal(HttpStatusCode.OK, (await GetAsync(home)).Status);
        Assert.Equal(1, covers.Asked[inside]);
        Assert.Equal(HttpStatusCode.NotFound, (await GetAsync(away)).Status);
        Assert.Equal((1, 1), (covers.Asked[away], covers.Asked[inside]));
        Assert.Equal(HttpStatusCode.NotFound, (await GetAsync(loop)).Status);
        Assert.Equal(4, covers.Asked[loop]);
    }

    [Fact]
    public async Task A_provider_that_fails_or_hangs_is_left_alone_for_minutes_not_days()
    {
        var (failing, hanging) = (NewIsbn(), NewIsbn());
        covers.Answers[failing] = context =>
        {
            context.Response.StatusCode = 503;
            return Task.CompletedTask;
        };
        covers.Answers[hanging] = context => Task.Delay(Timeout.Infinite, context.RequestAborted);
        foreach (var isbn in new[] { failing, hanging })
        {
            for (var twice = 0; twice < 2; twice++) Assert.Equal(HttpStatusCode.NotFound, (await GetAsync(isbn)).Status);
            Assert.Equal(1, covers.Asked[isbn]);
            Assert.True(await covers.Catalog.ScalarAsync<bool>("SELECT expires_at < clock_timestamp() + interval '11 minutes' FROM cover WHERE isbn = $1", isbn));
        }
    }

    [Fact]
    public async Task The_cache_stays_within_its_size_and_its_days()
    {
        var isbns = Enumerable.Range(0, 12).Select(_ => NewIsbn()).ToList();
        byte[] big = [.. Jpeg, .. new byte[3500]];
        foreach (var isbn in isbns)
        {
            covers.Answers[isbn] = Bytes(big);
            Assert.Equal(HttpStatusCode.OK, (await GetAsync(isbn)).Status);
        }
        Assert.InRange(await covers.Catalog.ScalarAsync<long>("SELECT sum(size)::bigint FROM cover"), 1, 40960);
        Assert.Equal(0, await covers.Catalog.ScalarAsync<long>("SELECT count(*) FROM cover WHERE isbn = $1", isbns[0]));
        Assert.Equal(1, await covers.Catalog.ScalarAsync<long>("SELECT count(*) FROM cover WHERE isbn = $1", isbns[^1]));
        await covers.Catalog.ExecuteAsync("UPDATE cover SET expires_at = clock_timestamp() WHERE isbn = $1", isbns[^1]);
        await covers.Catalog.Get<Features.Covers.Covers>().RunAsync(covers.Catalog.Clock.Today, CancellationToken.None);
        Assert.Equal(0, await covers.Catalog.ScalarAsync<long>("SELECT count(*) FROM cover WHERE isbn = $1", isbns[^1]));
    }

    [Fact]
    public async Task Without_a_provider_there_are_no_covers_and_without_a_token_no_answer()
    {
        await using var catalog = await FakeCovers.StartCatalogAsync([]);
        Assert.Equal(HttpStatusCode.NotFound, (await GetAsync(NewIsbn(), catalog)).Status);
        Assert.Equal(0, await catalog.ScalarAsync<long>("SELECT count(*) FROM cover"));
        using var member = covers.Catalog.RestAsMember("members/0198aaaa-0000-7000-8000-000000000001");
        Assert.Equal(["isbn:FORMAT"], (await member.AskAsync("covers/9789610000001")).Violations);
        using var nobody = covers.Catalog.RestWithoutToken();
        Assert.Equal(HttpStatusCode.Unauthorized, (await nobody.AskAsync($"covers/{NewIsbn()}")).Status);
    }

    [Fact]
    public void Settings_that_are_wrong_are_all_named()
    {
        var wrong = new CoverSettingsCheck().Validate(null, new CoverSettings
        {
            Template = "file:///etc/{isbn}", MaxBytes = 1, MaxTotalBytes = 0, KeepFor = TimeSpan.Zero, Timeout = TimeSpan.FromMinutes(1),
        });
        Assert.Equal(["Template", "MaxBytes", "MaxTotalBytes", "KeepFor", "Timeout"], wrong.Failures!.Select(failure => failure.Split(' ')[0]["Covers:".Length..]));
        Assert.True(new CoverSettingsCheck().Validate(null, new CoverSettings()).Succeeded);
    }
}
