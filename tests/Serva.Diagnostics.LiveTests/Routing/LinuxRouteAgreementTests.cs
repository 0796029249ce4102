using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Net;
using System.Net.Sockets;
using System.Runtime.Versioning;
using Serva.Diagnostics.Addressing;
using Serva.Diagnostics.LiveTests.Capture.Linux;
using Serva.Diagnostics.Snapshots;
using Serva.Diagnostics.Tests;
using Xunit;

namespace Serva.Diagnostics.LiveTests.Routing;

/// <summary>
/// A random network in a namespace of its own, read by our own capture: what we say of a packet is what
/// the kernel answers to the same question, and where a connected socket really goes.
/// </summary>
[Trait("System", "Linux")]
[Trait("Privilege", "Root")]
[SupportedOSPlatform("linux")]
public sealed class LinuxRouteAgreementTests(ITestOutputHelper output)
{
    private static readonly string[] s_allLinks = ["e0", "e1", "e2", "e3"];
    private static string[] s_links = s_allLinks;
    private static readonly string[] s_tables = ["main", "main", "100", "101", "default"];

    [Fact]
    public void Select_RandomNetwork_AsTheKernelAnswers()
    {
        if (!PrivateNamespace.Enter(typeof(LinuxRouteAgreementTests)))
            return;
        int seed = Extent.Seed(Environment.TickCount);
        var random = new Random(seed);
        var wrong = new List<string>();
        int asked = 0, certain = 0, hidden = 0, connected = 0;
        int networks = Extent.Of(plain: 2, ci: 8, longRun: 200), questions = Extent.Of(plain: 500, ci: 2_500, longRun: 2_500);
        using var kernel = new KernelRoutes();
        for (int network = 0; network < networks; network++)
        {
            bool hasRules = network % 2 == 1;
            List<string> addresses = Build(random, hasRules);
            HostSnapshot host = HostDiagnostics.ForThisMachine().Capture(new CaptureScope { Tables = SnapshotTables.ForRoutes }, TestContext.Current.CancellationToken);
            Assert.All<Coverage>([host.Routes.Coverage, host.RoutingRules.Coverage, host.AddressLabels.Coverage, host.Neighbors.Coverage], coverage => Assert.Equal(Coverage.Complete, coverage));
            var selector = new RouteSelector(host);
            for (int i = 0; i < questions; i++)
            {
                string question = Question(random, addresses);
                Flow flow = Flow.Parse(question);
                RouteDecision decision = selector.Select(flow);
                KernelRoute answer = kernel.Ask(KeyOf(flow, host));
                asked++;
                certain += decision.Certainty == Certainty.Certain ? 1 : 0;
                if (decision.Outcome == RouteOutcome.Undetermined || Difference(decision, flow, answer) is not { } difference)
                    continue;

                // What the engine itself calls hidden may differ, and nothing else.
                if (decision is { Certainty: Certainty.Likely, Unseen.IsEmpty: false })
                    hidden++;
                else
                    wrong.Add($"network {network}: {question}: {difference} ({decision.Certainty})\n    {string.Join("\n    ", decision.Trace.Select(step => step.Text))}");
            }

            for (int i = 0; i < 60; i++)
            {
                NetAddress destination = NetAddress.Parse(Destination(random, addresses, isIPv6: random.Next(2) == 0));
                if (destination.IsMulticast || destination.IsLinkLocal)
                    continue;
                RouteDecision decision = selector.SelectForConnect(new Flow { Destination = destination, IPProtocol = 17, DestinationPort = 9, SourcePort = 40_000 });
                string real = Connect(destination);
                string ours = decision.NativeError ?? string.Join(" or ", decision.Choices.Select(choice => choice.Source));
                connected++;
                if (!ours.Split(" or ").Contains(real) && !SaysItMayFail(decision, real))
                    wrong.Add($"network {network}: connect to {destination}: real {real}, we say {ours} ({decision.Certainty})");
            }
        }

        output.WriteLine($"seed {seed}: {asked} questions and {connected} connects in {networks} networks, {certain} certain, {hidden} differ by what is hidden, {wrong.Count} wrong");
        Assert.True(wrong.Count == 0, $"seed {seed}: {wrong.Count} of {asked + connected} wrong, such as\n{string.Join('\n', wrong.Take(Extent.Of(10, 10, 100)))}");
        Assert.True(certain > asked / 2, $"only {certain} of {asked} certain");
        Assert.True(hidden <= asked / 50, $"{hidden} of {asked} differ by what is hidden");
    }

