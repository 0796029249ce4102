using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Net;
using System.Net.Sockets;
using System.Runtime.Versioning;
using System.Text.Json;
using Serva.Diagnostics.Addressing;
using Serva.Diagnostics.LiveTests.Capture.Linux;
using Serva.Diagnostics.Snapshots;
using Serva.Diagnostics.Tests;
using Xunit;

namespace Serva.Diagnostics.LiveTests.Routing;

/// <summary>
/// A random network in a namespace of its own, read by our own capture: what we say of a packet is what
/// <c>ip route get</c> answers, and where a connected socket really goes.
/// </summary>
[Trait("System", "Linux")]
[Trait("Privilege", "Root")]
[SupportedOSPlatform("linux")]
public sealed class LinuxRouteAgreementTests(ITestOutputHelper output)
{
    private static readonly string[] s_links = ["e0", "e1", "e2"];
    private static readonly string[] s_tables = ["main", "main", "100", "101", "default"];

    [Fact]
    public void Select_RandomNetwork_AsTheKernelAnswers()
    {
        if (!PrivateNamespace.Enter(typeof(LinuxRouteAgreementTests)))
            return;
        int seed = Extent.Seed(Environment.TickCount);
        var random = new Random(seed);
        var wrong = new List<string>();
        int asked = 0, certain = 0, connected = 0;
        int networks = Extent.Of(plain: 2, ci: 4, longRun: 200);
        for (int network = 0; network < networks; network++)
        {
            bool hasRules = network % 2 == 1;
            List<string> addresses = Build(random, hasRules);
            HostSnapshot host = HostDiagnostics.ForThisMachine().Capture(new CaptureScope { Tables = SnapshotTables.ForRoutes }, TestContext.Current.CancellationToken);
            Assert.All<Coverage>([host.Routes.Coverage, host.RoutingRules.Coverage, host.AddressLabels.Coverage, host.Neighbors.Coverage], coverage => Assert.Equal(Coverage.Complete, coverage));
            var selector = new RouteSelector(host);
            for (int i = 0; i < 150; i++)
            {
                string question = Question(random, addresses);
                Flow flow = Flow.Parse(question);
                RouteDecision decision = selector.Select(flow);
                (int status, string answer) = Tool.Try("ip", ["-j", "-d", flow.Destination.IsIPv6 ? "-6" : "-4", "route", "get", .. question.Split(' ')]);
                asked++;
                certain += decision.Certainty == Certainty.Certain ? 1 : 0;
                if (decision.Outcome != RouteOutcome.Undetermined && Difference(decision, flow, status, answer) is { } difference)
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
                if (!ours.Split(" or ").Contains(real))
                    wrong.Add($"network {network}: connect to {destination}: real {real}, we say {ours} ({decision.Certainty})");
            }
        }

        output.WriteLine($"seed {seed}: {asked} questions and {connected} connects in {networks} networks, {certain} certain, {wrong.Count} wrong");
        Assert.True(wrong.Count == 0, $"seed {seed}: {wrong.Count} of {asked + connected} wrong, such as\n{string.Join('\n', wrong.Take(10))}");
        Assert.True(certain > asked / 3, $"only {certain} of {asked} certain");
    }

    /// <summary>Three links with addresses, routes and, if wanted, rules; what the kernel refuses is left out.</summary>
    private static List<string> Build(Random random, bool hasRules)
    {
        foreach (string link in s_links)
            Tool.Try("ip", "link", "del", link);
        foreach (string family in (string[])["-4", "-6"])
        {
            foreach (string table in (string[])["100", "101", "default"])
                Tool.Try("ip", family, "route", "flush", "table", table);
            for (int i = 0; i < 20 && Tool.Try("ip", family, "rule", "del", "priority", $"{1000 + i}").Status >= 0; i++)
            {
            }
        }

        Tool.Run("ip", "link", "set", "lo", "up");
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

        for (int i = 0; i < 24; i++)
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
            if (!sendsNothing && random.Next(3) > 0)
                words.AddRange(["via", isIPv6 ? $"2001:db8:{link + 1}:0::fffe" : $"10.{link + 1}.0.254", "onlink"]);
            if (!sendsNothing)
                words.AddRange(["dev", s_links[link]]);
            words.AddRange(["table", s_tables[random.Next(s_tables.Length)], "metric", $"{random.Next(1, 5) * 100}"]);
            Tool.Try("ip", [.. words]);
        }

