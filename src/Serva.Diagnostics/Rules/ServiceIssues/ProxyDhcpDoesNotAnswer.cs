using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using Serva.Diagnostics.Addressing;
using Serva.Diagnostics.Binding;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Rules.ServiceIssues;

/// <summary>SD5001: a DHCP server answers on this host, and at its address nobody answers PXE clients on port 4011.</summary>
/// <remarks>
/// A client that reads <c>PXEClient</c> in an offer asks its sender on port 4011 for the boot file (PXE specification 2.1,
/// chapter 2). What an offer says stands in no table, so that this is never certain.
/// </remarks>
internal sealed class ProxyDhcpDoesNotAnswer : KnownIssue
{
    private const int DhcpPort = 67, ProxyPort = 4011;

    // Those that send what they are told to; that of Internet Connection Sharing, say, knows nothing of option 60.
    private static readonly string[] s_services = ["DHCPServer", "WDSServer"], s_programs = ["dhcpd", "kea-dhcp4", "dnsmasq", "udhcpd", "dhcpsrv", "dhcpsrv.exe"];

    // Networks inside the host: what boots there is not asked about.
    private static readonly string[] s_inside = ["docker", "br-", "virbr", "lxc", "lxd", "incus", "cni", "podman", "veth"];

    /// <inheritdoc/>
    public override KnownIssueInfo Info { get; } = new()
    {
        Id = "SD5001",
        Title = "DHCP answers, and nobody answers PXE clients on port 4011",
        Severity = Severity.Warning,
        Needs = SnapshotTables.Sockets,
        IsAboutBinds = true,
        Grade = SourceGrade.Documented,
        References =
        [
            "https://learn.microsoft.com/troubleshoot/windows-server/networking/pxe-clients-not-start-dhcp-60-66-67-option",
            "https://learn.microsoft.com/windows-server/administration/windows-commands/wdsutil-set-server",
            "https://www.rfc-editor.org/rfc/rfc4578",
        ],
    };

    /// <inheritdoc/>
    public override string? CannotJudge(Examination examination)
    {
        foreach (ExaminedQuestion question in examination.Questions)
        {
            if (!IsProxy(question))
                continue;
            BindRequest request = question.Question.Bind!;
            foreach (int port in (int[])[DhcpPort, ProxyPort])
            {
                if (SocketSights.Of(examination.Host.Sockets, request with { Endpoint = request.Endpoint.WithPort(port) }, out string? unseen) == SocketSight.Blind)
                    return unseen;
            }
        }

        return null;
    }

    /// <inheritdoc/>
    public override IEnumerable<Finding> Examine(Examination examination)
    {
        // Before the server runs, nobody is expected on its ports.
        ImmutableArray<ExaminedQuestion> running = [.. examination.Questions.Where(question => !question.OwnSockets.IsEmpty)];
        if (running.IsEmpty)
            yield break;
        SocketRow[] proxies = [.. examination.Host.Sockets.Where(socket => Serves(socket, ProxyPort))];
        foreach (ExaminedQuestion question in examination.Questions.Where(IsProxy))
        {
            SocketRow[] deaf = [.. examination.Host.Sockets.Where(socket => Serves(socket, DhcpPort) && IsDhcpServer(socket, examination) && !proxies.Any(proxy => Covers(proxy, socket)))];

            // Who else holds 4011 there is told by the rules about holders.
            if (deaf.Length > 0 && question.ForeignConflicts.IsEmpty)
                yield return Find(question, deaf, proxies, examination);
        }
    }

