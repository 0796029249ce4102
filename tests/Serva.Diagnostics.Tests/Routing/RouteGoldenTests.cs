using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Globalization;
using System.IO;
using System.IO.Compression;
using System.Linq;
using System.Text.Json;
using Serva.Diagnostics.Addressing;
using Serva.Diagnostics.Formats.IpRoute2;
using Serva.Diagnostics.Routing;
using Serva.Diagnostics.Snapshots;
using Serva.Diagnostics.Tests.Conventions;
using Xunit;

namespace Serva.Diagnostics.Tests.Routing;

/// <summary>
/// Random topologies with the answers of a real kernel (Linux 6.18): what <c>ip route get</c> said, and where connected UDP sockets
/// went. 40 cases of 200 questions and 40 connects stand here; the other 360 in the corpus.
/// </summary>
public sealed class RouteGoldenTests(ITestOutputHelper output)
{
    [Fact]
    public void Select_CasesOfThisFolder_AsTheKernelAnswered() =>
        Check(Path.Combine(Repository.Tests, "Routing", "Golden"), expected: 40);

    [Fact]
    public void Select_CasesOfTheCorpus_AsTheKernelAnswered()
    {
        string folder = Path.Combine(Environment.GetEnvironmentVariable("SERVA_DIAGNOSTICS_CORPUS") ?? "", "linux", "route_cases");
        Assert.SkipUnless(Directory.Exists(folder), "the corpus is absent: SERVA_DIAGNOSTICS_CORPUS names its folder");
        Check(folder, expected: 400);
    }

    /// <summary>The answer without reasons is the answer with them, whenever there is one; and mostly there is.</summary>
    [Fact]
    public void TrySelect_CasesOfThisFolder_AsSelect()
    {
        int questions = 0, answered = 0;
        foreach (string file in Directory.GetFiles(Path.Combine(Repository.Tests, "Routing", "Golden"), "*.json.gz"))
        {
            using var stream = new GZipStream(File.OpenRead(file), CompressionMode.Decompress);
            using JsonDocument json = JsonDocument.Parse(stream);
            var golden = new GoldenCase(json.RootElement);
            foreach (JsonElement question in json.RootElement.GetProperty("questions").EnumerateArray())
            {
                questions++;
                answered += golden.AnswersAtOnce(question) ? 1 : 0;
            }
        }

        output.WriteLine($"{answered} of {questions} answered");
        Assert.InRange(answered, questions * 7 / 10, questions - 1);
    }

    private void Check(string folder, int expected)
    {
        string[] files = [.. Directory.GetFiles(folder, "*.json.gz").Order(StringComparer.Ordinal)];
        Assert.Equal(expected, files.Length);
        int questions = 0, connects = 0;
        var wrong = new List<string>();
        foreach (string file in files)
        {
            using var stream = new GZipStream(File.OpenRead(file), CompressionMode.Decompress);
            using JsonDocument json = JsonDocument.Parse(stream);
            var golden = new GoldenCase(json.RootElement);
            foreach (JsonElement question in json.RootElement.GetProperty("questions").EnumerateArray())
            {
                if (question.TryGetProperty("unstable", out _) || golden.Asks(question) is not { } difference)
                    continue;
                questions++;
                if (difference.Length > 0)
                    wrong.Add($"{golden.Id} {question.GetRawText()}: {difference}");
            }

            foreach (JsonElement connect in json.RootElement.GetProperty("connects").EnumerateArray())
            {
                if (connect.TryGetProperty("stage", out JsonElement stage) && stage.GetString() == "bind")
                    continue;
                connects++;
                if (golden.Connects(connect) is { Length: > 0 } difference)
                    wrong.Add($"{golden.Id} {connect.GetRawText()}: {difference}");
            }
        }

        output.WriteLine($"{questions} questions and {connects} connects of {files.Length} hosts, {wrong.Count} wrong");
        Assert.True(wrong.Count == 0, $"{wrong.Count} of {questions + connects} wrong, such as\n{string.Join('\n', wrong.Take(12))}");
        Assert.True(questions > files.Length * 190 && connects > files.Length * 30, $"only {questions} questions and {connects} connects");
    }

    private sealed class GoldenCase
    {
        private readonly bool _isIPv6;
        private readonly bool _isMerged;
        private readonly HostSnapshot _host;
        private readonly LinuxRouteSelection _selection;
        private readonly RouteSelector _selector;
        private readonly Dictionary<RouteRow, int> _mtus = new(ReferenceEqualityComparer.Instance);