    /// <summary>Three or four links with addresses, 48 routes and, if wanted, rules; what the kernel refuses is left out.</summary>
    private static List<string> Build(Random random, bool hasRules)
    {
        foreach (string link in s_links)
            Tool.Try("ip", "link", "del", link);
        s_links = s_allLinks[..random.Next(3, 5)];
        foreach (string family in (string[])["-4", "-6"])
        {
            foreach (string table in (string[])["100", "101", "default"])
                Tool.Try("ip", family, "route", "flush", "table", table);
            for (int i = 0; i < 20 && Tool.Try("ip", family, "rule", "del", "priority", $"{1000 + i}").Status >= 0; i++)
            {
            }
        }

        Tool.Run("ip", "link", "set", "lo", "up");
        string forwards = random.Next(2) == 0 ? "1" : "0";
        foreach (string setting in (string[])["ipv4/conf/all/forwarding", "ipv6/conf/all/forwarding"])
            File.WriteAllText($"/proc/sys/net/{setting}", forwards);
        var addresses = new List<string>();
        for (int i = 0; i < s_links.Length; i++)
        {
            Tool.Run("ip", "link", "add", s_links[i], "type", "veth", "peer", "name", $"p{i}");
            Tool.Run("ip", "link", "set", $"p{i}", "up");
            Tool.Run("ip", "link", "set", s_links[i], "up");
            for (int j = 0; j < 2; j++)
            {
                string four = $"10.{i + 1}.{j}.{random.Next(1, 250)}", six = $"2001:db8:{i + 1}:{j}::{random.Next(1, 0xffff):x}";
                if (Tool.Try("ip", "addr", "add", $"{four}/{random.Next(22, 29)}", "dev", s_links[i]).Status == 0)
                    addresses.Add(four);
                if (Tool.Try("ip", "addr", "add", $"{six}/64", "dev", s_links[i], "nodad").Status == 0)
                    addresses.Add(six);
            }
        }

        for (int i = 0; i < 48; i++)
        {
            bool isIPv6 = i % 2 == 1;
            int length = isIPv6 ? random.Next(2) == 0 ? 0 : random.Next(24, 65) : random.Next(4) == 0 ? 0 : random.Next(8, 29);

            // Routes that share a router share its cached answers, also those of the other kind: no router for multicasts here.
            NetAddress inside;
            do
                inside = NetAddress.Parse(Destination(random, addresses, isIPv6));
            while (inside.IsMulticast);
            string prefix = length == 0 ? "default" : NetPrefix.Create(inside, length).ToString();
            var words = new List<string> { isIPv6 ? "-6" : "-4", "route", "add" };
            if (random.Next(8) == 0)
                words.Add((string[])["blackhole", "unreachable", "prohibit", "throw"] is var kinds ? kinds[random.Next(4)] : "");
            words.Add(prefix);
            bool sendsNothing = words.Count == 5;
            int link = random.Next(s_links.Length);
            string RouterOn(int number) => isIPv6 ? $"2001:db8:{number + 1}:0::fffe" : $"10.{number + 1}.0.254";
            int second = (link + 1) % s_links.Length;
            string[] hops = random.Next(10) switch
            {
                0 => ["nexthop", "via", RouterOn(link), "dev", s_links[link], "onlink", "nexthop", "via", RouterOn(second), "dev", s_links[second], "onlink"],
                < 4 => ["dev", s_links[link]],
                _ => ["via", RouterOn(link), "dev", s_links[link], "onlink"],
            };
            if (!isIPv6 && random.Next(10) == 0)
                words.AddRange(["tos", "0x10"]);
            words.AddRange(["table", s_tables[random.Next(s_tables.Length)], "metric", $"{random.Next(1, 5) * 100}"]);
            Tool.Try("ip", [.. words, .. sendsNothing ? [] : hops]);
        }

        for (int i = 0; hasRules && i < 20; i++)
        {
            bool isIPv6 = i % 2 == 1;
            List<string> own = [.. addresses.Where(address => address.Contains(':', StringComparison.Ordinal) == isIPv6)];
            string link = s_links[random.Next(s_links.Length)];
            string[] selector = random.Next(11) switch
            {
                0 => ["from", own[random.Next(own.Count)]],
                1 => ["to", NetPrefix.Create(NetAddress.Parse(Destination(random, addresses, isIPv6)), isIPv6 ? 40 : 12).ToString()],
                2 => ["fwmark", "0x10/0xf0"],
                3 => ["oif", link],
                4 => ["iif", random.Next(2) == 0 ? "lo" : link],
                5 => ["ipproto", "udp", "dport", "53"],
                6 => ["sport", "1000-2000"],
                7 => ["uidrange", "100-2000"],
                8 => ["tos", "0x10"],
                9 => ["not", "fwmark", "0x20/0x20"],
                _ => ["not", "from", own[random.Next(own.Count)]],
            };
            string[] action = random.Next(8) switch
            {
                0 => ["prohibit"],
                1 => ["unreachable"],
                2 => ["goto", $"{1000 + i + (2 * random.Next(1, 4))}"],
                3 => ["table", "main", "suppress_prefixlength", $"{random.Next(0, 17)}"],
                _ => ["table", s_tables[random.Next(s_tables.Length)]],
            };
            Tool.Try("ip", [isIPv6 ? "-6" : "-4", "rule", "add", "priority", $"{1000 + i}", .. selector, .. action]);
        }

        return addresses;
    }

