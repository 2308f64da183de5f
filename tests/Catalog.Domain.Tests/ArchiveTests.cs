using Library.Catalog.Domain.Archive;

namespace Library.Catalog.Domain.Tests;

public sealed class ArchiveTests
{
    [Theory]
    [InlineData(false, true, false, true)]
    [InlineData(true, true, false, false)] // the desk's work with what is out
    [InlineData(false, false, false, false)] // nobody is named
    [InlineData(false, true, true, false)] // one's own
    [InlineData(true, true, true, false)]
    public void Only_what_is_back_and_names_another_wants_a_reason_art_21(bool isOut, bool hasReader, bool isOwn, bool needed) =>
        Assert.Equal(needed, ArchiveRules.NeedsPurpose(isOut, hasReader, isOwn));
}
