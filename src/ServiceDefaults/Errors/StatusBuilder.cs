using Google.Protobuf.WellKnownTypes;
using Google.Rpc;
using Grpc.Core;

namespace Library.ServiceDefaults.Errors;

/// <summary>Makes <c>google.rpc.Status</c> of a failure, with ErrorInfo, LocalizedMessage and BadRequest.</summary>
public sealed class StatusBuilder(Texts texts, ServiceName service)
{
    public Google.Rpc.Status Build(Failure failure, string? acceptLanguage)
    {
        var language = texts.Choose(acceptLanguage);
        var text = texts.Get(language, failure.Reason, failure.Figures);
        var info = new ErrorInfo { Reason = failure.Reason, Domain = service.Value };
        foreach (var (name, value) in failure.Figures) info.Metadata[name] = value;
        if (failure.All.Count > 0) info.Metadata["all"] = string.Join(',', failure.All);
        var status = new Google.Rpc.Status { Code = (int)failure.StatusCode, Message = text };
        status.Details.Add(Any.Pack(info));
        status.Details.Add(Any.Pack(new LocalizedMessage { Locale = language, Message = text }));
        if (failure.Violations.Count > 0)
        {
            var bad = new BadRequest();
            bad.FieldViolations.AddRange(failure.Violations.Select(violation => new BadRequest.Types.FieldViolation
            {
                Field = violation.Field,
                Reason = violation.Code,
                Description = texts.Get(language, $"field.{violation.Code}", violation.Figures.Select(f => KeyValuePair.Create(f.Name, f.Value))),
            }));
            status.Details.Add(Any.Pack(bad));
        }
        return status;
    }

    /// <summary>A status that has no failure behind it, for example UNAUTHENTICATED before a method is reached.</summary>
    public Google.Rpc.Status Build(StatusCode code, string reason, string? acceptLanguage, params (string Name, string Value)[] figures)
    {
        var language = texts.Choose(acceptLanguage);
        var text = texts.Get(language, reason, figures.Select(f => KeyValuePair.Create(f.Name, f.Value)));
        var info = new ErrorInfo { Reason = reason, Domain = service.Value };
        foreach (var (name, value) in figures) info.Metadata[name] = value;
        var status = new Google.Rpc.Status { Code = (int)code, Message = text };
        status.Details.Add(Any.Pack(info));
        status.Details.Add(Any.Pack(new LocalizedMessage { Locale = language, Message = text }));
        return status;
    }
}

/// <summary>Name of this service as the network knows it: membership, catalog, finance, events, notifications, gateway.</summary>
public sealed record ServiceName(string Value);
