using System.Linq;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Firewall;

/// <summary>Passes over most rules of a large set by a few comparisons: those that are about another port and another program.</summary>
internal readonly struct WindowsFirewallRuleTest
{
    private readonly int _firstPort, _lastPort;
    private readonly bool _hasPorts;
    private readonly byte? _protocol;
    private readonly string? _imageName;
    private readonly int _imageHash;
    private readonly bool _namesProgram;

    public WindowsFirewallRuleTest(WindowsFirewallRuleRow row)
    {
        Row = row;
        WindowsFirewallRule rule = row.Rule!;
        _hasPorts = !rule.LocalPorts.IsEmpty;
        bool hasKeyword = rule.LocalPorts.Any(ports => ports.Keyword is not null);
        _firstPort = !_hasPorts || hasKeyword ? 0 : rule.LocalPorts.Min(ports => ports.First);
        _lastPort = !_hasPorts || hasKeyword ? ushort.MaxValue : rule.LocalPorts.Max(ports => ports.Last);
        _protocol = rule.IPProtocol;
        _namesProgram = rule.Application is not null;
        _imageName = rule.Application is { } program ? WindowsFirewallPrograms.ImageName(program) : null;
        _imageHash = WindowsFirewallReceiver.HashOf(_imageName);
    }

    public WindowsFirewallRuleRow Row { get; }

    /// <summary>Whether the rule neither matches the packet nor is worth telling of.</summary>
    public bool Excludes(WindowsFirewallPacket packet)
    {
        bool isPort = packet.Flow.DestinationPort >= _firstPort && packet.Flow.DestinationPort <= _lastPort;
        if (_hasPorts && isPort && packet.HasPorts)
            return false;
        if (_namesProgram)
        {
            // Of the programs that may be meant when nobody knows, those of other ports are too many to tell.
            bool isAnybody = packet.Receiver.Owners.IsEmpty;
            return (isAnybody && (_hasPorts || (_protocol is { } its && its != packet.Protocol))) || (_imageName is not null && !packet.Receiver.MayBeNamed(_imageName, _imageHash));
        }

        return _hasPorts || (_protocol is { } protocol && protocol != packet.Protocol);
    }
}
