using System;
using System.Collections.Immutable;
using System.Linq;
using Serva.Diagnostics.Addressing;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Firewall;

/// <summary>The program that would get a packet: what conditions on programs and services are held against.</summary>
internal sealed class WindowsFirewallReceiver
{
    private const int Icmp = 1, Igmp = 2, IcmpV6 = 58, SystemProcess = 4;

    private string?[]? _names;
    private int[] _hashes = [];

    private WindowsFirewallReceiver()
    {
    }

    /// <summary>The processes that hold the sockets. Empty when the system itself, nobody, or nobody knows who gets it.</summary>
    public ImmutableArray<ProcessRow> Owners { get; private init; } = [];

    /// <summary>Whether the system answers itself, as it does to ICMP.</summary>
    public bool IsKernel { get; private init; }

    /// <summary>Why it is not known who gets it; null when it is.</summary>
    public string? Unknown { get; private init; }

    /// <summary>Whether it is known that no program listens there.</summary>
    public bool IsNobody => Owners.IsEmpty && !IsKernel && Unknown is null;

    public static WindowsFirewallReceiver Of(HostSnapshot host, SocketIndex sockets, WindowsFirewallPacket packet)
    {
        if (packet.Protocol is Icmp or Igmp or IcmpV6)
            return new WindowsFirewallReceiver { IsKernel = true };
        if (!packet.HasPorts)
            return Nobody($"which program gets packets of protocol {packet.Protocol}");
        if (!host.Sockets.IsKnown)
            return Nobody($"which program listens there (sockets: {host.Sockets.Note ?? "the table was not captured"})");
        SocketRow[] listeners = Listeners(sockets, packet);
        if (listeners.Length == 0)
            return Covers(host.Sockets, packet) ? Nobody(null) : Nobody("which program listens there (sockets: not all of the table was seen)");
        ImmutableArray<ProcessRow> owners = [.. listeners.SelectMany(row => row.Owners).DistinctBy(owner => owner.ProcessId)];
        return owners.IsEmpty ? Nobody($"which program listens there (its owner: {listeners[0].OwnerMissingBecause})") : new WindowsFirewallReceiver { Owners = owners };
    }

    /// <summary>Whether one of the programs has this image name, or may have it.</summary>
    /// <param name="imageName">The name.</param>
    /// <param name="hash">Its <see cref="HashOf"/>: rules are many, and few of them name a program that is here.</param>
    public bool MayBeNamed(string imageName, int hash)
    {
        if (Owners.IsEmpty)
            return true;
        if (_names is null)
        {
            _names = [.. Owners.Select(NameOf)];
            _hashes = [.. _names.Select(HashOf)];
        }

        return _hashes.AsSpan().ContainsAny(hash, HashOf(null)) && HasName(_names, imageName);
    }

    /// <summary>What names that are alike without case have in common.</summary>
    public static int HashOf(string? imageName) => imageName is null ? 0 : string.GetHashCode(imageName, StringComparison.OrdinalIgnoreCase);

    /// <summary>Whether all of the programs, or none, are as asked.</summary>
    public Truth All(Func<ProcessRow, Truth> test)
    {
        Truth[] truths = [.. Owners.Select(test).Distinct()];
        return truths.Length == 1 ? truths[0] : Truth.Unknown;
    }

    public static bool IsSystem(ProcessRow owner) => owner.ProcessId == SystemProcess || (owner.Path is null && string.Equals(owner.Name, "System", StringComparison.OrdinalIgnoreCase));

    public static string? NameOf(ProcessRow owner) => owner.Path is { } path ? path[(path.LastIndexOf('\\') + 1)..] : owner.Name;

    private static bool HasName(string?[] names, string imageName) =>
        Array.Exists(names, name => name is null || string.Equals(name, imageName, StringComparison.OrdinalIgnoreCase));

    private static WindowsFirewallReceiver Nobody(string? unknown) => new() { Unknown = unknown };

    private static bool Covers(Table<SocketRow> table, WindowsFirewallPacket packet)
    {
        TableFilter? filter = table.Filter is { } its ? its with { ListeningOnly = false } : null;
        return table.Coverage == Coverage.Complete && (filter is null || filter.Covers((TransportProtocol)packet.Protocol, packet.Flow.DestinationPort));
    }

    /// <summary>The sockets that would get it: bound to the address, else to all of its family, else to all of both.</summary>
    private static SocketRow[] Listeners(SocketIndex sockets, WindowsFirewallPacket packet)
    {
        bool isGroup = packet.Destination.IsMulticast || packet.Destination.IsBroadcast;
        ImmutableArray<SocketRow>.Builder[] ranks = [ImmutableArray.CreateBuilder<SocketRow>(), ImmutableArray.CreateBuilder<SocketRow>(), ImmutableArray.CreateBuilder<SocketRow>()];
        foreach (int position in sockets.Find((TransportProtocol)packet.Protocol, packet.Flow.DestinationPort))
        {
            SocketRow row = sockets[position];
            NetAddress local = row.Local.Address.UnmapIPv4().WithoutScope();
            if (!row.IsListening)
                continue;
            if (local == packet.Destination || (isGroup && !local.IsUnspecified && local.IsIPv6 == packet.Destination.IsIPv6))
                ranks[0].Add(row);
            else if (local.IsUnspecified && local.IsIPv6 == packet.Destination.IsIPv6)
                ranks[1].Add(row);
            else if (local.IsUnspecified && local.IsIPv6 && row.IPv6Only != true)
                ranks[2].Add(row);
        }

        // A group's packet goes to every socket that joined.
        return isGroup ? [.. ranks[0], .. ranks[1]] : [.. ranks.FirstOrDefault(rank => rank.Count > 0) ?? ranks[0]];
    }
}
