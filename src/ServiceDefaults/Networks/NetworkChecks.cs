using System.Globalization;

namespace Library.ServiceDefaults.Networks;

/// <summary>What network.yaml must fulfil beyond its schema. Later checks of the other files refer to what is found here.</summary>
internal sealed class NetworkChecks
{
    private readonly FileNode _network;
    private readonly FileErrors _errors;

    private NetworkChecks(FileNode network, FileErrors errors)
    {
        (_network, _errors) = (network, errors);
        Languages = Codes.Of(network.List("languages"), errors);
        Libraries = Codes.Of(network.List("libraries"), "code", errors);
        Municipalities = Codes.Of(network.List("founders"), "municipality", errors);
        Branches = Codes.Of(network.List("branches"), "code", errors);
        Currency = network["currency"] is { } currency && !errors.At(currency) ? currency.Text : null;
    }

    public Codes Languages { get; }
    public Codes Libraries { get; }
    public Codes Municipalities { get; }
    public Codes Branches { get; }

    /// <summary>Null where the file names none that can be one.</summary>
    public string? Currency { get; }

    public static NetworkChecks Run(FileNode network, FileErrors errors)
    {
        var checks = new NetworkChecks(network, errors);
        checks.Identity();
        checks.Founders();
        checks.AllBranches();
        checks.Calendar();
        foreach (var category in network.List("eventCategories"))
        {
            checks.Names(category["name"]);
        }

        Codes.Of(network.List("eventCategories"), "code", errors);
        return checks;
    }

    /// <summary>A name must be there in each language of the network, and in no other.</summary>
    public void Names(FileNode? names)
    {
        if (!Languages.Sound || names is not { Kind: FileNodeKind.Map })
        {
            return;
        }

        foreach (var (language, name) in names.Entries.Where(entry => !Languages.Known.Contains(entry.Key)))
        {
            _errors.Add(name, $"'{language}' is not a language of the network");
        }

        foreach (var language in Languages.Known.Where(language => names[language] is null))
        {
            _errors.Add(names.File, names.Line, names.KeyOf(language), "is missing");
        }
    }

    private void Identity()
    {
        Names(_network["title"]);
        if (_network["timeZone"] is { Text: { } zone } at && DateTimeZoneProviders.Tzdb.GetZoneOrNull(zone) is null)
        {
            _errors.Add(at, $"'{zone}' is not a time zone");
        }

        if (Languages.Sound && _network["defaultLanguage"] is { Text: { } language } chosen && !Languages.Known.Contains(language))
        {
            _errors.Add(chosen, $"'{language}' is not one of languages");
        }
    }

    private void Founders()
    {
        Codes.Of(_network.List("founders"), "code", _errors);
        var total = 0;
        var complete = true;
        foreach (var founder in _network.List("founders"))
        {
            if (Reading.BasisPoints(founder["sharePercent"]) is { } share)
            {
                total += share;
                continue;
            }

            complete = false;
            if (founder["sharePercent"] is { Number: not null } node)
            {
                _errors.Add(node, "must have at most two decimals");
            }
        }

        if (complete && total != 100_00 && _network["founders"] is { Items.Count: > 0 } founders)
        {
            _errors.Add(founders, $"the shares add up to {Reading.Percent(total)} %, not to 100 %");
        }
    }

    private void AllBranches()
    {
        foreach (var branch in _network.List("branches"))
        {
            Libraries.Require(branch["library"], "library", _errors);
            Municipalities.Require(branch["municipality"], "founder's municipality", _errors);
            OneBranch(branch);
        }

        foreach (var library in _network.List("libraries"))
        {
            var centrals = _network.List("branches").Where(branch => branch["kind"]?.Text == "CENTRAL" && branch["library"]?.Text == library["code"]?.Text);
            foreach (var second in centrals.Skip(1))
            {
                _errors.Add(second["kind"]!, "a library has one central library only");
            }
        }
    }

    private void OneBranch(FileNode branch)
    {
        var hours = branch["hours"];
        if (branch["opening"]?.Text is { } opening && opening == "FIXED" != hours is not null)
        {
            var message = hours is null ? "is missing: opening is FIXED" : $"must not be there: opening is {opening}";
            _errors.Add(branch.File, (hours ?? branch).Line, branch.KeyOf("hours"), message);
        }

        Route(branch);
        if (hours is null)
        {
            return;
        }

        foreach (var (_, day) in hours.Map("regular").Concat(hours.Map("summer")))
        {
            Intervals(day);
        }

        Intervals(hours["preHoliday"]);
        if (hours["summer"] is { } summer && _network["summer"] is null)
        {
            _errors.Add(summer, "the network has no summer: from and to are missing");
        }
    }

