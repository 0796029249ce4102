using System;
using System.Collections.Generic;
using System.Linq;
using System.Runtime.Versioning;
using Serva.Diagnostics.Addressing;
using Serva.Diagnostics.LiveTests.Capture.Linux;
using Serva.Diagnostics.Snapshots;
using Serva.Diagnostics.Tests.Binding;
using Xunit;

namespace Serva.Diagnostics.LiveTests.Binding;

/// <summary>The bind tests of the kernel and of gVisor, played with real sockets: the kernel answers as written, and as predicted.</summary>
[Trait("System", "Linux")]
[Trait("Privilege", "Root")]
[SupportedOSPlatform("linux")]
public class BindScriptReplayTests
{
    private readonly ITestOutputHelper _output;

    public BindScriptReplayTests(ITestOutputHelper output) => _output = output;

    [Fact]
    public void Bind_EveryStepOfEveryScript_AsWrittenAndAsPredicted()
    {
        if (!PrivateNamespace.Enter(typeof(BindScriptReplayTests)))
            return;
        AgreementNetwork.Build();
        var wrong = new List<string>();
        int certain = 0, steps = 0;
        foreach (BindScript script in BindScript.All())
        {
            AgreementNetwork.Set("net/ipv4/ip_local_port_range", script.Range);
            AgreementNetwork.Set("net/ipv4/ip_autobind_reuse", script.ReusesAutomaticPorts ? "1" : "0");
            var open = new Dictionary<int, RawSocket>();
            try
            {
                for (int number = 1; number <= script.Steps.Count; number++)
                    Play(script, script.Steps[number - 1], number, open, wrong, ref certain, ref steps);
            }
            finally
            {
                foreach (RawSocket socket in open.Values)
                    socket.Reset();
            }
        }

        _output.WriteLine($"{steps} binds, {certain} predicted with certainty");
        Assert.True(wrong.Count == 0, $"{wrong.Count} wrong, such as\n{string.Join('\n', wrong.Take(20))}");
        Assert.True(certain > steps * 0.95, $"only {certain} of {steps} certain");
    }

    private static void Play(BindScript script, BindScriptStep step, int number, Dictionary<int, RawSocket> open, List<string> wrong, ref int certain, ref int steps)
    {
        if (step.Verb == BindScriptVerb.Close)
        {
            open[step.Of].Reset();
            return;
        }

        if (step.Verb == BindScriptVerb.TimeWait)
        {
            LeaveInTimeWait(step.Request!);
            return;
        }

        // A socket that is to listen is asked about by its own bind, which listen() repeats.
        bool isOld = step.Verb == BindScriptVerb.ListenAgain;
        BindRequest request = (isOld ? script.Steps[step.Of - 1].Request! with { Listen = true } : step.Request!) with
        {
            Asker = new Identity { UserId = isOld ? script.Steps[step.Of - 1].User : step.User, Capabilities = ulong.MaxValue },
        };
        RawSocket? self = isOld ? open[step.Of] : null;
        if (self is not null)
            request = request with { Endpoint = request.Endpoint.WithPort(self.LocalPort()) };
        HostSnapshot host = LinuxHostTests.Capture(new CaptureScope
        {
            Tables = SnapshotTables.ForBinds,
            Sockets = new SocketQuery { Owners = OwnerSearch.None },
            WithSocketOptions = true,
        });
        host = host with { Sockets = host.Sockets.WithRows([.. host.Sockets.Where(row => self is null || row.Cookie != self.Cookie)]) };
        BindPrediction answer = new BindPredictor(host).Predict(request);

        int error;
        int port = 0;
        if (self is not null)
        {
            error = self.Listen();
        }
        else
        {
            RawSocket socket = RawSocket.TryOpen(request, step.User)!;
            error = socket.Bind(request.Endpoint);
            if (error == 0 && step.Verb == BindScriptVerb.Listen)
                error = socket.Listen();
            if (error == 0 && step.Verb == BindScriptVerb.Connect)
                _ = socket.Connect(NetEndpoint.Parse("10.9.0.2:9"));
            port = socket.LocalPort();
            if (error == 0)
                open[number] = socket.Identified();
            else
                socket.Dispose();
        }

        steps++;
        certain += answer.Certainty == Certainty.Certain ? 1 : 0;
        string words = $"{script}: {step.Text}: real {error} port {port}, predicted {answer.Outcome} ({answer.Certainty}) {string.Join("; ", answer.Trace.Select(one => one.Text))}";
        if (error != (step.Works ? 0 : 98) || (step.Chosen is { } range && step.Works && (port < range.First || port > range.Last)))
            wrong.Add($"not as written: {words}");
        else if (answer.Outcome != (step.Works ? BindOutcome.Success : BindOutcome.AddressInUse))
            wrong.Add($"not as predicted: {words}");
    }

    private static void LeaveInTimeWait(BindRequest request)
    {
        using RawSocket listener = RawSocket.TryBind(request, 0)!;
        Assert.Equal(0, listener.Listen());
        RawSocket client = RawSocket.TryOpen(BindRequest.Parse("tcp/0.0.0.0:0"), 0)!;
        Assert.Equal(0, client.Connect(NetEndpoint.Parse($"127.0.0.1:{listener.LocalPort()}")));
        listener.TryAccept(0)!.CloseIntoTimeWait(client);
    }
}
