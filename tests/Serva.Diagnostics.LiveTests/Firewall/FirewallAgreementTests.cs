using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Runtime.Versioning;
using Serva.Diagnostics.Addressing;
using Serva.Diagnostics.Formats.Nftables;
using Serva.Diagnostics.LiveTests.Capture.Linux;
using Serva.Diagnostics.Snapshots;
using Serva.Diagnostics.Tests;
using Xunit;

namespace Serva.Diagnostics.LiveTests.Firewall;

/// <summary>
/// Rule sets of plain nftables, fail2ban, firewalld, Docker, ufw and iptables, loaded in a namespace of its own and read by our
/// own capture: what we say of a packet is what becomes of it when it is really sent.
/// </summary>
[Trait("System", "Linux")]
[Trait("Privilege", "Root")]
[Trait("Long", "Yes")]
[SupportedOSPlatform("linux")]
public sealed class FirewallAgreementTests(ITestOutputHelper output)
{
    // Limits and what recent remembers are as on the first packet after so many.
    private const int PacketsPerLoad = 25;

    private static readonly string[] s_names = ["plain", "fail2ban", "docker", "server-iptables", "ufw", "firewalld", "ufw-docker"];

    private static readonly int[] s_ports =
    [
        22, 25, 53, 67, 80, 113, 123, 137, 138, 161, 443, 500, 514, 1900, 2080, 2222, 2375, 3306, 3389, 4444, 5353, 5355, 5432, 6003, 6379, 7777, 8001, 8050, 8080,
        8443, 8888, 9000, 9100, 9999, 27018, 65000,
    ];

    [Fact]
    public void Evaluate_RuleSetsOfServers_AsTheirPacketsFare()
    {
        if (!PrivateNamespace.Enter(typeof(FirewallAgreementTests)))
            return;
        int seed = Extent.Seed(Environment.TickCount);
        var random = new Random(seed);
        using var network = new FirewallNetwork();
        Tally kernel = new(), paired = new(), json = new();
        int perSet = Extent.Of(plain: 20, ci: 143, longRun: 1000);
        foreach (string name in s_names)
        {
            FirewallNetwork.LoadFile(name);
            HostSnapshot host = FirewallNetwork.Capture();
            NftablesRuleSet listed = NftablesJson.Decode(FirewallNetwork.ReadData(name + ".json")!)!;
            NftablesRuleSet completed = listed;
            foreach (bool isIPv6 in (bool[])[false, true])
                completed = IptablesSave.Complete(completed, IptablesSave.Decode(FirewallNetwork.ReadData(name + (isIPv6 ? ".save6" : ".save4")) ?? "", isIPv6));
            (Tally Tally, FirewallEvaluator Evaluator)[] sources =
            [
                (kernel, new FirewallEvaluator(host)), (paired, new FirewallEvaluator(With(host, completed))), (json, new FirewallEvaluator(With(host, listed))),
            ];
            for (int i = 0; i < perSet; i++)
            {
                if (i % PacketsPerLoad == 0)
                {
                    FirewallNetwork.LoadFile(name);
                    FirewallNetwork.AddOracle();
                }

                Packet packet = RandomPacket(random);
                PacketFate fate = network.Send(packet);
                foreach ((Tally tally, FirewallEvaluator evaluator) in sources)
                    tally.Add(name, packet, fate, evaluator);
            }
        }

        kernel.Report(output, "nfnetlink", seed, mostUndetermined: 0.01);
        paired.Report(output, "JSON with iptables-save", seed, mostUndetermined: 0.01);
        // Alone it does not say what the extensions of iptables are asked.
        json.Report(output, "JSON", seed, mostUndetermined: 0.7);
        Assert.All(json.Undetermined, text => Assert.Contains("xt ", text, StringComparison.Ordinal));
    }

