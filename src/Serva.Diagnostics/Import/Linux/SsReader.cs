using System;
using System.Collections.Frozen;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Globalization;
using System.Linq;
using System.Net.NetworkInformation;
using Serva.Diagnostics.Addressing;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Import.Linux;

/// <summary><c>ss</c> of iproute2 with <c>-t -u -l -a -n -p -e</c> and <c>-H</c> or not: states have one spelling, and stand first or second.</summary>
/// <remarks>
/// <code>
/// Netid State  Recv-Q Send-Q  Local Address:Port Peer Address:Port Process
/// udp   UNCONN 0      0       127.0.0.53%lo:53        0.0.0.0:*     users:(("systemd-resolve",pid=412,fd=13)) uid:101 ino:22 sk:1 cgroup:/system.slice/systemd-resolved.service
/// tcp   LISTEN 0      511                 *:80              *:*     users:(("nginx",pid=10,fd=6),("nginx",pid=9,fd=6)) ino:7 sk:2 v6only:0
/// </code>
/// A <c>*</c> is <c>::</c> that serves IPv4 too; <c>[::]</c> is one that does not.
/// </remarks>
internal sealed class SsReader(HostDraft draft) : BlockReader(draft)
{
    private const int MostOwners = 1000;

    // Sockets that have no ports; below a socket, indented, are its timers and memory.
    private static readonly FrozenSet<string>.AlternateLookup<ReadOnlySpan<char>> s_others = FrozenSet.ToFrozenSet(
        ["nl", "u_str", "u_dgr", "u_seq", "p_raw", "p_dgr", "icmp6", "icmp", "v_str", "v_dgr", "ti_rd", "ti_sq", "ti_st", "ti_dg", "xdp", "sctp", "dccp", "mptcp", "???"],
        StringComparer.Ordinal).GetAlternateLookup<ReadOnlySpan<char>>();

    private readonly List<(int Id, string Name)> _owners = [];
    private TransportProtocol? _only;
    private bool _isInside, _hasColumn;

    public override string Command => "ss";

    public override LineUse Read(scoped in PastedLine line)
    {
        if (IsHeading(line))
        {
            // Another list without a command of its own: nobody knows what it was asked for.
            string command = _isInside ? "" : Draft.LastCommand;
            (_isInside, _hasColumn) = (false, line.Is(0, "Netid"));
            return Begin(LineUse.Heading, command, hasHeading: true);
        }

        int state = StateAt(line, out TransportProtocol? protocol);
        if (state < 0 && _isInside && (line.Indent > 0 || (_hasColumn && s_others.Contains(line[0]))))
            return LineUse.Understood;
        if (state < 0 || protocol is not { } found || line.Count < state + 5 || !line.TryNumber(state + 1, out uint received) || !line.TryNumber(state + 2, out uint sent))
            return LineUse.Refused;
        ReadOnlySpan<char> localText = line[state + 3], peerText = line[state + 4];
        int next = state + 5;
        if (!SocketText.TryRead(localText, EndpointDialect.LinuxSs, found, Draft.Sockets, out NetEndpoint local, out bool isAny)
            || !SocketText.TryRead(peerText, EndpointDialect.LinuxSs, found, Draft.Sockets, out NetEndpoint peer, out _))
        {
            return LineUse.Refused;
        }

        Begin(LineUse.Row, Draft.LastCommand);
        if (Draft.Sockets.IsFull)
            return LineUse.Row;
        var details = new Details(line, next, Draft, _owners);
        foreach ((int processId, string name) in _owners)
        {
            Draft.HasProcessColumn = true;
            Draft.AddProcess(processId, name, details.Unit, "ss -p");
        }

        ImmutableArray<int> owners = _owners switch
        {
            [] => [],
            [var only] => [only.Id],
            _ => [.. _owners.Select(process => process.Id).Distinct().Order()],
        };
        bool is6 = local.Address.IsIPv6;
        var row = new SocketRow
        {
            Protocol = found,
            Local = local,
            Remote = peer.Port == 0 && (peer.Address.IsUnspecified || peer.Address.IsNone) ? null : peer,
            State = found == TransportProtocol.Tcp ? StateOf(line[state]) : null,
            ReceiveQueue = received,
            SendQueue = sent,
            UserId = details.UserId ?? (details.Inode != 0 ? 0 : null),
            Inode = details.Inode,
            Cookie = details.Cookie,
            IPv6Only = !is6 ? null : details.IPv6Only ?? (!local.Address.IsUnspecified ? null : !isAny),
        };
        Draft.Sockets.Add(row, new DraftOwner
        {
            ProcessIds = owners,
            Gap = !owners.IsEmpty ? OwnerGap.None : row.State == TcpState.TimeWait || (row.Inode == 0 && details.Cookie != 0) ? OwnerGap.NoProcess
                : Draft.HasProcessColumn ? OwnerGap.NeedsElevation : OwnerGap.NotRequested,
        }, line.Place);
        return LineUse.Row;
    }

    public override void Lack(string reason) => Draft.Sockets.Lacks("sockets", reason);

    public override void End() => (_isInside, _hasColumn, _only) = (false, false, null);

