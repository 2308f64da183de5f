using System.Security.Claims;
using Grpc.Core;
using Library.ServiceDefaults.Errors;

namespace Library.ServiceDefaults.Security;

/// <summary>Roles of a token (design decision 8). A person or machine may hold several.</summary>
public static class Roles
{
    public const string Member = "member";
    public const string Librarian = "librarian";
    public const string Accountant = "accountant";
    public const string Organiser = "organiser";
    public const string Admin = "admin";
    public const string Partner = "partner";
    /// <summary>A self-check machine: good for its own service at the branch that its token names, and nowhere else (ADR 29).</summary>
    public const string Kiosk = "kiosk";
    /// <summary>One of our own services; its tokens are never accepted by the gateway.</summary>
    public const string Service = "service";
    /// <summary>In an access option: every valid token of a person or partner.</summary>
    public const string Any = "any";

    public static readonly IReadOnlyList<string> OfPeopleAndPartners = [Member, Librarian, Accountant, Organiser, Admin, Partner];

    /// <summary>Who comes through the gateway.</summary>
    public static readonly IReadOnlyList<string> FromOutside = [.. OfPeopleAndPartners, Kiosk];
}

/// <summary>Who calls, as the checked token says.</summary>
public sealed class Caller(ClaimsPrincipal principal)
{
    /// <summary>Names of the claims in our tokens.</summary>
    public const string SubjectClaim = "sub", RoleClaim = "role", BranchClaim = "branch";

    public static Caller Of(ServerCallContext context) => new(context.GetHttpContext().User);

    /// <summary>Stable id of the person, client or service; scope of idempotency keys. Members: <c>members/ID</c>.</summary>
    public string Subject => principal.FindFirstValue(SubjectClaim) ?? "";

    public bool Has(string role) => principal.HasClaim(RoleClaim, role);

    public IEnumerable<string> AllRoles => principal.FindAll(RoleClaim).Select(claim => claim.Value);

    /// <summary>Code of the branch that the token is good at; empty where it is good in the whole library.</summary>
    public string Branch => principal.FindFirstValue(BranchClaim) ?? "";

    /// <summary>True for a caller who has no other right than to their own things.</summary>
    public bool IsOnlyMember => Has(Roles.Member) && !AllRoles.Any(role => role != Roles.Member);

    /// <summary>
    /// The member that a call is about: what was named, or the caller where a member named none. Another member's things are
    /// NOT_FOUND to a member, so that nothing is learned of whether they exist.
    /// </summary>
    /// <exception cref="Failure">NOT_FOUND.</exception>
    public string MemberOr(string named)
    {
        if (!IsOnlyMember) return named;
        if (named.Length > 0 && named != Subject) throw Failure.NotFound("member");
        return Subject;
    }

    /// <summary>NOT_FOUND for a member where the thing is not theirs.</summary>
    public void MustOwn(string? owner, string kind)
    {
        if (IsOnlyMember && owner != Subject) throw Failure.NotFound(kind);
    }
}
