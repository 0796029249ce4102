using System;
using Serva.Diagnostics.Addressing;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Binding;

/// <summary>
/// The checks of a Windows bind. Windows has no privileged ports; it has sharing matrices, accounts that count, and
/// blocks of ports that a component may have taken without a socket.
/// </summary>
/// <remarks>Sources: Microsoft's Winsock documentation of <c>bind</c> and of the socket options, and what Wine's tests measure on Windows.</remarks>
internal static class WindowsBindRules
{
    private const int TcpProtocol = 6;
    private static readonly Version s_xp = new(5, 1);
    private static readonly Version s_server2003 = new(5, 2);
    private static readonly Version s_vista = new(6, 0);
    private static readonly Version s_server2008R2 = new(6, 1);
    private static readonly Version s_windows8 = new(6, 2);
    private static readonly Version s_windows10 = new(10, 0);

    public static bool IsBefore2003(HostPlatform platform) => platform.Version < s_server2003;

    /// <summary>The registry value <c>DisableAddressSharing</c> makes every bind an exclusive one.</summary>
    public static bool SharingIsOff(HostSnapshot host)
    {
        foreach (SettingRow row in host.Settings)
        {
            if (row.Name.EndsWith("\\DisableAddressSharing", StringComparison.OrdinalIgnoreCase))
                return row.Value is not ("0" or "0x0");
        }

        return false;
    }

    public static BindPrediction Predict(BindDraft draft)
    {
        if (CheckSocket(draft) is { } noSocket)
            return noSocket;
        if (CheckAddress(draft) is { } misplaced)
            return misplaced;
        if (draft.Request.Protocol == TransportProtocol.Raw)
            return CheckRaw(draft) ?? draft.Succeed(BindStage.Bind);
        if (draft.Request.Endpoint.Port == 0)
            CheckAutomaticPort(draft);
        else if (CheckHolders(draft) is { } taken)
            return taken;
        return Finish(draft);
    }

    /// <summary>The range that port 0 is served from: 49152-65535 since Vista, 1025-5000 before, unless it was set otherwise.</summary>
    public static PortSpan AutomaticRange(BindFacts facts, BindRequest request, out bool isKnown)
    {
        PortSpan? captured = facts.PortRanges.LastDynamic(request);
        isKnown = captured is not null;
        return captured ?? (facts.Host.Platform.Version < s_vista ? new PortSpan(1025, 5000) : new PortSpan(49152, 65535));
    }

    private static BindPrediction? CheckSocket(BindDraft draft)
    {
        BindRequest request = draft.Request;
        HostPlatform platform = draft.Facts.Host.Platform;
        NetAddress address = request.Endpoint.Address;
        if (request.ReusePort || request.FreeBind || request.Transparent || !string.IsNullOrEmpty(request.Device))
            draft.Step(BindSteps.OptionIgnored, "Windows has no SO_REUSEPORT, IP_FREEBIND, IP_TRANSPARENT or SO_BINDTODEVICE");
        if (request.Protocol == TransportProtocol.UdpLite)
        {
            draft.Step(BindSteps.Family, "Windows has no UDP-Lite");
            return draft.Fail("WSAEPROTONOSUPPORT", BindStage.Socket, isLikely: true);
        }

        if (address.IsIPv6 && draft.Facts.Host.Addresses is { Coverage: Coverage.Complete, Count: > 0 } && !draft.Facts.HasIPv6Address)
        {
            draft.Step(BindSteps.Family, "IPv6 is not installed: not even ::1 is there", "addresses", "no IPv6 address");
            draft.Doubt("whether IPv6 is installed");
            return draft.Fail(BindOutcome.AddressFamilyNotSupported, BindStage.Socket);
        }

        if (request.ReuseAddress && request.ExclusiveAddressUse)
        {
            draft.Step(BindSteps.Option, "SO_REUSEADDR and SO_EXCLUSIVEADDRUSE exclude each other: the second setsockopt fails");
            return draft.Fail(BindOutcome.InvalidArgument, BindStage.Socket);
        }

        bool? isElevated = draft.Facts.Asker(request)?.IsElevated;
        if (request.ExclusiveAddressUse && IsBefore2003(platform) && isElevated != true)
        {
            draft.Doubt("whether this service pack still keeps SO_EXCLUSIVEADDRUSE for administrators");
            if (isElevated == false)
            {
                draft.Step(BindSteps.Rights, "on Windows XP and earlier only administrators may set SO_EXCLUSIVEADDRUSE");
                return draft.Fail(BindOutcome.AccessDenied, BindStage.Socket);
            }
        }

        if (request.DualMode && address.IsIPv6 && platform.Version < s_vista)
        {
            draft.Step(BindSteps.Option, "dual-stack sockets came with Windows Vista");
            return draft.Fail("WSAENOPROTOOPT", BindStage.Socket, isLikely: true);
        }

        return request.Protocol == TransportProtocol.Raw && platform.Version >= s_vista ? CheckElevation(draft, BindStage.Socket) : null;
    }