    private Finding Find(ExaminedQuestion question, SocketRow[] deaf, SocketRow[] proxies, Examination examination)
    {
        SocketRow dhcp = deaf[0];
        HostSnapshot host = examination.Host;
        bool isOwn = dhcp.Owners.Any(owner => examination.Server?.Matches(owner) == true);
        string who = isOwn ? "Your server" : HolderWords.Describe(dhcp, host.Platform.Family);
        string where = proxies.Length == 0
            ? $"nobody listens on udp {ProxyPort}"
            : $"udp {ProxyPort} is served at {string.Join(", ", proxies.Select(proxy => proxy.Local.Address.ToString()).Distinct().Take(4))} only";
        BindRequest wanted = question.Question.Bind! with { Endpoint = NetEndpoint.Create(dhcp.Local.Address.UnmapIPv4() is { IsIPv4: true } address ? address : question.Question.Bind!.Endpoint.Address, ProxyPort) };
        return new Finding
        {
            Issue = Info,
            Subject = $"{HolderWords.Place(dhcp.Protocol, dhcp.Local)} without {ProxyPort}",
            Summary = $"{who} answers DHCP on {HolderWords.Place(dhcp.Protocol, dhcp.Local)}, and {where}: clients that it calls PXEClient (option 60) ask this host there, get no answer and stop with PXE-E55.",
            Certainty = Certainty.Likely,

            // A server whose PXE is switched off on purpose sends no option 60.
            SeverityHere = isOwn && proxies.Length == 0 ? Severity.Note : null,
            Questions = [question.Position],
            Evidence =
            [
                new Evidence { Table = "sockets", Text = $"{HolderWords.Place(dhcp.Protocol, dhcp.Local)} is held by {HolderWords.Describe(dhcp, host.Platform.Family)}." },
                new Evidence { Table = "sockets", Text = proxies.Length == 0 ? $"No socket that was seen is bound to udp {ProxyPort}." : $"{HolderWords.Place(proxies[0].Protocol, proxies[0].Local)} is held by {HolderWords.Describe(proxies[0], host.Platform.Family)}." },
                new Evidence { Table = "sockets", Text = "Not certain: what the offers say cannot be seen here." },
            ],
            Remedies = [.. Remedies(wanted, isOwn, dhcp, host)],
        };
    }

    private static IEnumerable<Remedy> Remedies(BindRequest wanted, bool isOwn, SocketRow dhcp, HostSnapshot host)
    {
        yield return AskerRemedy.Configure(
            $"Let your server's proxyDHCP serve {HolderWords.Place(wanted)}{(isOwn ? ", or switch PXE off in its DHCP where no client is to boot from this host" : "")}.", wanted);
        if (isOwn)
            yield break;
        string mind = "Where the PXE server is another host, option 60 must not be set: clients ask the DHCP server itself then.";
        if (host.Platform.Family == PlatformFamily.Windows && dhcp.Owners.Any(owner => owner.Services.Contains("DHCPServer", StringComparer.OrdinalIgnoreCase)))
        {
            yield return new Remedy
            {
                Summary = "See whether the DHCP server of this host sends option 60, and take it out there if the PXE server is another host.",
                Apply = [new RemedyCommand { Shell = CommandShell.Cmd, Text = "netsh dhcp server show optionvalue" }],
                NothingToRevertBecause = "The command only looks.",
                NeedsElevation = true,
                Risk = RemedyRisk.None,
                Consequence = mind,
            };
        }
        else
        {
            yield return AskerRemedy.Configure("Take option 60 (PXEClient) out of the configuration of the DHCP server if the PXE server is another host.", null, mind, "No command is given; set the DHCP server's own configuration back.");
        }
    }

    private static bool IsProxy(ExaminedQuestion question) => question.Question.Bind is { Protocol: TransportProtocol.Udp, Endpoint.Port: ProxyPort };

    private static bool Serves(in SocketRow socket, int port) =>
        socket.Protocol == TransportProtocol.Udp && socket.Local.Port == port && Holder.IsHolder(socket) && !socket.Local.Address.UnmapIPv4().IsLoopback;

    private static bool IsDhcpServer(in SocketRow socket, Examination examination)
    {
        uint device = socket.Interface;
        string? link = examination.Host.Interfaces.FirstOrDefault(row => row.Index == device)?.Name;
        if (link is not null && s_inside.Any(prefix => link.StartsWith(prefix, StringComparison.Ordinal)))
            return false;
        return socket.Owners.Any(owner => examination.Server?.Matches(owner) == true
            || owner.Services.Any(service => s_services.Contains(service, StringComparer.OrdinalIgnoreCase))
            || (owner.Name is { } name && s_programs.Contains(name, StringComparer.OrdinalIgnoreCase)));
    }

    private static bool Covers(in SocketRow proxy, in SocketRow dhcp)
    {
        NetAddress proxyAddress = proxy.Local.Address.UnmapIPv4(), dhcpAddress = dhcp.Local.Address.UnmapIPv4();

        // At which of its addresses a server on the wildcard answers cannot be seen: one that is served is taken to be enough.
        return proxyAddress.IsUnspecified || dhcpAddress.IsUnspecified || proxyAddress == dhcpAddress;
    }
}
