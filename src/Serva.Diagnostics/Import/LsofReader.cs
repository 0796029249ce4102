using System;
using System.Globalization;
using System.Net.NetworkInformation;
using Serva.Diagnostics.Addressing;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Import;

/// <summary><c>lsof -i</c> of Linux, macOS and BSD: <c>nginx 123 root 6u IPv4 0x1f 0t0 TCP *:80 (LISTEN)</c>.</summary>
internal sealed class LsofReader(HostDraft draft) : BlockReader(draft)
{
    private bool _isInside;

    public override string Command => "lsof -i";

    public override LineUse Read(scoped in PastedLine line)
    {
        if (line.Is(0, "COMMAND") && line.Is(1, "PID"))
            return LineUse.Heading;
        if (line.Count < 9 || !line.TryNumber(1, out uint id) || id > int.MaxValue)
            return LineUse.Refused;
        int type = line.Is(4, "IPv4") || line.Is(4, "IPv6") ? 4 : line.Is(5, "IPv4") || line.Is(5, "IPv6") ? 5 : 0;
        if (type == 0 || !(line.Is(type + 3, "TCP") || line.Is(type + 3, "UDP")))
            return LineUse.Refused;
        bool is6 = line.Is(type, "IPv6");
        TransportProtocol protocol = line.Is(type + 3, "TCP") ? TransportProtocol.Tcp : TransportProtocol.Udp;
        ReadOnlySpan<char> pair = line[type + 4];
        int arrow = pair.IndexOf("->", StringComparison.Ordinal);
        ReadOnlySpan<char> localText = arrow < 0 ? pair : pair[..arrow];
        NetEndpoint peer = default;
        if (!SocketText.TryRead(localText, EndpointDialect.Lsof, protocol, Draft.Sockets, out NetEndpoint local, out bool isAny)
            || (arrow >= 0 && !SocketText.TryRead(pair[(arrow + 2)..], EndpointDialect.Lsof, protocol, Draft.Sockets, out peer, out _)))
        {
            return LineUse.Refused;
        }

        if (!_isInside)
        {
            _isInside = true;
            Draft.Sockets.Begin("lsof -i", new ShownSockets { Gap = "lsof shows those that a process holds, and of other users' none without root" }, hasHeading: false);
        }

        string name = line[0].ToString();
        TcpState? state = protocol != TransportProtocol.Tcp ? null : line.From(type + 5) switch
        {
            "(LISTEN)" => TcpState.Listen,
            "(ESTABLISHED)" => TcpState.Established,
            "(CLOSE_WAIT)" => TcpState.CloseWait,
            "(SYN_SENT)" => TcpState.SynSent,
            "(CLOSED)" => TcpState.Closed,
            _ => TcpState.Unknown,
        };
        Draft.Sockets.Add(
            new SocketRow
            {
                Protocol = protocol,
                Local = isAny && !is6 ? NetEndpoint.Create(NetAddress.AnyIPv4, local.Port) : local,
                Remote = arrow < 0 ? null : peer,
                State = state,
            },
            new DraftOwner { ProcessIds = [(int)id] }, line.Place, isShared: true);
        Draft.AddProcess(new ProcessRow { ProcessId = (int)id, Name = name, User = line[2].ToString() }, "lsof -i");
        return LineUse.Row;
    }

    public override void Lack(string reason) => Draft.Sockets.Lacks("sockets", reason);

    public override void End() => _isInside = false;
}
