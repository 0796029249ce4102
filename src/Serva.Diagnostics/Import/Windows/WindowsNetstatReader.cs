using System;
using System.Collections.Immutable;
using System.Globalization;
using System.Linq;
using System.Net.NetworkInformation;
using Serva.Diagnostics.Addressing;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Import.Windows;

/// <summary>
/// <c>netstat</c> of Windows XP to 11 in any language, with <c>-a -n -o -b -q -t</c> in any mix: the words of states and headings
/// differ, so a listener is known by the foreign port 0.
/// </summary>
/// <remarks>
/// <code>
///   TCP    0.0.0.0:135            PC:0                   ABHÖREN         1712     with -b the owner's lines follow:
///   RpcSs                                                                          a component or service,
///  [svchost.exe]                                                                   the image
///   UDP    PC:ntp                 *:*                                    1504
/// </code>
/// </remarks>
internal sealed class WindowsNetstatReader(HostDraft draft) : BlockReader(draft)
{
    private const int LongestOwner = 260;
    private const int FewestColumns = 4;

    private bool _isInside;
    private int _last = -1;
    private string? _service;
    private string? _pending;
    private ImportedPlace _pendingPlace;

    public override string Command => "netstat of Windows";

    public override LineUse Read(scoped in PastedLine line)
    {
        if (line.Is(0, "TCP") || line.Is(0, "UDP"))
        {
            LineUse use = ReadRow(line);
            MissedLines += use == LineUse.Refused ? 1 : 0;
            return use;
        }

        if (line.Count > 3 && (line.Is(0, "Proto") || line.Is(0, "Proto.") || line.Is(0, "协议")))
            return line.Is(1, "Recv-Q") || line.Is(1, "RefCnt") ? LineUse.Refused : Begin(LineUse.Heading, hasHeading: true);
        if (!_isInside)
            return LineUse.Refused;
        return _pending is not null && line.Count <= 4 ? ReadContinuation(line) : ReadOwner(line);
    }

    public override void Lack(string reason) => Draft.Sockets.Lacks("sockets", reason);

    public override void End()
    {
        Flush();
        (_isInside, _last, _service) = (false, -1, null);
    }

    private LineUse ReadRow(scoped in PastedLine line)
    {
        Flush();
        if (line.Count < 3)
        {
            // A row that the paste wrapped, known by its first address.
            if (line.Count != 2 || !EndpointText.TryParse(line[1], EndpointDialect.WindowsNetstat, out _))
                return LineUse.Refused;
            Keep(line);
            return _isInside ? LineUse.Understood : Begin(LineUse.Heading);
        }

        if (line.Count == 3 && line.Is(0, "TCP"))
        {
            if (!IsRow(line))
                return LineUse.Refused;
            Keep(line);
            return Begin(LineUse.Row);
        }

        return TryAdd(line);
    }

    private LineUse ReadContinuation(scoped in PastedLine line)
    {
        var joined = new PastedLine(line.Behind(_pending!), new Range[PastedLine.MostWords], _pendingPlace, new ImportWork());
        bool isWhole = _pending!.Contains(' ', StringComparison.Ordinal) && joined.Count >= 4 && !line.Begins(0, '[');
        if (!isWhole || TryAdd(joined) == LineUse.Refused)
            return ReadOwner(line);
        _pending = null;
        return LineUse.Understood;
    }

    private void Keep(scoped in PastedLine line)
    {
        _pending = line.Text.Trim().ToString();
        _pendingPlace = line.Place;
    }

    // A TCP row that ended with its addresses, as some print it: the state is in its ports.
    private void Flush()
    {
        if (_pending is not { } text)
            return;
        _pending = null;
        var line = new PastedLine(text, new Range[PastedLine.MostWords], _pendingPlace, new ImportWork());
        if (line.Count >= 3)
            TryAdd(line);
    }

    private static bool IsRow(scoped in PastedLine line) =>
        EndpointText.TryParse(line[1], EndpointDialect.WindowsNetstat, out _) && EndpointText.TryParse(line[2], EndpointDialect.WindowsNetstat, out _);

