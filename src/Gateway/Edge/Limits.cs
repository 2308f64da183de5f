using System.Threading.RateLimiting;
using Microsoft.Extensions.Options;

namespace Library.Gateway.Edge;

/// <summary>How much may be asked of the gateway; settings <c>Limits:*</c>, checked at the start.</summary>
public sealed class Limits
{
    /// <summary>Of one address, whoever asks: one IPv4 address, one IPv6 network of 64 bits.</summary>
    public Bucket Address { get; init; } = new();
    /// <summary>Of one client, by its token's subject.</summary>
    public Bucket Client { get; init; } = new();
    /// <summary>Of one address at the sign-in, on top of <see cref="Address"/>.</summary>
    public Bucket SignIn { get; init; } = new();
    /// <summary>Of a request's body, where its route has no other.</summary>
    public long MaxBodyBytes { get; init; }
    /// <summary>Until the answer is complete, where the route has no other.</summary>
    public TimeSpan Timeout { get; init; }

    /// <summary>A bucket of <see cref="Burst"/> requests, into which <see cref="Tokens"/> come back <see cref="Every"/> so often.</summary>
    public sealed class Bucket
    {
        public int Burst { get; init; }
        public int Tokens { get; init; }
        public TimeSpan Every { get; init; }

        internal TokenBucketRateLimiterOptions Options => new()
        {
            TokenLimit = Burst, TokensPerPeriod = Tokens, ReplenishmentPeriod = Every, QueueLimit = 0, AutoReplenishment = true,
        };
    }
}

/// <summary>Every setting that is wrong, at once.</summary>
public sealed class LimitsCheck : IValidateOptions<Limits>
{
    public ValidateOptionsResult Validate(string? name, Limits limits)
    {
        var wrong = new List<string>();
        foreach (var (key, bucket) in new[] { ("Address", limits.Address), ("Client", limits.Client), ("SignIn", limits.SignIn) })
        {
            if (bucket.Burst < 1) wrong.Add($"Limits:{key}:Burst must be at least 1.");
            if (bucket.Tokens < 1) wrong.Add($"Limits:{key}:Tokens must be at least 1.");
            if (bucket.Every <= TimeSpan.Zero) wrong.Add($"Limits:{key}:Every must be a time above zero.");
        }
        if (limits.MaxBodyBytes < 1024) wrong.Add("Limits:MaxBodyBytes must be at least 1024.");
        if (limits.Timeout <= TimeSpan.Zero) wrong.Add("Limits:Timeout must be a time above zero.");
        return wrong.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(wrong);
    }
}
