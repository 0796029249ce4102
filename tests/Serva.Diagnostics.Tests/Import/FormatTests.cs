using System;
using System.Linq;
using Serva.Diagnostics.Addressing;
using Serva.Diagnostics.Snapshots;
using Xunit;

namespace Serva.Diagnostics.Tests.Import;

public sealed class FormatTests
{
    [Fact]
    public void Read_Ss_SocketsOwnersAndUnits()
    {
        HostSnapshot host = Read(PastedSamples.Ss, PlatformFamily.Linux);

        Assert.Equal(
            [
                "Udp 127.0.0.53:53   412 22 1 uid 101", "Udp [::]:514   600 23 2 uid 0", "Tcp 0.0.0.0:80  Listen 9,10 7 3 uid 0", "Tcp 192.0.2.10:22 198.51.100.7:50022 Established 77 8 4097 uid 0",
                "Tcp 192.0.2.10:80 198.51.100.7:50023 TimeWait NoProcess 0 5 uid ", "Tcp [::]:22  Listen 70 9 6 uid 0",
            ],
            host.Sockets.Select(row => $"{row.Protocol} {row.Local} {row.Remote} {row.State} {(row.Owners.IsEmpty ? row.OwnerMissingBecause : string.Join(',', row.Owners.Select(owner => owner.ProcessId)))} {row.Inode} {row.Cookie} uid {row.UserId}"));
        Assert.Equal([false, true], host.Sockets.Where(row => row.IPv6Only is not null).Select(row => row.IPv6Only!.Value));
        Assert.Equal("systemd-resolved.service", host.Sockets[0].Owners[0].Unit);
    }

    [Fact]
    public void Read_NetTools_Sockets()
    {
        HostSnapshot host = Read(PastedSamples.NetTools, PlatformFamily.Linux);

        Assert.Equal(
            ["Tcp 0.0.0.0:22  70 sshd", "Tcp 192.0.2.10:22 198.51.100.7:50022 77 sshd", "Tcp [::]:80  NeedsElevation", "Udp 127.0.0.53:53  412 systemd-resolve", "Udp [fe80::1]:546  NeedsElevation"],
            host.Sockets.Select(Brief));
    }

    [Fact]
    public void Read_Bsd_Sockets()
    {
        HostSnapshot host = Read(PastedSamples.Bsd, PlatformFamily.Bsd);

        Assert.Equal(["Tcp 192.0.2.10:22 198.51.100.7:50022 NotRequested", "Tcp [::]:80  NotRequested", "Tcp 127.0.0.1:631  NotRequested", "Udp 0.0.0.0:123  NotRequested"], host.Sockets.Select(Brief));
        Assert.False(host.Sockets[1].IPv6Only);
        Assert.Equal(PlatformFamily.MacOS, PastedText.Read(PastedSamples.Bsd, "$ uname -a\nDarwin mac 22.1.0 Darwin Kernel Version 22.1.0 arm64\n").Host!.Platform.Family);
    }

    [Fact]
    public void Read_Lsof_OneSocketWithSeveralOwners()
    {
        HostSnapshot host = Read(PastedSamples.Lsof, PlatformFamily.Other);

        Assert.Equal(["Tcp 0.0.0.0:80  9 nginx, 10 nginx", "Tcp 192.0.2.10:22 198.51.100.7:50022 77 sshd", "Udp [::]:123  90 ntpd"], host.Sockets.Select(Brief));
        Assert.Equal(Coverage.Partial, host.Sockets.Coverage);
    }

