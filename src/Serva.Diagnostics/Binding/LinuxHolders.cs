using System;
using System.Collections.Generic;
using System.Net.NetworkInformation;
using Serva.Diagnostics.Addressing;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Binding;

/// <summary>
/// Judges the sockets on a port, one by one and three-valued: what cannot be seen of a socket from outside is tried
/// with every value it may have.
/// </summary>
/// <remarks>
/// The rule is the kernel's <c>inet_csk_bind_conflict</c> and <c>udp_lib_lport_inuse</c>. SO_REUSEADDR and SO_REUSEPORT
/// of a foreign socket appear in no table of the kernel.
/// </remarks>
internal sealed class LinuxHolders
{
    private readonly BindDraft _draft;
    private readonly BindFacts _facts;
    private readonly BindRequest _request;
    private readonly LinuxClaim _asked;
    private readonly uint? _askerId;
    private readonly bool _isStream;
    private readonly bool _reuseAddress;
    private readonly bool _reusePort;
    private List<string>? _doubts;
    private string? _lastSentence;
    private (NetEndpoint Local, TcpState? State) _lastSubject;

    public LinuxHolders(BindDraft draft, uint device)
        : this(draft, device, draft.Request.Endpoint.Address, draft.Request.ReuseAddress, draft.Request.ReusePort)
    {
    }

    public LinuxHolders(BindDraft draft, uint device, NetAddress address, bool reuseAddress, bool reusePort)
    {
        _draft = draft;
        _facts = draft.Facts;
        _request = draft.Request;
        _isStream = _request.Protocol == TransportProtocol.Tcp;
        _askerId = _facts.Asker(_request)?.UserId;
        _reuseAddress = reuseAddress;
        _reusePort = reusePort;

        // A specific IPv6 address makes the socket IPv6-only by itself.
        bool isSpecific = address.IsIPv6 && !address.IsUnspecified && !address.IsIPv4Mapped;
        _asked = new LinuxClaim(address, !_request.DualMode || isSpecific, device, _facts.Domain(device));
    }

    /// <summary>How a holder stands to the request. Ordered: the worst of several decides.</summary>
    public enum Verdict
    {
        /// <summary>It is in no case in the way.</summary>
        Clear = 0,

        /// <summary>It is probably not in the way.</summary>
        LikelyClear,

        /// <summary>It is probably in the way.</summary>
        LikelyConflict,

        /// <summary>It is in the way, whatever could not be seen.</summary>
        Conflict,
    }

    /// <summary>Facts of a holder that its verdict hangs on and that were not seen.</summary>
    [Flags]
    private enum Hidden
    {
        None = 0,
        ReuseAddress = 1,
        ReusePort = 2,
        IPv6Only = 4,
        User = 8,
        Domain = 16,
        Memory = 32,
    }

    /// <summary>What could not be seen and kept a verdict from being sure. It matters unless another holder decides.</summary>
    public IReadOnlyList<string> Doubts => _doubts ?? (IReadOnlyList<string>)[];

    /// <summary>Judges every socket on the request's port, and writes the conflicts into the draft.</summary>
    public Verdict JudgeAll()
    {
        ReadOnlySpan<int> positions = _facts.Sockets.Find(_request.Protocol, _request.Endpoint.Port);
        Verdict worst = Verdict.Clear;
        int shared = 0;
        bool someMayShare = false;
        foreach (int position in positions)
        {
            ref readonly SocketRow row = ref _facts.Sockets[position];
            Verdict verdict = Judge(row, positions, out Hidden hidden, out bool mayShare);
            someMayShare |= mayShare;
            if (verdict > worst)
                worst = verdict;
            if (verdict >= Verdict.LikelyConflict)
                AddConflict(row);
            else
                shared++;
            if (verdict is Verdict.LikelyClear or Verdict.LikelyConflict)
                Explain(row, hidden);
        }

        if (positions.IsEmpty)
            _draft.Step(BindSteps.Free, $"no socket of {BindRequestText.NameOf(_request.Protocol)} is on port {_request.Endpoint.Port}");
        else if (shared > 0)
            _draft.Step(BindSteps.HolderShares, $"{shared} of {positions.Length} sockets on the port are not in the way");

        // Among datagram sockets the kernel stops at the first one it meets, the last bound: if that one shares through
        // SO_REUSEPORT, it never looks at the others (udp_lib_lport_inuse; found by binding for real).
        if (worst != Verdict.Conflict || !someMayShare || _isStream)
            return worst;
        Doubt($"which of the sockets on port {_request.Endpoint.Port} was bound last: the kernel asks only that one about SO_REUSEPORT");
        return Verdict.LikelyConflict;
    }

