using NodaTime;

namespace Library.Catalog.Domain.Offline;

/// <summary>What was done at a desk while the system was down.</summary>
public enum OfflineKind
{
    /// <summary>An item was handed to a member.</summary>
    Loan = 1,

    /// <summary>An item was taken back.</summary>
    Return,
}

/// <summary>Why a line is listed, beside the refusals of <see cref="Lending.LoanRefusal"/>. The members' order is that of a list.</summary>
public enum OfflineFinding
{
    /// <summary>Its instant lies well before that of the line before it: nobody knows when it was. Remedy: enter it at the desk.</summary>
    ClockSkew = 1,

    /// <summary>It is older than an offline log may be. Remedy: look what became of the item, and enter it at the desk.</summary>
    TooOld,

    /// <summary>There is no item of the barcode here: another library's, or misread. Remedy: find the item, or send it back.</summary>
    ItemUnknown,

    /// <summary>No member has the card: erased, of another library, or misread. Remedy: find out who has the item.</summary>
    CardUnknown,

    /// <summary>The item was lent, returned or moved later than this line says; that stands. Remedy: none, as a rule.</summary>
    Overtaken,

    /// <summary>The item was not on loan. Remedy: shelve it; look for a loan that was not written down.</summary>
    NotOnLoan,

    /// <summary>Reminders were sent for the item after it was back. Remedy: look at the account.</summary>
    RemindedSince,

    /// <summary>The line could not be applied for a reason of ours. Remedy: enter it at the desk, and tell central IT.</summary>
    Fault,
}

/// <summary>One act of an offline log.</summary>
/// <param name="Number">Its place, from 1 without a gap.</param>
/// <param name="At">
/// When it was; never before the line ahead of it, unless by more than <see cref="OfflineRules.MostBehindLineBefore"/>: what lies less behind was done
/// at the instant of the line ahead.
/// </param>
/// <param name="Kind">Loan or return.</param>
/// <param name="Barcode">Of the item.</param>
/// <param name="Card">Of a loan; null for a return.</param>
/// <param name="Finding">Why it is not applied at all; null where nothing in the log itself speaks against it.</param>
public sealed record OfflineLine(int Number, Instant At, OfflineKind Kind, string Barcode, CardNumber? Card, OfflineFinding? Finding);

/// <summary>A log that is well formed and whole.</summary>
/// <param name="Id">Made by the device, once for each recording.</param>
/// <param name="Branch">Code of the branch, not looked up yet.</param>
/// <param name="Device">The device's own name.</param>
/// <param name="Lines">In order; at least one.</param>
public sealed record OfflineLog(Guid Id, string Branch, string Device, IReadOnlyList<OfflineLine> Lines);

/// <summary>What is wrong with a file as such: nothing of it is taken.</summary>
public enum OfflineFlawKind
{
    /// <summary>The line is not of the form that is expected there.</summary>
    Form = 1,

    /// <summary>The line's instant lies in the future.</summary>
    Future,

    /// <summary>There is no last line: the file was cut off.</summary>
    Cut,

    /// <summary>More lines than a log may have.</summary>
    TooMany,
}

/// <summary>Where a file is wrong. It repeats nothing of the file: a card number may stand there.</summary>
/// <param name="Line">Line of the file, from 1.</param>
/// <param name="Kind">What is wrong.</param>
/// <param name="Expected">The form that was expected; empty where the kind says all.</param>
public sealed record OfflineFlaw(int Line, OfflineFlawKind Kind, string Expected = "");

/// <summary>What a file was read as.</summary>
/// <param name="Log">Null where the file is wrong.</param>
/// <param name="Flaw">The first thing that is wrong; null where nothing is.</param>
public readonly record struct OfflineReading(OfflineLog? Log, OfflineFlaw? Flaw);
