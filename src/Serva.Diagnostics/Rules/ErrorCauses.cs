using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using System.Net.NetworkInformation;
using Serva.Diagnostics.Addressing;
using Serva.Diagnostics.Binding;
using Serva.Diagnostics.Snapshots;
using static Serva.Diagnostics.Rules.CauseJudgement;

namespace Serva.Diagnostics.Rules;

/// <summary>What an error can mean on each system, most frequent first, and how to tell on a host.</summary>
/// <remarks>The order is that of the public reports about each error; what Windows does follows Microsoft's documentation of bind and of the socket options.</remarks>
internal static class ErrorCauses
{
    private const string TheRequest = "what was bound: protocol, address and port";
    private const string UnprivilegedPort = "net.ipv4.ip_unprivileged_port_start";
    private const int NetBindService = 10;
    private const int SystemProcess = 4;

    private static readonly Cause s_holder = new("cause.holder", "Another socket holds the port on this address, or on one that covers it or is covered by it.", JudgeHolder);
    private static readonly Cause s_dualStack = new("cause.dual-stack", "An IPv6 socket that serves IPv4 too holds the port, or the wanted one would serve both.", JudgeDualStack);
    private static readonly Cause s_connection = new("cause.connection", "A connection has the port as its own local port: the port lies in the automatic range, or is served.", JudgeConnection);
    private static readonly Cause s_timeWait = new("cause.time-wait", "Connections of the port have just ended (TIME_WAIT), and the server does not set SO_REUSEADDR.", JudgeTimeWait);
    private static readonly Cause s_twice = new("cause.started-twice", "The server itself runs already.", JudgeStartedTwice);
    private static readonly Cause s_ports = new("cause.automatic-ports", "Every port of the automatic range is in use.", JudgeAutomaticPorts);
    private static readonly Cause s_kernel = new("cause.kernel", "Windows itself (HTTP.sys, PID 4) serves the port.", JudgeKernel);
    private static readonly Cause s_noOwner = new("cause.block-without-socket", "WSL keeps a block of UDP ports that no table shows (reported for Windows 11 22H2 with WSL 2.3).", JudgeBlockWithoutSocket);

    private static readonly Cause s_denied = new("cause.holder-denies", "A socket of another account, or an exclusive one, holds the port: Windows denies access instead of reporting the port in use.", JudgeDenied);
    private static readonly Cause s_excluded = new("cause.excluded-range", "A component of Windows (Hyper-V, WinNAT, WSL, Docker) has reserved a block of ports around it.", JudgeExcluded);
    private static readonly Cause s_reuse = new("cause.reuse-address", "The server sets SO_REUSEADDR, and the holder of the port did not.", JudgeReuse);
    private static readonly Cause s_broadcast = new("cause.broadcast", "A datagram socket uses a broadcast address without SO_BROADCAST.", JudgeBroadcast);
    private static readonly Cause s_raw = new("cause.raw-socket", "A raw socket was asked for without the right to have one.", JudgeRaw);
    private static readonly Cause s_filter = new("cause.filter-driver", "A security product or a filter of Windows blocks the bind.", _ => CannotTell("the filters of the Windows Filtering Platform: 'netsh wfp show filters' lists them"));
    private static readonly Cause s_rights = new("cause.missing-rights", "The program lacks administrator rights.", JudgeRights);

    private static readonly Cause s_privileged = new("cause.privileged-port", "The port is below the first unprivileged one, and the program lacks CAP_NET_BIND_SERVICE.", JudgePrivileged);
    private static readonly Cause s_pipe = new("cause.pipe", "Node.js got the port as text and took it for the path of a pipe: pass a number.", JudgePipe);
    private static readonly Cause s_module = new("cause.security-module", "SELinux, AppArmor, seccomp or a BPF program forbids the bind.", JudgeModule);
    private static readonly Cause s_sending = new("cause.firewall-rejects-sending", "A firewall rule rejects what the program sends; the error comes from sending, not from the bind.", _ => CannotTell("the firewall's output rules; this version does not read them"));

