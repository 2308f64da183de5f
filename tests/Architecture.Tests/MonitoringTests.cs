using System.Diagnostics;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Library.Architecture.Tests;

/// <summary>Alarms and dashboard are code as well. That their metrics exist is shown by the network itself (System.Tests, MetricsTests).</summary>
public sealed partial class MonitoringTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(1);

    [Theory]
    [InlineData("check", "rules", "alerts.yml")]
    [InlineData("check", "config", "prometheus.yml")]
    [InlineData("test", "rules", "alerts_test.yml")]
    public async Task Promtool_accepts_what_deploy_monitoring_holds(params string[] arguments)
    {
        var (code, text) = await PromtoolAsync(arguments);
        Assert.True(code == 0, text);
    }

    [Fact]
    public void Every_alarm_has_a_test_and_a_runbook() => House.Holds(Missing(
        Names(Read("deploy/monitoring/alerts.yml")), Read("deploy/monitoring/alerts_test.yml"), Read("docs/operations.md")));

    [Fact]
    public void The_rule_on_alarms_can_fail() => Assert.Equal(2, Missing(["X"], "", "").Count());

    [Fact]
    public void The_dashboard_is_one_that_Grafana_reads()
    {
        var dashboard = JsonNode.Parse(Read("deploy/monitoring/dashboard.json"))!;
        Assert.True((int)dashboard["schemaVersion"]! >= 36);
        Assert.NotEmpty((string)dashboard["uid"]!);
        var panels = dashboard["panels"]!.AsArray().Select(panel => panel!).ToList();
        Assert.Equal(panels.Count, panels.Select(panel => (int)panel["id"]!).Distinct().Count());
        House.Holds(Faults(panels).Concat(Overlaps(panels)));
    }

    private static IEnumerable<string> Missing(IEnumerable<string> alarms, string tests, string operations) => alarms.SelectMany(name => new[]
    {
        Regex.IsMatch(tests, $@"alertname: {name}\s*\n\s*exp_alerts:\n") && tests.Contains($"alertname: {name}, exp_alerts: []", StringComparison.Ordinal)
            ? null : $"{name} has no test that it comes and none that it stays away",
        operations.Contains($"\n### {name}\n", StringComparison.Ordinal) ? null : $"{name} has no runbook",
    }).OfType<string>();

    private static IEnumerable<string> Faults(IEnumerable<JsonNode> panels) => panels.Where(panel => (string)panel["type"]! != "row")
        .Where(panel => panel["title"] is null || panel["datasource"]?["type"]?.ToString() != "prometheus" || panel["targets"] is not JsonArray { Count: > 0 } targets
            || targets.Any(target => string.IsNullOrEmpty((string?)target!["expr"]) || target["refId"] is null))
        .Select(panel => $"Panel {panel["id"]} lacks a title, the data source or an expression");

    private static IEnumerable<string> Overlaps(List<JsonNode> panels)
    {
        var cells = new HashSet<(int, int)>();
        foreach (var panel in panels)
        {
            int At(string key) => (int)panel["gridPos"]![key]!;
            for (var x = At("x"); x < At("x") + At("w"); x++)
                for (var y = At("y"); y < At("y") + At("h"); y++)
                    if (x >= 24 || !cells.Add((x, y)))
                    {
                        yield return $"Panel {panel["id"]} lies on another one or beside the page";
                        yield break;
                    }
        }
    }

    private static IEnumerable<string> Names(string rules) => AlertName().Matches(rules).Select(match => match.Groups[1].Value);

    private static string Read(string path) => File.ReadAllText(Path.Combine(House.Root, path));

    private static async Task<(int Code, string Text)> PromtoolAsync(string[] arguments)
    {
        var start = new ProcessStartInfo("promtool", arguments)
        {
            WorkingDirectory = Path.Combine(House.Root, "deploy", "monitoring"), RedirectStandardOutput = true, RedirectStandardError = true,
        };
        try
        {
            using var process = Process.Start(start)!;
            using var limit = new CancellationTokenSource(Limit);
            var output = process.StandardOutput.ReadToEndAsync(limit.Token);
            var error = process.StandardError.ReadToEndAsync(limit.Token);
            await process.WaitForExitAsync(limit.Token);
            return (process.ExitCode, await output + await error);
        }
        catch (System.ComponentModel.Win32Exception)
        {
            Assert.Skip("promtool is missing; it comes with Debian's package prometheus.");
            throw;
        }
    }

    [GeneratedRegex(@"- alert: (\w+)")]
    private static partial Regex AlertName();
}
