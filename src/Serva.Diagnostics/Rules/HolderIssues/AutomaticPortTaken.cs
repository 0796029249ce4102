using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using Serva.Diagnostics.Binding;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Rules.HolderIssues;

/// <summary>SD1036: a client of another server got the wanted port, which lies among those that the system hands out.</summary>
internal sealed class AutomaticPortTaken : HolderIssue
{
    private const string Reserved = "net.ipv4.ip_local_reserved_ports";

    /// <inheritdoc/>
    public override KnownIssueInfo Info { get; } = new()
    {
        Id = "SD1036",
        Title = "A connection got the port from the range of automatic ports",
        Severity = Severity.Error,
        Needs = SnapshotTables.Sockets | SnapshotTables.PortRanges,
        IsAboutBinds = true,
        Grade = SourceGrade.Documented,
        References =
        [
            "https://www.kernel.org/doc/html/latest/networking/ip-sysctl.html",
            "https://learn.microsoft.com/troubleshoot/windows-server/networking/default-dynamic-port-range-tcpip-chang",
            "https://www.rfc-editor.org/rfc/rfc6335#section-6",
        ],
    };

    /// <inheritdoc/>
    public override Certainty Explains(Holder holder, HostSnapshot host) =>
        !holder.IsServer && holder.Owner is not null && PortRangeIndex.Of(host.PortRanges).Dynamic(holder.Socket.Protocol).Contains(holder.Socket.Local.Port)
            ? Certainty.Certain
            : Certainty.None;

    /// <inheritdoc/>
    protected override string Summary(Holder holder, HostSnapshot host) => $"{holder.Places} {(holder.IsPlural ? "are local ports of connections" : "is the local port of a connection")} of {holder.Description}: the system handed it out, because it lies among the automatic ports";

    /// <inheritdoc/>
    protected override IEnumerable<Remedy?> Remedies(Holder holder, Examination examination)
    {
        yield return AskerRemedy.WaitForClient(holder);
        int port = holder.Socket.Local.Port;
        if (examination.Host.Platform.Family == PlatformFamily.Windows)
            yield return Exclude(holder.Socket.Protocol == TransportProtocol.Udp ? "udp" : "tcp", port);
        else if (examination.Host.FindSetting(Reserved) is { } old && CommandText.Sh($"{Reserved}={old}") is { } before && CommandText.Sh($"{Reserved}={(old.Length == 0 ? "" : old + ",")}{port.ToString(CultureInfo.InvariantCulture)}") is { } now)
            yield return Keep(CommandShell.Sh, $"sysctl -w {now}", $"sysctl -w {before}", "It is gone after a restart; write it into a file in /etc/sysctl.d to keep it.");
    }

    private static Remedy Exclude(string protocol, int port)
    {
        string what = string.Create(CultureInfo.InvariantCulture, $"excludedportrange protocol={protocol} startport={port} numberofports=1 store=persistent");
        return Keep(CommandShell.Cmd, $"netsh int ipv4 add {what}", $"netsh int ipv4 delete {what}", "It is refused while the port is in use.");
    }

    private static Remedy Keep(CommandShell shell, string apply, string revert, string mind) => new()
    {
        Summary = "For the future, keep the port out of what the system hands out; binding it on purpose still works.",
        Apply = [new RemedyCommand { Shell = shell, Text = apply }],
        Revert = [new RemedyCommand { Shell = shell, Text = revert }],
        NeedsElevation = true,
        Risk = RemedyRisk.Low,
        Consequence = mind,
    };
}
