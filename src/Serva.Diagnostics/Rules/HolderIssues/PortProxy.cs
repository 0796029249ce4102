using System;
using System.Globalization;
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

    /// <summary>The proxy whose socket it is; null when none was captured, or one whose target is a name.</summary>
    public static PortProxy? Of(in SocketRow socket, HostSnapshot host)
    {
        foreach (SettingRow row in host.Settings)
        {
            // HKLM\SYSTEM\CurrentControlSet\Services\PortProxy\v4tov4\tcp: a value 0.0.0.0/8080 with the text 10.0.0.5/80.
            int at = row.Name.IndexOf(Key, StringComparison.OrdinalIgnoreCase);
            if (at < 0 || row.Name[(at + Key.Length)..].Split('\\') is not [var kind, "tcp", var listen])
                continue;
            if (kind is "v4tov4" or "v4tov6" or "v6tov4" or "v6tov6" && Read(listen, kind[1] == '6') is { } from && from == socket.Local && Read(row.Value, kind[^1] == '6') is { } to)
                return new PortProxy(kind, from, listen[..listen.LastIndexOf('/')], to);
        }

        return null;
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