    private static BindPrediction? CheckElevation(BindDraft draft, BindStage stage)
    {
        bool? isElevated = draft.Facts.Asker(draft.Request)?.IsElevated;
        if (isElevated == true)
            return null;
        if (isElevated is null)
        {
            draft.Doubt("whether the asker is an elevated administrator");
            return null;
        }

        draft.Step(BindSteps.Rights, "raw sockets are for elevated administrators");
        return draft.Fail(BindOutcome.AccessDenied, stage, isLikely: true);
    }

    /// <summary>Before Vista the socket can be made, and later calls are refused.</summary>
    private static BindPrediction? CheckRaw(BindDraft draft)
    {
        HostPlatform platform = draft.Facts.Host.Platform;
        if (platform.Version < s_vista && CheckElevation(draft, BindStage.Bind) is { } denied)
            return denied;
        bool isClient = platform.InstallationType?.StartsWith("Server", StringComparison.OrdinalIgnoreCase) != true;
        if (draft.Request.Endpoint.Port != TcpProtocol || !isClient || platform.Version < s_xp)
            return null;
        if (platform.Version >= s_vista && platform.Version < s_windows8)
        {
            draft.Step(BindSteps.Option, "Windows Vista and 7 refuse to bind a raw socket for TCP");
            draft.Doubt("which error Windows gives for a raw TCP bind; Microsoft documents that it is refused, not how");
            return draft.Fail(BindOutcome.OtherError, BindStage.Bind);
        }

        draft.Doubt("whether this Windows refuses raw TCP binds, as XP SP2, Vista and 7 do");
        return null;
    }

    private static BindPrediction? CheckAddress(BindDraft draft)
    {
        BindFacts facts = draft.Facts;
        BindRequest request = draft.Request;
        NetAddress address = request.Endpoint.Address;
        if (address.IsUnspecified)
        {
            draft.Step(BindSteps.Address, "the wildcard address is always there");
            return null;
        }

        if (address.IsIPv4Mapped && !request.DualMode)
        {
            draft.Step(BindSteps.Family, $"{address} is an IPv4 address, and the socket is IPv6 only");
            draft.Doubt("which error Windows gives for an IPv4-mapped address on an IPv6-only socket");
            return draft.Fail(BindOutcome.AddressNotAvailable, BindStage.Bind);
        }

        NetAddress plain = address.UnmapIPv4();
        if (plain.IsUnspecified)
            return null;
        bool isDatagram = request.Protocol != TransportProtocol.Tcp;
        if (isDatagram && (plain.IsBroadcast || IsSubnetBroadcast(facts, plain)))
        {
            draft.Step(BindSteps.BroadcastAddress, $"{plain} is a broadcast address, which a datagram socket may bind only after SO_BROADCAST was set");
            return draft.Fail(BindOutcome.AccessDenied, BindStage.Bind, isLikely: true);
        }

        bool isKnownState = false;
        foreach (AddressRow row in facts.Addresses(plain))
        {
            if (plain.ScopeId != 0 && row.Interface != plain.ScopeId)
                continue;
            if (row.State is AddressState.Tentative or AddressState.Duplicate)
            {
                isKnownState = true;
                continue;
            }

            draft.Step(BindSteps.Address, $"{plain} is on this host", "addresses", $"{row.Address}/{row.PrefixLength} on interface {row.Interface}");
            return null;
        }

        if (plain.IsLoopback)
        {
            draft.Step(BindSteps.Address, $"{plain} is a loopback address");
            return null;
        }

        if (isKnownState)
        {
            draft.Step(BindSteps.Address, $"{plain} is on this host, but duplicate address detection has not let it be used", "addresses", $"{plain} is tentative or a duplicate");
            return draft.Fail(BindOutcome.AddressNotAvailable, BindStage.Bind, isLikely: true);
        }

        switch (facts.Host.Addresses.Coverage)
        {
            case Coverage.Complete:
                draft.Step(BindSteps.Address, $"{plain} is on no interface of this host", "addresses", $"{plain} is missing");
                return draft.Fail(BindOutcome.AddressNotAvailable, BindStage.Bind, isLikely: plain.IsMulticast || plain.IsBroadcast);
            case Coverage.Partial:
                draft.Step(BindSteps.Address, $"{plain} is on no interface that was seen", "addresses", $"{plain} is missing");
                draft.Doubt("addresses: some rows are missing");
                return draft.Fail(BindOutcome.AddressNotAvailable, BindStage.Bind);
            default:
                draft.Unknown($"addresses: whether {plain} is on this host");
                return null;
        }
    }

    private static bool IsSubnetBroadcast(BindFacts facts, NetAddress address)
    {
        if (!address.IsIPv4)
            return false;
        foreach (AddressRow row in facts.Host.Addresses)
        {
            if (row.Address.IsIPv4 && row.PrefixLength is > 0 and < 31 && row.Address != address
                && NetPrefix.Create(row.Address, row.PrefixLength) is var prefix && prefix.LastAddress == address)
            {
                return true;
            }
        }

        return false;
    }

