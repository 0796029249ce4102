using System;
using System.Collections.Immutable;
using System.Globalization;
using System.Net.NetworkInformation;
using Serva.Diagnostics.Addressing;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Import.Linux;

/// <summary><c>netstat</c> of Linux' net-tools and of BSD and macOS: <c>tcp6 0 0 :::22 :::* LISTEN 1/sshd</c>, <c>tcp4 0 0 *.22 *.* LISTEN</c>.</summary>
/// <remarks>Net-tools puts a colon before the port and an id with a cut name behind the state; BSD a dot, <c>tcp46</c> for both families, and no owner.</remarks>
internal sealed class NetToolsReader(HostDraft draft) : BlockReader(draft)
{
    private bool _isInside, _isBsd, _hasHeading;

    public override string Command => _isBsd ? "netstat of BSD" : "netstat of Linux";

    public override LineUse Read(scoped in PastedLine line)
    {
        if (line.Is(0, "Proto") && line.Is(1, "Recv-Q"))
        {
            _hasHeading = true;
            return LineUse.Heading;
        }

        if (ProtocolOf(line, out bool isIPv6, out bool isDual) is not { } protocol || line.Count < 5
            || !line.TryNumber(1, out uint received) || !line.TryNumber(2, out uint sent))
        {
            return LineUse.Refused;
        }

        ReadOnlySpan<char> localText = line[3], peerText = line[4];
        bool isBsd = !localText.Contains(':') || localText.LastIndexOf('.') > localText.LastIndexOf(':');
        EndpointDialect dialect = isBsd ? EndpointDialect.BsdNetstat : EndpointDialect.NetTools;
        if (!SocketText.TryRead(localText, dialect, protocol, Draft.Sockets, out NetEndpoint local, out bool isAny)
            || !SocketText.TryRead(peerText, dialect, protocol, Draft.Sockets, out NetEndpoint peer, out bool isAnyPeer))
        {
            return LineUse.Refused;
        }

        if (!_isInside)
            Begin(isBsd);
        if (isAny && !isIPv6)
            local = NetEndpoint.Create(NetAddress.AnyIPv4, local.Port);
        int state = 5;
        TcpState? found = null;
        if (protocol == TransportProtocol.Tcp)
            found = StateOf(line[state++]);
        else if (line[state] is "ESTABLISHED")
            state++;
        var row = new SocketRow
        {
            Protocol = protocol,
            Local = local,
            Remote = peer.Port == 0 && (isAnyPeer || peer.Address.IsUnspecified) ? null : peer,
            State = found,
            ReceiveQueue = received,
            SendQueue = sent,
            IPv6Only = isDual ? false : isBsd && isIPv6 && local.Address.IsUnspecified ? true : null,
        };
        int id = OwnerOf(line, state, out string? name);
        Draft.Sockets.Add(row, new DraftOwner
        {
            ProcessIds = id > 0 ? [id] : default,
            Gap = id > 0 ? OwnerGap.None : found == TcpState.TimeWait ? OwnerGap.NoProcess : line.Is(line.Count - 1, "-") ? OwnerGap.NeedsElevation : OwnerGap.NotRequested,
        }, line.Place);
        if (id > 0)
            Draft.AddProcess(id, name, unit: null, "netstat -p");
        return LineUse.Row;
    }

    public override void Lack(string reason) => Draft.Sockets.Lacks("sockets", reason);

    public override void End() => (_isInside, _hasHeading) = (false, false);

    private void Begin(bool isBsd)
    {
        (_isInside, _isBsd) = (true, isBsd);
        Draft.See(isBsd ? PlatformFamily.Bsd : PlatformFamily.Linux);
        Draft.Sockets.Begin("netstat", ShownSockets.OfUnix(Draft.LastCommand), _hasHeading);
    }

    private static TransportProtocol? ProtocolOf(scoped in PastedLine line, out bool isIPv6, out bool isDual)
    {
        ReadOnlySpan<char> word = line.LengthOf(0) is >= 3 and <= 5 && (line.Begins(0, 't') || line.Begins(0, 'u')) ? line[0] : default;
        isDual = word is "tcp46" or "udp46";
        isIPv6 = isDual || word is "tcp6" or "udp6";
        return word is "tcp" or "tcp4" or "tcp6" or "tcp46" ? TransportProtocol.Tcp
            : word is "udp" or "udp4" or "udp6" or "udp46" ? TransportProtocol.Udp : null;
    }

    // "1234/sshd: /usr/sbin", behind a user and an inode with -e.
    private static int OwnerOf(scoped in PastedLine line, int from, out string? name)
    {
        name = null;
        for (int i = from; i < Math.Min(line.Count, from + 4); i++)
        {
            ReadOnlySpan<char> word = line[i];
            int slash = word.IndexOf('/');
            if (slash <= 0 || !int.TryParse(word[..slash], NumberStyles.None, CultureInfo.InvariantCulture, out int id))
                continue;
            name = word[(slash + 1)..].TrimEnd(':').ToString();
            return id;
        }

        return 0;
    }

    private static TcpState StateOf(ReadOnlySpan<char> word) => word switch
    {
        "LISTEN" => TcpState.Listen,
        "ESTABLISHED" => TcpState.Established,
        "TIME_WAIT" => TcpState.TimeWait,
        "CLOSE_WAIT" => TcpState.CloseWait,
        "FIN_WAIT1" or "FIN_WAIT_1" => TcpState.FinWait1,
        "FIN_WAIT2" or "FIN_WAIT_2" => TcpState.FinWait2,
        "SYN_SENT" => TcpState.SynSent,
        "SYN_RECV" or "SYN_RCVD" => TcpState.SynReceived,
        "LAST_ACK" => TcpState.LastAck,
        "CLOSING" => TcpState.Closing,
        "CLOSE" or "CLOSED" => TcpState.Closed,
        _ => TcpState.Unknown,
    };
}
