using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Grpc.Net.Client;
using Library.Contracts.Operations;
using Library.Finance.V1;
using Library.Testing;
using NodaTime;

namespace Library.Finance.Service.Tests;

/// <summary>The edge that every service shares, held at Finance.</summary>
public sealed class EdgeTests(FinanceNetwork network)
{
    [Fact]
    public async Task Health_names_the_parts_and_needs_no_token()
    {
        var finance = await network.HostAsync();
        using var anybody = finance.RestWithoutToken();
        var health = await anybody.GetFromJsonAsync<JsonElement>(new Uri("/health", UriKind.Relative));
        Assert.Equal("Healthy", health.GetProperty("checks").GetProperty("PostgreSql").GetString());
        Assert.Equal(HttpStatusCode.OK, (await anybody.GetAsync(new Uri("/alive", UriKind.Relative))).StatusCode);
    }

    [Fact]
    public async Task A_token_that_another_key_signed_is_refused()
    {
        var finance = await network.HostAsync();
        using var forger = finance.RestWithoutToken();
        forger.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", TestTokens.Forged("admin"));
        Assert.Equal((HttpStatusCode.Unauthorized, "UNAUTHENTICATED"), await PostAsync(forger, "{}"));
    }

    [Fact]
    public async Task Only_our_own_services_ask_the_directory()
    {
        var finance = await network.HostAsync();
        using var channel = GrpcChannel.ForAddress(finance.GrpcAddress);
        var directory = new FinanceDirectory.FinanceDirectoryClient(channel);
        var request = new GetStandingRequest { Member = Charges.NewMember() };
        Assert.Equal(StatusCode.Unauthenticated, (await Assert.ThrowsAsync<RpcException>(async () => await directory.GetStandingAsync(request))).StatusCode);
        var headers = new Metadata { { "authorization", $"Bearer {TestTokens.Of("admin")}" } };
        Assert.Equal(StatusCode.PermissionDenied, (await Assert.ThrowsAsync<RpcException>(async () => await directory.GetStandingAsync(request, headers))).StatusCode);
    }

    [Theory]
    [InlineData("""{"amountMinor":"many"}""", "amountMinor:TYPE")]
    [InlineData("""{"amountMinor":1e99}""", "amountMinor:TYPE")]
    [InlineData("""{"tip":1}""", "tip:UNKNOWN")]
    [InlineData("""{"charges":"all"}""", "charges:TYPE")]
    [InlineData("""{"member":""", "body:JSON")]
    [InlineData("[]", "body:TYPE")]
    public async Task A_body_that_cannot_be_read_names_the_field(string body, string expected)
    {
        var finance = await network.HostAsync();
        using var desk = finance.Rest("librarian");
        using var content = new StringContent(body, Encoding.UTF8, "application/json");
        using var response = await desk.PostAsync(new Uri("/api/v1/payments", UriKind.Relative), content);
        Assert.Equal([expected], new Answer(response.StatusCode, await response.Content.ReadFromJsonAsync<JsonElement>()).Violations);
    }

    [Fact]
    public async Task Ten_megabytes_are_refused_unread()
    {
        var finance = await network.HostAsync();
        using var desk = finance.Rest("librarian");
        Assert.Equal((HttpStatusCode.BadRequest, "TOO_LARGE"), await PostAsync(desk, $$"""{"member":"{{new string('x', 10 * 1024 * 1024)}}"}"""));
    }

    [Fact]
    public async Task A_day_that_the_clock_passes_runs_its_jobs_once_and_what_was_handled_is_known()
    {
        await using var finance = await TestHost.StartAsync("finance", FinanceApp.Build, adjust: TestHost.WithoutRelay);
        using var channel = finance.Grpc();
        var operations = new OperationsService.OperationsServiceClient(channel);
        await Eventually.IsTrueAsync(() => finance.ScalarAsync<bool>("SELECT EXISTS (SELECT FROM job_state)"), "the jobs of today have run");
        var before = await DoneThroughAsync(finance);
        var twoDays = new RunDueJobsRequest { OffsetMs = (long)TimeSpan.FromDays(2).TotalMilliseconds };
        var ran = (await operations.RunDueJobsAsync(twoDays)).Ran;
        Assert.Equal([$"housekeeping of {before.PlusDays(1):uuuu-MM-dd}", $"housekeeping of {before.PlusDays(2):uuuu-MM-dd}"], ran);
        Assert.Equal(before.PlusDays(2), await DoneThroughAsync(finance));
        Assert.Empty((await operations.RunDueJobsAsync(twoDays)).Ran);
        Assert.Equal(twoDays.OffsetMs, (await operations.GetClockOffsetAsync(new GetClockOffsetRequest())).OffsetMs);

        var (handled, lost) = (Guid.CreateVersion7(), Guid.CreateVersion7());
        var fee = Charges.Fee(Charges.NewMember());
        await finance.PublishAsync(Charges.Joined(fee), handled);
        await finance.BookedAsync(fee);
        var type = typeof(Membership.Messages.MembershipTermStarted).FullName!;
        var unhandled = await operations.FindUnhandledAsync(new FindUnhandledRequest
        {
            Messages =
            {
                new[] { handled, lost }.Select(id => new PublishedMessage { Id = Google.Protobuf.ByteString.CopyFrom(id.ToByteArray(bigEndian: true)), Type = type }),
            },
        });
        Assert.Equal((1L, 1), (unhandled.Unhandled[$"{type} at BookMembershipFee"], unhandled.Unhandled.Count));
        // nothing is published here: the charge and the balance wait
        var since = new GetBacklogRequest { PublishedSince = Timestamp.FromDateTime(DateTime.UtcNow.AddMinutes(-1)) };
        Assert.Equal(2, (await operations.GetBacklogAsync(since)).Unpublished);
    }

    private static Task<LocalDate> DoneThroughAsync(TestHost finance) => finance.ScalarAsync<LocalDate>("SELECT done_through FROM job_state");

    private static async Task<(HttpStatusCode, string)> PostAsync(HttpClient client, string body)
    {
        using var content = new StringContent(body, Encoding.UTF8, "application/json");
        using var response = await client.PostAsync(new Uri("/api/v1/payments", UriKind.Relative), content);
        return (response.StatusCode, new Answer(response.StatusCode, await response.Content.ReadFromJsonAsync<JsonElement>()).Reason);
    }
}
