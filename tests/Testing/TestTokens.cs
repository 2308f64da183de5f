using System.Security.Cryptography;
using System.Text.Json;
using Library.ServiceDefaults.Security;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace Library.Testing;

/// <summary>Tokens as Membership issues them, signed with a key that lives as long as the test process.</summary>
public static class TestTokens
{
    public const string Issuer = "http://gateway.test";
    public const string ServiceKey = "a-key-of-the-tests-that-is-long-enough-for-hmac";

    private static readonly RsaSecurityKey Key = new(RSA.Create(2048)) { KeyId = "test-key" };

    /// <summary>The JSON Web Key Set with the public key.</summary>
    public static string KeySet { get; } = Publish();

    public static string Of(string role, string branch = "", string subject = "staff/test") => Create(subject, role, branch);

    public static string OfMember(string member) => Create(member, Roles.Member, "");

    /// <summary>A token that another key signed: nobody may accept it.</summary>
    public static string Forged(string role) => Create("staff/forged", role, "", new RsaSecurityKey(RSA.Create(2048)) { KeyId = "test-key" });

    private static string Create(string subject, string role, string branch, SecurityKey? key = null)
    {
        var claims = new Dictionary<string, object> { [Caller.SubjectClaim] = subject, [Caller.RoleClaim] = role };
        if (branch.Length > 0) claims[Caller.BranchClaim] = branch;
        return new JsonWebTokenHandler().CreateToken(new SecurityTokenDescriptor
        {
            Issuer = Issuer,
            Expires = DateTime.UtcNow.AddHours(1),
            Claims = claims,
            SigningCredentials = new SigningCredentials(key ?? Key, SecurityAlgorithms.RsaSha256),
        });
    }

    private static string Publish()
    {
        var parameters = Key.Rsa.ExportParameters(false);
        return JsonSerializer.Serialize(new
        {
            keys = new[]
            {
                new
                {
                    kty = "RSA", use = "sig", alg = "RS256", kid = Key.KeyId,
                    n = Base64UrlEncoder.Encode(parameters.Modulus), e = Base64UrlEncoder.Encode(parameters.Exponent),
                },
            },
        });
    }
}