    [Fact]
    public void Read_IpWithoutJson_IsWhatItSaysWithIt()
    {
        HostSnapshot host = Read(PastedSamples.Ip, PlatformFamily.Linux);

        Assert.Equal(["lo 1", "eth0 2"], host.Interfaces.Select(row => $"{row.Name} {row.Index}"));
        Assert.Equal(["127.0.0.1/8", "192.0.2.10/24", "2001:db8::10/64"], host.Addresses.Select(row => $"{row.Address}/{row.PrefixLength}"));
        Assert.Equal(
            ["0.0.0.0/0 192.0.2.1 100", "192.0.2.0/24  0", "203.0.113.0/24  0 2", "10.0.0.0/8  0", "192.0.2.10/32  0", "2001:db8::/64  256", "::/0 2001:db8::1 1024"],
            host.Routes.Select(row => $"{row.Destination} {row.Gateway} {row.Metric}{(row.NextHops.IsEmpty ? "" : $" {row.NextHops.Length}")}"));
        Assert.Equal([false, false, false, false, true, true], host.RoutingRules.Select(row => row.IsIPv6));
        Assert.Equal((true, 16u, 255u, 80, 90, 100u), (host.RoutingRules[1].IsInverted, host.RoutingRules[1].Mark, host.RoutingRules[1].MarkMask, host.RoutingRules[1].FirstDestinationPort, host.RoutingRules[1].LastDestinationPort, host.RoutingRules[1].Table));
        Assert.Equal((Coverage.Complete, Coverage.Complete, Coverage.Complete), (host.Addresses.Coverage, host.Routes.Coverage, host.RoutingRules.Coverage));
    }

    [Fact]
    public void Read_IpWithoutTheLinkLine_LoopbackIsKnownByItsFlag()
    {
        HostSnapshot host = PastedText.Read("1: lo: <LOOPBACK,UP,LOWER_UP> mtu 65536 qdisc noqueue state UNKNOWN group default\n    inet 127.0.0.1/8 scope host lo\n").Host!;

        Assert.Equal(System.Net.NetworkInformation.NetworkInterfaceType.Loopback, Assert.Single(host.Interfaces).Type);
    }

    [Fact]
    public void Read_Iptables_RulesOfBothFamilies()
    {
        HostSnapshot host = Read(PastedSamples.Iptables, PlatformFamily.Linux);

        Assert.Equal([NftablesFamily.IPv4, NftablesFamily.IPv4, NftablesFamily.IPv6], host.NftablesRules.Select(row => row.Family));
    }

    [Fact]
    public void Read_Nft_Rules() => Assert.Equal("input", Assert.Single(Read(PastedSamples.Nft, PlatformFamily.Linux).NftablesRules).Chain);

    [Fact]
    public void Read_SystemOfLinux_VersionSettingsAndPorts()
    {
        HostSnapshot host = Read(PastedSamples.System, PlatformFamily.Linux);

        Assert.Equal(("6.1.0", "Debian GNU/Linux 12 (bookworm)", "X64", 0u), (host.Platform.Version.ToString(), host.Platform.Name, host.Platform.Architecture, host.Identity!.UserId));
        Assert.Equal(["Dynamic 32768-60999", "Reserved 8080-8080", "Reserved 9000-9010"], host.PortRanges.Select(row => $"{row.Kind} {row.First}-{row.Last}"));
        Assert.Equal("0", host.FindSetting("net.ipv4.ip_nonlocal_bind"));
    }

    [Fact]
    public void Read_ScQuery_Services()
    {
        HostSnapshot host = Read(PastedSamples.Services, PlatformFamily.Windows);

        Assert.Equal(["W32Time Running 1504", "SNMP Stopped "], host.Services.Select(row => $"{row.Name} {row.State} {row.ProcessId}"));
        Assert.Equal(Coverage.Complete, host.Services.Coverage);
    }

    [Fact]
    public void Read_Netsh_PortsAndInterfaces()
    {
        HostSnapshot host = Read(PastedSamples.Ports, PlatformFamily.Windows);

        Assert.Equal(["Excluded Udp False 50000-50059 True", "Excluded Udp False 50060-50159 False", "Dynamic Tcp True 49152-65535 False"],
            host.PortRanges.Select(row => $"{row.Kind} {row.Protocol} {row.IsIPv6} {row.First}-{row.Last} {row.IsAdministered}"));
        Assert.Equal(["1 75 Loopback Pseudo-Interface 1", "8 25 Connexion au réseau local"], host.Interfaces.Select(row => $"{row.Index} {row.MetricV4} {row.Name}"));
    }

    [Fact]
    public void Read_Firewall_RulesOfTheRegistryAloneWhereItIsThere()
    {
        HostSnapshot host = Read(PastedSamples.Firewall, PlatformFamily.Windows);

        Assert.Equal(
            [@"Allow 17 69 C:\Serva\Serva64.exe", @"Block 6 80 C:\Serva\Serva64.exe"],
            host.WindowsFirewallRules.Select(row => $"{row.Rule!.Action} {row.Rule.IPProtocol} {string.Join(',', row.Rule.LocalPorts.Select(port => port.First))} {row.Rule.Application}"));
        Assert.StartsWith("those of netsh are left out", host.WindowsFirewallRules.Note, StringComparison.Ordinal);
        Assert.Equal((WindowsFirewallProfile.Public, true, WindowsFirewallAction.Block), (host.WindowsFirewallProfiles[0].Profile, host.WindowsFirewallProfiles[0].EnableFirewall, host.WindowsFirewallProfiles[0].DefaultInboundAction));
    }

