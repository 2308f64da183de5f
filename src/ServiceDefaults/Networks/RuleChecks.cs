using System.Globalization;

namespace Library.ServiceDefaults.Networks;

/// <summary>What rulebooks and price lists must fulfil beyond their schemas, together and against network.yaml (null where it could not be read).</summary>
internal sealed class RuleChecks(NetworkChecks? network, FileErrors errors)
{
    public void Rulebook(FileNode rulebook)
    {
        BranchReferences(rulebook);
        var reminders = rulebook["reminders"];
        if (reminders?["levels"]?.Whole is { } levels)
        {
            AtMost(rulebook["blocks"]?["unreturnedNoticeLevel"], levels, "reminders.levels");
            AtMost(reminders["collectionAfterLevel"], levels, "reminders.levels");
        }

        AtMost(rulebook["restrictions"]?["librarianAfterMonths"], rulebook["restrictions"]?["automaticAfterMonths"]?.Whole, "automaticAfterMonths");
        AtMost(rulebook["ages"]?["youthSectionUnder"], rulebook["ages"]?["adultFrom"]?.Whole, "adultFrom");
        Codes.Of(rulebook["holds"]?.List("workingDays") ?? [], errors);
        Codes.Of(rulebook["claims"]?.List("paymentOrder") ?? [], errors);
        Codes.Of(rulebook["membership"]?.List("freeStatuses") ?? [], errors);
        Collections(rulebook["stock"]?["collections"]);
        if (rulebook["stock"]?["writeOff"] is { } writeOff && writeOff["bookValue"]?.Text == "STRAIGHT_LINE" != writeOff["years"] is not null)
        {
            errors.Add(writeOff, "needs years when it is STRAIGHT_LINE, and only then");
        }
    }

    public void Tariff(FileNode tariff, int reminderLevels)
    {
        if (tariff["version"] is { Text: { } version } node && tariff.File != $"tariff-{version}.yaml")
        {
            errors.Add(node, $"'{version}' is not the version in the file's name");
        }

        if (network?.Currency is { } currency && tariff["currency"] is { Text: { } other } at && other != currency)
        {
            errors.Add(at, $"'{other}' is not the network's currency, {currency}");
        }

        var codes = Codes.Of(tariff.List("prices"), "code", errors);
        Codes.Of(tariff.List("discounts"), "code", errors);
        foreach (var price in tariff.List("prices"))
        {
            Price(price);
        }

        if (codes.Sound)
        {
            RequiredPrices(tariff, codes, reminderLevels);
        }

        foreach (var discount in tariff.List("discounts"))
        {
            network?.Names(discount["name"]);
            foreach (var on in discount.List("on").Where(on => codes.Sound && on.Text is { } code && !codes.Known.Contains(code)))
            {
                errors.Add(on, $"'{on.Text}' is not a price of this list");
            }
        }
    }

    /// <summary>Each version and each first day once, and prices from the first rulebook's first day on.</summary>
    public void Validity(IReadOnlyList<FileNode> rulebooks, IReadOnlyList<FileNode> tariffs)
    {
        var firstRule = FirstDay(rulebooks);
        var firstPrice = FirstDay(tariffs);
        if (firstRule is { } rule && firstPrice is { } price && price.Date > rule.Date)
        {
            errors.Add(price.Node, $"no price list holds from {Iso(rule.Date)}, when the first rulebook begins, until this one");
        }
    }

    private (LocalDate Date, FileNode Node)? FirstDay(IReadOnlyList<FileNode> files)
    {
        var days = new Dictionary<LocalDate, FileNode>();
        var versions = new Dictionary<string, FileNode>(StringComparer.Ordinal);
        var complete = files.Count > 0;
        foreach (var file in files)
        {
            if (file["version"] is { Text: { } version } named && !versions.TryAdd(version, file))
            {
                errors.Add(named, $"'{version}' is the version of {versions[version].File} too");
            }

            if (Reading.Date(file["validFrom"]) is not { } day)
            {
                complete = false;
                if (file["validFrom"] is { Text: not null } wrong)
                {
                    errors.Add(wrong, "is not a day of the calendar");
                }
            }
            else if (!days.TryAdd(day, file))
            {
                errors.Add(file["validFrom"]!, $"{days[day].File} begins on the same day");
            }
        }

        return complete ? days.Select(day => (day.Key, day.Value["validFrom"]!)).MinBy(day => day.Key) : null;
    }

    private void BranchReferences(FileNode rulebook)
    {
        Codes.Of(rulebook["membership"]?.List("smallBranches") ?? [], errors);
        if (network is null)
        {
            return;
        }

        foreach (var branch in rulebook["membership"]?.List("smallBranches") ?? [])
        {
            network.Branches.Require(branch, "branch", errors);
        }

        foreach (var (code, rule) in (rulebook["latestIssue"]?.Map("branches") ?? []).Concat(rulebook["neverLent"]?.Map("branches") ?? []))
        {
            if (network.Branches.Sound && !network.Branches.Known.Contains(code))
            {
                errors.Add(rule, $"'{code}' is not a branch of network.yaml");
            }
        }

        foreach (var use in rulebook["spaces"]?.List("freeUses") ?? [])
        {
            network.Municipalities.Require(use["municipality"], "founder's municipality", errors);
        }
    }

    private void Price(FileNode price)
    {
        network?.Names(price["name"]);
        var ways = (price["minor"] is null ? 0 : 1) + (price["atCost"] is null ? 0 : 1) + (price["minorFrom"] is null && price["minorTo"] is null ? 0 : 1);
        if (price.Kind == FileNodeKind.Map && ways != 1)
        {
            errors.Add(price, "needs one of minor, minorFrom with minorTo, and atCost, and only one");
        }
        else if (price["minorFrom"] is null != price["minorTo"] is null)
        {
            errors.Add(price, "minorFrom and minorTo belong together");
        }
        else if (price["minorTo"] is { } to && price["minorFrom"]?.Whole > to.Whole)
        {
            errors.Add(to, "is below minorFrom");
        }
    }

    private void RequiredPrices(FileNode tariff, Codes codes, int reminderLevels)
    {
        var prices = tariff["prices"]!;
        foreach (var code in PriceCodes.Required.Concat(Enumerable.Range(1, reminderLevels).Select(PriceCodes.Reminder)))
        {
            if (!codes.Known.Contains(code))
            {
                errors.Add(prices.File, prices.Line, $"prices[{code}]", "is missing: the services charge by it");
            }
            else if (prices.Items.First(price => price["code"]?.Text == code) is { } price && price["minor"] is null)
            {
                errors.Add(price, $"'{code}' needs a fixed price");
            }
        }
    }

    /// <summary>Copies of which nothing else is said stand in BASIC.</summary>
    private void Collections(FileNode? collections)
    {
        if (collections is { Items.Count: > 0 } && Codes.Of(collections.Items, "code", errors) is { Sound: true } codes && !codes.Known.Contains("BASIC"))
        {
            errors.Add(collections, "has no BASIC");
        }
    }

    private void AtMost(FileNode? node, long? limit, string what)
    {
        if (node?.Whole > limit)
        {
            errors.Add(node, $"must not be more than {what}");
        }
    }

    private static string Iso(LocalDate date) => date.ToString("uuuu-MM-dd", CultureInfo.InvariantCulture);
}
