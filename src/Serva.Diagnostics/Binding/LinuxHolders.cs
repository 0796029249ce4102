using System;
using System.Net.NetworkInformation;
using Serva.Diagnostics.Addressing;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Binding;

/// <summary>Which sockets of a port keep another one out.</summary>
internal enum LinuxPortRule
{
    /// <summary>The port was asked for: options let sockets share it.</summary>
    Asked = 0,

    /// <summary>The kernel looks for a port: for stream sockets no option counts.</summary>
    Found,

    /// <summary>The kernel looks again, under <c>ip_autobind_reuse</c>: SO_REUSEADDR counts, SO_REUSEPORT does not.</summary>
    FoundAgain,
}

/// <summary>
/// Judges the sockets on a port, one by one and three-valued: what cannot be seen of a socket from outside is tried
/// with every value it may have.
/// </summary>
/// <remarks>
/// The rule is the kernel's <c>inet_csk_bind_conflict</c> and <c>udp_lib_lport_inuse</c>. SO_REUSEADDR and SO_REUSEPORT
/// of a foreign socket appear in no table of the kernel. The verdict speaks of the sockets that are there: a port of
/// stream sockets also remembers the last one with SO_REUSEPORT when it has gone (<c>tb->fastreuseport</c>), which
/// nothing shows; the trace says so where it could matter.
/// </remarks>
internal ref struct LinuxHolders
{
    private readonly BindDraft _draft;
    private readonly BindFacts _facts;
    private readonly BindRequest _request;
    private readonly LinuxPortRule _rule;
    private readonly LinuxClaim _asked;
    private readonly uint? _askerId;
    private readonly bool _isStream;
    private string? _lastSentence;
    private (NetEndpoint Local, TcpState? State) _lastSubject;

    public LinuxHolders(BindDraft draft, uint device, LinuxPortRule rule = LinuxPortRule.Asked)
    {
        _draft = draft;
        _facts = draft.Facts;
        _request = draft.Request;
        _isStream = _request.Protocol == TransportProtocol.Tcp;

        // Datagram sockets share a port that was found for them as they share one that was asked for.
        _rule = _isStream ? rule : LinuxPortRule.Asked;
        _askerId = _facts.Asker(_request)?.UserId;

        // A specific IPv6 address makes the socket IPv6-only by itself.
        NetAddress address = _request.Endpoint.Address;
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
    }

    private readonly string Name => BindRequestText.NameOf(_request.Protocol);

    /// <summary>Judges every socket on the request's port, and writes the conflicts into the draft.</summary>
    public Verdict JudgeAll()
    {
        ReadOnlySpan<int> positions = _facts.Sockets.Find(_request.Protocol, _request.Endpoint.Port);
        if (positions.IsEmpty)
        {
            _draft.Step(BindSteps.Free, $"no socket of {Name} is on port {_request.Endpoint.Port}", "sockets", $"no row of {Name} with port {_request.Endpoint.Port}");
            return Verdict.Clear;
        }

        Verdict worst = Verdict.Clear;
        int shared = 0;
        int firstShared = -1;
        bool someMayShare = false;
        bool firstMayShare = false;
        bool someConflictIsConnected = false;
        foreach (int position in positions)
        {
            ref readonly SocketRow row = ref _facts.Sockets[position];
            Verdict verdict = Judge(row, positions, out _, out bool mayShare);
            firstMayShare |= mayShare && row.ReusePort == true && !someMayShare && worst == Verdict.Clear;
            someMayShare |= mayShare;
            if (verdict > worst)
                worst = verdict;
            if (verdict >= Verdict.LikelyConflict)
                someConflictIsConnected |= !IsPassive(row);
            else if (shared++ == 0)
                firstShared = position;
        }

        // The kernel asks only one socket about SO_REUSEPORT before it looks at the others, if at all: of datagram sockets
        // the first it meets, the last bound (udp_lib_lport_inuse), of stream sockets the one that the port remembers
        // (inet_csk_update_fastreuse). No table says for certain which one that is. Both were found by binding for real.
        if (worst == Verdict.Conflict && _request.ReusePort)
        {
            bool isOpen = _isStream ? SomeMayBeRemembered(positions, someConflictIsConnected) : someMayShare;

            // Sockets of one family are listed as the kernel meets them, the last bound first.
            if (isOpen)
                worst = !_isStream && firstMayShare ? Verdict.LikelyClear : Verdict.LikelyConflict;
            else if (_isStream)
                _draft.Step(BindSteps.Memory, "a port remembers the last socket with SO_REUSEPORT: had one of this user that shared the port gone before the others, the kernel would not look at them");
        }

        if (worst == Verdict.LikelyClear && shared < positions.Length)
        {
            _draft.Step(BindSteps.HolderShares, $"the last bound of {positions.Length} sockets on the port shares it through SO_REUSEPORT, and the kernel asks no other", "sockets", ConflictWords.Row(_facts.Sockets[positions[0]]));
            return worst;
        }

        if (shared < positions.Length)
            AddConflicts(positions);
        if (shared > 0)
            _draft.Step(BindSteps.HolderShares, $"{shared} of {positions.Length} sockets on the port are not in the way", "sockets", ConflictWords.Row(_facts.Sockets[firstShared]));
        return worst;
    }

    private void AddConflicts(ReadOnlySpan<int> positions)
    {
        foreach (int position in positions)
        {
            ref readonly SocketRow row = ref _facts.Sockets[position];
            if (Judge(row, positions, out _, out _) >= Verdict.LikelyConflict)
                AddConflict(row);
        }
    }

    /// <summary>Says what kept the verdict from being sure: worth saying only where no holder decides it alone.</summary>
    public readonly void AddDoubts()
    {
        ReadOnlySpan<int> positions = _facts.Sockets.Find(_request.Protocol, _request.Endpoint.Port);
        bool someDecides = false;
        foreach (int position in positions)
        {
            ref readonly SocketRow row = ref _facts.Sockets[position];
            Verdict verdict = Judge(row, positions, out Hidden hidden, out _);
            someDecides |= verdict == Verdict.Conflict;
            if (verdict is Verdict.LikelyClear or Verdict.LikelyConflict && _draft.IsNew(row.Local, row.State, (int)hidden))
                Explain(row, hidden);
        }

        if (someDecides)
            _draft.Doubt($"which of the sockets on port {_request.Endpoint.Port} was bound last: the kernel asks only that one about SO_REUSEPORT");
    }

    /// <summary>Whether some socket on a port keeps the kernel from finding it.</summary>
    public readonly Verdict JudgePort(int port)
    {
        ReadOnlySpan<int> positions = _facts.Sockets.Find(_request.Protocol, port);
        Verdict worst = Verdict.Clear;
        foreach (int position in positions)
        {
            Verdict verdict = Judge(_facts.Sockets[position], positions, out _, out _);
            if (verdict == Verdict.Conflict)
                return verdict;
            if (verdict > worst)
                worst = verdict;
        }

        return worst;
    }

    private readonly Verdict Judge(in SocketRow row, ReadOnlySpan<int> onPort, out Hidden hidden, out bool mayShare)
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
            bool meets = Meets(held);
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
                        else if (_request.ReusePort && reusePort && same)
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
            return Verdict.Conflict;

        bool twin = HasTwin(row, onPort);
        bool guessReuseAddress = row.ReuseAddress ?? GuessReuseAddress(row, twin);
        bool guessReusePort = row.ReusePort ?? twin;
        bool guessIPv6Only = isIPv6Only ?? _facts.Number("net.ipv6.bindv6only") == 1;
        bool guessSameUser = sameUser ?? true;
        hidden = (row.ReuseAddress is null ? Hidden.ReuseAddress : 0)
            | (row.ReusePort is null && _request.ReusePort ? Hidden.ReusePort : 0)
            | (isIPv6Only is null ? Hidden.IPv6Only : 0)
            | (sameUser is null && _request.ReusePort ? Hidden.User : 0);
        if (!_request.ReuseAddress || row.State == TcpState.Listen)
            hidden &= ~Hidden.ReuseAddress;

        var guessed = new LinuxClaim(row.Local.Address, guessIPv6Only, device, domain);
        return Meets(guessed) && !Shares(row.State, guessReuseAddress, guessReusePort, guessSameUser)
            ? Verdict.LikelyConflict
            : Verdict.LikelyClear;
    }

    private readonly bool Meets(in LinuxClaim held) =>
        LinuxClaim.DevicesMeet(_asked, held)
        && (_isStream ? LinuxClaim.StreamAddressesMeet(_asked, held) : LinuxClaim.AddressesMeet(_asked, held));

    /// <summary>Whether the port may remember one of its sockets, and let the request in for its sake.</summary>
    /// <remarks>
    /// net/ipv4/inet_connection_sock.c: <c>sk_reuseport_match</c>. Where a connection is in the way, the port may remember
    /// its first socket instead, whose address does not matter; and a connection's address is not the one it was bound to.
    /// </remarks>
    private readonly bool SomeMayBeRemembered(ReadOnlySpan<int> positions, bool someConflictIsConnected)
    {
        foreach (int position in positions)
        {
            ref readonly SocketRow row = ref _facts.Sockets[position];
            if (row.ReusePort == false || row.State == TcpState.TimeWait || SameUserOf(row) == false)
                continue;
            if (someConflictIsConnected || !IsPassive(row))
                return true;
            var remembered = new LinuxClaim(row.Local.Address, IPv6OnlyOf(row) ?? false, 0, 0);
            if (LinuxClaim.LetsIn(remembered, _asked))
                return true;
        }

        return false;
    }

    /// <summary>Whether options let both sockets have the endpoint.</summary>
    private readonly bool Shares(TcpState? state, bool reuseAddress, bool reusePort, bool sameUser)
    {
        if (_rule == LinuxPortRule.Found)
            return false;
        bool both = _request.ReuseAddress && reuseAddress && (!_isStream || state != TcpState.Listen);
        bool bothPorts = _request.ReusePort && reusePort && (sameUser || (_isStream && state == TcpState.TimeWait));
        return _rule == LinuxPortRule.FoundAgain ? both && !bothPorts : both || bothPorts;
    }

    private static Span<bool> Values(bool? known, Span<bool> buffer)
    {
        buffer[0] = known ?? false;
        buffer[1] = true;
        return known is null ? buffer : buffer[..1];
    }

    private static bool IsPassive(in SocketRow row) => row.State is null or TcpState.Listen or TcpState.Closed;

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

    private readonly bool? SameUserOf(in SocketRow row)
    {
        if (row.State == TcpState.TimeWait)
            return true;

        // The kernel reports a time-wait socket in this state as well, which has no inode and not the true user.
        if (row.State == TcpState.FinWait2 && row.Inode == 0)
            return null;
        return row.UserId is { } user && _askerId is { } asker ? user == asker : null;
    }

    /// <summary>
    /// Whether another socket holds the same endpoint side by side with this one: then they must share it through an
    /// option, or did when they were bound.
    /// </summary>
    private readonly bool HasTwin(in SocketRow row, ReadOnlySpan<int> onPort)
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

    private readonly bool GuessReuseAddress(in SocketRow row, bool twin)
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
            _lastSentence = ConflictWords.Sentence(row, _request, code, Remark(row));
            _lastSubject = subject;
        }

        _draft.Conflict(row, code, _lastSentence);
        if (_draft.ConflictCount == 1)
            _draft.Step(BindSteps.Holder, _lastSentence, "sockets", ConflictWords.Row(row));
    }

    private readonly string Remark(in SocketRow row)
    {
        if (_request.ReuseAddress && _isStream && row.State == TcpState.Listen)
            return "; SO_REUSEADDR does not help against a listener";
        if (_request.ReuseAddress && row.ReuseAddress == false)
            return "; SO_REUSEADDR would have to be set on both sockets";
        if (_request.ReusePort && row.ReusePort == true)
            return "; SO_REUSEPORT shares a port only among sockets of one user";
        return "";
    }

    private readonly void Explain(in SocketRow row, Hidden hidden)
    {
        if (hidden == Hidden.None)
        {
            _draft.Doubt($"whether {Socket(row)} already holds the port");
            return;
        }

        if ((hidden & Hidden.ReuseAddress) != 0)
            _draft.Doubt($"whether SO_REUSEADDR is set on {Socket(row)}: not visible from outside");
        if ((hidden & Hidden.ReusePort) != 0)
            _draft.Doubt($"whether SO_REUSEPORT is set on {Socket(row)}: not visible from outside");
        if ((hidden & Hidden.IPv6Only) != 0)
            _draft.Doubt($"whether {Socket(row)} serves IPv4 too (IPV6_V6ONLY)");
        if ((hidden & Hidden.User) != 0)
            _draft.Doubt($"whether {Socket(row)} belongs to the user that asks");
        if ((hidden & Hidden.Domain) != 0)
            _draft.Doubt($"whether its VRF keeps {Socket(row)} apart");
    }

    private readonly SocketWords Socket(in SocketRow row) => new(Name, row.Local, row.State is TcpState.Listen ? null : row.State);

    /// <summary>A socket as it stands in a doubt; writes itself into the sentence.</summary>
    private readonly struct SocketWords(string name, NetEndpoint local, TcpState? state) : ISpanFormattable
    {
        public bool TryFormat(Span<char> destination, out int charsWritten, ReadOnlySpan<char> format, IFormatProvider? provider) => state is { } known
            ? destination.TryWrite(provider, $"{name} {local} ({ConflictWords.NameOf(known)})", out charsWritten)
            : destination.TryWrite(provider, $"{name} {local}", out charsWritten);

        public string ToString(string? format, IFormatProvider? formatProvider) => state is { } known ? $"{name} {local} ({ConflictWords.NameOf(known)})" : $"{name} {local}";
    }
}