    [Fact]
    public void Read_FirewallOfNetsh_WhatItDoesNotTellIsACondition()
    {
        string netsh = PastedSamples.Firewall[PastedSamples.Firewall.IndexOf("C:\\>netsh", StringComparison.Ordinal)..];
        string verbose = netsh.Replace("Action: ", "Program:                              C:\\Serva\\Serva64.exe\nInterfaceTypes:                       LAN,RAS\nSecurity:                             NotRequired\nRemoteComputerGroup:                  D:(A;;CC;;;WD)\nRule source:                          Group Policy Setting\nAction: ", StringComparison.Ordinal);

        HostSnapshot host = PastedText.Read(netsh + verbose).Host!;

        Assert.Equal(
            [
                "netsh \"Serva (TFTP-In)\" Local Allow 17 69-69,1024-2048   Program=not shown by netsh",
                "netsh \"Serva (TFTP-In)\" 2 GroupPolicy Allow 17 69-69,1024-2048 C:\\Serva\\Serva64.exe Lan,RemoteAccess RemoteComputerGroup=D:(A;;CC;;;WD)",
            ],
            host.WindowsFirewallRules.Select(row => $"{row.RuleId} {row.Store} {row.Rule!.Action} {row.Rule.IPProtocol} {string.Join(',', row.Rule.LocalPorts.Select(port => $"{port.First}-{port.Last}"))} {row.Rule.Application} {string.Join(',', row.Rule.InterfaceTypes)} {string.Join(' ', row.Rule.OtherFields.Select(field => $"{field.Key}={field.Value}"))}"));
        Assert.All(host.WindowsFirewallRules, row => Assert.Null(row.Text));
        Assert.Equal(["conditions"], host.WindowsFirewallRules.Gaps.Select(gap => gap.Part));
    }

    [Fact]
    public void Firewall_OfNetshWithoutPrograms_DoesNotSayThatAnyProgramIsLetIn()
    {
        string text = PastedSamples.Firewall.Replace("v2.30|Action=Allow|Active=TRUE|Dir=In|Protocol=17|LPort=69", "nothing", StringComparison.Ordinal).Replace("v2.30|Action=Block", "nothing", StringComparison.Ordinal);
        HostSnapshot host = PastedText.Read(text).Host!;

        FirewallVerdict verdict = new FirewallEvaluator(host).Evaluate(new Flow { IPProtocol = 17, Source = NetAddress.Parse("192.0.2.99"), SourcePort = 40000, Destination = NetAddress.Parse("192.0.2.10"), DestinationPort = 69 });

        Assert.NotEqual(FirewallOutcome.Accept, verdict.Outcome);
    }

    [Fact]
    public void Read_HttpSys_QueuesAndTheirProcesses()
    {
        HostSnapshot host = Read(PastedSamples.Http, PlatformFamily.Windows);

        Assert.Equal(["http.sys HTTP://+:5357/BC4BF2BB-0000-4000-8000-0123456789AB/ = PID 4812", @"http.sys reservation http://+:80/Temporary_Listen_Addresses/ = \Everyone"], host.Settings.Select(row => $"{row.Name} = {row.Value}"));
        Assert.Equal([4812], host.Processes.Select(row => row.ProcessId));
    }

    [Fact]
    public void Read_SystemInfo_VersionAndUpdates()
    {
        HostSnapshot host = Read(PastedSamples.SystemInfo, PlatformFamily.Windows);

        Assert.Equal(("10.0.19045", "Windows 10 Professionnel", "Client"), (host.Platform.Version.ToString(), host.Platform.Name, host.Platform.InstallationType));
        Assert.Equal(["KB5018410", "KB5020953"], host.Updates.Select(row => row.Id));
    }