    private static readonly Cause s_noAddress = new("cause.address-missing", "The address is on no interface of this host: a typing error, a public address behind NAT, an old lease, an interface that is down.", JudgeNoAddress);
    private static readonly Cause s_notReady = new("cause.address-not-ready", "The address is there, but duplicate address detection has not let it be used.", JudgeNotReady);
    private static readonly Cause s_noIPv6 = new("cause.ipv6-off", "IPv6 is switched off on this host.", JudgeNoIPv6);
    private static readonly Cause s_scope = new("cause.scope", "A link-local IPv6 address needs the number of its interface, and has none or a wrong one.", JudgeScope);
    private static readonly Cause s_mapped = new("cause.mapped-address", "An IPv4-mapped address was bound on a socket that is IPv6 only.", JudgeMapped);
    private static readonly Cause s_boundTwice = new("cause.bound-already", "The program binds the same socket a second time.", _ => CannotTell("the program's own calls"));
    private static readonly Cause s_options = new("cause.options", "SO_REUSEADDR and SO_EXCLUSIVEADDRUSE were both asked for.", JudgeOptions);
    private static readonly Cause s_warning = new("cause.warning-only", "Kestrel only warns of it: it serves 127.0.0.1, the other address of localhost. What stops the server stands elsewhere in its log.", _ => Holds("text", "A failure says 'Failed to bind to address'."));
    private static readonly Cause s_memory = new("cause.memory", "The system or the program is out of buffers, memory or descriptors.", _ => CannotTell("memory and descriptors; this version does not read them"));
    private static readonly Cause s_device = new("cause.no-device", "The interface that the socket is tied to does not exist.", JudgeDevice);

    private static readonly Cause s_peerClosed = new("cause.peer-closed", "A datagram that was sent before met a closed port, and Windows reports that at the next receive; or the peer of a connection ended it.", _ => CannotTell("what was sent before; a UDP server on Windows switches it off with SIO_UDP_CONNRESET"));
    private static readonly Cause s_prefix = new("cause.prefix-registered", "Another program has registered the same URL prefix with HTTP.sys, or the port for the other scheme.", e => e.Finding("SD1061") is { Certainty: Certainty.Certain } finding ? Holds(finding.Evidence) : CannotTell("the registrations: 'netsh http show servicestate' lists them"));
    private static readonly Cause s_urlacl = new("cause.url-reservation", "No URL reservation allows the prefix to this user, and the program is not elevated.", JudgeUrlReservation);
    private static readonly Cause s_prefixForm = new("cause.prefix-form", "The URL prefix is malformed: most often its last slash is missing.", _ => CannotTell("the prefix as the program has it"));
    private static readonly Cause s_notHttp = new("cause.holder", "A program that does not use HTTP.sys holds the port.", JudgeHolder);
    private static readonly Cause s_tls = new("cause.tls-october-2022", "The Windows updates of 11 October 2022 break TLS connections.", JudgeTls);
    private static readonly Cause s_notTls = new("cause.peer-protocol", "The peer does not speak TLS there, or another version of it.", _ => CannotTell("what the peer sends"));
    private static readonly Cause s_noServer = new("cause.no-server", "No server of this host waits on the port.", JudgeNoServer);
    private static readonly Cause s_firewall = new("cause.firewall", "A firewall drops the packets, on the way there or back.", _ => CannotTell("the firewall's rules; this version does not read them"));
    private static readonly Cause s_network = new("cause.network", "The packets do not arrive: another network, a switch port that blocks while it starts (spanning tree), a DHCP relay that is missing.", _ => CannotTell("what happens on the network: a packet capture shows whether the request arrives"));
    private static readonly Cause s_noFileName = new("cause.dhcp-options", "The DHCP answer lacks what the client needs: a boot file name, or option 60 without a proxyDHCP server on the same host.", _ => CannotTell("the DHCP server's options"));

    /// <summary>The causes of an error, those that are there first, then those that nobody can tell, then the others.</summary>
    public static ImmutableArray<ErrorCause> Judge(ErrorExamination examination)
    {
        ErrorReading reading = examination.Reading;
        PlatformFamily family = examination.Request is null && reading.System is { } own ? own : examination.Family;
        BindOutcome outcome = reading.Name is not null ? reading.Outcome : BindOutcome.Undetermined;
        IEnumerable<ErrorCause> causes = CausesOf(reading.Name, outcome, family, reading).Select(cause => Judge(cause, examination));

        // A bind that would fail in another way now fails for causes of its own.
        if (examination.Prediction is { Outcome: not (BindOutcome.Success or BindOutcome.Undetermined) } failed && failed.Outcome != outcome)
        {
            causes = causes
                .Concat(CausesOf(failed.NativeError, failed.Outcome, family, reading).Select(cause => Judge(cause, examination)).Where(cause => cause.Standing == CauseStanding.Holds))
                .DistinctBy(cause => cause.Code);
        }

        return [.. causes.OrderBy(cause => cause.Standing switch { CauseStanding.Holds => 0, CauseStanding.Undetermined => 1, _ => 2 })];
    }

