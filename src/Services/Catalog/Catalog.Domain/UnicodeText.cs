using System.Text;

namespace Library.Catalog.Domain;

/// <summary>Normalisation that no content can make throw.</summary>
internal static class UnicodeText
{
    /// <summary>The text in one Unicode form. What .NET refuses to normalise (lone surrogates, U+FFFE) becomes U+FFFD first.</summary>
    public static string Normalise(string text, NormalizationForm form)
    {
        if (text.AsSpan().IndexOfAnyInRange('\uD800', '\uDFFF') >= 0 || text.Contains('\uFFFE', StringComparison.Ordinal))
        {
            text = Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text)).Replace('\uFFFE', '\uFFFD');
        }

        return text.Normalize(form);
    }
}
