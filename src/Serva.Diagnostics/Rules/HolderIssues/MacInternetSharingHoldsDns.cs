using System.Collections.Generic;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Rules.HolderIssues;

/// <summary>SD1054: mDNSResponder of macOS serves DNS on port 53, most likely for Internet Sharing.</summary>
internal sealed class MacInternetSharingHoldsDns : HolderIssue
{
    /// <inheritdoc/>
    public override KnownIssueInfo Info { get; } = new()
    {
        Id = "SD1054",
        Title = "mDNSResponder of macOS holds the DNS port",
        Severity = Severity.Error,
        Needs = SnapshotTables.Sockets,
        Platforms = [PlatformFamily.MacOS],
        IsAboutBinds = true,
        Grade = SourceGrade.Reported,
        IsExperimental = true,
        References =
        [
            "https://github.com/localstack/docs/pull/555",
            "https://github.com/wardenenv/warden/issues/262",
            "https://github.com/AdguardTeam/AdGuardHome/issues/2287",
        ],
    };

    /// <inheritdoc/>
    public override Certainty Explains(Holder holder, HostSnapshot host) =>
        holder.Socket.Local.Port == 53 && IsProgram(holder, "mDNSResponder", "mDNSRespo") ? Certainty.Likely : Certainty.None;

    /// <inheritdoc/>
    protected override string Summary(Holder holder, HostSnapshot host) => $"macOS itself answers DNS on {holder.Places}, as it does for Internet Sharing: {holder.Description}";

    /// <inheritdoc/>
    protected override IEnumerable<Remedy?> Remedies(Holder holder, Examination examination) =>
    [
        AskerRemedy.SpecificAddress(holder, examination),
        AskerRemedy.Configure(
            "Switch Internet Sharing off: System Settings, General, Sharing. The process itself is the resolver of this Mac and must not be stopped.",
            holder.Request, "Devices that go to the internet through this Mac lose it; virtual machines may share it the same way.", "Switch Internet Sharing on again in the same place."),
    ];
}
