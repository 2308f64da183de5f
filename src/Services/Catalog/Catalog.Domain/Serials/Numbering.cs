using NodaTime;

namespace Library.Catalog.Domain.Serials;

/// <summary>When a new volume begins.</summary>
public enum VolumeChange
{
    /// <summary>Never: one volume, or none (<see cref="Numbering.FirstVolume"/> 0), for ever.</summary>
    Never = 1,

    /// <summary>With the first issue on or after <see cref="Numbering.YearBeginsOn"/>; a year without an issue counts as a volume too.</summary>
    EveryYear,

    /// <summary>After <see cref="Numbering.NumbersPerVolume"/> numbers.</summary>
    AfterNumbers,
}

/// <summary>How the issues of a serial are numbered, from the pattern's first issue on.</summary>
public sealed record Numbering
{
    /// <summary>Volume of the first issue; 0: the serial counts no volumes.</summary>
    public required int FirstVolume { get; init; }

    /// <summary>Number of the first issue, at least 1.</summary>
    public required int FirstNumber { get; init; }

    /// <summary>When a new volume begins.</summary>
    public required VolumeChange Change { get; init; }

    /// <summary>Of <see cref="VolumeChange.EveryYear"/>; 29 February is the 28th in other years.</summary>
    public AnnualDate YearBeginsOn { get; init; } = new(1, 1);

    /// <summary>Of <see cref="VolumeChange.AfterNumbers"/>, at least 1.</summary>
    public int NumbersPerVolume { get; init; } = 1;

    /// <summary>Whether numbers count on over volumes instead of beginning with 1 in each.</summary>
    public bool NumbersRunOn { get; init; }

    /// <summary>Counts from the first issue.</summary>
    internal Counter Start() => new(this);

    /// <summary>Gives one issue after the other its number.</summary>
    internal sealed class Counter(Numbering rule)
    {
        private IssueNumber number;
        private int inVolume, year;
        private bool begun;

        /// <summary>The number of the next issue, which appears on <paramref name="date"/>.</summary>
        public IssueNumber Next(LocalDate date)
        {
            var ofDate = date >= rule.YearBeginsOn.InYear(date.Year) ? date.Year : date.Year - 1;
            number = begun ? After(ofDate) : new IssueNumber(rule.FirstVolume, rule.FirstNumber);
            if (!begun) inVolume = (rule.FirstNumber - 1) % rule.NumbersPerVolume + 1;
            (begun, year) = (true, ofDate);
            return number;
        }

        private IssueNumber After(int ofDate)
        {
            var volumes = rule.Change switch
            {
                VolumeChange.Never => 0,
                VolumeChange.EveryYear => ofDate - year,
                VolumeChange.AfterNumbers => inVolume >= rule.NumbersPerVolume ? 1 : 0,
            };
            inVolume = volumes > 0 ? 1 : inVolume + 1;
            return new IssueNumber(
                rule.FirstVolume == 0 ? 0 : number.Volume + volumes,
                volumes > 0 && !rule.NumbersRunOn ? 1 : number.Number + 1);
        }
    }
}