    private static string Destination(Random random, List<string> addresses, bool isIPv6)
    {
        List<string> own = [.. addresses.Where(address => address.Contains(':', StringComparison.Ordinal) == isIPv6)];
        return random.Next(5) switch
        {
            0 when own.Count > 0 => own[random.Next(own.Count)],
            1 => isIPv6 ? $"2001:db8:{random.Next(1, 5)}:{random.Next(2)}::{random.Next(1, 0xffff):x}" : $"10.{random.Next(1, 5)}.{random.Next(2)}.{random.Next(1, 250)}",
            2 => isIPv6 ? "ff0e::9" : "224.0.0.9",
            _ => isIPv6 ? $"2001:db8:{random.Next(0, 0xffff):x}::{random.Next(1, 0xffff):x}" : $"{random.Next(1, 223)}.{random.Next(256)}.{random.Next(256)}.{random.Next(1, 255)}",
        };
    }

    private static string Question(Random random, List<string> addresses)
    {
        bool isIPv6 = random.Next(2) == 0;
        string question = Destination(random, addresses, isIPv6);
        List<string> own = [.. addresses.Where(address => address.Contains(':', StringComparison.Ordinal) == isIPv6)];
        string link = s_links[random.Next(s_links.Length)];
        if (random.Next(8) == 0)
        {
            // A packet that arrives. Of a multicast to IPv6 the kernel tells its multicast routing's answer (ip6mr_get_route).
            while (isIPv6 && NetAddress.Parse(question).IsMulticast)
                question = Destination(random, addresses, isIPv6);
            question += $" from {Destination(random, addresses, isIPv6)} iif {link}";
        }
        else
        {
            if (random.Next(3) == 0)
                question += $" from {own[random.Next(own.Count)]}";
            if (random.Next(4) == 0)
                question += $" oif {link}";
            question += random.Next(4) == 0 ? $" uid {random.Next(3000)}" : " uid 0";
        }

        if (random.Next(4) == 0)
            question += $" mark {random.Next(256)}";
        if (random.Next(6) == 0)
            question += " tos 16";
        if (random.Next(4) == 0)
            question += random.Next(2) == 0 ? " ipproto udp dport 53" : $" ipproto tcp sport {random.Next(900, 2_100)}";
        return question;
    }

