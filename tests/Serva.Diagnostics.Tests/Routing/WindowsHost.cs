using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Net.NetworkInformation;
using Serva.Diagnostics.Addressing;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Tests.Routing;

/// <summary>Windows hosts as text: <c>PREFIX GATEWAY|- INTERFACE METRIC</c> a line, where an interface is named by its first address.</summary>
internal static class WindowsHost
{
    public static readonly Version NT4 = new(4, 0), XP = new(5, 1), Server2003 = new(5, 2), Vista = new(6, 0), Seven = new(6, 1), Ten = new(10, 0, 19045);

    /// <summary>Interfaces are named after their address and numbered from 1 in order of appearance, loopback included.</summary>
    public static HostSnapshot Of(Version version, string routes, params string[] moreAddresses)
    {
        var names = new List<string>();
        List<RouteRow> rows = [.. routes.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Select(line => Route(line.Split(' ', StringSplitOptions.RemoveEmptyEntries), names))];
        IEnumerable<(string Name, NetAddress Address)> addresses = names
            .Where(name => NetAddress.TryParse(name, out _))
            .Select(name => (name, NetAddress.Parse(name)))
            .Concat(moreAddresses.Select(text => text.Split(" on ")).Select(words => (words[1], NetAddress.Parse(words[0]))));
        return new HostSnapshot
        {
            CapturedAt = DateTimeOffset.UnixEpoch,
            Platform = new HostPlatform { Family = PlatformFamily.Windows, Version = version },
            Interfaces = Table<InterfaceRow>.Complete(
            [
                .. names.Select((name, index) => new InterfaceRow
                {
                    Index = (uint)index + 1,
                    Name = name,
                    Status = OperationalStatus.Up,
                    Type = name.StartsWith("127.", StringComparison.Ordinal) ? NetworkInterfaceType.Loopback : NetworkInterfaceType.Ethernet,
                }),
            ], "test"),
            Addresses = Table<AddressRow>.Complete(
            [
                .. addresses.Select(pair => new AddressRow
                {
                    Interface = (uint)names.IndexOf(pair.Name) + 1,
                    Address = pair.Address,
                    PrefixLength = rows.Where(row => row.Gateway is null && row.Interface == names.IndexOf(pair.Name) + 1 && row.Destination.Contains(pair.Address) && row.Destination.Length < pair.Address.BitCount)
                        .Select(row => row.Destination.Length).DefaultIfEmpty(pair.Address.BitCount).Max(),
                    State = AddressState.Preferred,
                }),
            ], "test"),
            Routes = Table<RouteRow>.Complete([.. rows], "test"),
        };
    }

    public static HostSnapshot With(this HostSnapshot host, string name, Func<InterfaceRow, InterfaceRow> change) => host with
    {
        Interfaces = host.Interfaces.WithRows([.. host.Interfaces.Select(row => row.Name == name ? change(row) : row)]),
    };

    private static RouteRow Route(string[] words, List<string> names)
    {
        if (!names.Contains(words[2]))
            names.Add(words[2]);
        return new RouteRow
        {
            Destination = NetPrefix.Parse(words[0]),
            Kind = RouteKind.Unicast,
            Gateway = words[1] == "-" ? null : NetAddress.Parse(words[1]),
            Interface = (uint)names.IndexOf(words[2]) + 1,
            Metric = uint.Parse(words[3], CultureInfo.InvariantCulture),
        };
    }
}