    private static Cause[] CausesOf(string? name, BindOutcome outcome, PlatformFamily family, ErrorReading reading)
    {
        bool isWindows = family == PlatformFamily.Windows;
        if (reading.IsOnlyWarning)
            return [s_warning];
        return outcome switch
        {
            BindOutcome.AddressInUse => isWindows
                ? [s_holder, s_kernel, s_twice, s_dualStack, s_connection, s_noOwner, s_ports]
                : [s_holder, s_twice, s_dualStack, s_timeWait, s_connection, s_ports],
            BindOutcome.AccessDenied when isWindows => [s_denied, s_excluded, s_reuse, s_broadcast, s_raw, s_filter, s_rights],
            BindOutcome.AccessDenied when reading.IsPipe => [s_pipe, s_privileged],
            BindOutcome.AccessDenied when name == "EPERM" => [s_sending, s_raw, s_module],
            BindOutcome.AccessDenied => [s_privileged, s_module, s_broadcast, s_raw],
            BindOutcome.AddressNotAvailable => isWindows ? [s_noAddress, s_noIPv6, s_notReady, s_scope, s_mapped] : [s_noAddress, s_noIPv6, s_notReady, s_ports],
            BindOutcome.InvalidArgument => isWindows ? [s_boundTwice, s_options] : [s_scope, s_mapped, s_boundTwice],
            BindOutcome.AddressFamilyNotSupported => [s_noIPv6],
            BindOutcome.NoSuchDevice => [s_device],
            BindOutcome.NoBufferSpace => [s_ports, s_memory],
            BindOutcome.Undetermined => [s_holder, isWindows ? s_denied : s_privileged, s_noAddress, s_twice],
            _ => name switch
            {
                "WSAECONNRESET" or "ECONNRESET" => [s_peerClosed],
                "ERROR_ALREADY_EXISTS" => [s_prefix],
                "ERROR_SHARING_VIOLATION" => [s_notHttp],
                "ERROR_ACCESS_DENIED" => [s_urlacl],
                "ERROR_INVALID_PARAMETER" => [s_prefixForm],
                "SEC_E_ILLEGAL_MESSAGE" => [s_tls, s_notTls],
                "PXE-E32" => [s_noServer, s_firewall, s_network],
                "PXE-E51" => [s_noServer, s_network, s_firewall],
                "PXE-E53" => [s_noFileName, s_noServer, s_firewall],
                "PXE-E55" => [s_noServer, s_noFileName, s_firewall],
                _ => [],
            },
        };
    }

    private static ErrorCause Judge(Cause cause, ErrorExamination examination)
    {
        CauseJudgement judgement = cause.Judge(examination);
        return new ErrorCause
        {
            Code = cause.Code,
            Summary = cause.Summary,
            Standing = judgement.Standing,
            Evidence = judgement.Evidence,
            Missing = judgement.Missing,
        };
    }

    private static CauseJudgement JudgeHolder(ErrorExamination e)
    {
        if (e.Request is not { } request)
            return CannotTell(TheRequest);
        Evidence[] holders = [.. e.Conflicts(connections: false).Select(conflict => Say(conflict, e.Family))];
        if (holders.Length > 0)
            return Holds(holders);
        if (e.BlindTo is { } unseen)
            return CannotTell(unseen);
        return DoesNotHold("sockets", $"No socket that was seen is in the way of {HolderWords.Place(request)}{(e.Host.Sockets.Source is { } source ? $" ({source})" : "")}.");
    }

    private static CauseJudgement JudgeDualStack(ErrorExamination e)
    {
        if (e.Request is not { } request)
            return CannotTell(TheRequest);
        Evidence[] conflicts = [.. e.Prediction!.Conflicts.Where(conflict => conflict.Code is BindSteps.DualStackHolder or BindSteps.DualStackRequest).Select(conflict => Say(conflict, e.Family))];
        if (conflicts.Length > 0)
            return Holds(conflicts);
        return e.BlindTo is { } unseen ? CannotTell(unseen) : DoesNotHold("sockets", $"No dual-stack socket is in the way of {HolderWords.Place(request)}.");
    }