    private static FlowKey KeyOf(Flow flow, HostSnapshot host)
    {
        uint IndexOf(string? name) => name is null ? 0 : host.Interfaces.Single(row => row.Name == name).Index;
        return new FlowKey
        {
            Destination = flow.Destination,
            Source = flow.Source ?? default,
            InputInterface = IndexOf(flow.InputInterface),
            OutputInterface = IndexOf(flow.OutputInterface),
            Mark = flow.Mark,
            TypeOfService = flow.TypeOfService,
            UserId = flow.UserId,
            IPProtocol = flow.IPProtocol,
            SourcePort = flow.SourcePort,
            DestinationPort = flow.DestinationPort,
        };
    }

    private static string? Difference(RouteDecision decision, Flow flow, KernelRoute answer)
    {
        string ours = decision.NativeError ?? string.Join(" or ", decision.Choices.Select(choice =>
            $"{decision.Outcome.ToString().ToLowerInvariant()} dev {choice.InterfaceName} via {choice.Gateway} src {choice.Source} table {choice.Table}"));
        if (answer.Error != 0)
        {
            string error = answer.Error switch { 13 => "EACCES", 19 => "ENODEV", 22 => "EINVAL", 99 => "EADDRNOTAVAIL", 101 => "ENETUNREACH", 113 => "EHOSTUNREACH", var other => $"{other}" };
            return error == decision.NativeError || SaysItMayFail(decision, error)
                ? null
                : $"the kernel says {error}, we say {ours}";
        }

        // Of a packet that arrives neither source nor table is said in one way.
        bool isSame = decision.Choices.Any(choice =>
            answer.Type == (byte)TypeOf(decision.Outcome)
            && answer.Interface == choice.Interface
            && answer.Gateway == (choice.Gateway ?? default)
            && (flow.InputInterface is not null
                || ((flow.Source is not null || answer.Source.IsNone || answer.Source == choice.Source)
                    && (answer.Table == (choice.Table ?? 0) || (answer.Table == 254 && choice.Table == 255)))));
        return isSame ? null : $"the kernel says {answer}, we say {ours}";
    }

    /// <summary>Of several ways one may fail, and which is taken nobody sees.</summary>
    private static bool SaysItMayFail(RouteDecision decision, string error) =>
        decision.Unseen.Any(unseen => unseen.EndsWith($"fails with {error}", StringComparison.Ordinal));

    private static int TypeOf(RouteOutcome outcome) => outcome switch
    {
        RouteOutcome.Unicast => 1,
        RouteOutcome.Local => 2,
        RouteOutcome.Broadcast => 3,
        RouteOutcome.Anycast => 4,
        RouteOutcome.Multicast => 5,
        _ => 0,
    };

    /// <summary>The source that a socket gets, or the name of the error.</summary>
    private static string Connect(NetAddress destination)
    {
        using var socket = new Socket(destination.Family, SocketType.Dgram, ProtocolType.Udp);
        if (destination.IsIPv4)
            socket.EnableBroadcast = true;
        try
        {
            socket.Bind(new IPEndPoint(destination.IsIPv6 ? IPAddress.IPv6Any : IPAddress.Any, 40_000));
            socket.Connect(new IPEndPoint(destination.ToIPAddress(), 9));
            return NetAddress.FromIPAddress(((IPEndPoint)socket.LocalEndPoint!).Address).WithoutScope().ToString();
        }
        catch (SocketException error)
        {
            return error.SocketErrorCode switch
            {
                SocketError.NetworkUnreachable => "ENETUNREACH",
                SocketError.HostUnreachable => "EHOSTUNREACH",
                SocketError.AccessDenied => "EACCES",
                SocketError.InvalidArgument => "EINVAL",
                SocketError.AddressNotAvailable => "EADDRNOTAVAIL",
                _ => error.SocketErrorCode.ToString(),
            };
        }
    }
}