    /// <summary>Whether some socket on a port is in the way for certain.</summary>
    public bool IsTaken(int port)
    {
        ReadOnlySpan<int> positions = _facts.Sockets.Find(_request.Protocol, port);
        foreach (int position in positions)
        {
            if (Judge(_facts.Sockets[position], positions, out _, out _) == Verdict.Conflict)
                return true;
        }

        return false;
    }

    private Verdict Judge(in SocketRow row, ReadOnlySpan<int> onPort, out Hidden hidden, out bool mayShare)
    {
        hidden = Hidden.None;
        mayShare = false;
        uint device = DeviceOf(row);
        uint domain = _facts.Domain(device);

        bool? isIPv6Only = IPv6OnlyOf(row);
        bool? sameUser = SameUserOf(row);

        // One bit of the mask for each combination of facts: set when the kernel calls it a conflict.
        Span<bool> reuseAddresses = stackalloc bool[2];
        Span<bool> reusePorts = stackalloc bool[2];
        Span<bool> ipv6Onlys = stackalloc bool[2];
        Span<bool> sameUsers = stackalloc bool[2];
        reuseAddresses = Values(row.ReuseAddress, reuseAddresses);
        reusePorts = Values(row.ReusePort, reusePorts);
        ipv6Onlys = Values(isIPv6Only, ipv6Onlys);
        sameUsers = Values(sameUser, sameUsers);

        int conflicts = 0;
        int combinations = 0;
        foreach (bool ipv6Only in ipv6Onlys)
        {
            var held = new LinuxClaim(row.Local.Address, ipv6Only, device, domain);
            bool meets = LinuxClaim.DevicesMeet(_asked, held)
                && (_isStream ? LinuxClaim.StreamAddressesMeet(_asked, held) : LinuxClaim.AddressesMeet(_asked, held));
            foreach (bool reuseAddress in reuseAddresses)
            {
                foreach (bool reusePort in reusePorts)
                {
                    foreach (bool same in sameUsers)
                    {
                        combinations++;
                        if (!meets)
                            continue;
                        if (!Shares(row.State, reuseAddress, reusePort, same))
                            conflicts++;
                        else if (_reusePort && reusePort && same)
                            mayShare = true;
                    }
                }
            }
        }

        // A request socket holds no port of its own yet; its listener, which does, is judged by itself.
        if (row.State == TcpState.SynReceived)
            return conflicts == 0 ? Verdict.Clear : Verdict.LikelyClear;
        if (conflicts == 0)
            return Verdict.Clear;

        // Each VRF has stream ports of its own while tcp_l3mdev_accept is off: read in the kernel's source, not measured.
        if (_isStream && domain != _asked.Domain && _facts.Number("net.ipv4.tcp_l3mdev_accept") != 1)
        {
            hidden = Hidden.Domain;
            return Verdict.LikelyClear;
        }

        if (conflicts == combinations)
        {
            if (!MayBeForgotten(row, device))
                return Verdict.Conflict;
            hidden = Hidden.Memory;
            return Verdict.LikelyConflict;
        }

        bool twin = HasTwin(row, onPort);
        bool guessReuseAddress = row.ReuseAddress ?? GuessReuseAddress(row, twin);
        bool guessReusePort = row.ReusePort ?? twin;
        bool guessIPv6Only = isIPv6Only ?? _facts.Number("net.ipv6.bindv6only") == 1;
        bool guessSameUser = sameUser ?? true;
        hidden = (row.ReuseAddress is null ? Hidden.ReuseAddress : 0)
            | (row.ReusePort is null && _reusePort ? Hidden.ReusePort : 0)
            | (isIPv6Only is null ? Hidden.IPv6Only : 0)
            | (sameUser is null && _reusePort ? Hidden.User : 0);
        if (!_reuseAddress || row.State == TcpState.Listen)
            hidden &= ~Hidden.ReuseAddress;

        var guessed = new LinuxClaim(row.Local.Address, guessIPv6Only, device, domain);
        bool guessMeets = LinuxClaim.DevicesMeet(_asked, guessed)
            && (_isStream ? LinuxClaim.StreamAddressesMeet(_asked, guessed) : LinuxClaim.AddressesMeet(_asked, guessed));
        return guessMeets && !Shares(row.State, guessReuseAddress, guessReusePort, guessSameUser)
            ? Verdict.LikelyConflict
            : Verdict.LikelyClear;
    }

