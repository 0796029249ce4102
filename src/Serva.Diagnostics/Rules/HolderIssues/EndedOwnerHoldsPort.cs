using System.Collections.Generic;
using System.Collections.Immutable;
using System.Globalization;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Rules.HolderIssues;

/// <summary>SD1035: the process that made the socket has ended, and one that inherited it keeps it open.</summary>
internal sealed class EndedOwnerHoldsPort : HolderIssue
{
    /// <inheritdoc/>
    public override KnownIssueInfo Info { get; } = new()
    {
        Id = "SD1035",
        Title = "The process that opened the port has ended, and a child keeps it",
        Severity = Severity.Error,
        Needs = SnapshotTables.Sockets,
        Platforms = [PlatformFamily.Windows],
        IsAboutBinds = true,
        Grade = SourceGrade.Reported,
        IsExperimental = true,
        References =
        [
            "https://learn.microsoft.com/windows/win32/procthread/inheritance",
            "https://github.com/Icinga/icinga2/issues/3269",
        ],
    };

    /// <inheritdoc/>
    public override Certainty Explains(Holder holder, HostSnapshot host) =>
        holder.IsServer && holder.Owner is { } owner && EndedOwner.MayBeGone(owner, host) && !EndedOwner.ChildrenOf(owner, host).IsEmpty ? Certainty.Likely : Certainty.None;

    /// <inheritdoc/>
    protected override string Summary(Holder holder, HostSnapshot host) => $"{holder.Places} {(holder.IsPlural ? "are" : "is")} kept open by a child of process {holder.Owner!.ProcessId}, which opened {(holder.IsPlural ? "them" : "it")} and has ended";

    /// <inheritdoc/>
    protected override IEnumerable<Remedy?> Remedies(Holder holder, Examination examination)
    {
        ImmutableArray<ProcessRow> children = EndedOwner.ChildrenOf(holder.Owner!, examination.Host);
        yield return AskerRemedy.SpecificAddress(holder, examination);
        foreach (ProcessRow child in children)
        {
            if (KnownHolders.IsEssential(child))
                continue;
            yield return new Remedy
            {
                Summary = $"Close {SafeText.Of(child.Name ?? "the child")} (PID {child.ProcessId}), or start the product it belongs to again.",
                Change = children.Length == 1 ? new CloseListeners { ProcessId = holder.Owner!.ProcessId, Protocol = holder.Socket.Protocol, Port = holder.Socket.Local.Port } : null,
                Apply = [new RemedyCommand { Shell = CommandShell.Cmd, Text = string.Create(CultureInfo.InvariantCulture, $"taskkill /PID {child.ProcessId}") }],
                NothingToRevertBecause = "How it was started is not known: start the product it belongs to again.",
                Risk = RemedyRisk.Medium,
                Consequence = "Unsaved work in it may be lost.",
                Recheck = holder.Request,
            };
        }
    }
}
