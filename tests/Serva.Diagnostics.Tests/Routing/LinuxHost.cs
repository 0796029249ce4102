using System;
using System.Collections.Generic;
using System.Linq;
using System.Net.NetworkInformation;
using Serva.Diagnostics.Addressing;
using Serva.Diagnostics.Snapshots;
using Xunit;

namespace Serva.Diagnostics.Tests.Routing;

/// <summary>A Linux host as the kernel leaves it after links and addresses were added; what follows is said in the words of <c>ip</c>.</summary>
internal static class LinuxHost
{
    private const byte HostScope = 254, LinkScope = 253;

    /// <param name="links">Each a name with its addresses: <c>e1 10.1.0.5/24 2001:db8:1::5/64</c>. The index of the first is 2.</param>
    public static HostSnapshot Of(params string[] links)
    {
        List<InterfaceRow> interfaces = [new() { Index = 1, Name = "lo", Status = OperationalStatus.Up, Type = NetworkInterfaceType.Loopback }];
        var addresses = new List<AddressRow>();
        var routes = new List<RouteRow>();
        foreach (string[] words in links.Prepend("lo 127.0.0.1/8 ::1/128").Select(link => link.Split(' ')))
        {
            uint index = words[0] == "lo" ? 1 : (uint)interfaces.Count + 1;
            if (index > 1)
                interfaces.Add(new InterfaceRow { Index = index, Name = words[0], Status = OperationalStatus.Up, Type = NetworkInterfaceType.Ethernet });
            foreach (string word in words.Skip(1))
            {
                NetAddress address = NetAddress.Parse(word.Split('/')[0]);
                int length = int.Parse(word.Split('/')[1], System.Globalization.CultureInfo.InvariantCulture);
                addresses.Add(new AddressRow { Interface = index, Address = address, PrefixLength = length, State = AddressState.Preferred, Scope = index == 1 ? HostScope : (byte)0 });
                routes.Add(new RouteRow { Destination = NetPrefix.Create(address, index == 1 ? length : address.BitCount), Kind = RouteKind.Local, Interface = index, Metric = 0, Table = 255, Scope = address.IsIPv4 ? HostScope : (byte)0, Protocol = 2 });
                if (index > 1)
                    routes.Add(new RouteRow { Destination = NetPrefix.Create(address, length), Kind = RouteKind.Unicast, Interface = index, Metric = address.IsIPv6 ? 256u : 0, Table = 254, Scope = address.IsIPv4 ? LinkScope : (byte)0, Protocol = 2 });
            }
        }

        return new HostSnapshot
        {
            CapturedAt = DateTimeOffset.UnixEpoch,
            Platform = new HostPlatform { Family = PlatformFamily.Linux, Version = new Version(6, 18) },
            Identity = new Identity { UserId = 0 },
            Interfaces = Table<InterfaceRow>.Complete([.. interfaces], "test"),
            Addresses = Table<AddressRow>.Complete([.. addresses], "test"),
            Routes = Table<RouteRow>.Complete([.. routes], "test"),
            RoutingRules = Table<RoutingRuleRow>.Complete([Rule(0, 255, false), Rule(32_766, 254, false), Rule(32_767, 253, false), Rule(0, 255, true), Rule(32_766, 254, true)], "test"),
            AddressLabels = Table<AddressLabelRow>.Complete([], "test"),
            Neighbors = Table<NeighborRow>.Complete([], "test"),
            Settings = Table<SettingRow>.Complete(
            [
                .. from family in (string[])["ipv4", "ipv6"]
                   from name in interfaces.Select(row => row.Name).Append("all")
                   select new SettingRow { Name = $"net.{family}.conf.{name}.forwarding", Value = "1" },
            ], "test"),
        };
    }

    /// <summary>The host after changes in the words of <c>ip</c>.</summary>
    public static HostSnapshot After(this HostSnapshot host, params string[] changes)
    {
        foreach (string text in changes)
        {
            Assert.True(SnapshotChange.TryParse(text, host, out SnapshotChange? change, out string? error, out int position), $"{text}: {error} at {position}");
            host = host.With(change);
        }

        return host;
    }

    private static RoutingRuleRow Rule(uint priority, uint table, bool isIPv6) => new() { Priority = priority, IsIPv6 = isIPv6, Action = RoutingRuleAction.Lookup, Table = table };
}
