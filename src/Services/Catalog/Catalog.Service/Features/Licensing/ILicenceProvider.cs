namespace Library.Catalog.Features.Licensing;

/// <summary>What a provider is asked for: access to a title for one loan. Whose loan it is, it does not learn.</summary>
/// <param name="Loan">The loan's id: asked twice with the same, a provider gives one access.</param>
/// <param name="Reference">The title as the provider knows it.</param>
/// <param name="EndsAt">Business time at which the access must end.</param>
public sealed record AccessRequest(Guid Loan, string Reference, Instant EndsAt);

/// <summary>A provider's answer; one that could not be had is an exception and is asked for again.</summary>
public abstract record AccessAnswer
{
    private AccessAnswer()
    {
    }

    /// <param name="Link">Where the member reads or listens; at most 2,000 characters.</param>
    public sealed record Granted(string Link) : AccessAnswer;

    /// <summary>The provider does not have the title: asking again is of no use.</summary>
    public sealed record Unknown : AccessAnswer;
}

/// <summary>Hands out access to electronic titles. Both calls may come more than once for a loan and must then do no more than once.</summary>
public interface ILicenceProvider
{
    /// <summary>By which packages name it.</summary>
    string Code { get; }

    /// <summary>Whether a title can be called so at this provider.</summary>
    bool IsReference(string reference);

    Task<AccessAnswer> GrantAsync(AccessRequest request, CancellationToken cancellationToken);

    /// <summary>The loan is over. Also called for one whose access the provider may never have given.</summary>
    Task EndAsync(Guid loan, CancellationToken cancellationToken);
}

/// <summary>The providers by their codes.</summary>
public sealed class LicenceProviders(IEnumerable<ILicenceProvider> providers)
{
    private readonly Dictionary<string, ILicenceProvider> byCode = providers.ToDictionary(provider => provider.Code, StringComparer.Ordinal);

    /// <summary>Null for one that is not configured (any more): its loans wait.</summary>
    public ILicenceProvider? Find(string code) => byCode.GetValueOrDefault(code);
}