        public GoldenCase(JsonElement root)
        {
            Id = root.GetProperty("id").GetString()!;
            _isIPv6 = root.GetProperty("family").GetInt32() == 6;
            _isMerged = root.GetProperty("merged_tables_hint").GetBoolean();
            ImmutableArray<InterfaceRow> links = IpRouteJson.Links(root.GetProperty("link"));
            Dictionary<string, uint> indexes = links.ToDictionary(link => link.Name, link => link.Index);
            uint? IndexOf(string name) => indexes.TryGetValue(name, out uint index) ? index : null;
            ImmutableArray<RouteRow> routes = IpRouteJson.Routes(root.GetProperty("route"), _isIPv6, IndexOf);
            foreach ((JsonElement json, RouteRow row) in root.GetProperty("route").EnumerateArray().Zip(routes))
            {
                foreach (JsonElement metrics in json.TryGetProperty("metrics", out JsonElement all) ? all.EnumerateArray().ToArray() : [])
                {
                    if (metrics.TryGetProperty("mtu", out JsonElement mtu))
                        _mtus[row] = mtu.GetInt32();
                }
            }

            _host = new HostSnapshot
            {
                CapturedAt = DateTimeOffset.UnixEpoch,
                Platform = new HostPlatform { Family = PlatformFamily.Linux, Version = new Version(6, 18) },
                Interfaces = Table.Complete(links, "ip link"),
                Addresses = Table.Complete(IpRouteJson.Addresses(root.GetProperty("addr")), "ip addr"),
                Routes = Table.Complete(routes, "ip route"),
                RoutingRules = Table.Complete(IpRouteJson.Rules(root.GetProperty("rule"), _isIPv6), "ip rule"),
                AddressLabels = Table.Complete(IpRouteJson.Labels(root.GetProperty("addrlabel"), IndexOf), "ip addrlabel"),
                Neighbors = Table.Complete(IpRouteJson.Neighbors(root.GetProperty("neigh"), IndexOf), "ip neigh"),
                Settings = Table.Complete(root.GetProperty("sysctl").EnumerateObject().Select(setting => new SettingRow { Name = setting.Name, Value = setting.Value.GetRawText() }), "sysctl"),
            };
            _selection = new LinuxRouteSelection(_host);
            _selector = new RouteSelector(_host);
        }

        public string Id { get; }

        /// <summary>Whether <see cref="RouteSelector.TrySelect"/> answers, which it does exactly when the answer is certain and one.</summary>
        public bool AnswersAtOnce(JsonElement question)
        {
            Flow flow = FlowOf(question.GetProperty("q"));
            uint IndexOf(string? name) => name is null ? 0 : _host.Interfaces.Single(row => row.Name == name).Index;
            var key = new FlowKey
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
            RouteDecision decision = _selector.Select(flow);
            bool isAnswered = _selector.TrySelect(key, out RouteResult result);
            Assert.True(isAnswered == (decision.Certainty == Certainty.Certain && decision.Choices.Length < 2), $"{Id} {flow}");
            if (!isAnswered)
                return false;
            RouteChoice? choice = decision.Choices.SingleOrDefault();
            Assert.Equal((decision.Outcome, decision.NativeError), (result.Outcome, result.NativeError));
            Assert.Equal((choice?.Interface ?? 0, choice?.Gateway ?? default, choice?.Source ?? default), (result.Interface, result.Gateway, result.Source));
            Assert.Equal((choice?.Table, choice?.Route), (result.Table, result.Route));
            return true;
        }

        /// <summary>What differs; empty for nothing, null when the engine does not answer such a question.</summary>
        public string? Asks(JsonElement question)
        {
            JsonElement asked = question.GetProperty("q");
            Flow flow = FlowOf(asked);
            LinuxWay[] ways = _selection.Ways(flow, isConnect: false, _isMerged, null);
            if (ways[0].Outcome == RouteOutcome.Undetermined)
                return null;
            if (question.TryGetProperty("error", out JsonElement error))
                return Array.Exists(ways, way => way.Refusal?.Error == error.GetString()) ? "" : Words(ways);
            JsonElement answer = question.GetProperty("answer");
            return Array.Exists(ways, way => IsIt(way, answer, flow)) ? "" : Words(ways);
        }

