using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Globalization;
using System.Linq;
using System.Text;
using Serva.Diagnostics.Addressing;
using Serva.Diagnostics.Routing;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Rules;

/// <summary>The commands that make a change of routes, rules or interfaces on a system, and those that take it back.</summary>
internal static class RouteCommands
{
    // linux/rtnetlink.h; what "ip route add" makes is of the first unless told otherwise.
    private const byte BootProtocol = 3, StaticProtocol = 4;
    private const uint OnLinkFlag = 4;

    private static readonly Version s_windows8 = new(6, 2);

    /// <summary>The commands; null when there are none for the change, or when a name from the machine cannot stand in one.</summary>
    public static (ImmutableArray<RemedyCommand> Apply, ImmutableArray<RemedyCommand> Revert)? Of(SnapshotChange change, HostSnapshot host)
    {
        if (change is SeveralChanges several)
        {
            var apply = new List<RemedyCommand>();
            var revert = new List<RemedyCommand>();
            foreach (SnapshotChange one in several.Changes)
            {
                if (Of(one, host) is not { } commands)
                    return null;
                apply.AddRange(commands.Apply);
                revert.InsertRange(0, commands.Revert);
            }

            return ([.. apply], [.. revert]);
        }

        return host.Platform.Family switch
        {
            PlatformFamily.Linux => OnLinux(change, host) is { } words ? ([Sh(words.Apply)], [Sh(words.Revert)]) : null,
            PlatformFamily.Windows => OnWindows(change, host) is { } pair ? ([pair.Apply], [pair.Revert]) : null,
            _ => null,
        };
    }

    private static (string Apply, string Revert)? OnLinux(SnapshotChange change, HostSnapshot host) => change switch
    {
        AddRoute add when Words(add.Route, host) is { } words => ($"{Ip(add.Route.Destination)} route add {words}", $"{Ip(add.Route.Destination)} route del {words}"),
        RemoveRoute remove when IsWhole(remove.Route) && Words(remove.Route, host) is { } words
            => ($"{Ip(remove.Route.Destination)} route del {words}", $"{Ip(remove.Route.Destination)} route add {words}"),
        AddRoutingRule add when Words(add.Rule) is { } words => ($"{Ip(add.Rule.IsIPv6)} rule add {words}", $"{Ip(add.Rule.IsIPv6)} rule del {words}"),
        SetSetting set when host.FindSetting(set.Name) is { } old && CommandText.Sh($"{Variable(set.Name)}={set.Value}") is { } now && CommandText.Sh($"{Variable(set.Name)}={old}") is { } before
            => ($"sysctl -w {now}", $"sysctl -w {before}"),
        _ => null,
    };

    private static (RemedyCommand Apply, RemedyCommand Revert)? OnWindows(SnapshotChange change, HostSnapshot host) => change switch
    {
        AddRoute { Route: { Interface: { } index } route } when route.Destination.Address.IsIPv4 || index < InterfaceRow.FirstInventedIndex => route.Destination.Address.IsIPv4
            ? (Cmd(Add(route, index, host)), Cmd(Delete(route)))
            : host.Platform.Version >= s_windows8
                ? (PowerShell(Number($"New-NetRoute -DestinationPrefix '{route.Destination}' -InterfaceIndex {index} -NextHop '{route.Gateway?.WithoutScope() ?? NetAddress.AnyIPv6}' -RouteMetric {route.Metric}")),
                    PowerShell(Number($"Remove-NetRoute -DestinationPrefix '{route.Destination}' -InterfaceIndex {index} -NextHop '{route.Gateway?.WithoutScope() ?? NetAddress.AnyIPv6}' -Confirm:$false")))
                : (Cmd(Number($"netsh interface ipv6 add route {route.Destination} {index} {route.Gateway?.WithoutScope()} metric={route.Metric}")),
                    Cmd(Number($"netsh interface ipv6 delete route {route.Destination} {index} {route.Gateway?.WithoutScope()}"))),
        SetInterfaceMetric { Interface: < InterfaceRow.FirstInventedIndex } metric when host.Platform.Version >= s_windows8 && (metric.IsIPv6 ? Find(metric.Interface, host)?.MetricV6 : Find(metric.Interface, host)?.MetricV4) is { } old =>
            (PowerShell(MetricCommand(metric, Number($"-InterfaceMetric {metric.Metric}"))),
                PowerShell(MetricCommand(metric, OptionsOf(metric, host) is { UsesAutomaticMetric: true } ? "-AutomaticMetric Enabled" : Number($"-InterfaceMetric {old}")))),
        SetInterfaceOptions { Interface: < InterfaceRow.FirstInventedIndex } options when (options.IsIPv6 ? Find(options.Interface, host)?.OptionsV6 : Find(options.Interface, host)?.OptionsV4) is { } before =>
            (Cmd(WeakHost(options, options.Options)), Cmd(WeakHost(options, before))),
        _ => null,
    };

    private static string MetricCommand(SetInterfaceMetric change, string metric) =>
        Number($"Set-NetIPInterface -InterfaceIndex {change.Interface} -AddressFamily {(change.IsIPv6 ? "IPv6" : "IPv4")} {metric}");

