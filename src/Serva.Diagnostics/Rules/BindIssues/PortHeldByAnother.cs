using System.Collections.Generic;
using System.Globalization;
using Serva.Diagnostics.Rules.HolderIssues;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Rules.BindIssues;

/// <summary>SD1001: another process holds the port.</summary>
internal sealed class PortHeldByAnother : KnownIssue
{
    /// <inheritdoc/>
    public override KnownIssueInfo Info { get; } = new()
    {
        Id = "SD1001",
        Title = "The port is held by another process",
        Severity = Severity.Error,
        Needs = SnapshotTables.Sockets,
        IsAboutBinds = true,
        Grade = SourceGrade.Measured,
        References =
        [
            "https://learn.microsoft.com/windows/win32/winsock/using-so-reuseaddr-and-so-exclusiveaddruse",
            "https://man7.org/linux/man-pages/man2/bind.2.html",
            "https://man7.org/linux/man-pages/man7/socket.7.html",
        ],
    };

    /// <inheritdoc/>
    public override IEnumerable<Finding> Examine(Examination examination)
    {
        foreach (Holder holder in Holder.Of(examination))
        {
            if (HolderIssue.KindOf(holder, examination) is null)
                yield return holder.Owner is null ? Hidden(holder, examination) : Named(holder, examination);
        }
    }

    private Finding Named(Holder holder, Examination examination)
    {
        string summary = holder.IsServer
            ? $"{holder.Places} {(holder.IsPlural ? "are" : "is")} held by {holder.Description}, {HolderFinding.WhoSuffers(holder)}."
            : $"{holder.Places} {(holder.IsPlural ? "are local ports of connections" : "is the local port of a connection")} of {holder.Description}, {HolderFinding.WhoSuffers(holder)} as long as {(holder.IsPlural ? "they live" : "it lives")}.";
        Remedy? specific = AskerRemedy.SpecificAddress(holder, examination);
        Remedy? stop = holder.IsServer ? StopRemedy.For(holder, examination) : AskerRemedy.WaitForClient(holder);
        // Where neither is safe, the way out that always exists is said.
        Remedy? elsewhere = specific is null && stop is null ? AnotherPort(holder) : null;
        return HolderFinding.Of(Info, holder, examination, summary, [specific, stop, elsewhere]);
    }

    private Finding Hidden(Holder holder, Examination examination)
    {
        bool mayBeServer = Holder.MayBeServer(holder.Socket, examination);
        string summary = $"{holder.Places} {(holder.IsPlural ? "are" : "is")} held by {holder.Description}, {HolderFinding.WhoSuffers(holder)}{(mayBeServer ? " - unless it is the server itself" : "")}.";
        return HolderFinding.Of(
            Info, holder, examination, summary,
            [AskerRemedy.SpecificAddress(holder, examination), OwnerRemedy.For(holder.Socket, holder.Request, examination.Host)],
            severity: mayBeServer ? Severity.Warning : null);
    }

    private static Remedy AnotherPort(Holder holder) => AskerRemedy.Configure(
        "Let your server use another port or address, or change the holder's configuration: stopping it is not offered, because the system or much else depends on it, no command would start it again, or its name cannot be put into a command safely.",
        holder.Request);
}
