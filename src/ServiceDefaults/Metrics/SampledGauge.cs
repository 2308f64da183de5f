using System.Collections.Concurrent;
using System.Diagnostics.Metrics;

namespace Library.ServiceDefaults.Metrics;

/// <summary>
/// A gauge whose values are looked at now and then, never when they are asked for. One that was not renewed for a minute is
/// told as NaN, that is unknown: no comparison holds for it, so that an alarm says nothing wrong while the database is away.
/// </summary>
public sealed class SampledGauge
{
    private static readonly TimeSpan UsualLife = TimeSpan.FromMinutes(1);
    private readonly ConcurrentDictionary<string, (double Value, long At)> values = new(StringComparer.Ordinal);
    private readonly TimeProvider time;
    private readonly TimeSpan life;
    private readonly string? tag;

    /// <param name="meter">That it belongs to.</param>
    /// <param name="name">With dots, without the unit.</param>
    /// <param name="unit">As UCUM has it: s, By, {message} …</param>
    /// <param name="description">For people who read the scrape.</param>
    /// <param name="time">Real time.</param>
    /// <param name="tag">What tells its values apart; null where there is one only. Its values are few and never personal.</param>
    /// <param name="life">How long a value is good for; a minute where nothing is said.</param>
    public SampledGauge(Meter meter, string name, string unit, string description, TimeProvider time, string? tag = null, TimeSpan? life = null)
    {
        (this.time, this.tag, this.life) = (time, tag, life ?? UsualLife);
        meter.CreateObservableGauge(name, Observe, unit, description);
    }

    /// <summary>Renews a value.</summary>
    public void Set(double value, string of = "") => values[of] = (value, time.GetTimestamp());

    private IEnumerable<Measurement<double>> Observe() => values.Select(pair =>
    {
        var value = time.GetElapsedTime(pair.Value.At) <= life ? pair.Value.Value : double.NaN;
        return tag is null ? new Measurement<double>(value) : new Measurement<double>(value, KeyValuePair.Create(tag, (object?)pair.Key));
    });
}