    private static CauseJudgement JudgeConnection(ErrorExamination e) => JudgeConnections(e, timeWait: false);

    private static CauseJudgement JudgeTimeWait(ErrorExamination e) => JudgeConnections(e, timeWait: true);

    private static CauseJudgement JudgeConnections(ErrorExamination e, bool timeWait)
    {
        if (e.Request is not { } request)
            return CannotTell(TheRequest);
        string what = timeWait ? "connection in TIME_WAIT" : "living connection";
        if (request.Protocol != TransportProtocol.Tcp && timeWait)
            return DoesNotHold("request", "Only TCP connections linger.");
        Evidence[] conflicts = [.. e.Conflicts(connections: true).Where(conflict => timeWait == (conflict.Socket.State == TcpState.TimeWait)).Take(8).Select(conflict => Say(conflict, e.Family))];
        if (conflicts.Length > 0)
            return Holds(conflicts);
        return e.BlindTo is { } unseen ? CannotTell(unseen) : DoesNotHold("sockets", $"No {what} is in the way of {HolderWords.Place(request)}.");
    }

    private static CauseJudgement JudgeStartedTwice(ErrorExamination e)
    {
        if (e.Finding("SD1002") is { } finding)
            return Holds(finding.Evidence);
        if (e.Request is null)
            return CannotTell(TheRequest);
        if (e.Prediction!.Conflicts.IsEmpty && e.BlindTo is null)
            return DoesNotHold("sockets", "Nobody holds the port.");
        return CannotTell("which program the server is: 'serva-diag doctor --server NAME PROTO/ENDPOINT' tells its own sockets from others'");
    }

    private static CauseJudgement JudgeAutomaticPorts(ErrorExamination e)
    {
        if (e.Request is { Endpoint.Port: not 0 } && e.Reading.Outcome == BindOutcome.AddressInUse)
            return DoesNotHold("request", "A port was named; the system did not have to choose one.");
        Table<SocketRow> sockets = e.Host.Sockets;
        if (sockets.Coverage != Coverage.Complete || sockets.Filter is not null)
            return CannotTell("sockets: all of them, to count how many automatic ports are left");
        PortRangeRow? range = e.Host.PortRanges.FirstOrDefault(row => row.Kind == PortRangeKind.Dynamic && (row.Protocol is null || e.Request is null || row.Protocol == e.Request.Protocol));
        if (range is null)
            return CannotTell("portRanges: the automatic range");
        int used = sockets.Where(row => range.Includes(row.Protocol, row.Local.Port) && (e.Request is null || row.Protocol == e.Request.Protocol)).Select(row => row.Local.Port).Distinct().Count();
        int all = range.Last - range.First + 1;
        string text = $"{used} of {all} ports from {range.First} to {range.Last} are in use.";

        // The last few are hard to get: the system tries some and gives up.
        return used >= all - (all / 20) ? Holds("sockets", text) : DoesNotHold("sockets", text);
    }

    private static CauseJudgement JudgeKernel(ErrorExamination e)
    {
        if (e.Request is not { } request)
            return CannotTell(TheRequest);
        Evidence[] conflicts = [.. e.Conflicts(connections: false).Where(conflict => conflict.Socket.Owners.Any(owner => owner.ProcessId == SystemProcess)).Select(conflict => Say(conflict, e.Family))];
        if (conflicts.Length > 0)
            return Holds(conflicts);
        return e.BlindTo is { } unseen ? CannotTell(unseen) : DoesNotHold("sockets", $"Process 4 has no socket in the way of {HolderWords.Place(request)}.");
    }

    private static CauseJudgement JudgeBlockWithoutSocket(ErrorExamination e)
    {
        if (e.Request is not { } request)
            return CannotTell(TheRequest);
        if (request.Protocol != TransportProtocol.Udp)
            return DoesNotHold("request", "It is reported for UDP alone.");
        return e.Prediction!.Conflicts.IsEmpty
            ? CannotTell("whether WSL runs: 'wsl --shutdown' frees the block")
            : DoesNotHold("sockets", "A socket is in the way already.");
    }