    /// <summary>
    /// Whether the kernel may pass over a conflict of a stream request with SO_REUSEPORT: the port remembers the last
    /// such socket of a user, even one that has gone, and lets its like in without looking at the others.
    /// </summary>
    /// <remarks>
    /// net/ipv4/inet_connection_sock.c: <c>inet_csk_update_fastreuse</c>, <c>sk_reuseport_match</c>; found by binding
    /// for real. The one that is remembered got in beside the holder: both had SO_REUSEADDR and the holder did not
    /// listen, or they were on different interfaces, or it was a single-stack wildcard and the holder of the other family.
    /// </remarks>
    private bool MayBeForgotten(in SocketRow row, uint device)
    {
        if (!_isStream || !_reusePort)
            return false;
        if (device != 0 || (row.State != TcpState.Listen && row.ReuseAddress != false))
            return true;
        return _asked.IsDualWildcard && !new LinuxClaim(row.Local.Address, row.IPv6Only ?? true, device, 0).IsDualWildcard;
    }

    /// <summary>Whether options let both sockets have the endpoint.</summary>
    private bool Shares(TcpState? state, bool reuseAddress, bool reusePort, bool sameUser) =>
        (_reuseAddress && reuseAddress && (!_isStream || state != TcpState.Listen))
        || (_reusePort && reusePort && (sameUser || (_isStream && state == TcpState.TimeWait)));

    private static Span<bool> Values(bool? known, Span<bool> buffer)
    {
        buffer[0] = known ?? false;
        buffer[1] = true;
        return known is null ? buffer : buffer[..1];
    }

    private static uint DeviceOf(in SocketRow row) =>
        row.Interface != 0 ? row.Interface : row.Local.Address.IsLinkLocal && row.Local.Address.IsIPv6 ? row.Local.Address.ScopeId : 0;

    private static bool? IPv6OnlyOf(in SocketRow row)
    {
        NetAddress address = row.Local.Address;
        if (!address.IsIPv6 || address.IsIPv4Mapped)
            return false;
        if (row.IPv6Only is { } known)
            return known;
        bool neverConnected = row.Protocol == TransportProtocol.Tcp
            ? row.State is TcpState.Listen or TcpState.Closed
            : row.Remote is null;
        return neverConnected && !address.IsUnspecified ? true : null;
    }

    private bool? SameUserOf(in SocketRow row)
    {
        if (row.State == TcpState.TimeWait)
            return true;

        // The kernel reports a time-wait socket in this state as well, and then its user is not the true one.
        if (row.State == TcpState.FinWait2)
            return null;
        return row.UserId is { } user && _askerId is { } asker ? user == asker : null;
    }