        public string Connects(JsonElement connect)
        {
            JsonElement asked = connect.GetProperty("q");
            var flow = new Flow
            {
                Destination = Scoped(NetAddress.Parse(asked.GetProperty("to").GetString()!), asked),
                Source = asked.TryGetProperty("bind", out JsonElement bind) ? NetAddress.Parse(bind.GetString()!) : null,
                OutputInterface = Text(asked, "dev"),
                Mark = Number(asked, "mark"),
                TypeOfService = (byte)Number(asked, "tos"),
                UserId = Number(asked, "uid"),
                IPProtocol = 17,
                SourcePort = asked.TryGetProperty("bindport", out JsonElement port) ? port.GetInt32() : 40_000,
                DestinationPort = asked.GetProperty("port").GetInt32(),
            };
            LinuxWay[] ways = _selection.Ways(flow, isConnect: true, _isMerged, null);
            if (connect.TryGetProperty("error", out JsonElement error))
                return Array.Exists(ways, way => way.Refusal?.Error == error.GetString()) ? "" : Words(ways);
            NetAddress source = NetAddress.Parse(connect.GetProperty("src").GetString()!);
            int mtu = connect.GetProperty("mtu").GetInt32();
            return Array.Exists(ways, way => way.Refusal is null && AddressOf(way.Source) == source && MtuOf(way) == mtu) ? "" : Words(ways);
        }

        private int MtuOf(LinuxWay way)
        {
            int own = way.Device!.Row.Mtu!.Value;
            return way.Route is { } route && _mtus.TryGetValue(route.Row, out int mtu) ? mtu : _isIPv6 ? own : Math.Min(own, 65_535);
        }

        private bool IsIt(LinuxWay way, JsonElement answer, Flow flow)
        {
            if (way.Refusal is not null || !string.Equals(way.Outcome.ToString(), Text(answer, "type"), StringComparison.OrdinalIgnoreCase) || way.Device!.Name != Text(answer, "dev"))
                return false;
            if ((way.Gateway is { } gateway ? AddressOf(gateway).ToString() : null) != Text(answer, "gateway"))
                return false;
            if (flow.InputInterface is not null)
                return true;

            // The kernel says the source that it chose; of IPv4 the one that was asked for is not repeated.
            string? source = Text(answer, "prefsrc") ?? (_isIPv6 ? null : flow.Source?.ToString());
            if (source is not null && NetAddress.Parse(source) != AddressOf(way.Source))
                return false;
            uint? table = Text(answer, "table") switch
            {
                null => null,
                "local" => 255,
                "main" => 254,
                "default" => 253,
                { } number => uint.Parse(number, CultureInfo.InvariantCulture),
            };
            return way.Table == table;
        }

        private NetAddress AddressOf(UInt128 value) =>
            _isIPv6 ? NetAddress.FromIPv6((ulong)(value >> 64), (ulong)value) : NetAddress.FromIPv4((uint)value);

        private static Flow FlowOf(JsonElement asked) => new()
        {
            Destination = NetAddress.Parse(asked.GetProperty("to").GetString()!),
            Source = asked.TryGetProperty("from", out JsonElement from) ? NetAddress.Parse(from.GetString()!) : null,
            InputInterface = Text(asked, "iif"),
            OutputInterface = Text(asked, "oif"),
            Mark = Number(asked, "mark"),
            TypeOfService = Text(asked, "tos") is { } tos ? Convert.ToByte(tos, 16) : (byte)0,
            UserId = asked.TryGetProperty("uid", out JsonElement user) ? user.GetUInt32() : asked.TryGetProperty("iif", out _) ? null : 0u,
            IPProtocol = Text(asked, "ipproto") switch { null => null, "tcp" => 6, "udp" => 17, "icmp" => 1, "ipv6-icmp" => 58, { } other => byte.Parse(other, CultureInfo.InvariantCulture) },
            SourcePort = (int)Number(asked, "sport"),
            DestinationPort = (int)Number(asked, "dport"),
        };

        private NetAddress Scoped(NetAddress address, JsonElement asked) =>
            Text(asked, "scope") is { } name ? address.WithScope(_host.Interfaces.Single(row => row.Name == name).Index) : address;

        private static string? Text(JsonElement element, string name) =>
            element.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

        private static uint Number(JsonElement element, string name) => element.TryGetProperty(name, out JsonElement value) ? value.GetUInt32() : 0;

        private string Words(LinuxWay[] ways) => "we say " + string.Join(" or ", ways.Select(way => way.Refusal is { } refusal
            ? refusal.Error
            : $"{way.Outcome} dev {way.Device!.Name} via {(way.Gateway is { } gateway ? AddressOf(gateway) : null)} src {AddressOf(way.Source)} table {way.Table} route {way.Route?.Row.Destination}"));
    }
}
