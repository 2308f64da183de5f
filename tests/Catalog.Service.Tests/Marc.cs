using System.Globalization;
using System.Text;

namespace Library.Catalog.Service.Tests;

/// <summary>Writes small MARC 21 records in UTF-8.</summary>
public static class Marc
{
    public static byte[] Record(string? controlNumber, string title, string author = "Tavčar, Ivan", int year = 1917, string language = "slv", string isbn = "", string subject = "")
    {
        var fields = new List<(string Tag, string Text)>();
        if (controlNumber is not null) fields.Add(("001", controlNumber));
        fields.Add(("008", string.Create(CultureInfo.InvariantCulture, $"000000s{year}    xx            000 0 {language} d")));
        if (isbn.Length > 0) fields.Add(("020", $"  \u001fa{isbn}"));
        fields.Add(("100", $"1 \u001fa{author}"));
        fields.Add(("245", $"10\u001fa{title}"));
        if (subject.Length > 0) fields.Add(("650", $" 0\u001fa{subject}"));
        var (directory, data) = (new StringBuilder(), new MemoryStream());
        foreach (var (tag, text) in fields)
        {
            var bytes = Encoding.UTF8.GetBytes(text + "\u001e");
            directory.Append(CultureInfo.InvariantCulture, $"{tag}{bytes.Length:D4}{data.Length:D5}");
            data.Write(bytes);
        }
        var start = 24 + directory.Length + 1;
        var head = string.Create(CultureInfo.InvariantCulture, $"{start + data.Length + 1:D5}nam a22{start:D5} a 4500{directory}\u001e");
        return [.. Encoding.ASCII.GetBytes(head), .. data.ToArray(), 0x1D];
    }

    public static byte[] Garbage => [.. "this is no record at all"u8, 0x1D];

    public static byte[] File(params byte[][] records) => [.. records.SelectMany(record => record)];
}
