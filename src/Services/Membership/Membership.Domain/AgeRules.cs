using NodaTime;

namespace Library.Membership.Domain;

/// <summary>Ages in full years, by business dates in the library's time zone.</summary>
public static class AgeRules
{
    /// <summary>
    /// True from the birthday on that completes <paramref name="years"/>. Who was born on 29 February has their birthday on 28 February
    /// in other years.
    /// </summary>
    public static bool HasTurned(LocalDate birthDate, int years, LocalDate on) => birthDate.PlusYears(years) <= on;

    /// <summary>
    /// Whether a person borrows from the youth section only (art. 18): younger than <paramref name="youthSectionUnder"/> (exclusive), or
    /// older and still before or in primary school. On finishing it they move to the adult section by themselves.
    /// </summary>
    public static bool IsInYouthSection(LocalDate birthDate, PersonStatus status, LocalDate on, int youthSectionUnder) =>
        !HasTurned(birthDate, youthSectionUnder, on) || status is PersonStatus.PreschoolChild or PersonStatus.PrimaryPupil;

    /// <summary>A minor joins through a parent or guardian, who signs for them (art. 12); <paramref name="adultFrom"/> itself is adult.</summary>
    public static bool NeedsGuardian(LocalDate birthDate, LocalDate on, int adultFrom) => !HasTurned(birthDate, adultFrom, on);
}