    private static BindPrediction? CheckHolders(BindDraft draft)
    {
        var holders = new WindowsHolders(draft);
        holders.JudgeAll();
        if (holders.Worst != WindowsCell.Success)
        {
            if (!holders.IsSure)
            {
                foreach (string doubt in holders.Doubts)
                    draft.Doubt(doubt);
            }

            if (holders.Worst == WindowsCell.InUse && draft.Request.Endpoint.Address.IsUnspecified)
                draft.Step(BindSteps.Listen, "for a wildcard address Windows may report it no sooner than the socket listens or connects (documented)");
            BindOutcome outcome = holders.Worst == WindowsCell.InUse ? BindOutcome.AddressInUse : BindOutcome.AccessDenied;
            return draft.Fail(outcome, BindStage.Bind, isLikely: !holders.IsSure);
        }

        foreach (string doubt in holders.Doubts)
            draft.Doubt(doubt);
        if (CheckExcludedRanges(draft) is { } excluded)
            return excluded;
        SeeSockets(draft);
        return null;
    }

    private static BindPrediction? CheckExcludedRanges(BindDraft draft)
    {
        BindRequest request = draft.Request;
        HostSnapshot host = draft.Facts.Host;
        int port = request.Endpoint.Port, held = draft.Facts.PortRanges.Held(request).PositionAt(port), administered = draft.Facts.PortRanges.Administered(request).PositionAt(port);

        // The first range that is in the way decides, and is told alone but for one before it that is not.
        if (administered >= 0 && (held < 0 || administered < held))
        {
            string text = Text(host.PortRanges[administered]);
            draft.Step(BindSteps.ExcludedPort, $"port {port} is in the administered range {text}, which only keeps it out of automatic assignment", "portRanges", $"excluded {text} *");
            bool hasReuseFault = host.Platform.Version >= s_server2008R2 && host.Platform.Version < s_windows10;
            if (request.ReuseAddress && hasReuseFault && !draft.Facts.Sockets.Find(request.Protocol, port).IsEmpty)
            {
                draft.Step(BindSteps.ExcludedPort, "on Windows 7 to 8.1 and their servers the range's flag overwrites SO_REUSEADDR (KB3039044), so a second bind is denied");
                draft.Doubt("whether the update of KB3039044 is installed");
                return draft.Fail(BindOutcome.AccessDenied, BindStage.Bind);
            }
        }

        if (held >= 0)
        {
            string text = Text(host.PortRanges[held]);
            draft.Step(BindSteps.ExcludedPort, $"port {port} is in the excluded range {text}, which a running component (Hyper-V, WinNAT, the kernel's HTTP) holds without a socket", "portRanges", $"excluded {text}");
            draft.Doubt("which component holds the excluded range; users report this error for it, Microsoft documents it not");
            return draft.Fail(BindOutcome.AccessDenied, BindStage.Bind);
        }

        if (host.PortRanges.Coverage != Coverage.Complete)
            draft.Doubt("portRanges: whether the port is in an excluded range");
        return null;
    }

    private static string Text(PortRangeRow range) => range.First == range.Last ? $"{range.First}" : $"{range.First}-{range.Last}";

    private static void SeeSockets(BindDraft draft)
    {
        Table<SocketRow> sockets = draft.Facts.Host.Sockets;
        switch (SocketSights.Of(sockets, draft.Request, out string? unseen))
        {
            case SocketSight.Blind:
                draft.Unknown(unseen!);
                break;
            case SocketSight.Partial:
                draft.Doubt(unseen!);
                break;
        }

        if (unseen is not null)
            draft.Step(BindSteps.Coverage, unseen);
        if (draft.Request.Protocol == TransportProtocol.Tcp && sockets.IsKnown)
            draft.Doubt("sockets: TCP sockets that are bound but do not listen; the system's TCP table leaves them out");
    }

    private static void CheckAutomaticPort(BindDraft draft)
    {
        HostSnapshot host = draft.Facts.Host;
        PortSpan range = AutomaticRange(draft.Facts, draft.Request, out bool isKnown);
        int excluded = draft.Facts.PortRanges.Excluded(draft.Request.Protocol).CountIn(new PortSpan(0, 65535));
        draft.Step(BindSteps.AutomaticPort, $"the system chooses a port from {range.First} to {range.Last}");
        if (!isKnown)
            draft.Doubt("portRanges: the range of automatic ports");
        if (host.Sockets.Coverage != Coverage.Complete || host.Sockets.Filter is not null || host.Sockets.Count >= range.Count - excluded)
            draft.Doubt("sockets: whether the range of automatic ports is used up");
    }

    private static BindPrediction Finish(BindDraft draft)
    {
        if (!draft.Request.Listen)
            return draft.Succeed(BindStage.Bind);
        if (draft.Request.Protocol != TransportProtocol.Tcp)
        {
            draft.Step(BindSteps.Listen, "only stream sockets can listen");
            return draft.Fail("WSAEOPNOTSUPP", BindStage.Listen);
        }

        draft.Step(BindSteps.Listen, "listen() fails no later than the bind did");
        return draft.Succeed(BindStage.Listen);
    }
}