    /// <summary>
    /// Whether another socket holds the same endpoint side by side with this one: then they must share it through an
    /// option, or did when they were bound.
    /// </summary>
    private bool HasTwin(in SocketRow row, ReadOnlySpan<int> onPort)
    {
        bool isPassive = !_isStream || row.State == TcpState.Listen;
        if (!isPassive || onPort.Length < 2 || onPort.Length > 64)
            return false;
        var mine = new LinuxClaim(row.Local.Address, row.IPv6Only ?? true, DeviceOf(row), 0);
        int meeting = 0;
        foreach (int position in onPort)
        {
            ref readonly SocketRow other = ref _facts.Sockets[position];
            if (_isStream && other.State != TcpState.Listen)
                continue;
            var theirs = new LinuxClaim(other.Local.Address, other.IPv6Only ?? true, DeviceOf(other), 0);
            if (LinuxClaim.DevicesMeet(mine, theirs) && LinuxClaim.AddressesMeet(mine, theirs))
                meeting++;
        }

        // The row meets itself.
        return meeting > 1;
    }

    private bool GuessReuseAddress(in SocketRow row, bool twin)
    {
        if (!_isStream)
            return twin || row.Local.Address.IsMulticast;

        // A server sets SO_REUSEADDR as a rule and its connections inherit it; a client's automatic port has none.
        return row.State switch
        {
            TcpState.Listen or TcpState.Closed or null => false,
            _ => !LinuxPorts.AutomaticRange(_facts).Contains(row.Local.Port),
        };
    }

    private void AddConflict(in SocketRow row)
    {
        NetAddress held = row.Local.Address;
        string code = ConflictWords.CodeOf(held, _request.Endpoint.Address, _request.DualMode);
        var subject = (row.Local, row.State);

        // A busy server has thousands of connections on its port, all with the same words.
        if (_lastSentence is null || _lastSubject != subject)
        {
            _lastSentence = ConflictWords.Sentence(row, _request, code) + Remark(row);
            _lastSubject = subject;
        }

        _draft.Conflict(row, code, _lastSentence);
        if (_draft.ConflictCount == 1)
            _draft.Step(BindSteps.Holder, _lastSentence, "sockets", $"{BindRequestText.NameOf(row.Protocol)} {row.Local} {(row.State is { } state ? ConflictWords.NameOf(state) : "")}".TrimEnd());
    }

    private string Remark(in SocketRow row)
    {
        if (_reuseAddress && _isStream && row.State == TcpState.Listen)
            return "; SO_REUSEADDR does not help against a listener";
        if (_reuseAddress && row.ReuseAddress == false)
            return "; SO_REUSEADDR would have to be set on both sockets";
        if (_reusePort && row.ReusePort == true)
            return "; SO_REUSEPORT shares a port only among sockets of one user";
        return "";
    }

    private void Explain(in SocketRow row, Hidden hidden)
    {
        string socket = $"{BindRequestText.NameOf(row.Protocol)} {row.Local}{(row.State is { } state && state != TcpState.Listen ? $" ({ConflictWords.NameOf(state)})" : "")}";
        if ((hidden & Hidden.ReuseAddress) != 0)
            Doubt($"whether SO_REUSEADDR is set on {socket}: not visible from outside");
        if ((hidden & Hidden.ReusePort) != 0)
            Doubt($"whether SO_REUSEPORT is set on {socket}: not visible from outside");
        if ((hidden & Hidden.IPv6Only) != 0)
            Doubt($"whether {socket} serves IPv4 too (IPV6_V6ONLY)");
        if ((hidden & Hidden.User) != 0)
            Doubt($"whether {socket} belongs to the user that asks");
        if ((hidden & Hidden.Domain) != 0)
            Doubt($"whether its VRF keeps {socket} apart");
        if ((hidden & Hidden.Memory) != 0)
            Doubt($"whether port {row.Local.Port} remembers an earlier socket with SO_REUSEPORT, which would let this one in");
        if (hidden == Hidden.None)
            Doubt($"whether {socket} already holds the port");
    }

    private void Doubt(string unseen)
    {
        _doubts ??= [];
        if (!_doubts.Contains(unseen))
            _doubts.Add(unseen);
    }
}
