using System.Collections.Concurrent;
using Google.Protobuf;
using Grpc.Core;
using Library.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;

namespace Library.Acceptance;

/// <summary>A span as far as the tests look at it.</summary>
/// <param name="Service">Whose it is.</param>
/// <param name="Source">What made it: a library or a source of ours.</param>
/// <param name="Name">What was done.</param>
/// <param name="TraceId">32 hexadecimal digits.</param>
/// <param name="Id">16 hexadecimal digits.</param>
/// <param name="Parent">The span that caused it; empty for the first of a trace.</param>
/// <param name="StartNanos">Nanoseconds since 1970.</param>
/// <param name="EndNanos">As <paramref name="StartNanos"/>.</param>
/// <param name="Attributes">Those that are texts.</param>
public sealed record Span(
    string Service, string Source, string Name, string TraceId, string Id, string Parent, ulong StartNanos, ulong EndNanos, IReadOnlyDictionary<string, string> Attributes)
{
    public double Milliseconds => (EndNanos - StartNanos) / 1e6;
}

/// <summary>Takes OpenTelemetry's export over gRPC, as an operator's collector does, and keeps the spans.</summary>
public sealed class Collector : IAsyncDisposable
{
    private const int MostSpans = 200_000;
    private readonly ConcurrentQueue<Span> spans = new();
    private readonly int port = TestHost.FreePort();
    private WebApplication? app;

    public string Address => $"http://localhost:{port}";

    public IReadOnlyList<Span> Spans => [.. spans];

    public async Task StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.ListenLocalhost(port, options => options.Protocols = HttpProtocols.Http2));
        app = builder.Build();
        app.MapPost("/opentelemetry.proto.collector.{kind}/Export", async (string kind, HttpContext context) =>
        {
            using var body = new MemoryStream();
            await context.Request.Body.CopyToAsync(body);
            if (kind.StartsWith("trace", StringComparison.Ordinal)) Read(body.GetBuffer().AsSpan(5, (int)body.Length - 5).ToArray());
            context.Response.ContentType = "application/grpc";
            context.Response.DeclareTrailer("grpc-status");
            await context.Response.Body.WriteAsync(new byte[5]); // an empty answer: no compression, no bytes
            context.Response.AppendTrailer("grpc-status", ((int)StatusCode.OK).ToString(System.Globalization.CultureInfo.InvariantCulture));
        });
        await app.StartAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (app is null) return;
        await app.StopAsync();
        await app.DisposeAsync();
    }

    /// <summary>ExportTraceServiceRequest, as far as it is looked at: opentelemetry/proto/trace/v1/trace.proto.</summary>
    private void Read(byte[] request)
    {
        foreach (var resourceSpans in FieldsOf(request, 1))
        {
            var service = FieldsOf(resourceSpans, 1).Select(resource => AttributesOf(resource, 1).GetValueOrDefault("service.name")).FirstOrDefault() ?? "";
            foreach (var scopeSpans in FieldsOf(resourceSpans, 2))
            {
                var source = FieldsOf(scopeSpans, 1).Select(scope => TextOf(scope, 1)).FirstOrDefault() ?? "";
                foreach (var span in FieldsOf(scopeSpans, 2).Where(_ => spans.Count < MostSpans))
                    spans.Enqueue(new Span(
                        service, source, TextOf(span, 5), HexOf(span, 1), HexOf(span, 2), HexOf(span, 4), FixedOf(span, 7), FixedOf(span, 8), AttributesOf(span, 9)));
            }
        }
    }

    private static Dictionary<string, string> AttributesOf(byte[] message, int field)
    {
        var attributes = new Dictionary<string, string>();
        foreach (var attribute in FieldsOf(message, field))
            if (FieldsOf(attribute, 2).SelectMany(value => FieldsOf(value, 1)).FirstOrDefault() is { } text)
                attributes[TextOf(attribute, 1)] = System.Text.Encoding.UTF8.GetString(text);
        return attributes;
    }

    private static string HexOf(byte[] message, int field) => FieldsOf(message, field).Select(Convert.ToHexStringLower).FirstOrDefault() ?? "";

    private static ulong FixedOf(byte[] message, int field)
    {
        using var input = new CodedInputStream(message);
        while (input.ReadTag() is var tag and not 0)
            if (WireFormat.GetTagFieldNumber(tag) == field && WireFormat.GetTagWireType(tag) == WireFormat.WireType.Fixed64)
                return input.ReadFixed64();
            else
                input.SkipLastField();
        return 0;
    }

    private static string TextOf(byte[] message, int field) =>
        FieldsOf(message, field).Select(System.Text.Encoding.UTF8.GetString).FirstOrDefault() ?? "";

    private static IEnumerable<byte[]> FieldsOf(byte[] message, int field)
    {
        using var input = new CodedInputStream(message);
        while (input.ReadTag() is var tag and not 0)
            if (WireFormat.GetTagFieldNumber(tag) == field && WireFormat.GetTagWireType(tag) == WireFormat.WireType.LengthDelimited)
                yield return input.ReadBytes().ToByteArray();
            else
                input.SkipLastField();
    }
}
