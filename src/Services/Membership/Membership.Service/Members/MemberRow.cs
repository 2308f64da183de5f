using Library.Membership.Domain;
using Library.Membership.Messages;
using Library.ServiceDefaults.Data;
using Library.ServiceDefaults.Requests;

namespace Library.Membership.Members;

/// <summary>A member without personal data: what the desk, the rules and the messages need.</summary>
public sealed record MemberRow
{
    /// <summary>Collection of members in resource names.</summary>
    public const string Collection = "members";

    /// <summary>Category of a legal person.</summary>
    public const string OrganisationCategory = "ORGANISATION";

    /// <summary>Replaced cards that are told; the contract's bound.</summary>
    public const int MostReplacedCards = 20;

    public required Guid Id { get; init; }
    public required long RegistrationNumber { get; init; }
    public required bool IsOrganisation { get; init; }
    public required MemberState State { get; init; }
    public required MembershipKind Membership { get; init; }
    public required string Branch { get; init; }
    /// <summary>The last one bought: it may not have begun.</summary>
    public required MembershipTerm Term { get; init; }
    public required bool Restricted { get; init; }
    public required string RestrictionReason { get; init; }
    public required bool YouthSection { get; init; }
    public required string Category { get; init; }
    public required string Municipality { get; init; }
    public required bool Disabled { get; init; }
    public required string Language { get; init; }
    /// <summary>JSON: kind of notice to channels.</summary>
    public required string Notices { get; init; }
    public required long Version { get; init; }
    /// <summary>Empty when erased.</summary>
    public required string CardNumber { get; init; }
    /// <summary>Newest first.</summary>
    public required IReadOnlyList<string> ReplacedCards { get; init; }

    public string Name => ResourceName.Of(Collection, Id);

    /// <summary>The snapshot that Catalog keeps (design decision 1).</summary>
    public MemberChanged Snapshot() => new()
    {
        Aggregate = Name,
        Version = Version,
        State = ContractCode.Of(State),
        Membership = ContractCode.Of(Membership),
        Branch = Branch,
        TermEndsOn = Term.EndsOn.ToDateOnly(),
        Restricted = Restricted,
        YouthSection = YouthSection,
        Category = Category,
        Municipality = Municipality,
        CardNumber = CardNumber,
        ReplacedCardNumbers = ReplacedCards,
    };

    /// <summary>Writes what can change, for a row that was locked and whose version was raised by one.</summary>
    public NpgsqlBatchCommand Update() => DatabaseSetup.BatchCommand("""
        UPDATE member
        SET state = $2, membership = $3, term_starts_on = $4, term_ends_on = $5, restricted = $6, restriction_reason = $7,
            youth_section = $8, notices = $9::jsonb, version = $10
        WHERE id = $1 AND version = $10 - 1
        """, Id, ContractCode.Of(State), ContractCode.Of(Membership), Term.StartsOn, Term.EndsOn, Restricted, RestrictionReason,
        YouthSection, Notices, Version);
}