    private static InterfaceOptions? OptionsOf(SetInterfaceMetric change, HostSnapshot host) =>
        change.IsIPv6 ? Find(change.Interface, host)?.OptionsV6 : Find(change.Interface, host)?.OptionsV4;

    private static string WeakHost(SetInterfaceOptions change, InterfaceOptions options) =>
        Number($"netsh interface {(change.IsIPv6 ? "ipv6" : "ipv4")} set interface {change.Interface} weakhostsend={Word(options.WeakHostSend)} weakhostreceive={Word(options.WeakHostReceive)}");

    private static string Word(bool isOn) => isOn ? "enabled" : "disabled";

    // Of a route on the link, XP wants the interface's own address where later versions want 0.0.0.0. Without "if" the system
    // finds the interface by the router, or by its own address: all that is left where its number is not known.
    private static string Add(RouteRow route, uint index, HostSnapshot host)
    {
        bool isKnown = index < InterfaceRow.FirstInventedIndex;
        NetAddress onLink = (host.Platform.Version.Major < 6 || !isKnown) && host.Addresses.FirstOrDefault(row => row.Interface == index && row.Address.IsIPv4) is { } own ? own.Address : NetAddress.AnyIPv4;
        return Number($"route -p add {route.Destination.Address} mask {Mask(route.Destination)} {route.Gateway ?? onLink} metric {Math.Max(1, route.Metric)}{(isKnown ? Number($" if {index}") : "")}");
    }

    private static string Delete(RouteRow route) =>
        $"route delete {route.Destination.Address} mask {Mask(route.Destination)}{(route.Gateway is { } gateway ? $" {gateway}" : "")}";

    private static NetAddress Mask(NetPrefix prefix) => NetAddress.FromIPv4(prefix.Length == 0 ? 0 : uint.MaxValue << (32 - prefix.Length));

    // What a command or a script wrote, and nothing that the words below leave out; what a router told comes back by itself.
    private static bool IsWhole(RouteRow row) =>
        row is { Protocol: BootProtocol or StaticProtocol, From: null, HasOtherAttributes: false, TypeOfService: 0, Preference: null or 0 }
        && row.Destination.Address.IsIPv4
        && (row.Flags & OnLinkFlag) == 0
        && row.Scope == (row.Gateway is null ? LinuxNetworkView.LinkScope : 0);

    private static string? Words(RouteRow row, HostSnapshot host)
    {
        if (row is not { Kind: RouteKind.Unicast, NextHops.IsEmpty: true } || row.Interface is not { } index || NameOf(index, host) is not { } device)
            return null;
        var text = new StringBuilder(row.Destination.IsDefault ? "default" : row.Destination.ToString());
        if (row.Gateway is { } gateway)
            text.Append(CultureInfo.InvariantCulture, $" via {gateway.WithoutScope()}");
        text.Append(CultureInfo.InvariantCulture, $" dev {device}");
        if (row.Metric != 0)
            text.Append(CultureInfo.InvariantCulture, $" metric {row.Metric}");
        if (row.Table != LinuxNetworkView.MainTable)
            text.Append(CultureInfo.InvariantCulture, $" table {RouteWords.OfTable(row.Table)}");
        if (row.Protocol == StaticProtocol)
            text.Append(" proto static");
        if (row.PreferredSource is { } source)
            text.Append(CultureInfo.InvariantCulture, $" src {source}");
        return text.ToString();
    }

    // "100: from 10.1.0.5 lookup 7" is how the rule is listed; the command says the priority at its end.
    private static string? Words(RoutingRuleRow row)
    {
        string listed = RouteWords.Of(row);
        string words = listed[(listed.IndexOf(':', StringComparison.Ordinal) + 2)..];
        return row.IsInverted || CommandText.Sh(row.InputInterface ?? "x") != (row.InputInterface ?? "x") || CommandText.Sh(row.OutputInterface ?? "x") != (row.OutputInterface ?? "x")
            ? null
            : Number($"{words} priority {row.Priority}");
    }

    private static string? NameOf(uint index, HostSnapshot host) => CommandText.Sh(Find(index, host)?.Name);

    private static InterfaceRow? Find(uint index, HostSnapshot host) => host.Interfaces.FirstOrDefault(row => row.Index == index);

    // sysctl(8) takes dots for slashes, but not those of a name: eth0.100 is written eth0/100.
    private static string Variable(string setting)
    {
        string[] parts = setting.Split('.');
        return parts is ["net", "ipv4" or "ipv6", "conf", _, _, _, ..] ? $"{string.Join('.', parts[..3])}.{string.Join('/', parts[3..^1])}.{parts[^1]}" : setting;
    }

    private static string Ip(NetPrefix prefix) => Ip(prefix.Address.IsIPv6);

    private static string Ip(bool isIPv6) => isIPv6 ? "ip -6" : "ip";

    private static string Number(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    private static RemedyCommand Sh(string text) => new() { Shell = CommandShell.Sh, Text = text };

    private static RemedyCommand Cmd(string text) => new() { Shell = CommandShell.Cmd, Text = text };

    private static RemedyCommand PowerShell(string text) => new() { Shell = CommandShell.PowerShell, Text = text };
}
