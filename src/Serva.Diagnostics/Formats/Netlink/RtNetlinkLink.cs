using System;
using System.Net.NetworkInformation;
using Serva.Diagnostics.Formats.Proc;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Formats.Netlink;

/// <summary><c>RTM_NEWLINK</c>: <c>struct ifinfomsg</c> (16 bytes) and <c>IFLA_*</c> attributes (<c>linux/if_link.h</c>).</summary>
internal static class RtNetlinkLink
{
    private const int HeaderLength = 16;
    private const uint FlagUp = 0x1;
    private const uint FlagRunning = 0x40;
    private const ushort HardwareLoopback = 772;

    public static int Decode(in NetlinkMessage message, RowBuilder<InterfaceRow> rows)
    {
        if (message.Type != RtNetlink.NewLink)
            return -1;
        ReadOnlySpan<byte> payload = message.Payload;
        if (payload.Length < HeaderLength)
            return 0;
        ushort hardware = message.Order.UInt16(payload[2..]);
        uint flags = message.Order.UInt32(payload[8..]);
        string? name = null, alias = null, kind = null, physical = null;
        uint? mtu = null, master = null, group = null;
        byte state = 0;
        bool hasXdp = false;
        var attributes = new NetlinkAttributes(payload[HeaderLength..], message.Order);
        while (attributes.MoveNext())
        {
            switch (attributes.Type)
            {
                case 1: physical = PhysicalAddress(attributes.Value, hardware); break;   // IFLA_ADDRESS
                case 3: name = MachineText.ReadTerminated(attributes.Value); break;      // IFLA_IFNAME
                case 4: mtu = attributes.UInt32(); break;                                // IFLA_MTU
                case 10: master = attributes.UInt32(); break;                            // IFLA_MASTER
                case 16: state = attributes.Byte(); break;                               // IFLA_OPERSTATE
                case 18: kind = InfoKind(attributes.Value, message.Order); break;        // IFLA_LINKINFO
                case 20: alias = MachineText.ReadTerminated(attributes.Value); break;    // IFLA_IFALIAS
                case 27: group = attributes.UInt32(); break;                             // IFLA_GROUP
                case 43: hasXdp = IsXdpAttached(attributes.Value, message.Order); break; // IFLA_XDP
            }
        }

        if (attributes.IsMalformed)
            return HeaderLength + attributes.Position;
        if (name is null)
            return HeaderLength;
        rows.Add(new InterfaceRow
        {
            Index = message.Order.UInt32(payload[4..]),
            Name = name,
            Description = alias,
            Status = Status(flags, state),
            Type = TypeOf(hardware),
            PhysicalAddress = physical,
            Mtu = mtu is { } value ? (int)Math.Min(value, int.MaxValue) : null,
            Master = master is 0 ? null : master,
            Kind = kind,
            Group = group,
            IngressPrograms = hasXdp ? "xdp" : null,
        });
        return -1;
    }

    /// <summary>
    /// <see cref="OperationalStatus.Down"/> means set down by an administrator (<c>IFF_UP</c> is off). An interface that is
    /// up without carrier is <see cref="OperationalStatus.LowerLayerDown"/>, also where RFC 2863's state is plain "down".
    /// </summary>
    private static OperationalStatus Status(uint flags, byte state)
    {
        if ((flags & FlagUp) == 0)
            return state == 1 ? OperationalStatus.NotPresent : OperationalStatus.Down;
        return state switch
        {
            1 => OperationalStatus.NotPresent,
            2 or 3 => OperationalStatus.LowerLayerDown,
            4 => OperationalStatus.Testing,
            5 => OperationalStatus.Dormant,
            6 => OperationalStatus.Up,

            // Loopback, dummy and tunnel drivers never say more than "unknown".
            _ => (flags & FlagRunning) != 0 ? OperationalStatus.Up : OperationalStatus.LowerLayerDown,
        };
    }

    /// <summary>By <c>ARPHRD_*</c> (<c>linux/if_arp.h</c>). Wireless interfaces mostly call themselves Ethernet.</summary>
    private static NetworkInterfaceType TypeOf(ushort hardware) => hardware switch
    {
        1 => NetworkInterfaceType.Ethernet,
        19 => NetworkInterfaceType.Atm,
        256 or 257 or 258 or 259 => NetworkInterfaceType.Slip,
        512 => NetworkInterfaceType.Ppp,
        768 or 769 or 776 or 778 or 823 or 65534 => NetworkInterfaceType.Tunnel,
        HardwareLoopback => NetworkInterfaceType.Loopback,
        774 => NetworkInterfaceType.Fddi,
        800 => NetworkInterfaceType.TokenRing,
        801 or 802 or 803 => NetworkInterfaceType.Wireless80211,
        _ => NetworkInterfaceType.Unknown,
    };

    /// <summary>Tunnels give their own IP address here, loopback gives zeros: neither is a link-layer address.</summary>
    private static string? PhysicalAddress(ReadOnlySpan<byte> value, ushort hardware)
    {
        if (value.IsEmpty || value.Length > 32 || TypeOf(hardware) == NetworkInterfaceType.Tunnel || !value.ContainsAnyExcept((byte)0))
            return null;
        return string.Create(value.Length * 3 - 1, value, static (text, bytes) =>
        {
            for (int i = 0; i < bytes.Length; i++)
            {
                if (i > 0)
                    text[i * 3 - 1] = ':';
                text[i * 3] = Hexadecimal(bytes[i] >> 4);
                text[i * 3 + 1] = Hexadecimal(bytes[i] & 0xf);
            }
        });
    }

    private static char Hexadecimal(int digit) => (char)(digit < 10 ? '0' + digit : 'a' + digit - 10);

    // IFLA_XDP_ATTACHED: 0 for none, else how.
    private static bool IsXdpAttached(ReadOnlySpan<byte> nested, ByteOrder order)
    {
        var attributes = new NetlinkAttributes(nested, order);
        while (attributes.MoveNext())
        {
            if (attributes.Type == 2)
                return attributes.Byte() != 0;
        }

        return false;
    }

    private static string? InfoKind(ReadOnlySpan<byte> nested, ByteOrder order)
    {
        var attributes = new NetlinkAttributes(nested, order);
        while (attributes.MoveNext())
        {
            if (attributes.Type == 1)
                return MachineText.ReadTerminated(attributes.Value);
        }

        return null;
    }
}