    private static HostSnapshot With(HostSnapshot host, NftablesRuleSet rules) => host with
    {
        NftablesTables = Table.Complete(rules.Tables, "text"),
        NftablesChains = Table.Complete(rules.Chains, "text"),
        NftablesRules = Table.Complete(rules.Rules, "text"),
        NftablesSets = Table.Complete(rules.Sets, "text"),
    };

    [Fact]
    public void Evaluate_RandomRuleSets_AsTheirPacketsFare()
    {
        if (!PrivateNamespace.Enter(typeof(FirewallAgreementTests)))
            return;
        const int packetsPerSet = 25;
        int seed = Extent.Seed(Environment.TickCount);
        var random = new Random(seed);
        using var network = new FirewallNetwork();
        Tally tally = new(), json = new();
        int ruleSets = Extent.Of(plain: 4, ci: 20, longRun: 120);
        for (int i = 0; i < ruleSets; i++)
        {
            string rules = FirewallNetwork.LoadText(new RandomRuleSet(random).Write());
            HostSnapshot host = FirewallNetwork.Capture();
            var evaluator = new FirewallEvaluator(host);
            var fromJson = new FirewallEvaluator(With(host, NftablesJson.Decode(Tool.Run("nft", "-j", "list", "ruleset"))!));
            FirewallNetwork.AddOracle();
            for (int j = 0; j < packetsPerSet; j++)
            {
                Packet packet = RandomPacket(random);
                PacketFate fate = network.Send(packet);
                tally.Add(rules, packet, fate, evaluator);
                json.Add(rules, packet, fate, fromJson);
            }
        }

        tally.Report(output, "nfnetlink", seed, mostUndetermined: 0.01);
        json.Report(output, "JSON", seed, mostUndetermined: 0.01);
    }

    internal static Packet RandomPacket(Random random)
    {
        int link = random.Next(3) == 0 ? 1 : 0;
        bool isIPv6 = random.Next(10) >= 7;
        string destination = isIPv6
            ? Pick(random, "2001:db8:9::2", "2001:db8:9::2", "2001:db8:8::2", "ff02::1", $"fe80::ff:fe00:10{link}")
            : Pick(random, "10.9.0.2", "10.9.0.2", "10.9.0.2", "10.9.0.2", "10.9.0.2", "10.8.0.2", "10.8.0.2", "10.8.0.2", "172.17.0.1", link == 0 ? "10.9.0.255" : "10.8.0.255",
                "255.255.255.255", "224.0.0.1", "172.17.0.2", "203.0.113.50");
        string source = isIPv6
            ? Pick(random, "2001:db8:9::1", "2001:db8:8::1", "2001:db8:20::5", "2001:db8:bad::1", "fd00::5", "fe80::1", "2001:db8:77::7")
            : Pick(random, "10.9.0.1", "10.8.0.1", "10.20.5.5", "10.20.7.9", "10.66.1.1", "203.0.113.7", "203.0.113.9", "10.1.2.3", "10.1.2.4", "10.1.2.15", "10.1.3.9",
                "172.16.5.50", "192.168.10.5", "8.8.8.8", "100.64.1.1");
        NetAddress to = NetAddress.Parse(destination);
        byte protocol = random.Next(11) switch { < 6 => Packet.Tcp, < 10 => Packet.Udp, _ => isIPv6 ? Packet.IcmpV6 : Packet.Icmp };
        return new Packet
        {
            Input = $"fw{link}",
            Source = NetAddress.Parse(source),
            Destination = to,
            Protocol = to.IsMulticast && protocol == Packet.Tcp ? Packet.Udp : protocol,
            SourcePort = protocol == Packet.Udp && random.Next(7) == 0 ? Pick(random, 67, 68, 53, 547, 5353) : random.Next(20_000, 60_000),
            DestinationPort = Pick(random, s_ports),
            IcmpType = isIPv6 ? Pick<byte>(random, 128, 128, 135, 136, 133, 1, 143) : Pick<byte>(random, 8, 8, 13, 3, 5),
            HopLimit = Pick<byte>(random, 64, 64, 255),
        };
    }

