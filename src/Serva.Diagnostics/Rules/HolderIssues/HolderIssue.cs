using System;
using System.Collections.Generic;
using System.Linq;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Rules.HolderIssues;

/// <summary>
/// A rule about one kind of program that holds a wanted port. Each holder is of one kind, the first by id, so that one cause
/// is told once; what is of no kind is left to the general rule.
/// </summary>
internal abstract class HolderIssue : KnownIssue
{
    /// <summary>How sure it is that a holder is of this kind; none when it is not.</summary>
    public abstract Certainty Explains(Holder holder, HostSnapshot host);

    /// <inheritdoc/>
    public override IEnumerable<Finding> Examine(Examination examination) => Holder.Of(examination)
        .Where(holder => KindOf(holder, examination) == this)
        .SelectMany(holder => Find(holder, examination));

    /// <summary>The rule that explains a holder best among those that judge this case; null for none.</summary>
    public static HolderIssue? KindOf(Holder holder, Examination examination)
    {
        PlatformFamily family = examination.Host.Platform.Family;
        return KnownIssues.All.OfType<HolderIssue>().FirstOrDefault(issue =>
            (issue.Info.Platforms.IsEmpty || issue.Info.Platforms.Contains(family))
            && examination.Applied.Contains(issue.Info.Id)
            && issue.Explains(holder, examination.Host) != Certainty.None);
    }

    /// <summary>What is found about a holder of this kind.</summary>
    protected virtual IEnumerable<Finding> Find(Holder holder, Examination examination)
    {
        yield return HolderFinding.Of(
            Info, holder, examination, $"{Summary(holder, examination.Host)}, {HolderFinding.WhoSuffers(holder)}.", Remedies(holder, examination), Explains(holder, examination.Host));
    }

    /// <summary>Who holds what, without the end of the sentence.</summary>
    protected abstract string Summary(Holder holder, HostSnapshot host);

    /// <summary>What helps, the least harm first.</summary>
    protected abstract IEnumerable<Remedy?> Remedies(Holder holder, Examination examination);

    /// <summary>How sure it is that a Windows service holds it: what shares its process may hold it as well.</summary>
    protected static Certainty IsService(Holder holder, params ReadOnlySpan<string> names)
    {
        if (!holder.IsServer || holder.Owner is not { } owner)
            return Certainty.None;
        foreach (string name in names)
        {
            if (owner.Services.Contains(name, StringComparer.OrdinalIgnoreCase))
                return owner.Services.Length == 1 ? Certainty.Certain : Certainty.Likely;
        }

        return Certainty.None;
    }

    /// <summary>Whether the holder's image has one of these names, written without <c>.exe</c>; Linux cuts them after 15 characters.</summary>
    protected static bool IsProgram(Holder holder, params ReadOnlySpan<string> names)
    {
        if (!holder.IsServer || holder.Owner?.Name is not { } name)
            return false;
        string image = name.EndsWith(".exe", StringComparison.OrdinalIgnoreCase) ? name[..^4] : name;
        foreach (string known in names)
        {
            if (string.Equals(image, known, StringComparison.OrdinalIgnoreCase) || (image.Length == 15 && known.StartsWith(image, StringComparison.Ordinal)))
                return true;
        }

        return false;
    }

    /// <summary>Whether the holder's socket, the first of several, is of this protocol and one of these ports.</summary>
    protected static bool IsOn(Holder holder, TransportProtocol protocol, params ReadOnlySpan<int> ports) =>
        holder.Socket.Protocol == protocol && ports.Contains(holder.Socket.Local.Port);

    /// <summary>A remedy that only looks.</summary>
    protected static Remedy Look(string summary, CommandShell shell, string command, Holder holder, bool needsElevation = false) => new()
    {
        Summary = summary,
        Apply = [new RemedyCommand { Shell = shell, Text = command }],
        NothingToRevertBecause = "The command only looks.",
        NeedsElevation = needsElevation,
        Risk = RemedyRisk.None,
        Recheck = holder.Request,
    };

    /// <summary>A change in the holder's own configuration, which this library cannot make.</summary>
    protected static Remedy ConfigureHolder(string summary, Holder holder, string consequence) =>
        AskerRemedy.Configure(summary, holder.Request, consequence, "No command is given; set the holder's own configuration back.");
}
