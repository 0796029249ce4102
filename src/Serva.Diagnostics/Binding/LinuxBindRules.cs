using System;
using System.Net.NetworkInformation;
using Serva.Diagnostics.Addressing;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Binding;

/// <summary>
/// The checks of a Linux bind in the kernel's order, which decides the error: IPv4 looks at the address first and then
/// at the port's privilege, IPv6 the other way round (net/ipv4/af_inet.c: <c>__inet_bind</c>; net/ipv6/af_inet6.c:
/// <c>__inet6_bind</c>).
/// </summary>
internal static class LinuxBindRules
{
    private const string FirstUnprivilegedPort = "net.ipv4.ip_unprivileged_port_start";
    private const string ReuseAutomaticPorts = "net.ipv4.ip_autobind_reuse";
    private const int NetBindService = 10;
    private const int NetAdmin = 12;
    private const int NetRaw = 13;
    private static readonly Version s_boundSocketsVisible = new(6, 8);
    private static readonly Version s_deviceWithoutRights = new(5, 7);
    private static readonly Version s_portRangeOfOneSocket = new(6, 3);

    public static BindPrediction Predict(BindDraft draft)
    {
        BindRequest request = draft.Request;
        if (request.ExclusiveAddressUse)
            draft.Step(BindSteps.OptionIgnored, "Linux has no SO_EXCLUSIVEADDRUSE");
        uint device = 0;
        if (CheckSocket(draft, ref device) is { } noSocket)
            return noSocket;
        if (CheckPlace(draft, ref device) is { } misplaced)
            return misplaced;
        if (request.Protocol == TransportProtocol.Raw)
            return draft.Succeed(BindStage.Bind);
        BindPrediction? taken = request.Endpoint.Port == 0 ? CheckAutomaticPort(draft, device) : CheckHolders(draft, device);
        return taken ?? Finish(draft);
    }

    private static BindPrediction? CheckSocket(BindDraft draft, ref uint device)
    {
        BindFacts facts = draft.Facts;
        BindRequest request = draft.Request;
        if (request.Endpoint.Address.IsIPv6 && IsIPv6Off(facts))
        {
            draft.Step(BindSteps.Family, "the kernel runs without IPv6", "settings", "no net.ipv6 settings and no IPv6 address");
            return draft.Fail(BindOutcome.AddressFamilyNotSupported, BindStage.Socket, isLikely: true);
        }

        if (request.Protocol == TransportProtocol.Raw && CheckCapability(draft, NetRaw, "CAP_NET_RAW", "a raw socket", "EPERM") is { } noRaw)
            return noRaw;
        // The order of setsockopt() is the asker's own; this is the probe's.
        return CheckDevice(draft, ref device) ?? CheckAutomaticPortOption(draft) ?? CheckTransparent(draft);
    }

    private static BindPrediction? CheckDevice(BindDraft draft, ref uint device)
    {
        BindFacts facts = draft.Facts;
        if (draft.Request.Device is not { Length: > 0 } name)
            return null;
        if (facts.Host.Platform.Version < s_deviceWithoutRights
            && CheckCapability(draft, NetRaw, "CAP_NET_RAW", "SO_BINDTODEVICE before Linux 5.7", "EPERM") is { } denied)
        {
            return denied;
        }

        if (facts.Interface(name) is { } row)
        {
            device = row.Index;
            draft.Step(BindSteps.Device, $"the socket is bound to {row.Name}", "interfaces", $"{row.Name} has index {row.Index}");
            return null;
        }

        if (facts.Host.Interfaces.Coverage == Coverage.Complete)
        {
            draft.Step(BindSteps.Device, $"there is no interface {name}", "interfaces", $"{name} is missing");
            return draft.Fail(BindOutcome.NoSuchDevice, BindStage.Socket);
        }

        draft.Unknown($"interfaces: whether {name} exists");
        return null;
    }

