using System;
using Serva.Diagnostics.Formats.Proc;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Formats.Netlink;

/// <summary>A queueing discipline: the interface, and what it is called.</summary>
/// <param name="Interface">The index.</param>
/// <param name="Kind">For example <c>fq_codel</c>; filters of arriving packets hang on <c>ingress</c> and <c>clsact</c>.</param>
internal readonly record struct Qdisc(uint Interface, string Kind)
{
    public bool IsIngress => Kind is "ingress" or "clsact";
}

/// <summary><c>RTM_NEWQDISC</c>: <c>struct tcmsg</c> (20 bytes) and <c>TCA_*</c> attributes (<c>linux/rtnetlink.h</c>).</summary>
internal static class RtNetlinkQdisc
{
    private const int HeaderLength = 20;

    public static int Decode(in NetlinkMessage message, RowBuilder<Qdisc> rows)
    {
        if (message.Type != RtNetlink.NewQdisc)
            return -1;
        ReadOnlySpan<byte> payload = message.Payload;
        if (payload.Length < HeaderLength)
            return 0;
        var attributes = new NetlinkAttributes(payload[HeaderLength..], message.Order);
        while (attributes.MoveNext())
        {
            // TCA_KIND
            if (attributes.Type == 1)
                rows.Add(new Qdisc(message.Order.UInt32(payload[4..]), MachineText.ReadTerminated(attributes.Value)));
        }

        return attributes.IsMalformed ? HeaderLength + attributes.Position : -1;
    }
}