        for (int i = 0; hasRules && i < 12; i++)
        {
            bool isIPv6 = i % 2 == 1;
            List<string> own = [.. addresses.Where(address => address.Contains(':', StringComparison.Ordinal) == isIPv6)];
            string[] selector = random.Next(7) switch
            {
                0 => ["from", own[random.Next(own.Count)]],
                1 => ["to", NetPrefix.Create(NetAddress.Parse(Destination(random, addresses, isIPv6)), isIPv6 ? 40 : 12).ToString()],
                2 => ["fwmark", "0x10/0xf0"],
                3 => ["oif", s_links[random.Next(3)]],
                4 => ["ipproto", "udp", "dport", "53"],
                5 => ["uidrange", "100-2000"],
                _ => ["not", "from", own[random.Next(own.Count)]],
            };
            string[] action = random.Next(6) == 0 ? ["prohibit"] : ["table", s_tables[random.Next(s_tables.Length)]];
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
        if (random.Next(3) == 0)
            question += $" from {own[random.Next(own.Count)]}";
        if (random.Next(4) == 0)
            question += $" oif {s_links[random.Next(3)]}";
        if (random.Next(4) == 0)
            question += $" mark {random.Next(256)}";
        question += random.Next(4) == 0 ? $" uid {random.Next(3000)}" : " uid 0";
        if (random.Next(4) == 0)
            question += " ipproto udp dport 53";
        return question;
    }

    private static string? Difference(RouteDecision decision, Flow flow, int status, string answer)
    {
        string ours = decision.NativeError ?? string.Join(" or ", decision.Choices.Select(choice =>
            $"{decision.Outcome.ToString().ToLowerInvariant()} dev {choice.InterfaceName} via {choice.Gateway} src {choice.Source} table {choice.Table}"));
        if (status != 0)
        {
            string error = answer.Contains("Network is unreachable", StringComparison.Ordinal) ? "ENETUNREACH"
                : answer.Contains("No route to host", StringComparison.Ordinal) ? "EHOSTUNREACH"
                : answer.Contains("Permission denied", StringComparison.Ordinal) ? "EACCES"
                : answer.Contains("Invalid argument", StringComparison.Ordinal) ? "EINVAL" : answer.Trim();
            return error == decision.NativeError ? null : $"the kernel says {error}, we say {ours}";
        }

        using JsonDocument json = JsonDocument.Parse(answer);
        JsonElement route = json.RootElement[0];
        string Word(string name) => route.TryGetProperty(name, out JsonElement value) ? value.GetString()! : "";
        bool isSame = decision.Choices.Any(choice =>
            string.Equals(Word("type"), decision.Outcome.ToString(), StringComparison.OrdinalIgnoreCase)
            && Word("dev") == choice.InterfaceName
            && Word("gateway") == (choice.Gateway?.ToString() ?? "")
            && (flow.Source is not null || Word("prefsrc").Length == 0 || NetAddress.Parse(Word("prefsrc")) == choice.Source)
            && (TableOf(Word("table")) == choice.Table || (Word("table") == "main" && choice.Table == 255)));
        return isSame ? null : $"the kernel says {Word("type")} dev {Word("dev")} via {Word("gateway")} src {Word("prefsrc")} table {Word("table")}, we say {ours}";
    }

    private static uint? TableOf(string name) => name switch
    {
        "" => null,
        "local" => 255,
        "main" => 254,
        "default" => 253,
        _ => uint.Parse(name, CultureInfo.InvariantCulture),
    };

    /// <summary>The source that a socket gets, or the name of the error.</summary>
    private static string Connect(NetAddress destination)
    {
        using var socket = new Socket(destination.Family, SocketType.Dgram, ProtocolType.Udp);
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