    private static CauseJudgement JudgeDenied(ErrorExamination e)
    {
        if (e.Request is null)
            return CannotTell(TheRequest);
        BindPrediction prediction = e.Prediction!;
        if (prediction.Conflicts.IsEmpty)
            return e.BlindTo is { } unseen ? CannotTell(unseen) : DoesNotHold("sockets", "No socket that was seen is in the way.");
        return prediction.Outcome == BindOutcome.AccessDenied
            ? Holds(prediction.Conflicts.Select(conflict => Say(conflict, e.Family)))
            : CannotTell($"the options that the server sets: with those of this question the holder of the port makes it {HolderWords.Error(prediction.NativeError, prediction.NativeCode)}");
    }

    private static CauseJudgement JudgeExcluded(ErrorExamination e)
    {
        if (e.Request is not { } request)
            return CannotTell(TheRequest);
        PortRangeRow? range = e.Host.PortRanges.FirstOrDefault(row => row.Kind == PortRangeKind.Excluded && row.Includes(request.Protocol, request.Endpoint.Port));
        if (e.Prediction is { Outcome: BindOutcome.AccessDenied, Conflicts.IsEmpty: true } && e.Step(BindSteps.ExcludedPort) is { } step)
            return Holds("portRanges", SafeText.Of(step.Text) + ".");
        if (range is { IsAdministered: true })
            return DoesNotHold("portRanges", $"The range {range.First}-{range.Last} is administered (*): it only keeps the port out of automatic assignment.");
        if (range is not null)
            return CannotTell($"what would be left without the holder: the port lies in the excluded range {range.First}-{range.Last} as well");
        return e.Host.PortRanges.Coverage == Coverage.Complete
            ? DoesNotHold("portRanges", $"Port {request.Endpoint.Port} is in no excluded range.")
            : CannotTell("portRanges: 'netsh interface ipv4 show excludedportrange' lists the excluded ranges");
    }

    private static CauseJudgement JudgeReuse(ErrorExamination e)
    {
        if (e.Request is not { } request)
            return CannotTell(TheRequest);
        if (e.Prediction!.Conflicts.IsEmpty && e.BlindTo is { } unseen)
            return CannotTell(unseen);
        BindPrediction reused = e.Binds.Predict(request with { ReuseAddress = true, ExclusiveAddressUse = false });
        if (reused.Outcome != BindOutcome.AccessDenied || reused.Conflicts.IsEmpty)
            return DoesNotHold("sockets", "With SO_REUSEADDR nobody would deny the bind.");
        return request.ReuseAddress
            ? Holds(reused.Conflicts.Select(conflict => Say(conflict, e.Family)))
            : CannotTell("whether the server sets SO_REUSEADDR: then the holder of the port makes it 10013");
    }

    private static CauseJudgement JudgeBroadcast(ErrorExamination e)
    {
        if (e.Request is not { } request)
            return CannotTell(TheRequest);
        if (request.Protocol == TransportProtocol.Tcp)
            return DoesNotHold("request", "TCP has no broadcasts.");
        if (e.Step(BindSteps.BroadcastAddress) is { } step)
            return Holds("addresses", SafeText.Of(step.Text) + ".");
        return e.Family == PlatformFamily.Windows
            ? DoesNotHold("addresses", $"{request.Endpoint.Address} is no broadcast address.")
            : CannotTell("whether the error comes from sending: on Linux a bind does not ask for SO_BROADCAST, sending does");
    }

    private static CauseJudgement JudgeRaw(ErrorExamination e)
    {
        if (e.Request is not { } request)
            return CannotTell(TheRequest);
        if (request.Protocol != TransportProtocol.Raw)
            return DoesNotHold("request", $"{BindRequestText.NameOf(request.Protocol)} is no raw socket.");
        return e.Step(BindSteps.Rights) is { } step ? Holds("identity", SafeText.Of(step.Text) + ".") : CannotTell("the rights of the program");
    }

    private static CauseJudgement JudgeRights(ErrorExamination e) => e.Request is { Protocol: TransportProtocol.Raw }
        ? JudgeRaw(e)
        : DoesNotHold("rules", "Windows has no privileged ports: its documentation of bind names no right that a port needs.");

