namespace Library.Catalog.Features.Covers;

/// <summary>What a provider has for an ISBN.</summary>
public abstract record CoverAnswer
{
    private CoverAnswer()
    {
    }

    /// <param name="Bytes">Not believed to be a picture before it was looked at.</param>
    public sealed record Found(byte[] Bytes) : CoverAnswer;

    /// <summary>It has none, or nothing that could be shown.</summary>
    public sealed record None : CoverAnswer;
}

/// <summary>Finds covers. It is given a number and nothing else: neither who asks nor how.</summary>
public interface ICoverProvider
{
    /// <param name="isbn">Thirteen digits.</param>
    /// <param name="cancellationToken">Ends with the time that a cover may take.</param>
    /// <exception cref="Exception">The provider could not be asked: it is asked again later.</exception>
    Task<CoverAnswer> FindAsync(string isbn, CancellationToken cancellationToken);
}
