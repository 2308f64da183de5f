using Grpc.Core;

namespace Library.ServiceDefaults.Errors;

/// <summary>
/// One field that is wrong. <paramref name="Code"/> is a key of the texts (Texts/*.json, <c>field.CODE</c>), the figures
/// fill its placeholders. A value that the caller sent is never repeated: it may be personal.
/// </summary>
/// <param name="Field">In lowerCamelCase as in JSON, dotted: <c>person.birthDate</c>.</param>
/// <param name="Code">REQUIRED, FORMAT, DATE, RANGE, LENGTH, UNKNOWN, ONE_OF, TYPE …</param>
/// <param name="Figures">For the text, for example min and max.</param>
public sealed record Violation(string Field, string Code, params (string Name, string Value)[] Figures);

/// <summary>
/// What an edge answers instead of a result. <see cref="ErrorInterceptor"/> turns it into <c>google.rpc.Status</c> with the
/// text in the caller's language. Domain code never throws it: a decision is a value there.
/// </summary>
public sealed class Failure : RpcException
{
    private Failure(StatusCode code, string reason, IReadOnlyList<string>? all = null,
        IReadOnlyDictionary<string, string>? figures = null, IReadOnlyList<Violation>? violations = null)
        : base(new Status(code, reason))
    {
        Reason = reason;
        All = all ?? [];
        Figures = figures ?? new Dictionary<string, string>();
        Violations = violations ?? [];
    }

    /// <summary>The enumeration's member in capitals; a key of the texts.</summary>
    public string Reason { get; }
    /// <summary>All reasons that hold, in order of precedence; empty where there is only one.</summary>
    public IReadOnlyList<string> All { get; }
    /// <summary>Figures of the refusal, without personal data.</summary>
    public IReadOnlyDictionary<string, string> Figures { get; }
    public IReadOnlyList<Violation> Violations { get; }

    /// <summary>FAILED_PRECONDITION: a rule refuses. The first reason is the one given.</summary>
    public static Failure Refused(IReadOnlyList<string> reasons, params (string Name, string Value)[] figures) =>
        new(StatusCode.FailedPrecondition, reasons[0], reasons, figures.ToDictionary(f => f.Name, f => f.Value));

    /// <summary>FAILED_PRECONDITION for one reason.</summary>
    public static Failure Refused(string reason, params (string Name, string Value)[] figures) => Refused([reason], figures);

    /// <summary>INVALID_ARGUMENT with every field that is wrong; at least one.</summary>
    public static Failure Invalid(params IReadOnlyList<Violation> violations) =>
        new(StatusCode.InvalidArgument, "INVALID_REQUEST", violations: violations);

    /// <summary>NOT_FOUND. The kind is a word of the contract (member, loan, item), never what was asked for.</summary>
    public static Failure NotFound(string kind, params (string Name, string Value)[] figures) =>
        new(StatusCode.NotFound, "NOT_FOUND", figures: new Dictionary<string, string>(figures.Select(f => KeyValuePair.Create(f.Name, f.Value))) { ["kind"] = kind });

    /// <summary>ALREADY_EXISTS.</summary>
    public static Failure AlreadyExists(string reason) => new(StatusCode.AlreadyExists, reason);

    /// <summary>ABORTED: the thing has changed since the caller read it.</summary>
    public static Failure Stale() => new(StatusCode.Aborted, "STALE");

    /// <summary>PERMISSION_DENIED.</summary>
    public static Failure Denied() => new(StatusCode.PermissionDenied, "PERMISSION_DENIED");

    /// <summary>UNAVAILABLE: another part is away and the answer cannot be given without it. May be tried again.</summary>
    public static Failure Unavailable(string part) =>
        new(StatusCode.Unavailable, "UNAVAILABLE", figures: new Dictionary<string, string> { ["part"] = part });

    /// <summary>DEADLINE_EXCEEDED with what is stuck.</summary>
    public static Failure Stuck(string what) =>
        new(StatusCode.DeadlineExceeded, "STUCK", figures: new Dictionary<string, string> { ["what"] = what });
}
