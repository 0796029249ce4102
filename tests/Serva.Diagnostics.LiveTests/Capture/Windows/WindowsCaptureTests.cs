using System;
using System.Globalization;
using System.Linq;
using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using System.Runtime.Versioning;
using System.Threading;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Win32;
using Serva.Diagnostics.Addressing;
using Serva.Diagnostics.Capture;
using Serva.Diagnostics.Snapshots;
using Xunit;

namespace Serva.Diagnostics.LiveTests.Capture.Windows;

/// <summary>
/// The Windows calls with Wine's answers: structures, registry paths, missing functions. Not evidence of how Windows
/// binds, filters or measures.
/// </summary>
[Collection(OneWindows.Name)]
[Trait("System", "Wine")]
[Trait("Privilege", "Any")]
[SupportedOSPlatform("windows")]
public sealed class WindowsCaptureTests
{
    private const SnapshotTables Firewall = SnapshotTables.WindowsFirewallProfiles | SnapshotTables.WindowsFirewallRules;
    private const string LocalFirewall = @"SYSTEM\CurrentControlSet\Services\SharedAccess\Parameters\FirewallPolicy";
    private const string GroupPolicyFirewall = @"SOFTWARE\Policies\Microsoft\WindowsFirewall";

    public WindowsCaptureTests() => Wine.Require();

    [Fact]
    public void Sockets_OwnTcpListener_HasThisProcessAsOwner()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        // Wine learns a socket's owner only when its process first asks for the descriptor.
        _ = listener.Server.Ttl;
        var endpoint = (NetEndpoint)(IPEndPoint)listener.LocalEndpoint;

        Table<SocketRow> table = Read(SnapshotTables.Sockets).Sockets;

