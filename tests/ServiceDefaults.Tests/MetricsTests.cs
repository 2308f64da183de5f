using System.Diagnostics.Metrics;
using Library.ServiceDefaults.Data;
using Library.ServiceDefaults.Jobs;
using Library.ServiceDefaults.Metrics;
using Library.Testing;
using Microsoft.Extensions.DependencyInjection;
using NodaTime;
using NodaTime.Text;

namespace Library.ServiceDefaults.Tests;

/// <summary>OpenTelemetry hears every meter of a process, those of other tests' hosts too: so these run by themselves.</summary>
[CollectionDefinition(nameof(MetricsTests), DisableParallelization = true)]
public sealed class MetricsCollection;

[Collection(nameof(MetricsTests))]
public sealed class MetricsTests
{
    private static readonly DateTimeZone Zone = DateTimeZoneProviders.Tzdb["Europe/Ljubljana"];

    [Fact]
    public async Task What_waits_in_the_outbox_is_told_with_its_age()
    {
        await using var host = await Sample.StartAsync();
        // messages that no relay can publish
        foreach (var age in new[] { 300, 100 })
            await host.ExecuteAsync(
                "INSERT INTO outbox (id, aggregate, type, body, written_at) VALUES ($1, 'stones/1', 'No.Such.Message', '{}', clock_timestamp() - make_interval(secs => $2))",
                Guid.CreateVersion7(), (double)age);

        // the host's own sampler may have looked before the messages stood and may say so after this look
        var metrics = await Eventually.SeesAsync(async () =>
        {
            foreach (var sample in host.Get<ServiceSamples>().All) await sample.TakeAsync(CancellationToken.None);
            return await ScrapeAsync(host);
        }, metrics => metrics["library_outbox_unpublished"] == 2, "two wait");
        Assert.InRange(metrics["library_outbox_age_seconds"], 300, 360);
        Assert.True(metrics["library_database_size_bytes"] > 1_000_000);
        Assert.Equal(0, metrics["library_messages_publish_failures_total"]);
    }

    [Fact]
    public async Task Messages_are_counted_with_what_became_of_them()
    {
        await using var host = await Sample.StartAsync();
        await host.WriteAsync(commit: true, Sample.Stone("stones/1", 1));
        await Eventually.SeesAsync(() => ScrapeAsync(host), metrics =>
            metrics.GetValueOrDefault("library_messages_published_total{message=\"StoneTurned\"}") == 1
            && metrics.GetValueOrDefault("library_message_handling_duration_seconds_count{consumer=\"CountStone\",message=\"StoneTurned\",outcome=\"handled\"}") == 1,
            "one is published and handled");
    }

    [Fact]
    public async Task Exactly_one_of_two_processes_holds_the_relay()
    {
        await using var one = await Sample.StartAsync();
        await using var two = await Sample.StartAsync(beside: one);
        await Eventually.SeesAsync(async () =>
        {
            var held = 0.0;
            foreach (var host in new[] { one, two })
            {
                foreach (var sample in host.Get<ServiceSamples>().All) await sample.TakeAsync(CancellationToken.None);
                held += GaugeOf(host, "library.relay.holder");
            }
            return held;
        }, held => held == 1, "one holds it");
    }

    [Fact]
    public void A_value_that_is_not_renewed_becomes_unknown()
    {
        var time = new Ticks();
        using var meters = new ServiceCollection().AddMetrics().BuildServiceProvider();
        var gauge = new SampledGauge(meters.GetRequiredService<IMeterFactory>().Create("t"), "library.t", "1", "", time, tag: "of");
        var seen = new Dictionary<string, double>();
        using var listener = new MeterListener { InstrumentPublished = (instrument, own) => { if (instrument.Name == "library.t") own.EnableMeasurementEvents(instrument); } };
        listener.SetMeasurementEventCallback<double>((_, value, tags, _) => seen[(string)tags[0].Value!] = value);
        listener.Start();

        gauge.Set(3, "a");
        gauge.Set(4, "b");
        time.Now += 59 * TimeSpan.TicksPerSecond;
        gauge.Set(5, "b");
        listener.RecordObservableInstruments();
        Assert.Equal((3, 5), (seen["a"], seen["b"]));

        time.Now += 2 * TimeSpan.TicksPerSecond;
        listener.RecordObservableInstruments();
        Assert.Equal((double.NaN, 5), (seen["a"], seen["b"]));
    }

