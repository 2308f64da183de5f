using Library.Notifications.Domain.Wording;
using NodaTime;

namespace Library.Notifications.Domain.Tests;

public sealed class FiguresTests
{
    [Theory]
    [InlineData("sl", "3. 4. 2024")]
    [InlineData("en", "3 April 2024")]
    [InlineData("lt", "2024-04-03")]
    [InlineData("xx", "2024-04-03")]
    public void Dates_are_written_as_the_language_writes_them(string language, string written) =>
        Assert.Equal(written, Figures.Date(new LocalDate(2024, 4, 3), language));

    [Theory]
    [InlineData("sl", "9.05")]
    [InlineData("en", "9:05")]
    public void Times_are_written_as_the_language_writes_them(string language, string written) =>
        Assert.Equal(written, Figures.Time(new LocalTime(9, 5), language));

    [Theory]
    [InlineData(270, "sl", "2,70 EUR")]
    [InlineData(270, "en", "EUR 2.70")]
    [InlineData(123_456_789, "sl", "1.234.567,89 EUR")]
    [InlineData(123_456_789, "en", "EUR 1,234,567.89")]
    [InlineData(123_456, "lt", "1\u00a0234,56 EUR")]
    [InlineData(5, "xx", "0.05 EUR")]
    [InlineData(0, "sl", "0,00 EUR")]
    public void Amounts_are_written_as_the_language_writes_them(long minor, string language, string written) =>
        Assert.Equal(written, Figures.Money(minor, "EUR", language));
}
