using System;
using System.Collections.Generic;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Linq;
using Serva.Diagnostics.Addressing;

namespace Serva.Diagnostics.Snapshots;

/// <summary>
/// The grammar of changes, after <c>ip</c>: <c>route add|del PREFIX [via ADDR] [dev NAME] [metric N] [table N] [src ADDR]</c>,
/// <c>rule add|del [from PREFIX] [to PREFIX] ... [priority N] lookup TABLE</c>, <c>link NAME down</c>, <c>metric NAME N</c>,
/// <c>weakhost NAME on|off</c>, <c>set NAME=VALUE</c>.
/// </summary>
internal ref partial struct ChangeText
{
    private const int LongestText = 512;
    private const uint LocalTable = 255, MainTable = 254, DefaultTable = 253;

    private readonly HostSnapshot _host;
    private readonly string _text;
    private int _next;
    private int _start;
    private string? _error;

    private ChangeText(string text, HostSnapshot host)
    {
        _text = text;
        _host = host;
    }

    public static bool TryParse(string? text, HostSnapshot host, [NotNullWhen(true)] out SnapshotChange? change, [NotNullWhen(false)] out string? error, out int position)
    {
        change = null;
        position = 0;
        if (string.IsNullOrWhiteSpace(text) || text.Length > LongestText)
        {
            error = text?.Length > LongestText
                ? string.Create(CultureInfo.InvariantCulture, $"a change has at most {LongestText} characters")
                : "a change is expected, for example 'route add 10.0.0.0/8 via 10.1.0.1 dev eth1'";
            return false;
        }

        var reader = new ChangeText(text, host);
        change = reader.Read();
        error = reader._error;
        position = error is null ? 0 : reader._start;
        if (error is not null)
            change = null;
        return change is not null;
    }

    private SnapshotChange? Read()
    {
        switch (Word())
        {
            case "route":
                return ReadRoute();
            case "rule":
                return ReadRule();
            case "link":
                return ReadLink();
            case "nft":
                return ReadNft();
            case "metric" when _host.Platform.Family == PlatformFamily.Windows:
                return Device() is { } ofMetric && Number(uint.MaxValue) is { } metric && IsAtEnd()
                    ? new SeveralChanges { Changes = [new SetInterfaceMetric { Interface = ofMetric.Index, Metric = metric }, new SetInterfaceMetric { Interface = ofMetric.Index, Metric = metric, IsIPv6 = true }] }
                    : null;
            case "weakhost" when _host.Platform.Family == PlatformFamily.Windows:
                return Device() is { } device && Choice("on", "off") is { } state && IsAtEnd()
                    ? new SeveralChanges { Changes = [WeakHost(device, state == "on", isIPv6: false), WeakHost(device, state == "on", isIPv6: true)] }
                    : null;
            case "metric" or "weakhost":
                return Fail<SnapshotChange>("only interfaces of Windows have a metric and weak host options");
            case "set":
                string? pair = Word();
                int equals = pair?.IndexOf('=', StringComparison.Ordinal) ?? -1;
                return equals > 0 && IsAtEnd() ? new SetSetting { Name = pair![..equals], Value = pair[(equals + 1)..] } : Fail<SnapshotChange>("NAME=VALUE is expected, for example net.ipv4.conf.all.rp_filter=2");
            default:
                return Fail<SnapshotChange>("a change begins with route, rule, link, nft, metric, weakhost or set");
        }
    }

    private static SetInterfaceOptions WeakHost(InterfaceRow device, bool isOn, bool isIPv6) => new()
    {
        Interface = device.Index,
        IsIPv6 = isIPv6,
        Options = ((isIPv6 ? device.OptionsV6 : device.OptionsV4) ?? new InterfaceOptions()) with { WeakHostSend = isOn, WeakHostReceive = isOn },
    };

    private LinkDown? ReadLink()
    {
        // "ip link set dev eth1 down" and "link eth1 down" are one.
        Skip("set");
        Skip("dev");
        return Device() is { } device && Choice("down") is not null && IsAtEnd() ? new LinkDown { Interface = device.Index } : null;
    }

    private SnapshotChange? ReadRoute()
    {
        if (Choice("add", "del", "delete") is not { } verb)
            return null;

        // The family of "default" is that of its router.
        string? destination = Word();
        if ((destination == "default" ? NetPrefix.None : Prefix(destination)) is not { } prefix)
            return null;
        NetAddress? gateway = null, source = null;
        uint? device = null, metric = null, table = null;
        while (Word() is { } word)
        {
            switch (word)
            {
                case "via":
                    gateway = Address();
                    break;
                case "dev" or "if":
                    device = Device()?.Index;
                    break;
                case "metric" or "priority":
                    metric = Number(uint.MaxValue);
                    break;
                case "table":
                    table = Table();
                    break;
                case "src":
                    source = Address();
                    break;
                default:
                    return Fail<SnapshotChange>("a route takes via, dev, metric, table and src");
            }

            if (_error is not null)
                return null;
        }

        if (prefix.IsNone)
            prefix = gateway?.IsIPv6 == true ? NetPrefix.DefaultIPv6 : NetPrefix.DefaultIPv4;
        if (gateway is { } router && router.IsIPv4 != prefix.Address.IsIPv4)
            return Fail<SnapshotChange>("the router is of the other family");
        return verb == "add" ? Added(prefix, gateway, device, metric, table, source) : Removed(prefix, gateway, device, metric, table);
    }

    private AddRoute? Added(NetPrefix prefix, NetAddress? gateway, uint? device, uint? metric, uint? table, NetAddress? source)
    {
        bool isLinux = _host.Platform.Family == PlatformFamily.Linux;
        device ??= gateway is { } router ? LinkOf(router) : null;
        if (device is null)
            return Fail<AddRoute>(gateway is null ? "a route needs dev NAME or via ADDR" : "no interface has that router on its link: name it with dev");
        return new AddRoute
        {
            Route = new RouteRow
            {
                Destination = prefix,
                Kind = RouteKind.Unicast,
                Gateway = gateway,
                Interface = device,
                // What the systems give a route that says nothing: fib6 1024, Windows' New-NetRoute 256.
                Metric = metric ?? (!isLinux ? 256u : prefix.Address.IsIPv6 ? 1024u : 0),
                Table = table ?? (isLinux ? MainTable : 0),
                PreferredSource = source,
                Scope = isLinux && prefix.Address.IsIPv4 && gateway is null ? (byte)253 : (byte)0,
                Protocol = isLinux ? (byte)3 : null,
            },
        };
    }

    private RemoveRoute? Removed(NetPrefix prefix, NetAddress? gateway, uint? device, uint? metric, uint? table)
    {
        uint from = table ?? (_host.Platform.Family == PlatformFamily.Linux ? MainTable : 0);
        RouteRow? route = _host.Routes.FirstOrDefault(row => row.Destination == prefix && row.Table == from
            && (gateway is null || row.Gateway?.WithoutScope() == gateway.Value.WithoutScope()) && (device is null || row.Interface == device) && (metric is null || row.Metric == metric));
        return route is null ? Fail<RemoveRoute>("there is no such route") : new RemoveRoute { Route = route };
    }

    // The interface with the longest prefix that the router is in.
    private uint? LinkOf(NetAddress router) => _host.Addresses
        .Where(row => row.Address.IsIPv4 == router.IsIPv4 && NetPrefix.Create(row.Address.WithoutScope(), row.PrefixLength).Contains(router.WithoutScope()))
        .OrderByDescending(row => row.PrefixLength)
        .Select(row => (uint?)row.Interface)
        .FirstOrDefault();

    private SnapshotChange? ReadRule()
    {
        if (Choice("add", "del", "delete") is not { } verb)
            return null;
        var rule = new RoutingRuleRow { Priority = uint.MaxValue, IsIPv6 = false, Action = RoutingRuleAction.Unknown };
        bool isIPv6 = false;
        while (Word() is { } word)
        {
            switch (word)
            {
                case "from" or "to":
                    NetPrefix? prefix = Word() is var text && text == "all" ? null : Prefix(text);
                    isIPv6 |= prefix?.Address.IsIPv6 == true;
                    rule = word == "from" ? rule with { From = prefix } : rule with { To = prefix };
                    break;
                case "fwmark":
                    string[] parts = (Word() ?? "").Split('/');
                    rule = rule with { Mark = Number(parts[0], uint.MaxValue), MarkMask = parts.Length > 1 ? Number(parts[1], uint.MaxValue) : null };
                    break;
                case "iif":
                    rule = rule with { InputInterface = Word() };
                    break;
                case "oif":
                    rule = rule with { OutputInterface = Word() };
                    break;
                case "uidrange":
                    string[] ends = (Word() ?? "").Split('-');
                    rule = rule with { FirstUserId = Number(ends[0], uint.MaxValue), LastUserId = Number(ends[^1], uint.MaxValue) };
                    break;
                case "ipproto":
                    rule = rule with { IPProtocol = Word() switch { "tcp" => 6, "udp" => 17, "icmp" => 1, "ipv6-icmp" => 58, var number => (byte?)Number(number, byte.MaxValue) } };
                    break;
                case "tos" or "dsfield":
                    byte tos = (byte)(Number(byte.MaxValue) ?? 0);
                    if ((tos & 3) != 0)
                        return Fail<SnapshotChange>("the two lowest bits are ECN's and no part of a rule");
                    rule = rule with { TypeOfService = tos };
                    break;
                case "sport":
                    rule = Number(ushort.MaxValue) is { } sourcePort ? rule with { FirstSourcePort = (int)sourcePort, LastSourcePort = (int)sourcePort } : rule;
                    break;
                case "dport":
                    rule = Number(ushort.MaxValue) is { } port ? rule with { FirstDestinationPort = (int)port, LastDestinationPort = (int)port } : rule;
                    break;
                case "priority" or "pref":
                    rule = rule with { Priority = Number(uint.MaxValue) ?? 0 };
                    break;
                case "lookup" or "table":
                    rule = rule with { Action = RoutingRuleAction.Lookup, Table = Table() ?? 0 };
                    break;
                case "blackhole" or "unreachable" or "prohibit":
                    rule = rule with { Action = Enum.Parse<RoutingRuleAction>(word, ignoreCase: true) };
                    break;
                default:
                    return Fail<SnapshotChange>("a rule takes from, to, fwmark, tos, iif, oif, uidrange, ipproto, sport, dport, priority, lookup, blackhole, unreachable and prohibit");
            }

            if (_error is not null)
                return null;
        }

        rule = rule with { IsIPv6 = isIPv6 };
        return verb == "add" ? Added(rule) : Removed(rule);
    }

    private AddRoutingRule? Added(RoutingRuleRow rule)
    {
        if (rule.Action == RoutingRuleAction.Unknown)
            return Fail<AddRoutingRule>("a rule needs lookup TABLE, blackhole, unreachable or prohibit");

        // As the kernel chooses: just before the second rule (fib_default_rule_pref).
        uint second = _host.RoutingRules.Where(row => row.IsIPv6 == rule.IsIPv6).Select(row => row.Priority).Order().ElementAtOrDefault(1);
        return new AddRoutingRule { Rule = rule.Priority != uint.MaxValue ? rule : rule with { Priority = second > 0 ? second - 1 : 0 } };
    }

    private RemoveRoutingRule? Removed(RoutingRuleRow rule)
    {
        RoutingRuleRow? found = _host.RoutingRules.FirstOrDefault(row =>
            row with { Priority = rule.Priority == uint.MaxValue ? uint.MaxValue : row.Priority, Action = rule.Action == RoutingRuleAction.Unknown ? rule.Action : row.Action, Table = rule.Action == RoutingRuleAction.Unknown ? 0 : row.Table } == rule
            || (rule is { From: null, To: null, Mark: null, InputInterface: null, OutputInterface: null } && row.Priority == rule.Priority));
        return found is null ? Fail<RemoveRoutingRule>("there is no such rule") : new RemoveRoutingRule { Rule = found };
    }

    private string? Word()
    {
        while (_next < _text.Length && char.IsWhiteSpace(_text[_next]))
            _next++;
        _start = _next;
        if (_next < _text.Length && _text[_next] is '"' or '\'')
        {
            int end = _text.IndexOf(_text[_next], _next + 1);
            if (end > 0)
            {
                string quoted = _text[(_next + 1)..end];
                _next = end + 1;
                return quoted;
            }
        }

        while (_next < _text.Length && !char.IsWhiteSpace(_text[_next]))
            _next++;
        return _next > _start ? _text[_start.._next] : null;
    }

    private void Skip(string word)
    {
        int before = _next;
        if (Word() != word)
            _next = before;
    }

    private string? Choice(params string[] words)
    {
        string? word = Word();
        return words.Contains(word) ? word : Fail<string>($"{string.Join(" or ", words)} is expected");
    }

    private bool IsAtEnd() => Word() is null || Fail<string>("nothing more is expected") is not null;

    private InterfaceRow? Device()
    {
        string? name = Word();
        InterfaceRow? byName = _host.Interfaces.FirstOrDefault(row => row.Name == name)
            ?? (uint.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out uint index) ? _host.Interfaces.FirstOrDefault(row => row.Index == index) : null);
        return byName ?? Fail<InterfaceRow>(name is null ? "an interface is expected" : "there is no such interface");
    }

    private NetAddress? Address() => NetAddress.TryParse(Word(), out NetAddress address) ? address : FailValue<NetAddress>("an address is expected");

    private NetPrefix? Prefix(string? text)
    {
        if (NetPrefix.TryParse(text, out NetPrefix prefix))
            return prefix;
        return NetAddress.TryParse(text, out NetAddress address) ? NetPrefix.Create(address.WithoutScope(), address.BitCount) : FailValue<NetPrefix>("a prefix is expected, for example 10.0.0.0/8");
    }

    private uint? Table() => Word() switch
    {
        "main" => MainTable,
        "local" => LocalTable,
        "default" => DefaultTable,
        var text => Number(text, uint.MaxValue),
    };

    private uint? Number(uint highest) => Number(Word(), highest);

    private uint? Number(string? text, uint highest)
    {
        bool isHex = text?.StartsWith("0x", StringComparison.Ordinal) == true;
        bool isRead = isHex
            ? uint.TryParse(text.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out uint number)
            : uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);
        return isRead && number <= highest ? number : FailValue<uint>(string.Create(CultureInfo.InvariantCulture, $"a number from 0 to {highest} is expected"));
    }

    private T? Fail<T>(string error)
        where T : class
    {
        _error ??= error;
        return null;
    }

    private T? FailValue<T>(string error)
        where T : struct
    {
        _error ??= error;
        return null;
    }
}
