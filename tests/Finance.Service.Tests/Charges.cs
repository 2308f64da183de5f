using Library.Catalog.Messages;
using Library.Contracts;
using Library.Membership.Messages;
using Library.Testing;

namespace Library.Finance.Service.Tests;

/// <summary>Charges as the other services send them.</summary>
public static class Charges
{
    public static readonly DateOnly Day = new(2026, 11, 2);

    public static string NewMember() => $"members/{Guid.CreateVersion7():D}";

    public static Charge Fee(string member, long amountMinor = 2000, DateOnly? on = null) => new()
    {
        Id = Guid.CreateVersion7(),
        Kind = ChargeKind.Membership,
        Member = member,
        Branch = "RAD",
        AmountMinor = amountMinor,
        CurrencyCode = "EUR",
        ChargedOn = on ?? Day,
        Subject = "",
        Lines = amountMinor == 0 ? [] : [Line("membership.full", 1, amountMinor, "19")],
    };

    /// <summary>Nine days late: 2.70.</summary>
    public static Charge Fine(string member, int days = 9) => new()
    {
        Id = Guid.CreateVersion7(),
        Kind = ChargeKind.Fine,
        Member = member,
        Branch = "RAD",
        AmountMinor = days * 30,
        CurrencyCode = "EUR",
        ChargedOn = Day,
        Subject = "loans/019a0000-0000-7000-8000-000000000000",
        Lines = [Line("fine.day", days, 30, "art. 36") with { From = Day.AddDays(-days), To = Day.AddDays(-1) }],
    };

    /// <summary>One unit: 9.00.</summary>
    public static Charge Interlibrary(string member) => new()
    {
        Id = Guid.CreateVersion7(),
        Kind = ChargeKind.Interlibrary,
        Member = member,
        Branch = "RAD",
        AmountMinor = 900,
        CurrencyCode = "EUR",
        ChargedOn = Day,
        Subject = "interlibraryRequests/019a0000-0000-7000-8000-000000000000",
        Lines = [Line("interlibrary.unit", 1, 900, "art. 34")],
    };

    public static InterlibraryArrived Arrived(Charge? fee, string member) => new()
    {
        Aggregate = "interlibraryRequests/019a0000-0000-7000-8000-000000000000",
        Version = 3,
        Member = member,
        Barcode = "A-1",
        Branch = "RAD",
        ArrivedAt = new DateTimeOffset(Day, new TimeOnly(10, 0), TimeSpan.Zero),
        LenderDueOn = Day.AddDays(30),
        Fee = fee,
    };

    public static ChargeLine Line(string price, int count, long unitMinor, string article) => new()
    {
        PriceCode = price,
        TariffVersion = "2024",
        Article = article,
        Count = count,
        UnitMinor = unitMinor,
        AmountMinor = count * unitMinor,
    };

    public static MembershipTermStarted Joined(Charge fee) => new()
    {
        Aggregate = fee.Member,
        Version = 1,
        StartsOn = fee.ChargedOn,
        EndsOn = fee.ChargedOn.AddYears(1).AddDays(-1),
        Fee = fee,
    };

    public static ItemReturned Returned(Charge? fine, string member) => new()
    {
        Aggregate = "loans/019a0000-0000-7000-8000-000000000000",
        Version = 2,
        Member = member,
        Barcode = "A-1",
        Branch = "RAD",
        ReturnedAt = new DateTimeOffset(Day, new TimeOnly(10, 0), TimeSpan.Zero),
        OverdueDays = fine is null ? 0 : fine.Lines[0].Count,
        Fine = fine,
    };

    /// <summary>Sends the fee and waits until it is booked.</summary>
    public static async Task<Charge> ChargeAsync(this TestHost finance, Charge fee)
    {
        await finance.PublishAsync(Joined(fee));
        await finance.BookedAsync(fee);
        return fee;
    }

    public static Task BookedAsync(this TestHost finance, Charge charge) => Eventually.IsTrueAsync(
        () => finance.ScalarAsync<bool>("SELECT EXISTS (SELECT FROM charge WHERE id = $1)", charge.Id), "the charge is booked");

    public static Guid IdOf(string name) => Guid.Parse(name[(name.IndexOf('/', StringComparison.Ordinal) + 1)..]);

    public static Task<long> BalanceAsync(this TestHost finance, string member) =>
        finance.ScalarAsync<long>("SELECT balance_minor FROM account WHERE member_id = $1", IdOf(member));
}
