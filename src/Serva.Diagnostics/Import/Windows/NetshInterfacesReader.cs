using System;
using System.Net.NetworkInformation;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Import.Windows;

/// <summary><c>netsh interface ip show interface</c> in any language: five columns under a ruler, the last of them a name.</summary>
/// <remarks>
/// <code>
/// Idx     Met         MTU          State                Name
/// ---  ----------  ----------  ------------  ---------------------------
///   8          25        1500  connected     Connexion au réseau local
/// </code>
/// </remarks>
internal sealed class NetshInterfacesReader(HostDraft draft) : BlockReader(draft)
{
    private const int LongestName = 256;

    private bool _isInside, _isIPv6;

    public override string Command => "netsh show interface";

    public override LineUse Read(scoped in PastedLine line)
    {
        if (line.Begins(0, '-') && line.Count == 5 && line.From(0).IndexOfAnyExcept('-', ' ') < 0)
        {
            (_isInside, _isIPv6) = (true, Draft.LastCommand.Contains("ipv6", StringComparison.OrdinalIgnoreCase));
            Draft.See(PlatformFamily.Windows);
            return LineUse.Heading;
        }

        if (!_isInside || line.Count < 5 || !line.TryNumber(0, out uint index) || !line.TryNumber(1, out uint metric) || !line.TryNumber(2, out uint mtu))
            return LineUse.Refused;
        ReadOnlySpan<char> name = line.From(4);
        Draft.AddInterface(new InterfaceRow
        {
            Index = index,
            Name = name[..Math.Min(name.Length, LongestName)].ToString(),
            Status = line.Is(3, "connected") ? OperationalStatus.Up : line.Is(3, "disconnected") ? OperationalStatus.Down : OperationalStatus.Unknown,
            Type = index == 1 ? NetworkInterfaceType.Loopback : NetworkInterfaceType.Unknown,
            Mtu = mtu <= int.MaxValue ? (int)mtu : null,
            MetricV4 = _isIPv6 ? null : metric,
            MetricV6 = _isIPv6 ? metric : null,
        }, line.Place, Command);
        return LineUse.Row;
    }

    public override void Lack(string reason) => Draft.Interfaces.Lacks("lines", reason);

    public override void End() => _isInside = false;
}
