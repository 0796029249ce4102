using System.Globalization;
using System.Text;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Routing;

/// <summary>Routes and rules in the words of <c>ip route</c> and <c>ip rule</c>.</summary>
internal static class RouteWords
{
    public static string OfTable(uint table) => table switch
    {
        LinuxNetworkView.LocalTable => "local",
        LinuxNetworkView.MainTable => "main",
        LinuxNetworkView.DefaultTable => "default",
        _ => table.ToString(CultureInfo.InvariantCulture),
    };

    public static string Of(LinuxRoute route)
    {
        RouteRow row = route.Row;
        var text = new StringBuilder(OfKind(row.Kind));
        text.Append(row.Destination.IsDefault ? "default" : row.Destination.ToString());
        if (row.From is { } from)
            text.Append(CultureInfo.InvariantCulture, $" from {from}");
        if (row.TypeOfService != 0)
            text.Append(CultureInfo.InvariantCulture, $" tos {row.TypeOfService}");
        foreach (LinuxNextHop hop in route.Hops)
        {
            if (route.Hops.Length > 1)
                text.Append(" nexthop");
            if ((route.Hops.Length > 1 ? null : row.Gateway) is { } gateway)
                text.Append(CultureInfo.InvariantCulture, $" via {gateway}");
            if (hop.Device is { } device)
                text.Append(CultureInfo.InvariantCulture, $" dev {device.Name}");
        }

        text.Append(CultureInfo.InvariantCulture, $" table {OfTable(row.Table)}");
        if (row.Metric != 0)
            text.Append(CultureInfo.InvariantCulture, $" metric {row.Metric}");
        return text.ToString();
    }

    /// <summary>The word in front of a route that is no ordinary one, with a blank behind it.</summary>
    public static string OfKind(RouteKind kind) => kind switch
    {
        RouteKind.Local => "local ",
        RouteKind.Broadcast => "broadcast ",
        RouteKind.Anycast => "anycast ",
        RouteKind.Multicast => "multicast ",
        RouteKind.Blackhole => "blackhole ",
        RouteKind.Unreachable => "unreachable ",
        RouteKind.Prohibit => "prohibit ",
        RouteKind.Throw => "throw ",
        _ => "",
    };

    public static string Of(RoutingRuleRow rule)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"{rule.Priority}:{(rule.IsInverted ? " not" : "")} from {rule.From?.ToString() ?? "all"}");
        if (rule.To is { } to)
            text.Append(CultureInfo.InvariantCulture, $" to {to}");
        if (rule.Mark is { } mark)
            text.Append(CultureInfo.InvariantCulture, $" fwmark 0x{mark:x}");
        if (rule.MarkMask is { } mask and not uint.MaxValue)
            text.Append(CultureInfo.InvariantCulture, $"/0x{mask:x}");
        if (rule.InputInterface is { } input)
            text.Append(CultureInfo.InvariantCulture, $" iif {input}");
        if (rule.OutputInterface is { } output)
            text.Append(CultureInfo.InvariantCulture, $" oif {output}");
        if (rule.FirstUserId is { } first)
            text.Append(CultureInfo.InvariantCulture, $" uidrange {first}-{rule.LastUserId}");
        if (rule.TypeOfService != 0)
            text.Append(CultureInfo.InvariantCulture, $" tos {rule.TypeOfService}");
        if (rule.IPProtocol is { } protocol)
            text.Append(CultureInfo.InvariantCulture, $" ipproto {protocol}");
        AddPorts(text, "sport", rule.FirstSourcePort, rule.LastSourcePort);
        AddPorts(text, "dport", rule.FirstDestinationPort, rule.LastDestinationPort);
        if (rule.Action == RoutingRuleAction.Lookup)
            text.Append(CultureInfo.InvariantCulture, $" lookup {OfTable(rule.Table)}");
        else if (rule.GotoPriority is { } target)
            text.Append(CultureInfo.InvariantCulture, $" goto {target}");
        else
            text.Append(rule.Action switch
            {
                RoutingRuleAction.Blackhole => " blackhole",
                RoutingRuleAction.Unreachable => " unreachable",
                RoutingRuleAction.Prohibit => " prohibit",
                _ => " nop",
            });
        if (rule.SuppressPrefixLength is { } length)
            text.Append(CultureInfo.InvariantCulture, $" suppress_prefixlength {length}");
        return text.ToString();
    }

    private static void AddPorts(StringBuilder text, string word, int? first, int? last)
    {
        if (first is not null)
            text.Append(CultureInfo.InvariantCulture, $" {word} {first}{(first == last ? "" : $"-{last}")}");
    }

    /// <summary>The code of the step that a considered route makes.</summary>
    public static string CodeOf(RouteLoss loss) => loss switch
    {
        RouteLoss.None => "route.found",
        RouteLoss.OtherInterface => "route.lost.interface",
        RouteLoss.InterfaceDown => "route.lost.dead",
        RouteLoss.DefaultRoutesDisabled => "route.lost.disabled",
        RouteLoss.ShorterPrefix => "route.lost.prefix",
        RouteLoss.HigherMetric => "route.lost.metric",
        RouteLoss.TypeOfService => "route.lost.tos",
        RouteLoss.RouterSilent => "route.lost.unreachable",
        RouteLoss.OtherSource => "route.lost.source",
        _ => "route.lost.order",
    };

    /// <summary>Why a considered route was not taken.</summary>
    public static string ReasonOf(RouteLoss loss) => loss switch
    {
        RouteLoss.OtherInterface => "the packet is held to another interface",
        RouteLoss.InterfaceDown => "its interface is down",
        RouteLoss.DefaultRoutesDisabled => "its interface does not use default routes (DisableDefaultRoutes)",
        RouteLoss.ShorterPrefix => "another prefix is longer",
        RouteLoss.HigherMetric => "another metric is lower",
        RouteLoss.TypeOfService => "it is for another type of service",
        RouteLoss.RouterSilent => "its router does not answer",
        RouteLoss.OtherSource => "it is for other sources",
        _ => "another route of the same metric comes first",
    };
}
