using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using System.Net.NetworkInformation;
using Serva.Diagnostics.Addressing;
using Serva.Diagnostics.Formats.WindowsFirewall;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Tests.Firewall;

/// <summary>
/// A Windows host with one link, 10.0.0.5/24 behind 10.0.0.1, and some programs that listen: Serva on UDP 69, the system on
/// TCP 80, the time service on UDP 123, two services of one process on TCP 135, an owner that nobody may see on UDP 514,
/// a package on TCP 9000; nobody on TCP 8080.
/// </summary>
internal static class WindowsFirewallHost
{
    public static HostSnapshot Host { get; } = new()
    {
        CapturedAt = DateTimeOffset.UnixEpoch,
        Platform = new HostPlatform { Family = PlatformFamily.Windows, Version = new Version(10, 0, 19045) },
        Interfaces = Table.Complete(
        [
            new InterfaceRow
            {
                Index = 4, Name = "Ethernet", Status = OperationalStatus.Up, Type = NetworkInterfaceType.Ethernet,
                AdapterId = "{0A1B2C3D-0000-1111-2222-333344445555}", FirewallProfile = WindowsFirewallProfile.Public,
            },
            new InterfaceRow { Index = 1, Name = "Loopback", Status = OperationalStatus.Up, Type = NetworkInterfaceType.Loopback },
        ], "test"),
        Addresses = Table.Complete([Address(1, "127.0.0.1", 8), Address(4, "10.0.0.5", 24), Address(4, "2001:db8::5", 64), Address(4, "2001:0:53aa::5", 32)], "test"),
        Routes = Table.Complete([Route("0.0.0.0/0", "10.0.0.1"), Route("10.0.0.0/24", null)], "test"),
        Settings = Table.Complete([new SettingRow { Name = @"HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion\SystemRoot", Value = @"D:\WINNT" }], "test"),
        Sockets = Table.Complete(
        [
            Socket(TransportProtocol.Udp, "0.0.0.0:69", new ProcessRow { ProcessId = 1000, Name = "Serva64.exe", Path = @"C:\Serva\Serva64.exe" }),
            Socket(TransportProtocol.Tcp, "0.0.0.0:80", new ProcessRow { ProcessId = 4, Name = "System" }),
            Socket(TransportProtocol.Udp, "0.0.0.0:123", new ProcessRow { ProcessId = 900, Name = "svchost.exe", Path = @"D:\WINNT\System32\svchost.exe", Services = ["W32Time"] }),
            Socket(TransportProtocol.Tcp, "0.0.0.0:135", new ProcessRow { ProcessId = 800, Name = "svchost.exe", Path = @"D:\WINNT\system32\svchost.exe", Services = ["RpcEptMapper", "RpcSs"] }),
            Socket(TransportProtocol.Tcp, "0.0.0.0:49664", new ProcessRow { ProcessId = 700, Name = "svchost.exe", Path = @"D:\WINNT\system32\svchost.exe", Services = ["Schedule"] }),
            Socket(TransportProtocol.Udp, "0.0.0.0:514"),
            Socket(TransportProtocol.Tcp, "0.0.0.0:9000", new ProcessRow { ProcessId = 600, Name = "App.exe", Path = @"C:\Program Files\WindowsApps\App_1.0_x64\App.exe" }),
        ], "test"),
        Services = Table.Complete([Service("BFE", ServiceState.Running), Service("MpsSvc", ServiceState.Running)], "test"),
        WindowsFirewallProfiles = Table.Complete(
        [
            Profile(WindowsFirewallStore.Local, WindowsFirewallProfile.Domain), Profile(WindowsFirewallStore.Local, WindowsFirewallProfile.Standard), Profile(WindowsFirewallStore.Local, WindowsFirewallProfile.Public),
        ], "test"),
        WindowsFirewallRules = Table.Complete<WindowsFirewallRuleRow>([], "test"),
    };

    /// <summary>The host with rules, one per line: <c>r1</c>, <c>r2</c> and so on in the order in which they stand.</summary>
    /// <param name="rules">
    /// <c>Allow|Protocol=17|LPort=69</c> is short for an active inbound rule of the local policy; <c>G:</c> before it makes it one
    /// of group policy, <c>H:</c> one that restricts a service; what begins with <c>v2.</c> stands as it is.
    /// </param>
    public static HostSnapshot With(string rules) =>
        Host with { WindowsFirewallRules = Table.Complete([.. rules.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(Rule)], "test") };

