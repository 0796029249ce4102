using System.Collections.Generic;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Rules.HolderIssues;

/// <summary>SD1052: the AirPlay receiver of macOS holds TCP 5000 or 7000.</summary>
internal sealed class AirPlayHoldsPort : HolderIssue
{
    /// <inheritdoc/>
    public override KnownIssueInfo Info { get; } = new()
    {
        Id = "SD1052",
        Title = "The AirPlay receiver of macOS holds the port",
        Severity = Severity.Error,
        Needs = SnapshotTables.Sockets,
        Platforms = [PlatformFamily.MacOS],
        IsAboutBinds = true,
        Grade = SourceGrade.Reported,
        IsExperimental = true,
        References =
        [
            "https://github.com/Kareadita/Kavita/issues/4785",
            "https://github.com/remy/nodemon/issues/1849",
            "https://github.com/sensu/sensu-go-workshop/issues/123",
        ],
    };

    /// <inheritdoc/>
    public override Certainty Explains(Holder holder, HostSnapshot host) =>
        IsOn(holder, TransportProtocol.Tcp, 5000, 7000) && IsProgram(holder, "ControlCe", "ControlCenter") ? Certainty.Likely : Certainty.None;

    /// <inheritdoc/>
    protected override string Summary(Holder holder, HostSnapshot host) => $"The AirPlay receiver of macOS holds {holder.Places}: {holder.Description}";

    /// <inheritdoc/>
    protected override IEnumerable<Remedy?> Remedies(Holder holder, Examination examination) =>
    [
        AskerRemedy.Configure("Let your server use another port: users find the receiver on by default since macOS 12.", null),
        AskerRemedy.Configure(
            "Switch the AirPlay Receiver off: System Settings, General, AirDrop & Handoff.",
            holder.Request, "Nothing can be played on this Mac from other devices.", "Switch the AirPlay Receiver on again in the same place."),
    ];
}
