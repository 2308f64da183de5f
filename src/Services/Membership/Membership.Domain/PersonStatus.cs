namespace Library.Membership.Domain;

/// <summary>What a person does, as the joining form asks. The numbers are the contract's.</summary>
public enum PersonStatus
{
    /// <summary>Before school: youth section at any age.</summary>
    PreschoolChild = 1,

    /// <summary>In primary school: youth section until it is finished (art. 18).</summary>
    PrimaryPupil = 2,

    /// <summary>In secondary school.</summary>
    SecondaryPupil = 3,

    /// <summary>In higher education.</summary>
    Student = 4,

    /// <summary>Working.</summary>
    Employed = 5,

    /// <summary>Without work: no fee, proven at enrolment or renewal and again after half a year (art. 14).</summary>
    Unemployed = 6,

    /// <summary>Retired.</summary>
    Retired = 7,
}