    private LineUse TryAdd(scoped in PastedLine line)
    {
        TransportProtocol protocol = line.Is(0, "TCP") ? TransportProtocol.Tcp : TransportProtocol.Udp;
        ReadOnlySpan<char> localText = line[1], foreignText = line[2];
        if (!EndpointText.TryParse(localText, EndpointDialect.WindowsNetstat, out EndpointText local)
            || !EndpointText.TryParse(foreignText, EndpointDialect.WindowsNetstat, out EndpointText foreign)
            || PortOf(localText, local, protocol) is not { } port || PortOf(foreignText, foreign, protocol) is not { } foreignPort)
        {
            return LineUse.Refused;
        }

        Begin(LineUse.Row);
        int last = line.Count - 1;
        bool hasId = line.TryNumber(last, out uint processId) && last > 2 && processId <= int.MaxValue;
        NetAddress address = AddressOf(localText, local, NetAddress.AnyIPv4);
        // A socket that is bound and does not listen has the foreign port 0 too (-q).
        bool isListening = protocol == TransportProtocol.Tcp && foreignPort == 0 && StateOf(line[3], isOrphan: false) == TcpState.Unknown;
        bool isConnected = foreignPort != 0 && foreign.HostKind is EndpointHost.Address or EndpointHost.Name;
        // A name that answers on this host's own loopback is this host.
        NetAddress peer = isConnected ? AddressOf(foreignText, foreign, address.IsLoopback ? address : address.IsIPv6 ? NetAddress.AnyIPv6 : NetAddress.AnyIPv4) : default;
        var row = new SocketRow
        {
            Protocol = protocol,
            Local = NetEndpoint.Create(address, port),
            Remote = isConnected ? NetEndpoint.Create(peer, foreignPort) : null,
            State = protocol == TransportProtocol.Udp ? null : isListening ? TcpState.Listen : StateOf(line[3], hasId && processId == 0),
        };
        _last = Draft.Sockets.Add(row, new DraftOwner
        {
            ProcessIds = hasId && processId != 0 ? [(int)processId] : default,
            Gap = hasId ? processId == 0 ? OwnerGap.NoProcess : OwnerGap.None : OwnerGap.NotRequested,
        }, line.Place);
        _service = null;
        return LineUse.Row;
    }

    // In languages that are not known here: titles of columns, apart from each other, without a number.
    private static bool IsHeading(string title) =>
        title.Split("  ", StringSplitOptions.RemoveEmptyEntries).Length >= FewestColumns && !title.AsSpan().ContainsAnyInRange('0', '9');

    private LineUse Begin(LineUse use, bool hasHeading = false)
    {
        if (!_isInside)
        {
            _isInside = true;
            Draft.See(PlatformFamily.Windows);
            Draft.Sockets.Begin("netstat", ShownSockets.OfWindows(Draft.LastCommand), hasHeading || (Draft.Titles.Count > 0 && IsHeading(Draft.Titles.Last())));
        }

        return use;
    }

    // "[svchost.exe]", a service or a component's path; "Can not obtain ownership information" in any language has blanks and no digit.
    private LineUse ReadOwner(scoped in PastedLine line)
    {
        if (_last < 0 || line.Count == 0)
            return LineUse.Refused;
        ReadOnlySpan<char> text = line.From(0);
        if (text.Length > LongestOwner)
            return LineUse.Refused;
        if (text[0] == '[' && text[^1] == ']')
        {
            Draft.Sockets.Own(_last, new DraftOwner { Name = text[1..^1].ToString(), Service = _service });
            return LineUse.Understood;
        }

        if (line.Indent == 0)
            return LineUse.Refused;
        if (text.Contains('\\') || text.StartsWith("--", StringComparison.Ordinal))
            return LineUse.Understood;
        if (line.Count == 1)
            _service = text.ToString();
        return line.Count == 1 || !text.ContainsAnyInRange('0', '9') ? LineUse.Understood : LineUse.Refused;
    }

    private NetAddress AddressOf(ReadOnlySpan<char> text, in EndpointText endpoint, NetAddress named)
    {
        if (endpoint.HostKind == EndpointHost.Address)
            return endpoint.Address;
        if (endpoint.HostKind == EndpointHost.Name)
            Draft.Sockets.NameHost(text[endpoint.Host]);
        return named;
    }

    private static int? PortOf(ReadOnlySpan<char> text, in EndpointText endpoint, TransportProtocol protocol) => endpoint.PortKind switch
    {
        EndpointPort.Number => endpoint.Port,
        EndpointPort.Any => 0,
        EndpointPort.Name => ServiceNames.PortOf(text[endpoint.PortText], protocol),
        _ => null,
    };

    private static TcpState StateOf(ReadOnlySpan<char> word, bool isOrphan) => word switch
    {
        "ESTABLISHED" or "HERGESTELLT" => TcpState.Established,
        "TIME_WAIT" or "WARTEND" => TcpState.TimeWait,
        "CLOSE_WAIT" or "SCHLIESSEN_WARTEN" => TcpState.CloseWait,
        "FIN_WAIT_1" or "FIN_WARTEN_1" => TcpState.FinWait1,
        "FIN_WAIT_2" or "FIN_WARTEN_2" => TcpState.FinWait2,
        "SYN_SENT" or "SYN_GESENDET" => TcpState.SynSent,
        "SYN_RECEIVED" or "SYN_EMPFANGEN" => TcpState.SynReceived,
        "LAST_ACK" or "LETZTES_ACK" => TcpState.LastAck,
        "CLOSING" or "SCHLIESST" => TcpState.Closing,
        "BOUND" or "CLOSED" => TcpState.Closed,
        _ => isOrphan ? TcpState.TimeWait : TcpState.Unknown,
    };
}