    /// <summary>The round is due at 02:00 in Ljubljana, one hour ahead of UTC in March, two from the 29th on.</summary>
    [Theory]
    [InlineData("2026-03-10", "2026-03-11T00:59:59Z", 0)]
    [InlineData("2026-03-10", "2026-03-11T01:00:00Z", 0)]
    [InlineData("2026-03-10", "2026-03-11T01:00:20Z", 20)]
    [InlineData("2026-03-11", "2026-03-11T01:00:20Z", 0)]
    [InlineData("2026-03-10", "2026-03-12T01:00:00Z", 86_400)]
    [InlineData("2026-03-27", "2026-03-29T00:59:00Z", 86_340)]
    [InlineData(null, "2026-03-11T13:00:00Z", 3_600)] // never ran; this process has looked for an hour
    [InlineData(null, "2026-03-11T12:00:00Z", 0)]
    public void A_job_is_late_from_the_moment_on_at_which_it_was_due(string? doneThrough, string now, double seconds)
    {
        var late = JobLateness.Of(
            new NightRound(new Seen()), doneThrough is null ? null : LocalDatePattern.Iso.Parse(doneThrough).Value, InstantPattern.General.Parse(now).Value,
            Instant.FromUtc(2026, 3, 11, 12, 0), Zone);
        Assert.Equal(seconds, late.TotalSeconds);
    }

    [Theory]
    [InlineData("SELECT count(*) FROM outbox WHERE published_at IS NULL", "SELECT outbox")]
    [InlineData("  INSERT INTO loan (id) VALUES ($1) ON CONFLICT (id) DO UPDATE SET x = 1", "INSERT loan")]
    [InlineData("UPDATE item SET state = 'ON_LOAN' WHERE barcode = $1", "UPDATE item")]
    [InlineData("SELECT i.branch\nFROM item i JOIN record r ON r.id = i.record FOR UPDATE OF i", "SELECT item")]
    [InlineData("SELECT extract(epoch FROM clock_timestamp()) FROM (SELECT 1 FROM lease) AS l", "SELECT lease")]
    [InlineData("SELECT 1", "SELECT")]
    public void A_statement_is_named_by_its_verb_and_first_table(string sql, string name) => Assert.Equal(name, StatementNames.Of(sql));

    /// <summary>What a gauge of this host says, whatever other hosts of this process say.</summary>
    private static double GaugeOf(TestHost host, string name)
    {
        var (own, value) = (host.Get<IMeterFactory>(), double.NaN);
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, all) => { if (instrument.Name == name && instrument.Meter.Scope == own) all.EnableMeasurementEvents(instrument); },
        };
        listener.SetMeasurementEventCallback<double>((_, seen, _, _) => value = seen);
        listener.Start();
        listener.RecordObservableInstruments();
        return value;
    }

    /// <summary>The samples of a scrape by name and labels, without the label that only names the meter.</summary>
    private static async Task<Dictionary<string, double>> ScrapeAsync(TestHost host)
    {
        using var client = host.RestWithoutToken();
        var text = await client.GetStringAsync(new Uri("/metrics", UriKind.Relative));
        return text.Split('\n').Where(line => line.StartsWith("library_", StringComparison.Ordinal)).Select(line => line.Split(' '))
            .ToDictionary(parts => Labels(parts[0]), parts => double.Parse(parts[1], System.Globalization.CultureInfo.InvariantCulture));
    }

    private static string Labels(string series)
    {
        var open = series.IndexOf('{', StringComparison.Ordinal);
        if (open < 0) return series;
        var labels = series[(open + 1)..^1].Split(',').Where(label => !label.StartsWith("otel_scope", StringComparison.Ordinal)).Order(StringComparer.Ordinal).ToList();
        return labels.Count == 0 ? series[..open] : $"{series[..open]}{{{string.Join(',', labels)}}}";
    }

    private sealed class Ticks : TimeProvider
    {
        public long Now { get; set; }
        public override long TimestampFrequency => TimeSpan.TicksPerSecond;
        public override long GetTimestamp() => Now;
    }
}
