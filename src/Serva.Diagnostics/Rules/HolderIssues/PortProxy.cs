using System;
using System.Collections.Generic;
using System.Globalization;
using System.Runtime.CompilerServices;
using Serva.Diagnostics.Addressing;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Rules.HolderIssues;

/// <summary>One port proxy of Windows, as the registry has it.</summary>
/// <param name="Kind">Between which families, as netsh writes it: <c>v4tov4</c>.</param>
/// <param name="Listen">Where it listens.</param>
/// <param name="ListenWord">The address as it was given: netsh keeps a star and the address that it stands for apart.</param>
/// <param name="Connect">Where it connects to.</param>
internal sealed record PortProxy(string Kind, NetEndpoint Listen, string ListenWord, NetEndpoint Connect)
{
    private const string Key = @"\Services\PortProxy\";

    // A table never changes: its proxies are read once, however many sockets ask for theirs.
    private static readonly ConditionalWeakTable<Table<SettingRow>, Dictionary<NetEndpoint, PortProxy>> s_proxies = [];

    /// <summary>The proxy whose socket it is; null when none was captured, or one whose target is a name.</summary>
    public static PortProxy? Of(in SocketRow socket, HostSnapshot host) => s_proxies.GetValue(host.Settings, ReadAll).GetValueOrDefault(socket.Local);

    private static Dictionary<NetEndpoint, PortProxy> ReadAll(Table<SettingRow> settings)
    {
        var proxies = new Dictionary<NetEndpoint, PortProxy>();
        foreach (SettingRow row in settings)
        {
            // HKLM\SYSTEM\CurrentControlSet\Services\PortProxy\v4tov4\tcp: a value 0.0.0.0/8080 with the text 10.0.0.5/80.
            int at = row.Name.IndexOf(Key, StringComparison.OrdinalIgnoreCase);
            if (at < 0 || row.Name[(at + Key.Length)..].Split('\\') is not [var kind, "tcp", var listen])
                continue;
            if (kind is "v4tov4" or "v4tov6" or "v6tov4" or "v6tov6" && Read(listen, kind[1] == '6') is { } from && Read(row.Value, kind[^1] == '6') is { } to)
                proxies.TryAdd(from, new PortProxy(kind, from, listen[..listen.LastIndexOf('/')], to));
        }

        return proxies;
    }

    private static NetEndpoint? Read(string text, bool isIPv6)
    {
        int slash = text.LastIndexOf('/');
        string address = slash < 0 ? "" : text[..slash];
        return slash >= 0
            && NetAddress.TryParse(address != "*" ? address : isIPv6 ? "::" : "0.0.0.0", out NetAddress parsed)
            && ushort.TryParse(text.AsSpan(slash + 1), NumberStyles.None, CultureInfo.InvariantCulture, out ushort port)
            ? NetEndpoint.Create(parsed, port)
            : null;
    }
}