    [Theory]
    [InlineData("win-en-netsh-advfirewall-show-rule-dcos.txt")]
    [InlineData("win-en-netsh-advfirewall-show-rule-winrm.txt")]
    [InlineData("win11-en-netsh-advfirewall-show-rule-chrome-mdns.txt")]
    public void Corpus_AdvFirewall_NoRuleIsLost(string file)
    {
        string text = PastedText.OfCorpus(file);

        ImportedHost imported = PastedText.Read(text);

        Assert.Empty(imported.Unrecognized);
        Assert.Equal(text.Split("Rule Name:").Length - 1, imported.Host!.WindowsFirewallRules.Count);
        Assert.All(imported.Host.WindowsFirewallRules, row => Assert.True(row.Rule is { Action: not null }, row.Problem));
    }

    [Fact]
    public void Corpus_FirewallRules_NoRuleIsLost()
    {
        string[] rules = [.. PastedText.OfCorpus("firewall-rules.txt").Split('\n', StringSplitOptions.RemoveEmptyEntries).Where(line => line.StartsWith('v'))];
        string export = "Windows Registry Editor Version 5.00\r\n\r\n[HKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet\\Services\\SharedAccess\\Parameters\\FirewallPolicy\\FirewallRules]\r\n"
            + string.Concat(rules.Select((rule, i) => $"\"{{{i}}}\"=\"{rule.TrimEnd('\r').Replace(@"\", @"\\", StringComparison.Ordinal)}\"\r\n"));

        HostSnapshot host = PastedText.Read(export).Host!;

        Assert.Equal(rules.Length, host.WindowsFirewallRules.Count);
        Assert.Equal(rules.Select(rule => rule.TrimEnd('\r')), host.WindowsFirewallRules.Select(row => row.Text));
    }

    [Theory]
    [InlineData("win10-fr-netsh-ipv4-show-interface.txt", "netsh show interface", 5)]
    [InlineData("win-en-netsh-http-show-urlacl-fragments.txt", "netsh http show urlacl", 2)]
    public void Corpus_Netsh_NoRowIsLost(string file, string command, int rows)
    {
        ImportedHost imported = PastedText.Read(PastedText.OfCorpus(file));

        Assert.Empty(imported.Unrecognized);
        ImportedBlock block = Assert.Single(imported.Blocks);
        Assert.Equal((command, rows), (block.Command, block.Rows));
    }

    [Fact]
    public void Read_EverythingOfOneHost_IsOneHost()
    {
        ImportedHost windows = PastedText.Read(string.Concat(PastedSamples.Windows)), linux = PastedText.Read(string.Concat(PastedSamples.Linux));

        Assert.Equal(
            ["sc query", "netsh show excludedportrange", "netsh show dynamicport", "netsh show interface", "reg query of the firewall", "netsh advfirewall firewall show rule", "netsh http show servicestate", "netsh http show urlacl", "systeminfo", "ver", "netstat of Windows", "tasklist", "netstat of Windows"],
            windows.Blocks.Select(block => block.Command));
        Assert.Equal((7, 2), (windows.Host!.Processes.Count, windows.Host.WindowsFirewallRules.Count));
        Assert.Equal(PlatformFamily.Linux, linux.Host!.Platform.Family);
        Assert.Empty(linux.Unrecognized);
        Assert.Equal(4, linux.Host.NftablesRules.Count);
    }

    private static HostSnapshot Read(string text, PlatformFamily family)
    {
        ImportedHost imported = PastedText.Read(text);

        Assert.True(imported.Host is not null, imported.Fault);
        Assert.Empty(imported.Unrecognized);
        Assert.Equal(family, imported.Host.Platform.Family);
        ImportedHost mixed = PastedText.Read("What is wrong here? 2 lines follow.\n\n" + text + "\nbob@pc:~$ exit 1\n");
        Assert.Equal(new DiagnosticCase { Host = imported.Host }.ToJson(), new DiagnosticCase { Host = mixed.Host! }.ToJson());
        Assert.Equal(imported.Host, DiagnosticCase.FromJson(new DiagnosticCase { Host = imported.Host }.ToJson()).Host);
        return imported.Host;
    }

    private static string Brief(SocketRow row) =>
        $"{row.Protocol} {row.Local} {row.Remote} {(row.Owners.IsEmpty ? row.OwnerMissingBecause : string.Join(", ", row.Owners.Select(owner => $"{owner.ProcessId} {owner.Name}")))}";
}
