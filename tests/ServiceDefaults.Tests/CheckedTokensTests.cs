using System.Net;
using System.Security.Claims;
using Library.ServiceDefaults.Security;
using Library.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.IdentityModel.JsonWebTokens;

namespace Library.ServiceDefaults.Tests;

public sealed class CheckedTokensTests : IDisposable
{
    private readonly SetTime time = new();
    private readonly SigningKeys keys;
    private readonly CheckedTokens known;
    private readonly ClaimsPrincipal librarian = new(new ClaimsIdentity("test"));
    private string published = TestTokens.KeySet;

    public CheckedTokensTests()
    {
        keys = new SigningKeys(_ => Task.FromResult(published), time, NullLogger<SigningKeys>.Instance);
        known = new CheckedTokens(keys, time);
    }

    public void Dispose() => keys.Dispose();

    [Fact]
    public async Task A_token_found_good_is_known_again_and_no_other_one()
    {
        var token = await KeepAsync();
        Assert.Same(librarian, known.Find(token));
        Assert.Null(known.Find(TestTokens.Of(Roles.Librarian, "BLE")));
        Assert.Null(known.Find(token + "x"));
    }

    [Fact]
    public async Task Without_keys_a_caller_is_asked_to_come_again_and_not_to_sign_in()
    {
        var answers = false;
        await using var host = await Sample.StartAsync(adjust: builder => builder.Services.Replace(ServiceDescriptor.Singleton(new SigningKeys(
            _ => answers ? Task.FromResult(published) : throw new HttpRequestException("away"), time, NullLogger<SigningKeys>.Instance))));
        using var client = host.Rest(Roles.Admin);
        var path = new Uri("/api/v1/services/sample/failedMessages", UriKind.Relative);
        using (var first = await client.GetAsync(path)) Assert.Equal(HttpStatusCode.ServiceUnavailable, first.StatusCode);
        // not asked for again within two seconds, and still nothing is known
        using (var second = await client.GetAsync(path)) Assert.Equal(HttpStatusCode.ServiceUnavailable, second.StatusCode);
        using (var stranger = host.RestWithoutToken())
        using (var refused = await stranger.GetAsync(path)) Assert.Equal(HttpStatusCode.Unauthorized, refused.StatusCode);
        answers = true;
        time.Now += TimeSpan.FromSeconds(3);
        using (var third = await client.GetAsync(path)) Assert.Equal(HttpStatusCode.OK, third.StatusCode);
    }

    [Fact]
    public async Task It_is_known_until_it_expires()
    {
        var token = await KeepAsync();
        var until = new JsonWebToken(token).ValidTo;
        time.Now = until.AddSeconds(-1);
        Assert.Same(librarian, known.Find(token));
        time.Now = until;
        Assert.Null(known.Find(token));
    }

    [Fact]
    public async Task It_is_checked_again_once_the_keys_were_fetched_anew()
    {
        var token = await KeepAsync();
        published = """{"keys":[]}""";
        time.Now += TimeSpan.FromMinutes(1);
        await keys.EnsureAsync("another", TestContext.Current.CancellationToken);
        Assert.Null(known.Find(token));
    }

    [Fact]
    public async Task There_is_a_limit_to_how_many_are_known()
    {
        var token = await KeepAsync();
        var read = Read(token);
        for (var number = 0; number < 10_000; number++) known.Keep($"{token}{number}", read, librarian);
        Assert.Null(known.Find(token));
        Assert.Same(librarian, known.Find($"{token}9999"));
    }

    private async Task<string> KeepAsync()
    {
        await keys.EnsureAsync("test-key", TestContext.Current.CancellationToken);
        var token = TestTokens.Of(Roles.Librarian);
        known.Keep(token, Read(token), librarian);
        return token;
    }

    private JsonWebToken Read(string token) => new(token) { SigningKey = keys.Find("test-key") };

    /// <summary>Real time that stands where it is put; the clock by which keys are fetched goes with it.</summary>
    private sealed class SetTime : TimeProvider
    {
        public DateTimeOffset Now { get; set; } = DateTimeOffset.UtcNow;

        public override DateTimeOffset GetUtcNow() => Now;

        public override long GetTimestamp() => Now.UtcTicks;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;
    }
}
