using System;
using System.Collections.Frozen;
using System.Collections.Generic;
using System.Linq;

namespace Serva.Diagnostics.Rules;

/// <summary>What is known of a program that often holds a port.</summary>
/// <param name="Consequence">What stops working with it.</param>
/// <param name="Risk">What stopping it may break.</param>
internal sealed record KnownHolder(string Consequence, RemedyRisk Risk);

/// <summary>Programs and services that are met again and again on a server's ports, and those that must not be stopped.</summary>
internal static class KnownHolders
{
    private static readonly KnownHolder s_remoteLogin = new(
        "Nobody can log in over SSH any more; you may lock yourself out of a remote session.", RemedyRisk.High);

    private static readonly KnownHolder s_network = new(
        "The host's addresses and connections are no longer kept up: it may lose its network, and you a remote session.", RemedyRisk.High);

    private static readonly FrozenDictionary<string, KnownHolder> s_known = new Dictionary<string, KnownHolder>(StringComparer.OrdinalIgnoreCase)
    {
        ["SharedAccess"] = new("Internet Connection Sharing also serves the mobile hotspot, Hyper-V's Default Switch and WSL 2: their guests lose DNS and DHCP.", RemedyRisk.High),
        ["WDSServer"] = new("Windows Deployment Services stop answering PXE clients.", RemedyRisk.Medium),
        ["DHCPServer"] = new("Clients of the DHCP Server role get no addresses meanwhile.", RemedyRisk.High),
        ["DNS"] = new("Clients of the DNS Server role resolve nothing meanwhile; on a domain controller the domain depends on it.", RemedyRisk.High),
        ["W3SVC"] = new("Every IIS web site stops.", RemedyRisk.Medium),
        ["FTPSVC"] = new("Every IIS FTP site stops.", RemedyRisk.Medium),
        ["iphlpsvc"] = new("Port proxies (netsh interface portproxy) and IPv6 transition stop. Removing the one proxy of this port is gentler: netsh interface portproxy show all names it.", RemedyRisk.High),
        ["VMnetDHCP"] = new("VMware guests on host-only and NAT networks get no addresses.", RemedyRisk.Medium),
        ["TermService"] = new("Remote Desktop sessions end; you may lock yourself out.", RemedyRisk.High),
        ["com.docker.service"] = new("Docker Desktop's containers stop.", RemedyRisk.High),
        ["ssh.service"] = s_remoteLogin,
        ["sshd.service"] = s_remoteLogin,
        ["sshd"] = s_remoteLogin,
        ["sshd.exe"] = s_remoteLogin,
        ["sshd-session"] = s_remoteLogin,
        ["dropbear.service"] = s_remoteLogin,
        ["dropbear"] = s_remoteLogin,
        ["docker.service"] = new("Every container of this host stops.", RemedyRisk.High),
        ["NetworkManager.service"] = s_network,
        ["NetworkManager"] = s_network,
        ["systemd-networkd.service"] = s_network,
        ["systemd-network"] = s_network,
        ["systemd-networkd"] = s_network,
        ["networking.service"] = s_network,
        ["connman.service"] = s_network,
        ["connmand"] = s_network,
        ["wicked.service"] = s_network,
        ["wicked"] = s_network,
        ["dhclient"] = s_network,
        ["dhcpcd.service"] = s_network,
        ["dhcpcd"] = s_network,
        ["udhcpc"] = s_network,
        ["dnsmasq.service"] = new("Clients of dnsmasq lose DNS and DHCP; the host itself may use it as its resolver.", RemedyRisk.Medium),
        ["chrony.service"] = new("The clock is no longer synchronised.", RemedyRisk.Medium),
        ["chronyd.service"] = new("The clock is no longer synchronised.", RemedyRisk.Medium),
        ["ntpsec.service"] = new("The clock is no longer synchronised.", RemedyRisk.Medium),
        ["ntp.service"] = new("The clock is no longer synchronised.", RemedyRisk.Medium),
        ["rsyslog.service"] = new("The host's own log files are no longer written. Taking the network input (imudp, imtcp) out of its configuration is gentler.", RemedyRisk.High),
        ["isc-dhcp-server.service"] = new("DHCP clients get no addresses.", RemedyRisk.Medium),
        ["kea-dhcp4-server.service"] = new("DHCP clients get no addresses.", RemedyRisk.Medium),
    }.ToFrozenDictionary(StringComparer.OrdinalIgnoreCase);

    // Ending one of these takes the system down with it, or Windows refuses.
    private static readonly FrozenSet<string> s_essential = new[]
    {
        "System", "smss.exe", "csrss.exe", "wininit.exe", "winlogon.exe", "services.exe", "lsass.exe", "lsaiso.exe",
        "RpcSs", "RpcEptMapper", "DcomLaunch", "SamSs", "Netlogon", "KeyIso", "EventLog", "Schedule", "LSM", "BFE", "mpssvc",
        "Dnscache", "Dhcp", "nsi", "LanmanServer", "LanmanWorkstation", "CryptSvc", "PolicyAgent", "NTDS", "Kdc",
        "systemd", "init", "launchd", "mDNSResponder", "mDNSRespo", "rapportd", "dbus.service", "systemd-logind.service", "systemd-journald.service", "rpcbind.service",
    }.ToFrozenSet(StringComparer.OrdinalIgnoreCase);

    /// <summary>What is known of a process; null when nothing is.</summary>
    public static KnownHolder? Find(ProcessRow process)
    {
        foreach (string name in NamesOf(process))
        {
            if (Find(name) is { } known)
                return known;
        }

        return null;
    }

    /// <summary>What is known of a service or unit, or of the service that a socket unit of its name starts; null when nothing is.</summary>
    public static KnownHolder? Find(string service) => s_known.GetValueOrDefault(OfSocket(service));

    /// <summary>Whether a process must never be offered for stopping: the kernel, the first process, and what the system cannot do without.</summary>
    public static bool IsEssential(ProcessRow process) =>
        process.ProcessId is 0 or 1 or 4 || NamesOf(process).Any(IsEssential);

    /// <summary>The same of a service or unit, or of the service that a socket unit of its name starts.</summary>
    public static bool IsEssential(string service) => s_essential.Contains(OfSocket(service));

    private static string OfSocket(string name)
    {
        const string socket = ".socket";
        return name.EndsWith(socket, StringComparison.Ordinal) ? $"{name[..^socket.Length]}.service" : name;
    }

    private static IEnumerable<string> NamesOf(ProcessRow process)
    {
        foreach (string service in process.Services)
            yield return service;
        if (process.Unit is { } unit)
            yield return unit;
        if (process.Name is { } name)
            yield return name;
    }
}