    private static CauseJudgement JudgePrivileged(ErrorExamination e)
    {
        string? setting = e.Host.FindSetting(UnprivilegedPort);
        int first = int.TryParse(setting, System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out int value) ? value : 1024;
        if (e.Reading.IsPipe)
            return DoesNotHold("text", "No port was bound.");
        if (e.Request is not { } request)
            return CannotTell(TheRequest);
        string start = setting is null ? $"{UnprivilegedPort} was not captured; its default is 1024" : $"{UnprivilegedPort} is {first}";
        if (request.Endpoint.Port >= first || request.Endpoint.Port == 0)
            return DoesNotHold("settings", $"Port {request.Endpoint.Port} is not below the first unprivileged port: {start}.");
        Identity? asker = request.Asker ?? e.Host.Identity;
        string who = asker?.UserName is { } name ? SafeText.Of(name) : "the asking user";
        if (e.Prediction!.Outcome == BindOutcome.AccessDenied && e.Step(BindSteps.PrivilegedPort) is { } step)
            return Holds("settings", $"{SafeText.Of(step.Text)}: {start}.");
        return asker?.Capabilities is { } capabilities && (capabilities >> NetBindService & 1) != 0
            ? CannotTell($"the rights of the program that failed: {who}, who asks here, has CAP_NET_BIND_SERVICE, and {start}")
            : CannotTell($"the rights of the program that failed: {start}");
    }

    // Neither policy nor profile is read: what a rule finds is most likely at best.
    private static CauseJudgement JudgeModule(ErrorExamination e) => CannotTell(
        e.Finding("SD1041") is not null ? "what SELinux refused, which enforces here: 'ausearch -m AVC -ts recent' shows it"
        : e.Finding("SD1042") is not null ? "what AppArmor refused, which confines the program: 'journalctl -k' shows it"
        : "what the security modules refused: 'journalctl -k' and 'ausearch -m avc' show it");

    private static CauseJudgement JudgePipe(ErrorExamination e) =>
        Holds("text", "The text names no address: 'permission denied' is followed by the port alone, as for a path.");

    private static CauseJudgement JudgeNoAddress(ErrorExamination e)
    {
        if (e.Request is not { } request)
            return CannotTell(TheRequest);
        NetAddress address = request.Endpoint.Address.UnmapIPv4();
        if (address.IsUnspecified)
            return DoesNotHold("request", "A wildcard address is on every host.");
        AddressRow? row = e.Host.Addresses.FirstOrDefault(row => row.Address.WithoutScope() == address.WithoutScope());
        if (row is not null)
            return DoesNotHold("addresses", $"{row.Address} is on interface {row.Interface}.");
        if (address is { IsIPv4: true, IsLoopback: true })
            return DoesNotHold("addresses", $"{address} is a loopback address.");
        if (e.Host.Addresses.Coverage != Coverage.Complete)
            return CannotTell("addresses: all addresses of this host");
        return e.Prediction!.Outcome == BindOutcome.Success
            ? DoesNotHold("addresses", $"{address} is on no interface, and yet may be bound here.")
            : Holds("addresses", $"{address} is on no interface. There are {string.Join(", ", e.Host.Addresses.Where(other => other.Address.Family == address.Family).Select(other => other.Address.ToString()).Take(8))}.");
    }

    private static CauseJudgement JudgeNotReady(ErrorExamination e)
    {
        if (e.Request is not { } request)
            return CannotTell(TheRequest);
        AddressRow? row = e.Host.Addresses.FirstOrDefault(row => row.Address.WithoutScope() == request.Endpoint.Address.WithoutScope() && row.State is AddressState.Tentative or AddressState.Duplicate);
        if (row is not null)
            return Holds("addresses", $"{row.Address} is {(row.State == AddressState.Duplicate ? "a duplicate" : "tentative")}.");
        return e.Host.Addresses.IsKnown
            ? DoesNotHold("addresses", $"{request.Endpoint.Address} is not waiting for duplicate address detection now; it may have been when the server started.")
            : CannotTell("addresses: their states");
    }

    private static CauseJudgement JudgeNoIPv6(ErrorExamination e)
    {
        if (e.Request is { Endpoint.Address.IsIPv4: true })
            return DoesNotHold("request", "The address is an IPv4 address.");
        if (e.Host.Addresses.FirstOrDefault(row => row.Address.IsIPv6) is { } row)
            return DoesNotHold("addresses", $"IPv6 is there: {row.Address} on interface {row.Interface}.");
        return e.Host.Addresses is { Coverage: Coverage.Complete, Count: > 0 }
            ? Holds("addresses", "No interface has an IPv6 address, not even ::1.")
            : CannotTell("addresses: whether there is an IPv6 address");
    }

