using Grpc.Core;
using Library.Membership.V1;
using Library.Notifications.Domain.Choices;
using Library.Notifications.Domain.Sending;
using Library.ServiceDefaults.Networks;
using Library.ServiceDefaults.Requests;

namespace Library.Notifications.Letters;

/// <summary>Who reads a notice: personal data, in memory for one attempt only (ADR 9).</summary>
/// <param name="Name">As written in the greeting.</param>
/// <param name="Email">Empty where there is none.</param>
/// <param name="Language">One of the network's.</param>
/// <param name="Channels">By which the notice is to go; empty where the member wants none.</param>
public sealed record Reader(string Name, string Email, string Language, IReadOnlyList<NoticeChannel> Channels);

/// <summary>All that an attempt needs: which letter, who reads it, what its templates are filled with, which library writes.</summary>
public sealed record Notice(Letter Letter, Reader Reader, IReadOnlyDictionary<string, object> Values, MemberLibrary From);

/// <summary>What another service said, or what that makes of the attempt; exactly one of the two is set.</summary>
public sealed record Asked<T>(T? Value, AttemptOutcome? Stop) where T : class
{
    public static Asked<T> Of(T value) => new(value, null);
    public static Asked<T> Stopped(AttemptOutcome outcome) => new(null, outcome);
}

/// <summary>Asks other services with a deadline that suits a notice: longer than at the desk, for nobody stands and waits.</summary>
public static class Peer
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(5);

    /// <param name="time">Real time.</param>
    /// <param name="call">The call, given its deadline.</param>
    /// <param name="missing">What NOT_FOUND makes of the attempt.</param>
    /// <param name="away">Where the service cannot answer: the attempt is made again.</param>
    public static async Task<Asked<T>> AskAsync<T>(TimeProvider time, Func<DateTime, AsyncUnaryCall<T>> call, AttemptOutcome missing, DeliveryProblem away)
        where T : class
    {
        try
        {
            return Asked<T>.Of(await call((time.GetUtcNow() + Deadline).UtcDateTime));
        }
        catch (RpcException problem)
        {
            return Asked<T>.Stopped(problem.StatusCode == StatusCode.NotFound ? missing : new AttemptOutcome.TryAgain(away));
        }
    }
}

/// <summary>Asks Membership for a member's name, address, language and choices at the moment of sending.</summary>
public sealed class Addressees(MembershipDirectory.MembershipDirectoryClient membership, Network network, TimeProvider time)
{
    /// <param name="member"><c>members/ID</c>.</param>
    /// <param name="kind">Of the notice.</param>
    /// <param name="cancellationToken">Of the attempt.</param>
    /// <param name="isAskedFor">See <see cref="ChannelRules.Channels"/>.</param>
    public async Task<Asked<Reader>> OfMemberAsync(string member, NoticeKind kind, CancellationToken cancellationToken, bool isAskedFor = false)
    {
        var asked = await Peer.AskAsync(
            time,
            deadline => membership.GetContactAsync(new GetContactRequest { Member = member }, deadline: deadline, cancellationToken: cancellationToken),
            new AttemptOutcome.Failed(DeliveryProblem.NoRecipient), DeliveryProblem.MembershipAway);
        if (asked.Value is not { } contact) return Asked<Reader>.Stopped(asked.Stop!);
        var choice = contact.Notices.FirstOrDefault(choice => NoticeNames.Kind(Names.Of(choice.Kind)) == kind);
        var chosen = choice?.Channels.Select(channel => NoticeNames.Channel(Names.Of(channel))).OfType<NoticeChannel>().ToList();
        return Asked<Reader>.Of(new Reader(
            $"{contact.GivenName} {contact.FamilyName}".Trim(), contact.Email, LanguageOf(contact.Language), ChannelRules.Channels(kind, chosen, isAskedFor)));
    }

    /// <summary>The language where the network speaks it, else the network's own.</summary>
    public string LanguageOf(string language) => network.Languages.Contains(language) ? language : network.DefaultLanguage;

    /// <summary>The library that a branch belongs to; the network's first where the branch is not known any more.</summary>
    public MemberLibrary LibraryOf(string branch) =>
        network.Branches.TryGetValue(branch, out var known) ? network.Libraries[known.LibraryCode] : network.Libraries.Values.First();
}
