using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Rules;

/// <summary>How much a finding matters.</summary>
public enum Severity
{
    /// <summary>Worth knowing; nothing is broken.</summary>
    Note = 0,

    /// <summary>Something will not work as intended.</summary>
    Warning,

    /// <summary>A service cannot serve.</summary>
    Error,
}

/// <summary>How well the facts behind a rule are established.</summary>
public enum SourceGrade
{
    /// <summary>General knowledge without a source: never a certain claim.</summary>
    Unverified = 0,

    /// <summary>Reported by users.</summary>
    Reported,

    /// <summary>Documented by the vendor.</summary>
    Documented,

    /// <summary>Measured on the real system.</summary>
    Measured,
}

/// <summary>What a known issue is, apart from any host.</summary>
public sealed class KnownIssueInfo
{
    /// <summary>The stable id, <c>SD</c> and four digits; numbers are never used again.</summary>
    public required string Id { get; init; }

    /// <summary>What the issue is, in a few words.</summary>
    public required string Title { get; init; }

    /// <summary>How much its findings matter.</summary>
    public required Severity Severity { get; init; }

    /// <summary>The tables without which the rule cannot judge; one that is missing makes it skipped, naming the table.</summary>
    public required SnapshotTables Needs { get; init; }

    /// <summary>The systems it is about; empty for all.</summary>
    public ImmutableArray<PlatformFamily> Platforms
    {
        get => field.IsDefault ? [] : field;
        init;
    }

    /// <summary>Whether it is about binds alone: without a question about one it does not apply.</summary>
    public bool IsAboutBinds { get; init; }

    /// <summary>Issues that explain this one: where one of them was found for the same question, this one is not reported.</summary>
    public ImmutableArray<string> DependsOn
    {
        get => field.IsDefault ? [] : field;
        init;
    }

    /// <summary>Where to read on: public addresses, RFCs, manual pages.</summary>
    public ImmutableArray<string> References
    {
        get => field.IsDefault ? [] : field;
        init;
    }

    /// <summary>How well the facts behind it are established.</summary>
    public required SourceGrade Grade { get; init; }

    /// <summary>
    /// Whether no test has seen the rule find its issue on a real kernel, on Wine, or in a text that somebody published: its cases
    /// were written by hand. Its findings are never more than <see cref="Certainty.Likely"/>, and say so.
    /// </summary>
    public bool IsExperimental { get; init; }
}

/// <summary>A rule that finds one known issue. Derive from it to add a rule of your own.</summary>
/// <remarks>A rule is pure: it reads the examination and nothing else, and keeps no state.</remarks>
public abstract class KnownIssue
{
    /// <summary>What the issue is.</summary>
    public abstract KnownIssueInfo Info { get; }

    /// <summary>
    /// Why the rule cannot judge this host although the tables it needs are there; null, the rule, when it can. The
    /// answer names what is missing, for example <c>the update build revision was not captured</c>.
    /// </summary>
    public virtual string? CannotJudge(Examination examination) => null;

    /// <summary>Finds the issue on a host. Answers nothing when it is not there.</summary>
    public abstract IEnumerable<Finding> Examine(Examination examination);
}
