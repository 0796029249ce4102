using System;
using System.Linq;
using Serva.Diagnostics.Addressing;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Rules;

/// <summary>Which rule explains a holder best. Each holder has one kind, so that one cause is told once.</summary>
internal static class HolderKind
{
    public const string AnotherProcess = "SD1001";
    public const string WindowsTime = "SD1003";
    public const string SystemdResolved = "SD1004";
    public const string WindowsKernel = "SD1005";
    public const string DualStack = "SD1008";
    public const string WebServer = "SD1012";
    public const string SharedPort = "SD1013";

    private static readonly string[] s_webServers =
    [
        "nginx", "apache2", "httpd", "caddy", "lighttpd", "haproxy", "traefik", "h2o", "w3wp", "iisexpress", "tomcat", "jetty",
    ];

    /// <summary>The id of the rule whose finding a holder is; the general rule's when the special one does not judge this case.</summary>
    public static string Of(Holder holder, Examination examination)
    {
        string id = Special(holder, examination.Host.Platform.Family, examination.Host);
        return examination.Applied.Contains(id) ? id : AnotherProcess;
    }

    private static string Special(Holder holder, PlatformFamily family, HostSnapshot host)
    {
        if (!holder.IsServer)
            return AnotherProcess;
        int port = holder.Socket.Local.Port;
        if (family == PlatformFamily.Windows && holder.Owner is { ProcessId: 4 })
            return WindowsKernel;
        if (family == PlatformFamily.Windows && port == 123 && holder.Socket.Protocol == TransportProtocol.Udp && IsWindowsTime(holder.Owner, host) != Certainty.None)
            return WindowsTime;
        if (family == PlatformFamily.Linux && port == 53 && IsSystemdResolved(holder.Owner))
            return SystemdResolved;
        if (holder.Owner is not null && holder.Held.All(IsOtherFamily))
            return DualStack;
        if (port is 80 or 443 && holder.Socket.Protocol == TransportProtocol.Tcp && IsWebServer(holder.Owner))
            return WebServer;
        return AnotherProcess;
    }

    /// <summary>How sure it is that a process is Windows Time.</summary>
    public static Certainty IsWindowsTime(ProcessRow? owner, HostSnapshot host)
    {
        if (owner is null)
            return Certainty.None;
        if (owner.Services.Contains("W32Time", StringComparer.OrdinalIgnoreCase))
            return Certainty.Certain;
        if (!owner.Services.IsEmpty || host.FindService("W32Time") is not { State: ServiceState.Running } service)
            return Certainty.None;
        if (service.ProcessId is { } processId)
            return processId == owner.ProcessId ? Certainty.Certain : Certainty.None;
        return string.Equals(owner.Name, "svchost.exe", StringComparison.OrdinalIgnoreCase) ? Certainty.Likely : Certainty.None;
    }

    // The kernel cuts process names at 15 characters.
    private static bool IsSystemdResolved(ProcessRow? owner) =>
        owner is not null && (owner.Unit == "systemd-resolved.service" || owner.Name is "systemd-resolve" or "systemd-resolved");

    private static bool IsWebServer(ProcessRow? owner) =>
        owner?.Name is { } name
        && s_webServers.Contains(name.EndsWith(".exe", StringComparison.OrdinalIgnoreCase) ? name[..^4] : name, StringComparer.OrdinalIgnoreCase);

    // Mapped addresses count as IPv4: they are an IPv4 socket in all but name.
    private static bool IsOtherFamily(HeldQuestion held)
    {
        NetAddress wanted = held.Question.Prediction!.Request.Endpoint.Address.UnmapIPv4();
        NetAddress address = held.Conflict.Socket.Local.Address.UnmapIPv4();
        return wanted.Family != address.Family;
    }
}