    private static BindPrediction? CheckTransparent(BindDraft draft) =>
        draft.Request.Transparent && Capability(draft.Facts.Asker(draft.Request), NetAdmin) != true
            ? CheckCapability(draft, NetRaw, "CAP_NET_ADMIN or CAP_NET_RAW", "IP_TRANSPARENT", "EPERM")
            : null;

    private static BindPrediction? CheckAutomaticPortOption(BindDraft draft)
    {
        int lowest = draft.Request.LowestAutomaticPort;
        int highest = draft.Request.HighestAutomaticPort;
        if (lowest == 0 && highest == 0)
            return null;
        if (draft.Facts.Host.Platform.Version < s_portRangeOfOneSocket)
        {
            draft.Step(BindSteps.Option, "IP_LOCAL_PORT_RANGE came with Linux 6.3", "platform", $"{draft.Facts.Host.Platform.Version}");
            return draft.Fail("ENOPROTOOPT", BindStage.Socket);
        }

        if (lowest <= highest || lowest == 0 || highest == 0)
            return null;
        draft.Step(BindSteps.Option, $"IP_LOCAL_PORT_RANGE begins with {lowest} and ends before, with {highest}");
        return draft.Fail(BindOutcome.InvalidArgument, BindStage.Socket);
    }

    /// <summary>Address and port, before any other socket is looked at.</summary>
    private static BindPrediction? CheckPlace(BindDraft draft, ref uint device)
    {
        BindRequest request = draft.Request;
        NetAddress address = request.Endpoint.Address;
        if (address.IsIPv4)
            return LinuxAddresses.CheckIPv4(draft, address, device) ?? CheckPrivilege(draft, device);

        bool isStream = request.Protocol == TransportProtocol.Tcp;
        if (address.IsMulticast && isStream)
        {
            draft.Step(BindSteps.Family, "a stream socket cannot have an IPv6 multicast address");
            return draft.Fail(BindOutcome.InvalidArgument, BindStage.Bind);
        }

        if (CheckPrivilege(draft, device) is { } denied)
            return denied;
        if (!address.IsIPv4Mapped)
            return LinuxAddresses.CheckIPv6(draft, address, ref device);
        if (request.Protocol == TransportProtocol.Raw)
        {
            draft.Step(BindSteps.Family, "raw IPv6 sockets take no IPv4-mapped address");
            return draft.Fail(BindOutcome.AddressNotAvailable, BindStage.Bind);
        }

        if (!request.DualMode)
        {
            draft.Step(BindSteps.Family, $"{address} is an IPv4 address, and the socket is IPv6 only");
            return draft.Fail(BindOutcome.InvalidArgument, BindStage.Bind);
        }

        return LinuxAddresses.CheckIPv4(draft, address.UnmapIPv4(), device);
    }

    private static BindPrediction? CheckPrivilege(BindDraft draft, uint device)
    {
        BindFacts facts = draft.Facts;
        int port = draft.Request.Endpoint.Port;
        if (port == 0 || draft.Request.Protocol == TransportProtocol.Raw)
            return null;
        int? setting = facts.Number(FirstUnprivilegedPort);
        int first = setting ?? 1024;
        bool? mayBindAny = Capability(facts.Asker(draft.Request), NetBindService);
        if (mayBindAny == true)
            return null;
        if (setting is null)
            draft.Doubt($"settings: {FirstUnprivilegedPort}");
        if (port >= first)
            return null;
        string evidence = setting is null ? "the default is 1024" : $"{FirstUnprivilegedPort} = {first}";
        if (mayBindAny is null)
        {
            draft.Doubt("the asker's rights: whether CAP_NET_BIND_SERVICE is there");
            if (facts.Asker(draft.Request) is not { } asker || (asker.UserId ?? 0) == 0 && asker.IsElevated != false)
            {
                draft.Step(BindSteps.PrivilegedPort, $"ports below {first} are for holders of CAP_NET_BIND_SERVICE", "settings", evidence);
                return null;
            }
        }

        draft.Step(BindSteps.PrivilegedPort, $"port {port} is below {first}, and the asker lacks CAP_NET_BIND_SERVICE", "settings", evidence);

        // Whoever gets the right next wants to know what would be in the way then.
        new LinuxHolders(draft, device).JudgeAll();
        return draft.Fail(BindOutcome.AccessDenied, BindStage.Bind);
    }