    internal static T Pick<T>(Random random, params ReadOnlySpan<T> choices) => choices[random.Next(choices.Length)];
}

/// <summary>Counts how often we were right, and keeps what was wrong.</summary>
[SupportedOSPlatform("linux")]
internal sealed class Tally
{
    private readonly List<string> _wrong = [];
    private readonly List<string> _undetermined = [];
    private readonly Dictionary<FirewallOutcome, int> _outcomes = [];
    private int _packets;
    private int _certain;

    /// <summary>What nobody could say, each with the reason.</summary>
    public IReadOnlyList<string> Undetermined => _undetermined;

    public void Add(string name, Packet packet, PacketFate fate, FirewallEvaluator evaluator)
    {
        FirewallVerdict verdict = evaluator.Evaluate(packet.ToFlow());
        _packets++;
        _certain += verdict.Certainty == Certainty.Certain ? 1 : 0;
        _outcomes[verdict.Outcome] = _outcomes.GetValueOrDefault(verdict.Outcome) + 1;
        if (verdict.Outcome == FirewallOutcome.Undetermined)
            _undetermined.Add($"{name}: {packet.ToFlow()}: {string.Join("; ", verdict.Unseen)}");
        else if (!IsSame(verdict, fate, packet))
            _wrong.Add(string.Create(CultureInfo.InvariantCulture, $"{name}: {packet.ToFlow()} hl {packet.HopLimit}: really {fate}, we say {verdict.Outcome} ({verdict.Certainty}) by {verdict.DecidedBy?.Chain}: {verdict.DecidedBy?.Text}\n    {string.Join("\n    ", verdict.Trace.Select(step => step.Text))}"));
    }

    public void Report(ITestOutputHelper output, string source, int seed, double mostUndetermined)
    {
        string outcomes = string.Join(", ", _outcomes.OrderBy(pair => pair.Key).Select(pair => $"{pair.Value} {pair.Key}"));
        output.WriteLine($"{source}, seed {seed}: {_packets} packets: {outcomes}; {_certain} certain, {_wrong.Count} wrong");
        foreach (string undetermined in _undetermined.Take(3))
            output.WriteLine(undetermined);
        Assert.True(_wrong.Count == 0, $"{source}, seed {seed}: {_wrong.Count} of {_packets} wrong ({outcomes}), such as\n{string.Join('\n', _wrong.Take(12))}");
        Assert.True(_undetermined.Count <= _packets * mostUndetermined, $"{source}, seed {seed}: {_undetermined.Count} of {_packets} undetermined, such as\n{string.Join('\n', _undetermined.Take(12))}");
        Assert.True(_outcomes.GetValueOrDefault(FirewallOutcome.Accept) > 0 && _outcomes.GetValueOrDefault(FirewallOutcome.Drop) > 0, outcomes);
    }

    private static bool IsSame(FirewallVerdict verdict, PacketFate fate, Packet packet) => verdict.Outcome switch
    {
        FirewallOutcome.Accept => fate == PacketFate.Accepted,
        FirewallOutcome.Drop => fate is PacketFate.Dropped or PacketFate.Unseen,
        _ => fate == PacketFate.Rejected || (fate == PacketFate.Dropped && IsRefusedSilently(packet)),
    };

    // The kernel answers neither broadcasts nor ICMP errors, and nobody at fe80::1 can be asked for its hardware address.
    private static bool IsRefusedSilently(Packet packet)
    {
        string destination = packet.Destination.ToString();
        return packet.Destination.IsMulticast || destination is "255.255.255.255" or "10.9.0.255" or "10.8.0.255" || packet.Source.IsLinkLocal
            || (packet.Protocol == Packet.Icmp && packet.IcmpType is 3 or 5) || (packet.Protocol == Packet.IcmpV6 && packet.IcmpType < 128);
    }
}