    /// <summary>A stop is visited by a mobile library, and is none itself.</summary>
    private void Route(FileNode branch)
    {
        foreach (var key in new[] { "visits", "stopOf" })
        {
            if (branch[key] is { } node && branch["opening"]?.Text is { } opening && opening != "ROUTE")
            {
                _errors.Add(node, $"must not be there: opening is {opening}");
            }
        }

        foreach (var visit in branch.List("visits"))
        {
            if (visit["firstOn"] is { Text: not null } first && Reading.Date(first) is null)
            {
                _errors.Add(first, "is not a day of the calendar");
            }

            Intervals(visit["hours"]);
        }

        if (branch["stopOf"] is { Text: { } mobile } stop)
        {
            Branches.Require(stop, "branch", _errors);
            if (Branches.Sound && _network.List("branches").FirstOrDefault(other => other["code"]?.Text == mobile) is { } named
                && (named["kind"]?.Text != "MOBILE" || named["stopOf"] is not null))
            {
                _errors.Add(stop, $"'{mobile}' is not a mobile library");
            }
        }
    }

    private void Intervals(FileNode? list)
    {
        LocalTime? open = null;
        foreach (var node in list?.Items ?? [])
        {
            if (Reading.Interval(node) is not { } interval)
            {
                open = null;
            }
            else if (interval.To <= interval.From)
            {
                _errors.Add(node, "ends before it begins");
                open = null;
            }
            else
            {
                if (interval.From < open)
                {
                    _errors.Add(node, "overlaps the one before it");
                }

                open = interval.To;
            }
        }
    }

    private void Calendar()
    {
        foreach (var (_, day) in _network.Map("summer").Where(entry => entry.Value.Text is not null && Reading.Annual(entry.Value) is null))
        {
            _errors.Add(day, "is not a day of the year");
        }

        var years = new HashSet<int>();
        foreach (var node in _network.List("closedSaturdays").Where(node => node.Text is not null))
        {
            var problem = Reading.Date(node) switch
            {
                null => "is not a day of the calendar",
                { DayOfWeek: not IsoDayOfWeek.Saturday } => "is not a Saturday",
                { } date when !years.Add(date.Year) => "is the second one in its year",
                _ => null,
            };
            if (problem is not null)
            {
                _errors.Add(node, problem);
            }
        }

        foreach (var holiday in _network.List("holidays"))
        {
            Holiday(holiday);
        }

        DuplicateHolidays();
    }

    private void Holiday(FileNode holiday)
    {
        Names(holiday["name"]);
        FileNode?[] ways = [holiday["date"], holiday["daysFromEaster"], holiday["on"]];
        if (holiday.Kind == FileNodeKind.Map && ways.Count(way => way is not null) != 1)
        {
            _errors.Add(holiday, "needs one of date, daysFromEaster and on, and only one");
            return;
        }

        if (holiday["date"] is { Text: { } monthDay } date && (Reading.Annual(date) is null || monthDay == "02-29"))
        {
            _errors.Add(date, "is not a day of every year");
        }

        if (holiday["on"] is { Text: not null } on && Reading.Date(on) is null)
        {
            _errors.Add(on, "is not a day of the calendar");
        }

        if (holiday["on"] is not null && (holiday["fromYear"] ?? holiday["toYear"]) is { } year)
        {
            _errors.Add(year, "a single day has no years");
        }
        else if (holiday["toYear"] is { } last && holiday["fromYear"]?.Whole > last.Whole)
        {
            _errors.Add(last, "lies before fromYear");
        }
    }

    /// <summary>The same day may be a holiday under two rules only where their years do not meet.</summary>
    private void DuplicateHolidays()
    {
        var seen = new List<(string Way, long From, long To)>();
        foreach (var holiday in _network.List("holidays"))
        {
            var easter = holiday["daysFromEaster"]?.Whole is { } days ? string.Create(CultureInfo.InvariantCulture, $"Easter {days}") : null;
            if ((holiday["date"]?.Text ?? holiday["on"]?.Text ?? easter) is not { } way)
            {
                continue;
            }

            var years = (Way: way, From: holiday["fromYear"]?.Whole ?? long.MinValue, To: holiday["toYear"]?.Whole ?? long.MaxValue);
            if (seen.Exists(other => other.Way == years.Way && other.From <= years.To && years.From <= other.To))
            {
                _errors.Add(holiday, "is there twice");
            }

            seen.Add(years);
        }
    }
}
