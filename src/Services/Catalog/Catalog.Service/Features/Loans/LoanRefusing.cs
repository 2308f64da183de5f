using Library.Catalog.Domain.Lending;

namespace Library.Catalog.Features.Loans;

/// <summary>A rule's refusal as the edge answers it.</summary>
public static class LoanRefusing
{
    /// <param name="reasons">In order of precedence; the first is the one given.</param>
    /// <param name="away">The services that could not be asked, named in the metadata <c>stale</c>.</param>
    public static ServiceDefaults.Errors.Failure Failure(IReadOnlyList<LoanRefusal> reasons, IReadOnlyList<string> away) =>
        ServiceDefaults.Errors.Failure.Refused([.. reasons.Select(reason => reason.Code())], Stale(away));

    public static (string Name, string Value)[] Stale(IReadOnlyList<string> away) => away.Count == 0 ? [] : [("stale", string.Join(',', away))];
}