    /// <summary>The host after words like <c>profile=Private</c>, <c>MpsSvc=Stopped</c>, <c>Public.EnableFirewall=0</c>, <c>G.Public.AllowLocalPolicyMerge=0</c>.</summary>
    public static HostSnapshot Change(HostSnapshot host, string words)
    {
        foreach (string word in words.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            string[] sides = word.Split('=');
            host = sides[0] switch
            {
                "profile" => host with { Interfaces = Table.Complete([.. host.Interfaces.Select(row => row with { FirewallProfile = sides[1] == "?" ? null : Enum.Parse<WindowsFirewallProfile>(sides[1]) })], "test") },
                "version" => host with { Platform = host.Platform with { Version = Version.Parse(sides[1]) } },
                "services" => host with { Services = Table<ServiceRow>.Partial([.. host.Services], "test", [new TableGap { Part = "services", Reason = sides[1] }]) },
                "assumed" => host with { Platform = host.Platform with { VersionAssumedBecause = sides[1] } },
                "sockets" => host with { Sockets = Table<SocketRow>.NotRequested },
                _ when sides[0].Split('.')[^1].Length > 1 && sides[0].Contains('.', StringComparison.Ordinal) => ChangeProfile(host, sides[0].Split('.'), sides[1]),
                _ => host with { Services = Table.Complete([.. host.Services.Where(row => row.Name != sides[0]), Service(sides[0], Enum.Parse<ServiceState>(sides[1]))], "test") },
            };
        }

        return host;
    }

    private static HostSnapshot ChangeProfile(HostSnapshot host, string[] path, string value)
    {
        WindowsFirewallStore store = path[0] == "G" ? WindowsFirewallStore.GroupPolicy : WindowsFirewallStore.Local;
        WindowsFirewallProfile profile = Enum.Parse<WindowsFirewallProfile>(path[^2]);
        WindowsFirewallProfileRow row = host.WindowsFirewallProfiles.FirstOrDefault(its => its.Store == store && its.Profile == profile) ?? Profile(store, profile);
        bool isOn = value == "1";
        WindowsFirewallProfileRow changed = path[^1] switch
        {
            "EnableFirewall" => row with { EnableFirewall = isOn },
            "DefaultInboundAction" => row with { DefaultInboundAction = value switch { "0" => WindowsFirewallAction.Allow, "1" => WindowsFirewallAction.Block, _ => WindowsFirewallAction.Unknown } },
            "DoNotAllowExceptions" => row with { DoNotAllowExceptions = isOn },
            "AllowLocalPolicyMerge" => row with { AllowLocalPolicyMerge = isOn },
            "DisabledInterfaces" => row with { DisabledInterfaces = value },
            _ => throw new ArgumentException(path[^1], nameof(path)),
        };
        return host with { WindowsFirewallProfiles = Table.Complete([.. host.WindowsFirewallProfiles.Where(its => its != row), changed], "test") };
    }

    private static WindowsFirewallRuleRow Rule(string line, int position)
    {
        WindowsFirewallStore store = line[..2] switch { "G:" => WindowsFirewallStore.GroupPolicy, "H:" => WindowsFirewallStore.ServiceHardening, _ => WindowsFirewallStore.Local };
        string text = store == WindowsFirewallStore.Local ? line : line[2..];
        return WindowsFirewallRuleDecoder.Decode($"r{position + 1}", store, text.StartsWith("v2.", StringComparison.Ordinal) ? text : $"v2.31|Active=TRUE|Dir=In|Action={text}|");
    }

    private static WindowsFirewallProfileRow Profile(WindowsFirewallStore store, WindowsFirewallProfile profile) => new() { Store = store, Profile = profile };

    private static ServiceRow Service(string name, ServiceState state) => new() { Name = name, State = state, Start = ServiceStart.Automatic };

    private static SocketRow Socket(TransportProtocol protocol, string local, params ProcessRow[] owners) => new()
    {
        Protocol = protocol,
        Local = NetEndpoint.Parse(local),
        State = protocol == TransportProtocol.Tcp ? TcpState.Listen : null,
        Owners = [.. owners],
        OwnerMissingBecause = owners.Length == 0 ? OwnerGap.NeedsElevation : OwnerGap.None,
    };

    private static AddressRow Address(uint link, string address, int length) =>
        new() { Interface = link, Address = NetAddress.Parse(address), PrefixLength = length, State = AddressState.Preferred };

    private static RouteRow Route(string prefix, string? gateway) => new()
    {
        Destination = NetPrefix.Parse(prefix), Kind = RouteKind.Unicast, Interface = 4, Metric = 0, Gateway = gateway is null ? null : NetAddress.Parse(gateway),
    };
}
