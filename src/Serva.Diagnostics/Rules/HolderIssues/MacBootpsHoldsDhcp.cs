using System.Collections.Generic;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Rules.HolderIssues;

/// <summary>SD1055: launchd of macOS holds UDP 67 for its own DHCP server, bootpd.</summary>
internal sealed class MacBootpsHoldsDhcp : HolderIssue
{
    private const string Job = "/System/Library/LaunchDaemons/bootps.plist";

    /// <inheritdoc/>
    public override KnownIssueInfo Info { get; } = new()
    {
        Id = "SD1055",
        Title = "launchd of macOS holds the DHCP port for bootpd",
        Severity = Severity.Error,
        Needs = SnapshotTables.Sockets,
        Platforms = [PlatformFamily.MacOS],
        IsAboutBinds = true,
        Grade = SourceGrade.Reported,
        IsExperimental = true,
        References =
        [
            "https://github.com/niccokunzmann/simple_dhcp_server/issues/23",
            "https://github.com/lensapp/lens-sandbox/issues/380",
        ],
    };

    /// <inheritdoc/>
    public override Certainty Explains(Holder holder, HostSnapshot host) =>
        IsOn(holder, TransportProtocol.Udp, 67) && IsProgram(holder, "launchd", "bootpd") ? Certainty.Likely : Certainty.None;

    /// <inheritdoc/>
    protected override string Summary(Holder holder, HostSnapshot host) => $"macOS holds {holder.Places} for its own DHCP server, bootpd, which also serves Internet Sharing: {holder.Description}";

    /// <inheritdoc/>
    protected override IEnumerable<Remedy?> Remedies(Holder holder, Examination examination) =>
    [
        new Remedy
        {
            Summary = "Take the job bootps out of launchd as long as your server runs.",
            Apply = [Sh($"launchctl unload -w {Job}")],
            Revert = [Sh($"launchctl load -w {Job}")],
            NeedsElevation = true,
            Risk = RemedyRisk.Medium,
            Consequence = "Internet Sharing and virtual machines that use it hand out no addresses; it stays so after a restart, until the job is loaded again.",
            Recheck = holder.Request,
        },
    ];

    private static RemedyCommand Sh(string text) => new() { Shell = CommandShell.Sh, Text = text };
}
