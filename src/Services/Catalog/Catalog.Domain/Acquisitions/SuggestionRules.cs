namespace Library.Catalog.Domain.Acquisitions;

/// <summary>What a suggestion has come to.</summary>
public enum SuggestionState
{
    /// <summary>Made; nobody has decided.</summary>
    Suggested = 1,

    /// <summary>To be ordered.</summary>
    Accepted,

    /// <summary>Not to be bought, for a reason.</summary>
    Declined,

    /// <summary>On an order that was sent.</summary>
    Ordered,

    /// <summary>The first copy has come.</summary>
    Arrived,
}

/// <summary>Which way a suggestion goes.</summary>
public static class SuggestionRules
{
    /// <summary>How many suggestions of one member may be undecided or waiting for their copy at a time.</summary>
    public const int OpenPerMember = 5;

    /// <summary>
    /// Whether a suggestion may go from one state to another. An accepted one may still be declined; one whose order line was cancelled is accepted
    /// again; declined and arrived are final.
    /// </summary>
    public static bool MayBecome(SuggestionState from, SuggestionState to) => (from, to) switch
    {
        (SuggestionState.Suggested, SuggestionState.Accepted or SuggestionState.Declined) => true,
        (SuggestionState.Accepted, SuggestionState.Declined or SuggestionState.Ordered) => true,
        (SuggestionState.Ordered, SuggestionState.Arrived or SuggestionState.Accepted) => true,
        _ => false,
    };

    /// <summary>Whether it counts towards <see cref="OpenPerMember"/>.</summary>
    public static bool IsOpen(SuggestionState state) => state is SuggestionState.Suggested or SuggestionState.Accepted or SuggestionState.Ordered;
}