    private LineUse Begin(LineUse use, string command, bool hasHeading = false)
    {
        if (_isInside)
            return use;
        _isInside = true;
        Draft.See(PlatformFamily.Linux);
        var shown = ShownSockets.OfUnix(command);
        _only = shown.Only;
        Draft.Sockets.Begin("ss", shown, hasHeading);
        return use;
    }

    private static bool IsHeading(scoped in PastedLine line) =>
        (line.Is(0, "Netid") && line.Is(1, "State")) || (line.Is(0, "State") && line.Is(1, "Recv-Q"));

    private int StateAt(scoped in PastedLine line, out TransportProtocol? protocol)
    {
        protocol = line.Is(0, "tcp") ? TransportProtocol.Tcp : line.Is(0, "udp") ? TransportProtocol.Udp : line.Is(0, "raw") ? TransportProtocol.Raw : null;
        if (protocol is not null)
            return IsState(line[1]) ? 1 : -1;
        if (_isInside ? _hasColumn : !IsBare(line))
            return -1;
        ReadOnlySpan<char> state = line[0];
        if (!IsState(state))
            return -1;
        protocol = _isInside ? _only ?? OfState(state) : ShownSockets.OfUnix(Draft.LastCommand).Only;
        return protocol is null ? -1 : 0;
    }

    // With -H there is no heading, and the first column is the state when one protocol was asked for.
    private bool IsBare(scoped in PastedLine line) =>
        (line.Begins(0, 'U') || line.Begins(0, 'L') || line.Begins(0, 'E')) && line.Count > 4 && Draft.LastCommand.Contains("ss ", StringComparison.Ordinal);

    // The kernel knows no other state of UDP, and ss of TCP only for sockets that it lists when bound ones are asked for.
    private TransportProtocol? OfState(ReadOnlySpan<char> state) => _only = state is "UNCONN" ? TransportProtocol.Udp : TransportProtocol.Tcp;

    private static bool IsState(ReadOnlySpan<char> word) => word is "UNCONN" || StateOf(word) != TcpState.Unknown;

    private static TcpState StateOf(ReadOnlySpan<char> word) => word switch
    {
        "LISTEN" => TcpState.Listen,
        "ESTAB" => TcpState.Established,
        "TIME-WAIT" => TcpState.TimeWait,
        "CLOSE-WAIT" => TcpState.CloseWait,
        "FIN-WAIT-1" => TcpState.FinWait1,
        "FIN-WAIT-2" => TcpState.FinWait2,
        "SYN-SENT" => TcpState.SynSent,
        "SYN-RECV" => TcpState.SynReceived,
        "LAST-ACK" => TcpState.LastAck,
        "CLOSING" => TcpState.Closing,
        "UNCONN" or "CLOSED" => TcpState.Closed,
        _ => TcpState.Unknown,
    };

    /// <summary>What stands behind the addresses.</summary>
    private readonly ref struct Details
    {
        public Details(scoped in PastedLine line, int from, HostDraft draft, List<(int Id, string Name)> owners)
        {
            owners.Clear();
            for (int i = from; i < line.Count; i++)
            {
                ReadOnlySpan<char> word = line[i];
                if (word.StartsWith("users:(", StringComparison.Ordinal))
                    AddProcesses(line.From(i), draft, owners);
                else if (word.StartsWith("uid:", StringComparison.Ordinal) && uint.TryParse(word[4..], NumberStyles.None, CultureInfo.InvariantCulture, out uint user))
                    UserId = user;
                else if (word.StartsWith("ino:", StringComparison.Ordinal) && ulong.TryParse(word[4..], NumberStyles.None, CultureInfo.InvariantCulture, out ulong inode))
                    Inode = inode;
                else if (word.StartsWith("sk:", StringComparison.Ordinal) && ulong.TryParse(word[3..], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out ulong cookie))
                    Cookie = cookie;
                else if (word.StartsWith("v6only:", StringComparison.Ordinal))
                    IPv6Only = word is "v6only:1";
                else if (word.StartsWith("cgroup:", StringComparison.Ordinal) && word.EndsWith(".service", StringComparison.Ordinal))
                    Unit = word[(word.LastIndexOf('/') + 1)..].ToString();
            }
        }

        public uint? UserId { get; }

        public ulong Inode { get; }

        public ulong Cookie { get; }

        public bool? IPv6Only { get; }

        public string? Unit { get; }

        // users:(("nginx",pid=10,fd=6),("nginx",pid=9,fd=6))
        private static void AddProcesses(ReadOnlySpan<char> text, HostDraft draft, List<(int, string)> found)
        {
            int end = text.IndexOf("))", StringComparison.Ordinal);
            text = end < 0 ? text : text[..(end + 1)];
            for (int open = text.IndexOf('"'); open >= 0 && found.Count < MostOwners; open = text.IndexOf('"'))
            {
                text = text[(open + 1)..];
                int close = text.IndexOf('"');
                if (close < 0)
                    break;
                string name = draft.NameOf(text[..close]);
                text = text[(close + 1)..];
                if (!text.StartsWith(",pid=", StringComparison.Ordinal))
                    continue;
                int digits = text[5..].IndexOfAnyExceptInRange('0', '9');
                if (digits > 0 && int.TryParse(text.Slice(5, digits), NumberStyles.None, CultureInfo.InvariantCulture, out int id))
                    found.Add((id, name));
            }
        }
    }
}
