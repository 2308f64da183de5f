using System.Xml.Linq;
using Library.ServiceDefaults.Data;
using Microsoft.AspNetCore.DataProtection.Repositories;

namespace Library.Membership.SignIn;

/// <summary>Keys of the sign-in page's cookies, in the database, so that every instance reads what another has written.</summary>
public sealed class ProtectionKeys(NpgsqlDataSource database) : IXmlRepository
{
    private const int Most = 1_000;

    public IReadOnlyCollection<XElement> GetAllElements()
    {
        using var command = database.Command("SELECT value FROM protection_key ORDER BY name LIMIT $1", Most);
        using var row = command.ExecuteReader();
        var elements = new List<XElement>();
        while (row.Read()) elements.Add(XElement.Parse(row.GetString(0)));
        return elements;
    }

    public void StoreElement(XElement element, string friendlyName)
    {
        using var command = database.Command(
            "INSERT INTO protection_key (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
            friendlyName, element.ToString(SaveOptions.DisableFormatting));
        command.ExecuteNonQuery();
    }
}
