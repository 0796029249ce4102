using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Globalization;
using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Threading;
using Microsoft.Extensions.Logging;
using Serva.Diagnostics.Addressing;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Capture;

/// <summary>
/// Reads any machine that .NET runs on through <see cref="System.Net.NetworkInformation"/>: what macOS and the BSDs get. It
/// knows endpoints, interfaces and addresses, and neither owners nor routes; every table says so.
/// </summary>
internal static class PortableCapture
{
    private const string Source = "System.Net.NetworkInformation";
    private const string NotOffered = "the framework does not offer it";

    public static HostSnapshot Capture(CaptureScope scope, TimeProvider time, ILogger logger, CancellationToken cancellationToken)
    {
        var run = new CaptureRun(time, logger, scope.SourceDeadline, cancellationToken);
        var snapshot = new HostSnapshot
        {
            CapturedAt = time.GetUtcNow(),
            Platform = ReadPlatform(),
            Identity = new Identity { UserName = Environment.UserName, IsElevated = Environment.IsPrivilegedProcess },
            Sockets = scope.Wants(SnapshotTables.Sockets) ? ReadSockets(run, scope.Sockets) : Table<SocketRow>.NotRequested,
            Processes = Missing<ProcessRow>(scope, SnapshotTables.Processes),
            Routes = Missing<RouteRow>(scope, SnapshotTables.Routes),
            RoutingRules = Missing<RoutingRuleRow>(scope, SnapshotTables.RoutingRules),
            PortRanges = Missing<PortRangeRow>(scope, SnapshotTables.PortRanges),
            Settings = Missing<SettingRow>(scope, SnapshotTables.Settings),
        };
        if (!scope.Wants(SnapshotTables.Interfaces | SnapshotTables.Addresses))
            return snapshot;
        (Table<InterfaceRow> interfaces, Table<AddressRow> addresses) = ReadInterfaces(run);
        return snapshot with
        {
            Interfaces = scope.Wants(SnapshotTables.Interfaces) ? interfaces : Table<InterfaceRow>.NotRequested,
            Addresses = scope.Wants(SnapshotTables.Addresses) ? addresses : Table<AddressRow>.NotRequested,
        };
    }

    private static HostPlatform ReadPlatform() => new()
    {
        Family = OperatingSystem.IsMacOS() ? PlatformFamily.MacOS
            : OperatingSystem.IsFreeBSD() ? PlatformFamily.Bsd
            : OperatingSystem.IsLinux() ? PlatformFamily.Linux
            : OperatingSystem.IsWindows() ? PlatformFamily.Windows
            : PlatformFamily.Other,
        Version = Environment.OSVersion.Version,
        Name = RuntimeInformation.OSDescription,
        Architecture = RuntimeInformation.OSArchitecture.ToString(),
    };

    private static Table<T> Missing<T>(CaptureScope scope, SnapshotTables table) =>
        scope.Wants(table) ? Table<T>.Unavailable(Source, NotOffered) : Table<T>.NotRequested;

    private static Table<SocketRow> ReadSockets(CaptureRun run, SocketQuery query)
    {
        var table = new TableReading<SocketRow>(run, "Sockets", Source) { Filter = query.ToFilter() };
        IPGlobalProperties properties = IPGlobalProperties.GetIPGlobalProperties();
        SourceClock clock = run.StartSource();
        ReadPart(table, "tcp listeners", clock, () =>
        {
            foreach (IPEndPoint local in properties.GetActiveTcpListeners())
                table.Rows.Add(Row(TransportProtocol.Tcp, local, null, TcpState.Listen));
        });
        ReadPart(table, "tcp connections", clock, () =>
        {
            foreach (TcpConnectionInformation connection in properties.GetActiveTcpConnections())
                table.Rows.Add(Row(TransportProtocol.Tcp, connection.LocalEndPoint, connection.RemoteEndPoint, connection.State));
        });
        ReadPart(table, "udp", clock, () =>
        {
            foreach (IPEndPoint local in properties.GetActiveUdpListeners())
                table.Rows.Add(Row(TransportProtocol.Udp, local, null, null));
        });
        table.Rows.RemoveAll(row => !(query with { ProcessId = null }).Matches(row));
        if (query.ProcessId is not null)
            table.Rows.Clear();
        table.Missing("owners", NotOffered);
        table.Missing("udplite, raw, bound sockets", NotOffered);
        return table.ToTable();
    }