    private static BindPrediction? CheckHolders(BindDraft draft, uint device)
    {
        var holders = new LinuxHolders(draft, device);
        LinuxHolders.Verdict verdict = holders.JudgeAll();
        if (verdict == LinuxHolders.Verdict.Conflict)
            return draft.Fail(BindOutcome.AddressInUse, BindStage.Bind);
        if (verdict != LinuxHolders.Verdict.Clear)
            holders.AddDoubts();
        if (verdict == LinuxHolders.Verdict.LikelyConflict)
            return draft.Fail(BindOutcome.AddressInUse, BindStage.Bind, isLikely: true);
        SeeSockets(draft);
        return null;
    }

    /// <summary>An absent holder means something only where it would have been seen.</summary>
    private static void SeeSockets(BindDraft draft)
    {
        BindFacts facts = draft.Facts;
        Table<SocketRow> sockets = facts.Host.Sockets;
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
        if (draft.Request.Protocol != TransportProtocol.Tcp || !sockets.IsKnown)
            return;
        if (facts.Host.Platform.Version < s_boundSocketsVisible)
            draft.Doubt("sockets: TCP sockets that are bound but do not listen; Linux shows them since 6.8");
        else if (sockets.Source is { } source && (source.Contains("/proc/net/tcp", StringComparison.Ordinal) || source.Contains("netstat", StringComparison.Ordinal)))
            draft.Doubt($"sockets: TCP sockets that are bound but do not listen; {source} leaves them out");
    }

    private static BindPrediction? CheckAutomaticPort(BindDraft draft, uint device)
    {
        BindFacts facts = draft.Facts;
        BindRequest request = draft.Request;
        PortSpan system = LinuxPorts.AutomaticRange(facts, out bool isKnown);
        PortSpan range = LinuxPorts.Narrow(system, request);
        draft.Step(BindSteps.AutomaticPort, $"the system chooses a port from {range.First} to {range.Last}", "portRanges", $"{system.First} to {system.Last}");
        Table<SocketRow> sockets = facts.Host.Sockets;
        if (sockets.Coverage != Coverage.Complete || sockets.Filter is not null)
        {
            draft.Doubt("sockets: whether the range of automatic ports is used up");
            return null;
        }

        if (!isKnown)
            draft.Doubt("settings: the range of automatic ports");

        // The search for a stream socket walks an even number of ports, from a random one: of an odd range it leaves one out.
        bool leavesOneOut = request.Protocol == TransportProtocol.Tcp && range.Count % 2 == 1 && range.Count > 1;
        int needed = leavesOneOut ? 2 : 1;

        // Fewer sockets than ports: one must be free, and nobody has to count.
        if (sockets.Count + needed <= range.Count - LinuxPorts.ReservedCount(facts))
            return null;

        // Of three ports the last is always the one that is left out, for the search starts at the second. With
        // SO_REUSEADDR a range of four or more is searched in two halves, and of five ports the second half has three.
        bool leavesLastOut = range.Count == 3 || (range.Count == 5 && request.ReuseAddress);
        PortSearch search = Search(draft, new LinuxHolders(draft, device, LinuxPortRule.Found), range, needed);
        bool isChance = search.Free > 0 && !(leavesLastOut && search.LastFree == range.Last);
        int unsure = search.Unsure;
        if (search.Free < needed && request is { Protocol: TransportProtocol.Tcp, ReuseAddress: true })
        {
            int? reuses = facts.Number(ReuseAutomaticPorts);
            if (reuses is null)
                draft.Doubt($"settings: {ReuseAutomaticPorts}");
            if (reuses == 1)
            {
                draft.Step(BindSteps.AutomaticPort, "the search found none, so it looks for a port that sockets with SO_REUSEADDR share", "settings", $"{ReuseAutomaticPorts} = 1");
                search = Search(draft, new LinuxHolders(draft, device, LinuxPortRule.FoundAgain), range, needed);
                isChance |= search.Free > 0 && !(leavesLastOut && search.LastFree == range.Last);
                unsure += search.Unsure;
            }
        }

        if (search.Free >= needed)
            return null;
        if (isChance)
        {
            draft.Doubt("which port of an odd range the search leaves out: it starts at a random one");
            return null;
        }

        draft.Step(BindSteps.AutomaticPort, "every port of the range is taken", "sockets", $"{range.Count} ports, none to be had");
        if (unsure > 0)
            draft.Doubt("whether the options of the sockets in the range let another one in: not visible from outside");
        return draft.Fail(BindOutcome.AddressInUse, BindStage.Bind);
    }