    private static CauseJudgement JudgeScope(ErrorExamination e)
    {
        if (e.Request is not { } request)
            return CannotTell(TheRequest);
        NetAddress address = request.Endpoint.Address;
        if (!address.IsIPv6 || !address.IsLinkLocal)
            return DoesNotHold("request", $"{address} is no link-local IPv6 address.");
        if (e.Prediction!.Outcome is BindOutcome.Success)
            return DoesNotHold("addresses", $"{address} can be bound.");
        AddressRow[] rows = [.. e.Host.Addresses.Where(row => row.Address.WithoutScope() == address.WithoutScope())];
        return rows.Length > 0 && rows.All(row => row.Interface != address.ScopeId)
            ? Holds("addresses", $"{address.WithoutScope()} is on interface {string.Join(", ", rows.Select(row => row.Interface))}; write {address.WithScope(rows[0].Interface)}.")
            : CannotTell("addresses: the interface of the address");
    }

    private static CauseJudgement JudgeMapped(ErrorExamination e)
    {
        if (e.Request is not { } request)
            return CannotTell(TheRequest);
        if (!request.Endpoint.Address.IsIPv4Mapped)
            return DoesNotHold("request", $"{request.Endpoint.Address} is no IPv4-mapped address.");
        return request.DualMode ? DoesNotHold("request", "The socket serves IPv4 too.") : Holds("request", $"{request.Endpoint.Address} is IPv4, and the socket is IPv6 only (IPV6_V6ONLY).");
    }

    private static CauseJudgement JudgeOptions(ErrorExamination e) => e.Request switch
    {
        null => CannotTell(TheRequest),
        { ReuseAddress: true, ExclusiveAddressUse: true } => Holds("request", "Both options are set in the question."),
        _ => CannotTell("the options that the server sets"),
    };

    private static CauseJudgement JudgeDevice(ErrorExamination e)
    {
        if (e.Request?.Device is not { } device)
            return CannotTell("the interface that the socket was tied to (SO_BINDTODEVICE)");
        string name = SafeText.Of(device);
        if (e.Host.Interfaces.Any(row => row.Name == device))
            return DoesNotHold("interfaces", $"{name} is there.");
        return e.Host.Interfaces.Coverage == Coverage.Complete ? Holds("interfaces", $"There is no interface {name}.") : CannotTell("interfaces: all of them");
    }

    private static CauseJudgement JudgeUrlReservation(ErrorExamination e) => e.Family != PlatformFamily.Windows
        ? CannotTell("the Windows machine that showed it: this host is none")
        : e.Host.Identity?.IsElevated == true
        ? DoesNotHold("identity", "The one who asks here is elevated, and needs no reservation.")
        : CannotTell("the URL reservations: 'netsh http show urlacl' lists them");

    private static CauseJudgement JudgeTls(ErrorExamination e)
    {
        if (e.Finding("SD4001") is { } finding)
            return Holds(finding.Evidence);
        if (e.Family != PlatformFamily.Windows)
            return CannotTell("the Windows machine that showed it: this host is none");
        return e.Host.Platform.Revision is { } revision
            ? DoesNotHold("platform", $"The build {e.Host.Platform.Version}.{revision} does not have them, or has the fix.")
            : CannotTell("the update build revision (UBR)");
    }

    private static CauseJudgement JudgeNoServer(ErrorExamination e)
    {
        if (e.Reading is not { Port: { } port, Protocol: { } protocol })
            return CannotTell(TheRequest);
        Table<SocketRow> sockets = e.Host.Sockets;
        if (!sockets.IsKnown)
            return CannotTell("sockets: the table was not captured");
        foreach (SocketRow row in sockets)
        {
            if (row.Protocol == protocol && row.Local.Port == port && row.IsListening)
                return DoesNotHold("sockets", $"{HolderWords.Place(protocol, row.Local)} is served by {HolderWords.Describe(row, e.Family)}.");
        }

        return sockets.Coverage == Coverage.Complete
            ? Holds("sockets", $"No socket waits on {BindRequestText.NameOf(protocol)} port {port}. If the boot server is another machine, ask there.")
            : CannotTell("sockets: all of them");
    }

    private static Evidence Say(BindConflict conflict, PlatformFamily family) =>
        new() { Table = "sockets", Text = $"{conflict.Why.TrimEnd('.')}: {HolderWords.Describe(conflict.Socket, family)}." };

    private sealed record Cause(string Code, string Summary, Func<ErrorExamination, CauseJudgement> Judge);
}
