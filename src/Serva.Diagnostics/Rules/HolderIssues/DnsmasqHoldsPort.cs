using System;
using System.Collections.Generic;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Rules.HolderIssues;

/// <summary>SD1028: dnsmasq holds port 53, 67 or 69: the system's, or one that libvirt or NetworkManager started for its own network.</summary>
internal sealed class DnsmasqHoldsPort : HolderIssue
{
    /// <inheritdoc/>
    public override KnownIssueInfo Info { get; } = new()
    {
        Id = "SD1028",
        Title = "dnsmasq holds the DNS or DHCP port",
        Severity = Severity.Error,
        Needs = SnapshotTables.Sockets,
        Platforms = [PlatformFamily.Linux],
        IsAboutBinds = true,
        Grade = SourceGrade.Reported,
        References =
        [
            "https://thekelleys.org.uk/dnsmasq/docs/dnsmasq-man.html",
            "https://github.com/pi-hole/pi-hole/issues/2606",
            "https://libvirt.org/manpages/virsh.html",
        ],
    };

    /// <inheritdoc/>
    public override Certainty Explains(Holder holder, HostSnapshot host) =>
        holder.Socket.Local.Port is 53 or 67 or 69 && IsProgram(holder, "dnsmasq") ? Certainty.Certain : Certainty.None;

    /// <inheritdoc/>
    protected override string Summary(Holder holder, HostSnapshot host) => $"dnsmasq{StarterOf(holder)} holds {holder.Places}: {holder.Description}";

    /// <inheritdoc/>
    protected override IEnumerable<Remedy?> Remedies(Holder holder, Examination examination) =>
    [
        AskerRemedy.SpecificAddress(holder, examination),
        ConfigureHolder(
            "Let dnsmasq bind only what it serves: bind-interfaces and interface= or except-interface= in its configuration; port=0 switches its DNS off.",
            holder, "It no longer serves the interfaces that are taken from it."),
        IsOf(holder, "libvirtd.service", "virtnetworkd.service") ? StopNetwork(holder) : StopRemedy.For(holder, examination),
    ];

    private static string StarterOf(Holder holder) =>
        IsOf(holder, "libvirtd.service", "virtnetworkd.service") ? " of libvirt's virtual network"
        : IsOf(holder, "NetworkManager.service") ? " of a network that NetworkManager shares"
        : "";

    private static bool IsOf(Holder holder, params ReadOnlySpan<string?> units) => units.Contains(holder.Owner?.Unit);

    private static Remedy StopNetwork(Holder holder) => new()
    {
        Summary = "Stop the virtual network whose dnsmasq it is, most often the one that is called default.",
        Change = holder.Owners.Length == 1 ? new EndProcess { ProcessId = holder.Owners[0].ProcessId } : null,
        Apply = [Sh("virsh net-list"), Sh("virsh net-destroy default")],
        Revert = [Sh("virsh net-start default")],
        NeedsElevation = true,
        Risk = RemedyRisk.Medium,
        Consequence = "Virtual machines on that network lose it. The definition stays (net-destroy stops a network and deletes nothing); the first command lists the names.",
        Recheck = holder.Request,
    };

    private static RemedyCommand Sh(string text) => new() { Shell = CommandShell.Sh, Text = text };
}
