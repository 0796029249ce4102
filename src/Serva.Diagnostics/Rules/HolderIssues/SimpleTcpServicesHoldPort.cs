using System.Collections.Generic;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Rules.HolderIssues;

/// <summary>SD1026: Simple TCP/IP Services hold a port of the small services: echo, discard, daytime, quotd, chargen.</summary>
internal sealed class SimpleTcpServicesHoldPort : HolderIssue
{
    /// <inheritdoc/>
    public override KnownIssueInfo Info { get; } = new()
    {
        Id = "SD1026",
        Title = "Simple TCP/IP Services hold the port",
        Severity = Severity.Error,
        Needs = SnapshotTables.Sockets,
        Platforms = [PlatformFamily.Windows],
        IsAboutBinds = true,
        Grade = SourceGrade.Reported,
        References =
        [
            "https://learn.microsoft.com/windows/win32/services/services",
            "https://www.rfc-editor.org/rfc/rfc863",
        ],
    };

    /// <inheritdoc/>
    public override Certainty Explains(Holder holder, HostSnapshot host) =>
        holder.Socket.Local.Port is 7 or 9 or 13 or 17 or 19 ? IsService(holder, "simptcp") : Certainty.None;

    /// <inheritdoc/>
    protected override string Summary(Holder holder, HostSnapshot host) => $"Simple TCP/IP Services hold {holder.Places}: {holder.Description}";

    /// <inheritdoc/>
    protected override IEnumerable<Remedy?> Remedies(Holder holder, Examination examination) =>
    [
        AskerRemedy.SpecificAddress(holder, examination),
        StopRemedy.For(holder, examination),
    ];
}
