using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Net.NetworkInformation;
using Serva.Diagnostics.Addressing;
using Serva.Diagnostics.Snapshots;
using Xunit;

namespace Serva.Diagnostics.Tests.Binding;

/// <summary>The bind tests of the kernel and of gVisor, played against the engine alone: every step is predicted.</summary>
public class BindScriptTests
{
    private static readonly string[] s_devices = ["dev1", "dev2", "dev3", "dev4"];

    private readonly ITestOutputHelper _output;

    public BindScriptTests(ITestOutputHelper output) => _output = output;

    [Fact]
    public void Predict_EveryStepOfEveryScript_AsWritten()
    {
        BindScript[] scripts = [.. BindScript.All()];
        var wrong = new List<string>();
        int steps = 0;
        foreach (BindScript script in scripts)
        {
            try
            {
                steps += Play(script, wrong);
            }
            catch (Exception error) when (error is not OutOfMemoryException)
            {
                wrong.Add($"{script}: {error}");
            }
        }

        _output.WriteLine($"{scripts.Length} scripts, {steps} steps");
        Assert.Equal(44 * 3, scripts.Count(script => script.Name.StartsWith("wildcard", StringComparison.Ordinal)));
        Assert.True(wrong.Count == 0, $"{wrong.Count} wrong, such as\n{string.Join('\n', wrong.Take(20))}");
    }

    private static int Play(BindScript script, List<string> wrong)
    {
        var sockets = new SortedDictionary<int, SocketRow>();
        int number = 0;
        foreach (BindScriptStep step in script.Steps)
        {
            number++;
            if (step.Verb == BindScriptVerb.Close)
            {
                sockets.Remove(step.Of);
                continue;
            }

            if (step.Verb == BindScriptVerb.TimeWait)
            {
                sockets.Add(number, Row(step, step.Request!.Endpoint.Port));
                continue;
            }

            int self = step.Verb == BindScriptVerb.ListenAgain ? step.Of : 0;

            // The kernel lists the last bound first.
            SocketRow[] others = [.. sockets.Where(pair => pair.Key != self).Select(pair => pair.Value).Reverse()];
            HostSnapshot host = Host(script, others);
            BindRequest request = self == 0 ? step.Request! : Again(sockets[self]);
            BindPrediction answer = new BindPredictor(host).Predict(request with { Asker = Asker(self == 0 ? step.User : sockets[self].UserId!.Value) });
            bool isRight = step.Works ? answer.Outcome == BindOutcome.Success : answer is { Outcome: BindOutcome.AddressInUse, NativeError: "EADDRINUSE" };
            if (step.Chosen is { } range && isRight)
                isRight = answer.Trace.Any(one => one.Code == "bind.port.automatic" && one.Text.EndsWith($"from {range.First} to {range.Last}", StringComparison.Ordinal));
            if (!isRight)
                wrong.Add($"{script}: {step.Text}: predicted {answer.Outcome} ({answer.Certainty}) {string.Join("; ", answer.Trace.Select(one => one.Text))}");
            if (step.Works && self == 0)
                sockets.Add(number, Row(step, request.Endpoint.Port != 0 ? request.Endpoint.Port : Choose(script, step, others)));
            else if (step.Works)
                sockets[self] = sockets[self] with { State = TcpState.Listen };
        }

        return script.Steps.Count;
    }

    private static Identity Asker(uint user) => new() { UserId = user, Capabilities = ulong.MaxValue };

    private static BindRequest Again(SocketRow row) => new()
    {
        Protocol = row.Protocol,
        Endpoint = row.Local,
        ReuseAddress = row.ReuseAddress == true,
        ReusePort = row.ReusePort == true,
        DualMode = row.IPv6Only == false,
        Listen = true,
    };

    private static SocketRow Row(BindScriptStep step, int port)
    {
        BindRequest request = step.Request!;
        bool isConnected = step.Verb is BindScriptVerb.Connect or BindScriptVerb.TimeWait;
        NetAddress address = request.Endpoint.Address;
        return new SocketRow
        {
            Protocol = request.Protocol,
            Local = NetEndpoint.Create(step.Verb == BindScriptVerb.TimeWait && address.IsUnspecified ? NetAddress.Parse("127.0.0.1") : address, port),
            Remote = isConnected ? NetEndpoint.Parse("127.0.0.1:9") : null,
            State = request.Protocol == TransportProtocol.Udp ? null : step.Verb switch
            {
                BindScriptVerb.Listen => TcpState.Listen,
                BindScriptVerb.Connect => TcpState.Established,
                BindScriptVerb.TimeWait => TcpState.TimeWait,
                _ => TcpState.Closed,
            },
            UserId = step.User,
            ReuseAddress = request.ReuseAddress,
            ReusePort = request.ReusePort,
            IPv6Only = address.IsIPv6 ? !request.DualMode || !(address.IsUnspecified || address.IsIPv4Mapped) : null,
            Interface = request.Device is { } device ? IndexOf(device) : 0,
        };
    }

    /// <summary>A port that the system could choose: the first that no socket holds, else the first that options let share.</summary>
    private static int Choose(BindScript script, BindScriptStep step, SocketRow[] others)
    {
        (int first, int last) = step.Chosen ?? (Number(script.Range.Split(' ')[0]), Number(script.Range.Split(' ')[1]));
        return Enumerable.Range(first, last - first + 1).Cast<int?>().FirstOrDefault(port => others.All(row => row.Local.Port != port)) ?? first;
    }

    private static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);

    private static uint IndexOf(string device) => 10u + (uint)Array.IndexOf(s_devices, device);

    private static HostSnapshot Host(BindScript script, SocketRow[] sockets)
    {
        HostSnapshot host = Hosts.Linux(sockets);
        string[] range = script.Range.Split(' ');
        return host with
        {
            Interfaces = Table.Complete(host.Interfaces.Concat(s_devices.Select(name => Hosts.Interface(IndexOf(name), name, NetworkInterfaceType.Ethernet))), "test"),
            PortRanges = Table.Complete([new PortRangeRow { Kind = PortRangeKind.Dynamic, First = Number(range[0]), Last = Number(range[1]) }], "test"),
            Settings = Table.Complete(host.Settings.Append(Hosts.Setting("net.ipv4.ip_autobind_reuse", script.ReusesAutomaticPorts ? "1" : "0")), "test"),
        };
    }
}
