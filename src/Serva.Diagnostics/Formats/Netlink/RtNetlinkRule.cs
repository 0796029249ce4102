using System;
using Serva.Diagnostics.Addressing;
using Serva.Diagnostics.Formats.Proc;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Formats.Netlink;

/// <summary>A routing rule, and what it asks that a row cannot say.</summary>
/// <param name="Row">The rule; its action is unknown when it asks more than the row says.</param>
/// <param name="Unsaid">The name of a selector that the row cannot say; null for none.</param>
internal readonly record struct DecodedRule(RoutingRuleRow Row, string? Unsaid);

/// <summary><c>RTM_NEWRULE</c>: <c>struct fib_rule_hdr</c> (12 bytes) and <c>FRA_*</c> attributes (<c>linux/fib_rules.h</c>).</summary>
internal static class RtNetlinkRule
{
    private const int HeaderLength = 12;
    private const uint Inverted = 0x2;

    public static int Decode(in NetlinkMessage message, RowBuilder<DecodedRule> rows)
    {
        if (message.Type != RtNetlink.NewRule)
            return -1;
        ReadOnlySpan<byte> payload = message.Payload;
        if (payload.Length < HeaderLength)
            return 0;
        byte family = payload[0];
        if (!RtNetlink.IsInternet(family))
            return -1;
        NetAddress to = default, from = default;
        string? input = null, output = null, unsaid = null;
        uint priority = 0, table = payload[4];
        uint? target = null, mark = null, mask = null, suppressGroup = null, suppressLength = null;
        (uint First, uint Last)? users = null;
        (int First, int Last)? sourcePorts = null, destinationPorts = null;
        byte? protocol = null;
        bool vrf = false;
        ByteOrder order = message.Order;
        var attributes = new NetlinkAttributes(payload[HeaderLength..], order);
        while (attributes.MoveNext())
        {
            bool good = true;
            switch (attributes.Type)
            {
                case 1: good = RtNetlink.TryAddress(attributes.Value, family, out to); break;        // FRA_DST
                case 2: good = RtNetlink.TryAddress(attributes.Value, family, out from); break;      // FRA_SRC
                case 3: input = MachineText.ReadTerminated(attributes.Value); break;                 // FRA_IIFNAME
                case 4: target = attributes.UInt32(); break;                                         // FRA_GOTO
                case 6: priority = attributes.UInt32(); break;                                       // FRA_PRIORITY
                case 10: mark = attributes.UInt32(); break;                                          // FRA_FWMARK
                case 12: unsaid = "tun_id"; break;                                                   // FRA_TUN_ID
                case 13: suppressGroup = attributes.UInt32(); break;                                 // FRA_SUPPRESS_IFGROUP
                case 14: suppressLength = attributes.UInt32(); break;                                // FRA_SUPPRESS_PREFIXLEN
                case 15: table = attributes.UInt32(); break;                                         // FRA_TABLE
                case 16: mask = attributes.UInt32(); break;                                          // FRA_FWMASK
                case 17: output = MachineText.ReadTerminated(attributes.Value); break;               // FRA_OIFNAME
                case 19: vrf = attributes.Byte() != 0; break;                                        // FRA_L3MDEV
                case 20:                                                                             // FRA_UID_RANGE
                    if (attributes.Has(8))
                        users = (order.UInt32(attributes.Value), order.UInt32(attributes.Value[4..]));
                    break;
                case 22: protocol = attributes.Byte(); break;                                        // FRA_IP_PROTO
                case 23:                                                                             // FRA_SPORT_RANGE
                    if (attributes.Has(4))
                        sourcePorts = (order.UInt16(attributes.Value), order.UInt16(attributes.Value[2..]));
                    break;
                case 24:                                                                             // FRA_DPORT_RANGE
                    if (attributes.Has(4))
                        destinationPorts = (order.UInt16(attributes.Value), order.UInt16(attributes.Value[2..]));
                    break;
                case 25: unsaid = "dscp"; break;                                                     // FRA_DSCP
                case 26 or 27: unsaid = "flowlabel"; break;                                          // FRA_FLOWLABEL, its mask
                case 28 or 29:                                                                       // FRA_SPORT_MASK, FRA_DPORT_MASK
                    if (attributes.UInt16() is not (0 or ushort.MaxValue))
                        unsaid = "port mask";
                    break;
            }

            if (!good)
                return HeaderLength + attributes.Position;
        }

        if (attributes.IsMalformed)
            return HeaderLength + attributes.Position;

        // A mask without a mark is "mark 0 under this mask"; the kernel leaves a zero mark out.
        if (mask is not null and not 0)
            mark ??= 0;
        RoutingRuleAction action = unsaid is null ? ActionOf(payload[7]) : RoutingRuleAction.Unknown;
        var row = new RoutingRuleRow
        {
            Priority = priority,
            IsIPv6 = family == NetlinkRequest.FamilyIPv6,
            Action = action,
            Table = table,
            GotoPriority = action == RoutingRuleAction.Goto ? target : null,
            IsInverted = (order.UInt32(payload[8..]) & Inverted) != 0,
            From = payload[2] == 0 ? null : RtNetlink.Prefix(from, payload[2], family),
            To = payload[1] == 0 ? null : RtNetlink.Prefix(to, payload[1], family),
            InputInterface = input,
            OutputInterface = output,
            Mark = mark,
            MarkMask = mark is null || mask is uint.MaxValue ? null : mask,
            TypeOfService = payload[3],
            FirstUserId = users?.First,
            LastUserId = users?.Last,
            IPProtocol = protocol,
            FirstSourcePort = sourcePorts?.First,
            LastSourcePort = sourcePorts?.Last,
            FirstDestinationPort = destinationPorts?.First,
            LastDestinationPort = destinationPorts?.Last,
            SuppressPrefixLength = suppressLength is null or > 128 ? null : (int)suppressLength,
            SuppressGroup = suppressGroup is uint.MaxValue ? null : suppressGroup,
            IsVrf = vrf,
        };
        rows.Add(new DecodedRule(row, unsaid));
        return -1;
    }

    private static RoutingRuleAction ActionOf(byte action) => action switch
    {
        1 => RoutingRuleAction.Lookup,
        2 => RoutingRuleAction.Goto,
        3 => RoutingRuleAction.Nop,
        6 => RoutingRuleAction.Blackhole,
        7 => RoutingRuleAction.Unreachable,
        8 => RoutingRuleAction.Prohibit,
        _ => RoutingRuleAction.Unknown,
    };
}
