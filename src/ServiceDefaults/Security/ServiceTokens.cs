using System.Text;
using Grpc.Core;
using Grpc.Core.Interceptors;
using Library.ServiceDefaults.Errors;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace Library.ServiceDefaults.Security;

/// <summary>
/// How our services show each other who they are: short-lived tokens signed with a key that only they share (the AppHost
/// makes it once). They need no call, so that the desk can ask Finance while Membership is away (ADR 8).
/// </summary>
public sealed class ServiceTokens(string sharedKey, ServiceName service, TimeProvider time)
{
    public const string Issuer = "library-services";
    private static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(5);
    private readonly Lock gate = new();
    private (string Token, DateTimeOffset RenewAt) current;

    public SymmetricSecurityKey Key { get; } = new(Encoding.UTF8.GetBytes(sharedKey)) { KeyId = "services" };

    public string Current()
    {
        lock (gate)
        {
            var now = time.GetUtcNow();
            if (now >= current.RenewAt)
                current = (new JsonWebTokenHandler().CreateToken(new SecurityTokenDescriptor
                {
                    Issuer = Issuer,
                    IssuedAt = now.UtcDateTime,
                    NotBefore = now.UtcDateTime.AddSeconds(-30),
                    Expires = (now + Lifetime).UtcDateTime,
                    Claims = new Dictionary<string, object> { [Caller.SubjectClaim] = $"services/{service.Value}", [Caller.RoleClaim] = Roles.Service },
                    SigningCredentials = new SigningCredentials(Key, SecurityAlgorithms.HmacSha256),
                }), now + Lifetime / 2);
            return current.Token;
        }
    }
}

/// <summary>Every call to a peer carries our token and a deadline.</summary>
public sealed class PeerCallInterceptor(ServiceTokens tokens, TimeProvider time) : Interceptor
{
    /// <summary>Short, because the desk waits for it (ADR 1); a caller that has time sets its own.</summary>
    public static readonly TimeSpan DefaultDeadline = TimeSpan.FromMilliseconds(800);

    public override AsyncUnaryCall<TResponse> AsyncUnaryCall<TRequest, TResponse>(
        TRequest request, ClientInterceptorContext<TRequest, TResponse> context, AsyncUnaryCallContinuation<TRequest, TResponse> continuation)
    {
        var headers = new Metadata { { "authorization", $"Bearer {tokens.Current()}" } };
        var options = context.Options.WithHeaders(headers);
        if (options.Deadline is null) options = options.WithDeadline((time.GetUtcNow() + DefaultDeadline).UtcDateTime);
        return continuation(request, new ClientInterceptorContext<TRequest, TResponse>(context.Method, context.Host, options));
    }
}
