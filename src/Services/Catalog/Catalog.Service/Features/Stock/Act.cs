using Library.ServiceDefaults.Errors;
using Library.ServiceDefaults.Security;
using Library.ServiceDefaults.Time;

namespace Library.Catalog.Features.Stock;

/// <summary>When something was done to a copy and in which role: never by whom (ADR 9).</summary>
/// <param name="At">Business time.</param>
/// <param name="On">The business date of it.</param>
/// <param name="Role">As in a token.</param>
public sealed record Act(Instant At, LocalDate On, string Role)
{
    public static Act Of(BusinessClock clock, string role)
    {
        var now = clock.Now;
        return new Act(now, now.InZone(clock.Zone).Date, role);
    }

    public static Act Of(BusinessClock clock, Caller caller) => Of(clock, caller.Has(Roles.Librarian) ? Roles.Librarian : caller.Has(Roles.Kiosk) ? Roles.Kiosk : Roles.Admin);
}

/// <summary>What a token allows where the request itself names no branch.</summary>
public static class AtBranch
{
    /// <summary>Who may read what is for staff only.</summary>
    public static bool IsStaff(this Caller caller) => caller.Has(Roles.Librarian) || caller.Has(Roles.Admin);

    /// <summary>A librarian's token that names a branch is good there only, as BranchInterceptor holds it for requests that name one.</summary>
    /// <exception cref="Failure">PERMISSION_DENIED.</exception>
    public static void MustBeAt(this Caller caller, params ReadOnlySpan<string> branches)
    {
        if (caller.Branch.Length > 0 && !caller.Has(Roles.Admin) && !branches.Contains(caller.Branch)) throw Failure.Denied();
    }
}