    private static SocketRow Row(TransportProtocol protocol, IPEndPoint local, IPEndPoint? remote, TcpState? state) => new()
    {
        Protocol = protocol,
        Local = NetEndpoint.FromIPEndPoint(local),
        Remote = remote is null ? (NetEndpoint?)null : NetEndpoint.FromIPEndPoint(remote),
        State = state,
        OwnerMissingBecause = OwnerGap.NotSupported,
    };

    private static (Table<InterfaceRow> Interfaces, Table<AddressRow> Addresses) ReadInterfaces(CaptureRun run)
    {
        var interfaces = new TableReading<InterfaceRow>(run, "Interfaces", Source);
        var addresses = new TableReading<AddressRow>(run, "Addresses", Source);
        SourceClock clock = run.StartSource();
        IReadOnlyList<NetworkInterface> all = [];
        string? gap = Try(clock, () => all = NetworkInterface.GetAllNetworkInterfaces());
        Report(interfaces, "interfaces", gap);
        Report(addresses, "interfaces", gap);
        foreach (NetworkInterface one in all)
        {
            gap = Try(clock, () =>
            {
                IPInterfaceProperties properties = one.GetIPProperties();
                uint index = IndexOf(properties);
                interfaces.Rows.Add(RowOf(one, index));
                foreach (UnicastIPAddressInformation unicast in properties.UnicastAddresses)
                    addresses.Rows.Add(RowOf(unicast, index));
            });
            Report(interfaces, one.Name, gap);
            Report(addresses, one.Name, gap);
        }

        interfaces.Missing("mtu, group, master", NotOffered);
        addresses.Missing("state", NotOffered);
        return (interfaces.ToTable(), addresses.ToTable());
    }

    private static InterfaceRow RowOf(NetworkInterface one, uint index)
    {
        byte[] physical = one.GetPhysicalAddress().GetAddressBytes();
        return new InterfaceRow
        {
            Index = index,
            Name = one.Name,
            Description = one.Description == one.Name ? null : one.Description,
            Status = one.OperationalStatus,
            Type = one.NetworkInterfaceType,
            PhysicalAddress = Array.TrueForAll(physical, octet => octet == 0)
                ? null
                : string.Join(':', Array.ConvertAll(physical, octet => octet.ToString("x2", CultureInfo.InvariantCulture))),
        };
    }

    private static AddressRow RowOf(UnicastIPAddressInformation unicast, uint index)
    {
        NetAddress address = NetAddress.FromIPAddress(unicast.Address);
        return new AddressRow
        {
            Interface = index,
            Address = address.IsIPv6 && address.IsLinkLocal ? address.WithScope(index) : address,
            PrefixLength = unicast.PrefixLength,
            State = AddressState.Unknown,
        };
    }

    private static uint IndexOf(IPInterfaceProperties properties)
    {
        try
        {
            return (uint)properties.GetIPv4Properties().Index;
        }
        catch (NetworkInformationException)
        {
            return (uint)properties.GetIPv6Properties().Index;
        }
    }

    private static void ReadPart<T>(TableReading<T> table, string part, SourceClock clock, Action read) =>
        Report(table, part, Try(clock, read));

    private static void Report<T>(TableReading<T> table, string part, string? gap)
    {
        if (gap is null)
            table.Succeeded();
        else
            table.Missing(part, gap);
    }

    /// <summary>The boundary at which a failing source becomes a gap.</summary>
    /// <returns>Why there is a gap; null when there is none.</returns>
    private static string? Try(SourceClock clock, Action read)
    {
        if (clock.IsOver())
            return SourceClock.TimedOut;
        try
        {
            read();
            return null;
        }
        catch (Exception error) when (error is NetworkInformationException or PlatformNotSupportedException or SocketException
            or UnauthorizedAccessException or System.IO.IOException)
        {
            string code = error is System.ComponentModel.Win32Exception native ? $" ({native.NativeErrorCode})" : "";
            return error.Message + code;
        }
    }
}
