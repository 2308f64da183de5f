using System.Text;
using Google.Protobuf.Reflection;
using Library.Contracts;
using Library.ServiceDefaults.OpenApi;

namespace Library.Architecture.Tests;

/// <summary><c>docs/access.md</c> is made of the protos' options; with <c>LIBRARY_UPDATE_DOCS=1</c> this test writes it.</summary>
public sealed class AccessPageTests
{
    private static readonly string Page = Path.Combine(House.Root, "docs/access.md");

    [Fact]
    public void The_table_of_access_is_that_of_the_contracts()
    {
        var made = Make(House.Protos);
        if (Environment.GetEnvironmentVariable("LIBRARY_UPDATE_DOCS") == "1") File.WriteAllText(Page, made);
        Assert.True(File.Exists(Page) && File.ReadAllText(Page) == made, "docs/access.md is not what the protos say: run this test with LIBRARY_UPDATE_DOCS=1 and look at the difference.");
    }

    [Fact]
    public void A_method_more_or_less_is_another_table() => Assert.NotEqual(Make(House.Protos), Make([.. House.Protos.Skip(1)]));

    private static string Make(IEnumerable<FileDescriptor> protos)
    {
        var page = new StringBuilder("""
            # Who may call what

            Made of the `library.access.v1.access` options in the protos, which are what the services go by; a test keeps this page
            (`LIBRARY_UPDATE_DOCS=1 ./library test Architecture.Tests` writes it). A method without the option is refused to everybody.

            * **own**: a member may do it for their own things only; another's are NOT_FOUND.
            * **branch**: a librarian's token that names a branch is good at that branch only (the field that is looked at).
            * **branch** of a kiosk: its token names a branch, and is good there only; `any` is not for it.
            * `any` is every valid token of a person or partner; `service` is one of our own services, never through the gateway.
            * No token is UNAUTHENTICATED (401), another role PERMISSION_DENIED (403).

            Ordinary endpoints: `POST /api/v1/records:import` (admin, librarian), `GET /api/v1/records/{record}:marc` (any),
            `GET /api/v1/records:export` (any), `POST /api/v1/records:importLoans` (admin, librarian),
            `POST /api/v1/stocktakings/{stocktaking}:scanFile` and `GET /api/v1/stocktakings/{stocktaking}:print` (admin, librarian),
            `GET /api/v1/labels` and `GET /api/v1/shelfLists/{branch}` (admin, librarian), `GET /api/v1/covers/{isbn}` (any),
            `POST /api/v1/offlineLogs` (admin, librarian; at the log's branch).
            `/connect/*` and `/.well-known/*` (sign-in), `/openapi/v1.json`, `/docs`, `/health` and `/alive` need no token, nor do
            `GET /api/v1/acquisitions`, `.atom` and `.rss` (titles, nobody's data) and `GET /api/v1/licenceFiles/{reference}` (a signed link).

            """);
        foreach (var service in protos.SelectMany(file => file.Services).OrderBy(service => service.FullName, StringComparer.Ordinal))
        {
            page.Append('\n').Append("## ").Append(service.FullName).Append("\n\n| method | path | roles | own | branch |\n|---|---|---|---|---|\n");
            foreach (var method in service.Methods)
            {
                var access = method.GetOptions()?.GetExtension(AccessExtensions.Access) ?? new Access();
                var paths = PathTemplate.BindingsOf(method).Select(binding => $"`{binding.Verb} {PathTemplate.Parse(binding.Template).Path}`");
                page.Append("| ").Append(method.Name).Append(" | ").AppendJoin(", ", paths).Append(" | ").AppendJoin(", ", access.Roles)
                    .Append(" | ").Append(access.Own ? "own" : "").Append(" | ").Append(access.BranchField).Append(" |\n");
            }
        }
        return page.ToString();
    }
}