    private static PortSearch Search(BindDraft draft, scoped in LinuxHolders holders, PortSpan range, int needed)
    {
        var search = default(PortSearch);
        for (int port = range.First; port <= range.Last && search.Free < needed; port++)
        {
            if (LinuxPorts.IsReserved(draft.Facts, draft.Request.Protocol, port))
                continue;
            switch (holders.JudgePort(port))
            {
                case LinuxHolders.Verdict.Clear:
                    search.Free++;
                    search.LastFree = port;
                    break;
                case LinuxHolders.Verdict.LikelyClear or LinuxHolders.Verdict.LikelyConflict:
                    search.Unsure++;
                    break;
            }
        }

        return search;
    }

    private static BindPrediction Finish(BindDraft draft)
    {
        if (!draft.Request.Listen)
            return draft.Succeed(BindStage.Bind);
        if (draft.Request.Protocol != TransportProtocol.Tcp)
        {
            draft.Step(BindSteps.Listen, "only stream sockets can listen");
            return draft.Fail("EOPNOTSUPP", BindStage.Listen);
        }

        // listen() repeats the test of bind() against the same sockets, so it cannot fail where the bind did not.
        draft.Step(BindSteps.Listen, "listen() repeats the same test and passes it");
        return draft.Succeed(BindStage.Listen);
    }

    private static BindPrediction? CheckCapability(BindDraft draft, int bit, string name, string what, string error)
    {
        Identity? asker = draft.Facts.Asker(draft.Request);
        bool? has = Capability(asker, bit);
        if (has == true)
            return null;
        if (has is null)
        {
            draft.Doubt($"the asker's rights: whether {name} is there");
            if (asker is null || (asker.UserId ?? 0) == 0 && asker.IsElevated != false)
                return null;
        }

        draft.Step(BindSteps.Rights, $"{what} needs {name}, which the asker lacks");
        return draft.Fail(error, BindStage.Socket);
    }

    private static bool? Capability(Identity? asker, int bit) =>
        asker?.Capabilities is { } capabilities ? (capabilities >> bit & 1) != 0 : null;

    // A host that has IPv6 always has ::1, unless its loopback is down; and its settings.
    private static bool IsIPv6Off(BindFacts facts) =>
        !facts.HasIPv6Address && facts.Host.Addresses.Coverage == Coverage.Complete && facts.Host.Settings.Coverage == Coverage.Complete
        && facts.HasIPv4Setting && !facts.HasIPv6Setting && facts.Host.Addresses.Count > 0;

    /// <summary>What a search for an automatic port found: until enough are free.</summary>
    private struct PortSearch
    {
        public int Free;
        public int Unsure;
        public int LastFree;
    }
}
