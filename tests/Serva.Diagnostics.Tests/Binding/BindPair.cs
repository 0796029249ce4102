using System;
using System.Collections.Generic;
using System.IO;
using System.IO.Compression;
using System.Net.NetworkInformation;
using System.Reflection;
using Serva.Diagnostics.Addressing;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Tests.Binding;

/// <summary>
/// One measured pair: what a second bind met on Linux 6.18 beside a first socket. 37,600 pairs, every combination of
/// addresses, SO_REUSEADDR, SO_REUSEPORT, device, state and user that tells something.
/// </summary>
internal sealed record BindPair
{
    public static readonly NetAddress FirstIPv4 = NetAddress.Parse("10.9.0.1");
    public static readonly NetAddress SecondIPv4 = NetAddress.Parse("10.9.0.2");
    public static readonly NetAddress FirstIPv6 = NetAddress.Parse("fd09::1");
    public static readonly NetAddress SecondIPv6 = NetAddress.Parse("fd09::2");
    public const uint Loopback = 1;
    public const uint OtherDevice = 2;

    private static readonly Lazy<IReadOnlyList<BindPair>> s_all = new(Read);

    public static IReadOnlyList<BindPair> All => s_all.Value;

    public required string Text { get; init; }

    public required SocketRow Holder { get; init; }

    public required BindRequest Request { get; init; }

    /// <summary>Whether holder and request are of one user (0); else the request is user 1000's.</summary>
    public required bool SameUser { get; init; }

    public required bool IsInUse { get; init; }

    public required bool? Listens { get; init; }

    private static List<BindPair> Read()
    {
        var pairs = new List<BindPair>();
        using Stream file = Assembly.GetExecutingAssembly().GetManifestResourceStream("linux-bind-pairs.csv.gz")!;
        using var text = new StreamReader(new GZipStream(file, CompressionMode.Decompress));
        string header = text.ReadLine()!;
        if (header != "proto,s1_addr,s1_reuseaddr,s1_reuseport,s1_dev,s1_state,s2_addr,s2_reuseaddr,s2_reuseport,s2_dev,same_uid,s2_bind,s2_listen")
            throw new InvalidDataException(header);
        while (text.ReadLine() is { } line)
            pairs.Add(Parse(line, pairs.Count));
        return pairs;
    }

    private static BindPair Parse(string line, int number)
    {
        string[] column = line.Split(',');
        TransportProtocol protocol = column[0] == "tcp" ? TransportProtocol.Tcp : TransportProtocol.Udp;

        // Every pair gets a port of its own, so that one snapshot holds them all.
        int port = 2000 + number;
        string state = column[5];
        (NetAddress local, bool ipv6Only) = LocalOf(column[1], state);
        bool isConnected = state is not ("bound" or "listen");
        return new BindPair
        {
            Text = line,
            SameUser = column[10] == "1",
            IsInUse = column[11] switch { "EADDRINUSE" => true, "OK" => false, _ => throw new InvalidDataException(line) },
            Listens = column[12] switch { "-" => null, "OK" => true, "EADDRINUSE" => false, _ => throw new InvalidDataException(line) },
            Holder = new SocketRow
            {
                Protocol = protocol,
                Local = NetEndpoint.Create(local, port),
                Remote = isConnected ? NetEndpoint.Create(local, 9) : null,
                State = protocol == TransportProtocol.Udp ? null : state switch
                {
                    "bound" => TcpState.Closed,
                    "listen" => TcpState.Listen,
                    "time_wait" => TcpState.TimeWait,
                    _ => TcpState.Established,
                },
                ReuseAddress = column[2] == "1",
                ReusePort = column[3] == "1",
                IPv6Only = local.IsIPv6 ? ipv6Only : null,
                Interface = DeviceOf(column[4]),
                UserId = state == "time_wait" ? null : 0,
            },
            Request = new BindRequest
            {
                Protocol = protocol,
                Endpoint = NetEndpoint.Create(AskedAddress(column[6]), port),
                ReuseAddress = column[7] == "1",
                ReusePort = column[8] == "1",
                DualMode = column[6] != "v6only:any",
                Device = column[9] == "-" ? null : column[9],
                Listen = protocol == TransportProtocol.Tcp,
                Asker = new Identity { UserId = column[10] == "1" ? 0u : 1000u, Capabilities = 0 },
            },
        };
    }

    /// <summary>The first socket's address in its present state: a connection replaces the wildcard it was bound to.</summary>
    private static (NetAddress Address, bool IPv6Only) LocalOf(string bound, string state)
    {
        bool ipv6Only = bound is "v6only:any" or "v6:A" or "v6:B";
        NetAddress address = AskedAddress(bound);
        if (state is "bound" or "listen" || !address.UnmapIPv4().IsUnspecified)
            return (address, ipv6Only);
        return (bound switch
        {
            "v4:any" => FirstIPv4,
            "mapped:any" => FirstIPv4.MapToIPv6(),
            "v6only:any" => FirstIPv6,
            _ => state is "accepted_v4" or "time_wait" ? FirstIPv4.MapToIPv6() : FirstIPv6,
        }, ipv6Only);
    }

    private static NetAddress AskedAddress(string name) => name switch
    {
        "v4:any" => NetAddress.AnyIPv4,
        "v4:A" => FirstIPv4,
        "v4:B" => SecondIPv4,
        "v6only:any" or "dual:any" => NetAddress.AnyIPv6,
        "v6:A" => FirstIPv6,
        "v6:B" => SecondIPv6,
        "mapped:any" => NetAddress.AnyIPv4.MapToIPv6(),
        "mapped:A" => FirstIPv4.MapToIPv6(),
        "mapped:B" => SecondIPv4.MapToIPv6(),
        _ => throw new InvalidDataException(name),
    };

    private static uint DeviceOf(string name) => name switch
    {
        "-" => 0,
        "lo" => Loopback,
        "lsb0" => OtherDevice,
        _ => throw new InvalidDataException(name),
    };
}
