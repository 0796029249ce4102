using System;
using System.Collections.Immutable;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Rules;

/// <summary>The program that understands a command.</summary>
public enum CommandShell
{
    /// <summary>A POSIX shell.</summary>
    Sh = 0,

    /// <summary>Windows' cmd.</summary>
    Cmd,

    /// <summary>Windows PowerShell 5.1 or later.</summary>
    PowerShell,
}

/// <summary>A command to type. It is text: the library never runs it.</summary>
public sealed record RemedyCommand
{
    /// <summary>The program that understands it.</summary>
    public required CommandShell Shell { get; init; }

    /// <summary>The command; names from the machine are quoted for the shell.</summary>
    public required string Text { get; init; }
}

/// <summary>What a remedy may break.</summary>
public enum RemedyRisk
{
    /// <summary>Nothing on this host changes but the asking program's own configuration.</summary>
    None = 0,

    /// <summary>A setting changes that little else depends on.</summary>
    Low,

    /// <summary>Another service stops working as long as it lasts.</summary>
    Medium,

    /// <summary>Several programs or the whole machine are affected.</summary>
    High,
}

/// <summary>A way to help, and the way back.</summary>
public sealed class Remedy
{
    /// <summary>What to do, in one sentence.</summary>
    public required string Summary { get; init; }

    /// <summary>
    /// What it changes on the host, as data, so that the help can be simulated; null when it changes the asking program
    /// alone, or when a snapshot does not show the change.
    /// </summary>
    public SnapshotChange? Change { get; init; }

    /// <summary>The commands to type, in order.</summary>
    public ImmutableArray<RemedyCommand> Apply
    {
        get => field.IsDefault ? [] : field;
        init;
    }

    /// <summary>The commands that put everything back, in order.</summary>
    public ImmutableArray<RemedyCommand> Revert
    {
        get => field.IsDefault ? [] : field;
        init;
    }

    /// <summary>Why there is nothing to put back; null when <see cref="Revert"/> says how.</summary>
    public string? NothingToRevertBecause { get; init; }

    /// <summary>Whether the commands need root or an elevated prompt.</summary>
    public bool NeedsElevation { get; init; }

    /// <summary>Whether it takes effect only after a restart of the machine.</summary>
    public bool NeedsReboot { get; init; }

    /// <summary>What it may break.</summary>
    public required RemedyRisk Risk { get; init; }

    /// <summary>What breaks, in one sentence; null when nothing does.</summary>
    public string? Consequence { get; init; }

    /// <summary>The question to ask again afterwards; null for the whole diagnosis.</summary>
    public BindRequest? Recheck { get; init; }

    /// <summary>The route to ask about again afterwards; null when it is no question of routes.</summary>
    public Flow? RecheckRoute { get; init; }

    /// <summary>What the firewall says of a client's first packet once <see cref="Change"/> is made, simulated: the packet to ask about again. Null when it is no question of firewalls.</summary>
    public FirewallVerdict? FirewallAfterwards { get; init; }
}

/// <summary>A known issue, found on a host.</summary>
public sealed class Finding
{
    /// <summary>The issue.</summary>
    public required KnownIssueInfo Issue { get; init; }

    /// <summary>The thing that is to blame, for example <c>W32Time (PID 1504)</c>: one cause is one finding.</summary>
    public required string Subject { get; init; }

    /// <summary>What is wrong, in one sentence that a tired administrator understands.</summary>
    public required string Summary { get; init; }

    /// <summary>How sure it is; of an experimental rule likely at most.</summary>
    public required Certainty Certainty
    {
        get => Issue.IsExperimental && field == Certainty.Certain ? Certainty.Likely : field;
        init;
    }

    /// <summary>How much it matters here; null for the issue's own.</summary>
    public Severity? SeverityHere { get; init; }

    /// <summary>How much it matters.</summary>
    public Severity Severity => SeverityHere ?? Issue.Severity;

    /// <summary>The questions it answers, by their position in the case; empty for the machine as a whole.</summary>
    public ImmutableArray<int> Questions
    {
        get => field.IsDefault ? [] : field;
        init;
    }

    /// <summary>The facts it rests on.</summary>
    public ImmutableArray<Evidence> Evidence
    {
        get => field.IsDefault ? [] : field;
        init;
    }

    /// <summary>What helps, in order of least harm.</summary>
    public ImmutableArray<Remedy> Remedies
    {
        get => field.IsDefault ? [] : field;
        init;
    }

    /// <summary>The same finding for fewer questions.</summary>
    internal Finding WithQuestions(ImmutableArray<int> questions) => new()
    {
        Issue = Issue,
        Subject = Subject,
        Summary = Summary,
        Certainty = Certainty,
        SeverityHere = SeverityHere,
        Questions = questions,
        Evidence = Evidence,
        Remedies = Remedies,
    };
}