        Assert.Equal(Coverage.Complete, table.Coverage);
        SocketRow row = Assert.Single(table, row => row.Protocol == TransportProtocol.Tcp && row.Local == endpoint);
        Assert.Equal(TcpState.Listen, row.State);
        Assert.Null(row.Remote);
        Assert.Equal(OwnerGap.None, row.OwnerMissingBecause);
        ProcessRow owner = Assert.Single(row.Owners);
        Assert.Equal(Environment.ProcessId, owner.ProcessId);
        Assert.Equal(Environment.ProcessPath, owner.Path);
        Assert.Equal("Serva.Diagnostics.LiveTests.exe", owner.Name);
        Assert.Equal($@"{Environment.UserDomainName}\{Environment.UserName}", owner.User);
        Assert.InRange(owner.StartedAt!.Value, DateTimeOffset.UtcNow.AddHours(-1), DateTimeOffset.UtcNow.AddMinutes(1));
    }

    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("::1")]
    public void Sockets_OwnUdpSocket_HasThisProcessAsOwner(string address)
    {
        using var socket = new UdpClient(new IPEndPoint(IPAddress.Parse(address), 0));
        _ = socket.Ttl;
        var endpoint = (NetEndpoint)(IPEndPoint)socket.Client.LocalEndPoint!;

        SocketRow row = Assert.Single(Read(SnapshotTables.Sockets).Sockets, row => row.Protocol == TransportProtocol.Udp && row.Local == endpoint);

        Assert.Null(row.State);
        Assert.Null(row.Remote);
        Assert.Equal(Environment.ProcessId, Assert.Single(row.Owners).ProcessId);
    }

    [Fact]
    public void Sockets_ConnectedPair_BothEndsAreListedWithTheirPeers()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        using var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        client.Connect(listener.LocalEndpoint);
        using Socket server = listener.AcceptSocket();
        var clientSide = (NetEndpoint)(IPEndPoint)client.LocalEndPoint!;
        var serverSide = (NetEndpoint)(IPEndPoint)listener.LocalEndpoint;

        Table<SocketRow> table = Read(SnapshotTables.Sockets).Sockets;

        Assert.Contains(table, row => row.Local == clientSide && row.Remote == serverSide && row.State == TcpState.Established);
        Assert.Contains(table, row => row.Local == serverSide && row.Remote == clientSide && row.State == TcpState.Established);
    }

    [Fact]
    public void Sockets_IPv6Listener_IsListed()
    {
        NetworkInterface? withLinkLocal = NetworkInterface.GetAllNetworkInterfaces()
            .FirstOrDefault(candidate => candidate.GetIPProperties().UnicastAddresses.Any(address => address.Address.IsIPv6LinkLocal));
        IPAddress address = withLinkLocal?.GetIPProperties().UnicastAddresses.First(candidate => candidate.Address.IsIPv6LinkLocal).Address
            ?? IPAddress.IPv6Loopback;
        using var listener = new TcpListener(address, 0);
        listener.Start();
        int port = ((IPEndPoint)listener.LocalEndpoint).Port;

        SocketRow row = Assert.Single(
            Read(SnapshotTables.Sockets).Sockets, row => row.State == TcpState.Listen && row.Local.Port == port);

        // Wine takes the scope from a column of /proc/net/if_inet6 that is not the interface.
        Assert.Equal(((NetAddress)address).WithoutScope(), row.Local.Address.WithoutScope());
        Assert.Equal(address.IsIPv6LinkLocal, row.Local.Address.ScopeId != 0);
        // Wine gives no owner for TCP over IPv6: then the row says that none was found, never that there is none.
        Assert.Equal(row.Owners.IsEmpty ? OwnerGap.NotFound : OwnerGap.None, row.OwnerMissingBecause);
    }

    [Fact]
    public void Sockets_QueryForOnePortWithoutOwners_GivesThatPortAlone()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        using var other = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        other.Start();
        int port = ((IPEndPoint)listener.LocalEndpoint).Port;

        Table<SocketRow> table = SocketTable.Read(SocketQuery.Listening(port) with { Owners = OwnerSearch.None }, TestContext.Current.CancellationToken);

        SocketRow row = Assert.Single(table);
        Assert.Equal(port, row.Local.Port);
        Assert.Equal(OwnerGap.NotRequested, row.OwnerMissingBecause);
        Assert.Equal(port, table.Filter!.FirstPort);
    }

    [Fact]
    public void Sockets_QueryForThisProcess_GivesItsSocketsAlone()
    {
        using var socket = new UdpClient(new IPEndPoint(IPAddress.Loopback, 0));
        _ = socket.Ttl;

        Table<SocketRow> table = SocketTable.Read(new SocketQuery { ProcessId = Environment.ProcessId }, TestContext.Current.CancellationToken);

        Assert.NotEmpty(table);
        Assert.All(table, row => Assert.Equal(Environment.ProcessId, Assert.Single(row.Owners).ProcessId));
    }

    [Fact]
    public void Processes_ThisProcess_IsListedOnce()
    {
        Table<ProcessRow> table = Read(SnapshotTables.Processes).Processes;

        Assert.Equal(Coverage.Complete, table.Coverage);
        ProcessRow row = Assert.Single(table, row => row.ProcessId == Environment.ProcessId);
        Assert.Equal(Environment.ProcessPath, row.Path);
        Assert.DoesNotContain(table, row => row.ProcessId == 0);
    }

    [Fact]
    public void Processes_HostOfAService_NamesTheServiceAndItsAccount()
    {
        HostSnapshot host = Read(SnapshotTables.Processes | SnapshotTables.Services);

        ServiceRow service = host.Services.First(row => row.ProcessId is not null);
        ProcessRow process = Assert.Single(host.Processes, row => row.ProcessId == service.ProcessId);

        Assert.Contains(service.Name, process.Services);
        Assert.NotNull(process.User);
    }

    [Theory]
    [InlineData("auto", ServiceStart.Automatic)]
    [InlineData("demand", ServiceStart.Manual)]
    [InlineData("disabled", ServiceStart.Disabled)]
    public void Services_PlantedTimeService_IsReadWithStartTypeAndAccount(string start, ServiceStart expected)
    {
        Wine.Run("sc.exe", "delete", "W32Time");
        Assert.Equal(0, Wine.Run(
            "sc.exe", "create", "W32Time", @"binPath= C:\windows\system32\svchost.exe -k LocalService", "start=", start,
            "obj=", @"NT AUTHORITY\LocalService", "DisplayName=", "Windows Time & \"friends\""));
        try
        {
            Table<ServiceRow> table = Read(SnapshotTables.Services).Services;

            Assert.Equal(Coverage.Complete, table.Coverage);
            ServiceRow row = Assert.Single(table, row => row.Name == "W32Time");
            Assert.Equal(expected, row.Start);
            Assert.Equal(ServiceState.Stopped, row.State);
            Assert.Null(row.ProcessId);
            Assert.Equal(@"NT AUTHORITY\LOCAL SERVICE", row.Account);
        }
        finally
        {
            Wine.Run("sc.exe", "delete", "W32Time");
        }
    }

    [Fact]
    public void Platform_ImitatedBuild_IsReadWithItsRevision()
    {
        string? build = Environment.GetEnvironmentVariable("SERVA_WIN_BUILD");
        Assert.SkipUnless(build is not null, "needs SERVA_WIN_BUILD, which eng/wine-test.sh sets");
        string[] parts = build.Split('.');

        HostPlatform platform = Read(SnapshotTables.None).Platform;

        Assert.Equal(PlatformFamily.Windows, platform.Family);
        Assert.Equal(new Version(10, 0, int.Parse(parts[0], CultureInfo.InvariantCulture)), platform.Version);
        Assert.Equal(int.Parse(parts[1], CultureInfo.InvariantCulture), platform.Revision);
        Assert.Contains("Wine", platform.Name, StringComparison.Ordinal);
        Assert.Equal("X64", platform.Architecture);
    }

    [Fact]
    public void Identity_UnderWine_ElevationIsUnknown()
    {
        Identity? identity = Read(SnapshotTables.None).Identity;

        Assert.Equal($@"{Environment.UserDomainName}\{Environment.UserName}", identity!.UserName);
        Assert.Null(identity.IsElevated);
    }

    [Fact]
    public void Interfaces_MetricsAreNotSupported_RowsStandAndAGapSaysWhy()
    {
        Table<InterfaceRow> table = Read(SnapshotTables.Interfaces).Interfaces;

        Assert.Equal(Coverage.Partial, table.Coverage);
        TableGap gap = Assert.Single(table.Gaps);
        Assert.Equal("metrics", gap.Part);
        Assert.Equal("GetIpInterfaceTable failed: 50 ERROR_NOT_SUPPORTED", gap.Reason);
        Assert.All(table, row => Assert.Null(row.MetricV4));
        InterfaceRow loopback = Assert.Single(table, row => row.Type == NetworkInterfaceType.Loopback);
        Assert.Equal(OperationalStatus.Up, loopback.Status);
    }

    /// <summary>Wine calls every network public.</summary>
    [Fact]
    public void Interfaces_OfANetwork_HaveTheFirewallProfileOfItsCategory()
    {
        HostSnapshot host = Read(SnapshotTables.Interfaces | SnapshotTables.Addresses);
        InterfaceRow[] connected = [.. host.Interfaces.Where(row => row.Type != NetworkInterfaceType.Loopback && host.Addresses.Any(address => address.Interface == row.Index && address.Address.IsIPv4))];

        Assert.NotEmpty(connected);
        Assert.All(connected, row => Assert.Equal(WindowsFirewallProfile.Public, row.FirewallProfile));
        Assert.DoesNotContain(host.Interfaces.Gaps, gap => gap.Part == "firewall profiles");
    }

    [Fact]
    public void Addresses_AgreeWithTheFramework()
    {
        Table<AddressRow> table = Read(SnapshotTables.Addresses).Addresses;

        Assert.Equal(Coverage.Complete, table.Coverage);
        var theirs = NetworkInterface.GetAllNetworkInterfaces()
            .SelectMany(candidate => candidate.GetIPProperties().UnicastAddresses)
            .Select(address => ((NetAddress)address.Address, address.PrefixLength));
        Assert.Equal(theirs.Order(), table.Select(row => (row.Address, row.PrefixLength)).Order());
        Assert.All(table, row => Assert.Equal(AddressState.Preferred, row.State));
    }

    [Fact]
    public void Routes_EachLeavesByAnInterfaceOfTheHost()
    {
        HostSnapshot host = Read(SnapshotTables.Routes | SnapshotTables.Interfaces);

        Assert.Equal(Coverage.Complete, host.Routes.Coverage);
        Assert.All(host.Routes, route => Assert.Contains(host.Interfaces, row => row.Index == route.Interface));
    }

    [Fact]
    public void PortRanges_NetshHasNoTables_IsUnavailableAndSaysWhy()
    {
        Table<PortRangeRow> table = Read(SnapshotTables.PortRanges).PortRanges;

        Assert.Equal(Coverage.Unavailable, table.Coverage);
        Assert.Contains("netsh", table.Note, StringComparison.Ordinal);
    }

    [Fact]
    public void Settings_PlantedValues_AreReadByTheirFullPath()
    {
        const string path = @"SYSTEM\CurrentControlSet\Services\AFD\Parameters";
        using (RegistryKey key = Registry.LocalMachine.CreateSubKey(path))
            key.SetValue("DisableAddressSharing", 1, RegistryValueKind.DWord);
        try
        {
            HostSnapshot host = Read(SnapshotTables.Settings);

            Assert.Equal(Coverage.Complete, host.Settings.Coverage);
            Assert.Equal("1", host.FindSetting($@"HKLM\{path}\DisableAddressSharing"));
        }
        finally
        {
            Registry.LocalMachine.DeleteSubKeyTree(path);
        }
    }

    [Fact]
    public void Settings_AddressesOfAdapters_AreReadFromTheirKeys()
    {
        const string path = @"SYSTEM\CurrentControlSet\Services\Tcpip\Parameters\Interfaces\{6E07F1A2-1111-4222-8333-0123456789AB}";
        using (RegistryKey key = Registry.LocalMachine.CreateSubKey(path))
        {
            key.SetValue("IPAddress", new[] { "192.168.0.66", "192.168.0.67" }, RegistryValueKind.MultiString);
            key.SetValue("DhcpIPAddress", "0.0.0.0");
        }

        try
        {
            HostSnapshot host = Read(SnapshotTables.Settings);

            Assert.Equal(Coverage.Complete, host.Settings.Coverage);
            Assert.Equal("192.168.0.66 192.168.0.67", host.FindSetting($@"HKLM\{path}\IPAddress"));
            Assert.Null(host.FindSetting($@"HKLM\{path}\DhcpIPAddress"));
        }
        finally
        {
            Registry.LocalMachine.DeleteSubKeyTree(path);
        }
    }

    [Fact]
    public void Updates_NoServicingKey_IsUnavailable()
    {
        Table<UpdateRow> table = Read(SnapshotTables.Updates).Updates;

        Assert.Equal(Coverage.Unavailable, table.Coverage);
        Assert.EndsWith(@"Component Based Servicing\Packages does not exist", table.Note, StringComparison.Ordinal);
    }

    [Fact]
    public void Updates_PlantedPackages_GivesTheInstalledOnesOnceEach()
    {
        const string servicing = @"SOFTWARE\Microsoft\Windows\CurrentVersion\Component Based Servicing";
        const string tail = "~31bf3856ad364e35~amd64~~19041.2130.1.8";
        using (RegistryKey packages = Registry.LocalMachine.CreateSubKey(servicing + @"\Packages"))
        {
            Plant(packages, "Package_for_KB5018410" + tail, state: 112);
            Plant(packages, "Package_2_for_KB5018410" + tail, state: 112);
            Plant(packages, "Package_for_KB5016616" + tail, state: 80);
            Plant(packages, "Microsoft-Windows-Foundation-Package" + tail, state: 112);
        }

        try
        {
            Table<UpdateRow> complete = Read(SnapshotTables.Updates).Updates;
            using (RegistryKey packages = Registry.LocalMachine.CreateSubKey(servicing + @"\Packages"))
                Plant(packages, "Package_for_RollupFix" + tail, state: 112);
            Table<UpdateRow> partial = Read(SnapshotTables.Updates).Updates;

            Assert.Equal(Coverage.Complete, complete.Coverage);
            UpdateRow row = Assert.Single(complete);
            Assert.Equal("KB5018410", row.Id);
            Assert.Equal(new DateTimeOffset(2022, 10, 11, 0, 0, 0, TimeSpan.Zero), row.InstalledAt);
            Assert.Equal(Coverage.Partial, partial.Coverage);
            Assert.Equal("cumulative updates", Assert.Single(partial.Gaps).Part);
            Assert.Equal(complete.AsSpan(), partial.AsSpan());
        }
        finally
        {
            Registry.LocalMachine.DeleteSubKeyTree(servicing);
        }

        static void Plant(RegistryKey packages, string name, int state)
        {
            using RegistryKey package = packages.CreateSubKey(name);
            long time = new DateTime(2022, 10, 11, 0, 0, 0, DateTimeKind.Utc).ToFileTimeUtc();
            package.SetValue("CurrentState", state, RegistryValueKind.DWord);
            package.SetValue("InstallTimeHigh", (int)(time >> 32), RegistryValueKind.DWord);
            package.SetValue("InstallTimeLow", unchecked((int)time), RegistryValueKind.DWord);
        }
    }

    [Fact]
    public void Firewall_NoLocalStore_IsUnavailable()
    {
        HostSnapshot host = Read(Firewall);

        Assert.Equal(Coverage.Unavailable, host.WindowsFirewallProfiles.Coverage);
        Assert.Equal(Coverage.Unavailable, host.WindowsFirewallRules.Coverage);
        Assert.EndsWith(@"FirewallPolicy\FirewallRules does not exist", host.WindowsFirewallRules.Note, StringComparison.Ordinal);
    }

    [Fact]
    public void Firewall_PlantedProfiles_AreReadFromBothStores()
    {
        Plant(LocalFirewall + @"\DomainProfile", ("EnableFirewall", 1));
        Plant(LocalFirewall + @"\StandardProfile", ("EnableFirewall", 0), ("DefaultInboundAction", 0), ("DisableNotifications", 1));
        Plant(LocalFirewall + @"\PublicProfile", ("EnableFirewall", 2), ("DoNotAllowExceptions", "1"));
        Plant(GroupPolicyFirewall + @"\PublicProfile", ("DefaultInboundAction", 1), ("DefaultOutboundAction", 0), ("AllowLocalPolicyMerge", 0));
        try
        {
            Table<WindowsFirewallProfileRow> table = Read(Firewall).WindowsFirewallProfiles;

            Assert.Equal(
                [
                    new() { Profile = WindowsFirewallProfile.Domain, Store = WindowsFirewallStore.Local, EnableFirewall = true },
                    new() { Profile = WindowsFirewallProfile.Public, Store = WindowsFirewallStore.Local },
                    new()
                    {
                        Profile = WindowsFirewallProfile.Standard,
                        Store = WindowsFirewallStore.Local,
                        EnableFirewall = false,
                        DefaultInboundAction = WindowsFirewallAction.Allow,
                        DisableNotifications = true,
                    },
                    new()
                    {
                        Profile = WindowsFirewallProfile.Public,
                        Store = WindowsFirewallStore.GroupPolicy,
                        DefaultInboundAction = WindowsFirewallAction.Block,
                        DefaultOutboundAction = WindowsFirewallAction.Allow,
                        AllowLocalPolicyMerge = false,
                    },
                ],
                table);
            Assert.Equal(Coverage.Partial, table.Coverage);
            Assert.Equal(
                [
                    new() { Part = "local PublicProfile EnableFirewall", Reason = "2 is neither 0 nor 1" },
                    new() { Part = "local PublicProfile DoNotAllowExceptions", Reason = "is no REG_DWORD" },
                ],
                table.Gaps);
        }
        finally
        {
            RemoveFirewall();
        }
    }

    [Fact]
    public void Firewall_PlantedRules_AreReadFromEveryStore()
    {
        const string allow = @"v2.30|Action=Allow|Active=TRUE|Dir=In|Protocol=17|Profile=Private|LPort=69|App=%ProgramFiles%\Lab\labd.exe|Name=Lab ü|";
        const string block = "v2.31|Action=Block|Active=TRUE|Dir=In|Protocol=6|LPort2_10=1-66|";
        const string hardening = "v2.0|Action=Block|Dir=In|Svc=labsvc|";
        Plant(LocalFirewall + @"\RestrictedServices\Static\System", ("lab-1", hardening));
        Plant(LocalFirewall + @"\FirewallRules", ("{lab}", allow), ("malformed", "v2.30|Action=Allow"), ("number", 1));
        try
        {
            Table<WindowsFirewallRuleRow> local = Read(Firewall).WindowsFirewallRules;
            Plant(GroupPolicyFirewall + @"\FirewallRules", ("policy", block));
            Table<WindowsFirewallRuleRow> both = Read(Firewall).WindowsFirewallRules;

            Assert.Equal(Coverage.Complete, local.Coverage);
            Assert.Equal(4, local.Count);
            Assert.Equal(local, both.Where(row => row.Store != WindowsFirewallStore.GroupPolicy));
            WindowsFirewallRuleRow rule = Assert.Single(both, row => row.RuleId == "{lab}");
            Assert.Equal((WindowsFirewallStore.Local, allow, null), (rule.Store, rule.Text, rule.Problem));
            Assert.True(rule.Rule!.Active);
            Assert.Equal([new() { First = 69, Last = 69 }], rule.Rule.LocalPorts);
            Assert.Equal(@"%ProgramFiles%\Lab\labd.exe", rule.Rule.Application);
            WindowsFirewallRuleRow malformed = Assert.Single(both, row => row.RuleId == "malformed");
            Assert.Equal(("v2.30|Action=Allow", null, "does not end with |"), (malformed.Text, malformed.Rule, malformed.Problem));
            WindowsFirewallRuleRow number = Assert.Single(both, row => row.RuleId == "number");
            Assert.Equal((null, null, "is no text, or could not be read"), (number.Text, number.Rule, number.Problem));
            WindowsFirewallRuleRow policy = Assert.Single(both, row => row.Store == WindowsFirewallStore.GroupPolicy);
            Assert.Equal(("policy", block, WindowsFirewallAction.Block), (policy.RuleId, policy.Text, policy.Rule!.Action));
            WindowsFirewallRuleRow restricted = Assert.Single(both, row => row.Store == WindowsFirewallStore.ServiceHardening);
            Assert.Equal((hardening, "labsvc"), (restricted.Text, restricted.Rule!.Service));
        }
        finally
        {
            RemoveFirewall();
        }
    }

    [Fact]
    public void Firewall_OnlyGroupPolicy_IsPartial()
    {
        Plant(GroupPolicyFirewall + @"\FirewallRules", ("policy", "v2.31|Dir=In|"));
        try
        {
            Table<WindowsFirewallRuleRow> table = Read(Firewall).WindowsFirewallRules;

            Assert.Equal(Coverage.Partial, table.Coverage);
            Assert.Equal("policy", Assert.Single(table).RuleId);
            Assert.Equal("local", Assert.Single(table.Gaps).Part);
        }
        finally
        {
            RemoveFirewall();
        }
    }

    [Fact]
    public void Capture_Everything_LeavesNoTableUnasked()
    {
        HostSnapshot host = Read(SnapshotTables.All);

        Assert.NotEqual(Coverage.NotRequested, host.Sockets.Coverage);
        Assert.NotEqual(Coverage.NotRequested, host.Processes.Coverage);
        Assert.NotEqual(Coverage.NotRequested, host.Interfaces.Coverage);
        Assert.NotEqual(Coverage.NotRequested, host.Addresses.Coverage);
        Assert.NotEqual(Coverage.NotRequested, host.Routes.Coverage);
        Assert.NotEqual(Coverage.NotRequested, host.RoutingRules.Coverage);
        Assert.NotEqual(Coverage.NotRequested, host.PortRanges.Coverage);
        Assert.NotEqual(Coverage.NotRequested, host.Settings.Coverage);
        Assert.NotEqual(Coverage.NotRequested, host.Services.Coverage);
        Assert.NotEqual(Coverage.NotRequested, host.Updates.Coverage);
        Assert.NotEqual(Coverage.NotRequested, host.WindowsFirewallProfiles.Coverage);
        Assert.NotEqual(Coverage.NotRequested, host.WindowsFirewallRules.Coverage);
    }

    [Fact]
    public void Capture_OnlySockets_LeavesTheRestUnasked()
    {
        HostSnapshot host = Read(SnapshotTables.Sockets);

        Assert.Equal(Coverage.NotRequested, host.Services.Coverage);
        Assert.Equal(Coverage.NotRequested, host.Processes.Coverage);
        Assert.Equal(Coverage.NotRequested, host.PortRanges.Coverage);
    }

    [Fact]
    public void Capture_Cancelled_Stops()
    {
        using var cancelled = new CancellationTokenSource();
        cancelled.Cancel();

        Assert.ThrowsAny<OperationCanceledException>(
            () => HostCapture.Capture(CaptureScope.All, TimeProvider.System, NullLogger.Instance, cancelled.Token));
    }

    private static void Plant(string path, params ReadOnlySpan<(string Name, object Value)> values)
    {
        using RegistryKey key = Registry.LocalMachine.CreateSubKey(path);
        foreach ((string name, object value) in values)
            key.SetValue(name, value);
    }

    private static void RemoveFirewall()
    {
        Registry.LocalMachine.DeleteSubKeyTree(LocalFirewall, throwOnMissingSubKey: false);
        Registry.LocalMachine.DeleteSubKeyTree(GroupPolicyFirewall, throwOnMissingSubKey: false);
    }

    private static HostSnapshot Read(SnapshotTables tables) =>
        HostCapture.Capture(
            CaptureScope.All with { Tables = tables }, TimeProvider.System, NullLogger.Instance, TestContext.Current.CancellationToken);
}
