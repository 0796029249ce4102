using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using System.Net.NetworkInformation;
using Serva.Diagnostics.Addressing;
using Serva.Diagnostics.Rules;
using Serva.Diagnostics.Snapshots;
using Serva.Diagnostics.Tests.Binding;
using Serva.Diagnostics.Tests.Cases;
using Xunit;

namespace Serva.Diagnostics.Tests.Rules;

public class DiagnoserTests
{
    private static readonly ServiceProfile s_nginx = new() { Name = "web", Services = [], Server = new ServerIdentity { Names = ["nginx"] } };

    [Fact]
    public void Verdict_ForkingServer_IsOneCopy()
    {
        ServiceVerdict verdict = Ask(Web([P(50, 1), P(51, 50), P(52, 50)], Listen("0.0.0.0:80", P(50, 1), P(51, 50), P(52, 50))));

        Assert.Equal(ServiceStanding.HeldByServer, verdict.Standing);
        Assert.Equal("tcp 0.0.0.0:80 is held by the server itself (nginx, PID 50).", verdict.Sentence);
    }

    [Fact]
    public void Verdict_SecondCopyWithoutSockets_StartedTwice() =>
        Assert.Equal(ServiceStanding.StartedTwice, Ask(Web([P(50, 1), P(77, 1)], Listen("0.0.0.0:80", P(50, 1)))).Standing);

    [Fact]
    public void SecondCopyWithoutSockets_Always_IsLikelyAtMostAndNotStopped()
    {
        Diagnosis diagnosis = Judge(Web([P(50, 1), P(77, 1)], Listen("0.0.0.0:80", P(50, 1))));

        Finding finding = Assert.Single(diagnosis.Findings);
        Assert.Equal(("SD1002", Certainty.Likely), (finding.Issue.Id, finding.Certainty));
        Assert.Equal("ps -o pid,ppid,lstart,args -p 50,77", Assert.Single(TestCases.Commands(diagnosis)).Text);
        Assert.Equal("tcp 0.0.0.0:80: the server was most likely started twice, as nginx (PID 50) and nginx (PID 77).", diagnosis.Services[0].Sentence);
    }

    [Theory]
    [InlineData("surviving-ssh-session")]
    [InlineData("second-nginx-of-its-own")]
    public void ProcessWithWorkOfItsOwn_Case_IsNoSecondCopy(string name)
    {
        Diagnosis diagnosis = Diagnoser.Diagnose(TestCases.Read(name));

        Assert.Empty(diagnosis.Findings);
        Assert.Equal(ServiceStanding.HeldByServer, diagnosis.Services[0].Standing);
    }

    [Fact]
    public void Verdict_SecondProcessWithWorkOfItsOwn_IsNoSecondCopy()
    {
        SocketRow held = Listen("0.0.0.0:80", P(50, 1));
        Assert.Equal(ServiceStanding.HeldByServer, Ask(Web([P(50, 1), P(77, 1)], held, Listen("0.0.0.0:8080", P(77, 1)))).Standing);
        foreach (ProcessRow other in (ProcessRow[])[P(77, 1) with { Unit = "other.service" }, P(77, 1) with { Unit = "session-3.scope" }, P(77, 1) with { Unit = "my.service", UnitUserId = 1000 }])
            Assert.Equal(ServiceStanding.HeldByServer, Ask(Web([P(50, 1), other], held)).Standing);
        // A session that outlives its parent's start time is still its child.
        ProcessRow early = P(77, 50) with { StartedAt = DateTimeOffset.UnixEpoch }, late = P(50, 1) with { StartedAt = DateTimeOffset.UnixEpoch.AddHours(1) };
        Assert.Equal(ServiceStanding.HeldByServer, Ask(Web([late, early], Listen("0.0.0.0:80", late))).Standing);
    }

    [Fact]
    public void UnitsOfOneName_OfSystemAndUser_AreTwoCopies()
    {
        ProcessRow system = P(50, 1) with { Unit = "web.service" }, users = P(77, 1) with { Unit = "web.service", UnitUserId = 1000, User = "alice" };

        Diagnosis diagnosis = Judge(Web([system, users], Listen("0.0.0.0:80", system), Listen("0.0.0.0:80", users)));

        Assert.Equal(["SD1002"], TestCases.Ids(diagnosis));
        Assert.Equal(["systemctl --user stop web.service", "systemctl --user start web.service"], TestCases.Commands(diagnosis).Select(command => command.Text));
    }

    [Fact]
    public void CopiesInContainers_Stopped_AreStoppedByTheirEngine()
    {
        ProcessRow first = P(50, 1) with { Unit = "foo.service", ContainerId = "one", ContainerEngine = ContainerEngine.Lxc };
        ProcessRow second = P(77, 1) with { Unit = "foo.service", ContainerId = "two", ContainerEngine = ContainerEngine.Lxc };

        Diagnosis diagnosis = Judge(Web([first, second], Listen("0.0.0.0:80", first), Listen("0.0.0.0:80", second)));

        Assert.Equal(["lxc-stop -n two", "lxc-start -n two"], TestCases.Commands(diagnosis).Select(command => command.Text));
    }

    [Fact]
    public void Verdict_TwoCopiesShareByReuse_StartedTwice() =>
        Assert.Equal(ServiceStanding.StartedTwice, Ask(Web([P(50, 1), P(77, 1)], Listen("0.0.0.0:80", P(50, 1)), Listen("0.0.0.0:80", P(77, 1)))).Standing);

    [Fact]
    public void Verdict_SecondCopyOnAnotherAddress_IsMeantToBeThere() =>
        Assert.Equal(
            ServiceStanding.HeldByServer,
            Ask(Web([P(50, 1), P(77, 1)], Listen("10.9.0.1:80", P(50, 1)), Listen("10.9.0.2:80", P(77, 1))), "tcp/10.9.0.1:80").Standing);

    [Fact]
    public void Verdict_CopyInAContainer_IsNoSecondCopy() =>
        Assert.Equal(ServiceStanding.HeldByServer, Ask(Web([P(50, 1), P(77, 1) with { ContainerId = "abc" }], Listen("0.0.0.0:80", P(50, 1)))).Standing);

    [Fact]
    public void Verdict_ParentLoopInTheTable_Ends() =>
        Assert.Equal(ServiceStanding.HeldByServer, Ask(Web([P(50, 51), P(51, 50)], Listen("0.0.0.0:80", P(50, 51)))).Standing);

    [Fact]
    public void Verdict_HeldByAnother_NamesIt()
    {
        ServiceVerdict verdict = Ask(Web([], Listen("127.0.0.1:80", new ProcessRow { ProcessId = 9, Name = "caddy", Unit = "caddy.service", User = "caddy" })));

        Assert.Equal(ServiceStanding.HeldByAnother, verdict.Standing);
        Assert.Equal("tcp 0.0.0.0:80 is held by caddy (PID 9, caddy.service, caddy) on 127.0.0.1:80.", verdict.Sentence);
    }

    [Fact]
    public void Verdict_PredictionUndeterminedAndTried_FollowsTheTrial()
    {
        var host = new HostSnapshot
        {
            CapturedAt = DateTimeOffset.UnixEpoch,
            Platform = new HostPlatform { Family = PlatformFamily.Linux, Version = new Version(6, 18) },
        };

        Diagnosis free = Diagnose(host, Probe(BindOutcome.Success));
        Diagnosis taken = Diagnose(host, Probe(BindOutcome.AddressInUse));
        Diagnosis untried = Diagnose(host, null);

        Assert.Equal(BindOutcome.Undetermined, free.Services[0].Bind.Outcome);
        Assert.Equal((ServiceStanding.Free, "udp 0.0.0.0:69 is free (tried: the bind succeeds)."), (free.Services[0].Standing, free.Services[0].Sentence));
        Assert.Equal(ServiceStanding.CannotBind, taken.Services[0].Standing);
        Assert.Contains("tried", taken.Services[0].Sentence, StringComparison.Ordinal);
        Assert.Equal(ServiceStanding.Undetermined, untried.Services[0].Standing);
        Assert.DoesNotContain("SD0001", TestCases.Ids(free).Concat(TestCases.Ids(taken)));
        Assert.Contains(untried.Skipped, skipped => skipped is { Id: "SD1001", Because: "table sockets was not captured" });
    }

    [Theory]
    [InlineData("a connection that ended", "tcp/127.0.0.1:80", TcpState.TimeWait, "SD1011")]
    [InlineData("one of another address", "tcp/10.9.0.1:80", TcpState.TimeWait, "SD0001")]
    [InlineData("a listener that may share", "udp/127.0.0.1:80", null, "SD0001")]
    public void Verdict_LikelyFreeAndTrialFails_SaysWhatKeepsIt(string situation, string socket, TcpState? state, string expected)
    {
        SocketRow row = Hosts.Socket(socket, state) with { Remote = state is null ? null : NetEndpoint.Parse("127.0.0.1:50000"), OwnerMissingBecause = OwnerGap.NoProcess };
        var asked = BindRequest.Parse($"{(state is null ? "udp" : "tcp")}/127.0.0.1:80 --reuse-address");
        var question = new Question { Bind = asked, BindProbe = new BindProbeResult { Outcome = BindOutcome.AddressInUse, NativeError = "EADDRINUSE", NativeCode = 98 } };

        Diagnosis diagnosis = Diagnoser.Diagnose(new DiagnosticCase { Host = Hosts.Linux([row with { ReuseAddress = state is null ? true : null }]), Questions = [question] });

        Assert.True(diagnosis.Services[0].Bind.Outcome == BindOutcome.Success, situation);
        Assert.Equal([expected], TestCases.Ids(diagnosis));
        Assert.Equal(ServiceStanding.CannotBind, diagnosis.Services[0].Standing);
        Assert.Equal(expected == "SD1011", diagnosis.Services[0].Sentence.Contains("TIME_WAIT", StringComparison.Ordinal));
    }

    [Fact]
    public void Rules_DependsOn_SuppressesPerQuestion()
    {
        var cause = new FixedRule("XX0001", [], [0, 1]);
        var wholly = new FixedRule("XX0002", ["XX0001"], [1]);
        var partly = new FixedRule("XX0003", ["XX0001"], [1, 2]);
        var machine = new FixedRule("XX0004", ["XX0001"], []);

        Diagnosis diagnosis = Diagnoser.Diagnose(new DiagnosticCase { Host = Hosts.Linux([]) }, [machine, partly, wholly, cause]);

        Assert.Equal(["XX0001", "XX0003", "XX0004"], TestCases.Ids(diagnosis));
        Assert.Equal([2], diagnosis.Findings[1].Questions);
    }

    [Fact]
    public void Rules_SameIssueAndSubject_AreOneFinding()
    {
        Diagnosis diagnosis = Diagnoser.Diagnose(new DiagnosticCase { Host = Hosts.Linux([]) }, [new FixedRule("XX0001", [], [1]), new FixedRule("XX0001", [], [0])]);

        Assert.Equal([0, 1], Assert.Single(diagnosis.Findings).Questions);
    }

    [Fact]
    public void Rules_SpecialRuleLeftOut_TheGeneralOneTakesOver()
    {
        DiagnosticCase seed = TestCases.Read("vista-w32time");

        Diagnosis diagnosis = Diagnoser.Diagnose(seed, KnownIssues.All.Where(rule => rule.Info.Id != "SD1003"));

        Assert.Equal(["SD1001"], TestCases.Ids(diagnosis));
        Assert.Equal("net stop W32Time", diagnosis.Findings[0].Remedies[0].Apply[0].Text);
    }

    [Fact]
    public void Rules_OneCauseOverManyServices_IsOneFinding()
    {
        ProcessRow wds = new() { ProcessId = 70, Name = "svchost.exe", Services = ["WDSServer"], User = "NT AUTHORITY\\SYSTEM" };
        HostSnapshot host = Hosts.Windows([Udp("0.0.0.0:67", wds), Udp("0.0.0.0:69", wds), Udp("0.0.0.0:4011", wds)]);

        Diagnosis diagnosis = Diagnoser.Diagnose(new DiagnosticCase { Host = host, Profile = ServiceProfile.Serva, Questions = ServiceProfile.Serva.ToQuestions() });

        Assert.Equal([2, 3, 4], Assert.Single(diagnosis.Findings).Questions);
        Assert.Equal(9, diagnosis.Services.Length);
        Assert.Equal(3, diagnosis.Services.Count(service => service.Standing == ServiceStanding.HeldByAnother));
    }

    [Fact]
    public void ExplainBind_NestedException_FindsTheSocketsError()
    {
        var error = new InvalidOperationException("outer", new AggregateException(new System.IO.IOException("Failed to bind", new System.Net.Sockets.SocketException(10048))));

        BindExplanation explanation = HostDiagnostics.For(new SavedHost(Hosts.Windows([]))).ExplainBind(BindRequest.Parse("udp/0.0.0.0:69"), error);

        int native = new System.Net.Sockets.SocketException(10048).ErrorCode;
        Assert.Equal(native, explanation.Error!.Code);
        Assert.Null(explanation.Probe);
        Assert.Contains($"you saw    {native}", explanation.ToText(), StringComparison.Ordinal);
    }

    [Fact]
    public void CaptureCase_WithPolicy_AsksTheHostToTry()
    {
        DiagnosticCase tried = HostDiagnostics.For(new SavedHost(Hosts.Windows([]))).CaptureCase(
            [new Question { Bind = BindRequest.Parse("udp/0.0.0.0:69") }], cancellationToken: TestContext.Current.CancellationToken);

        Assert.Equal("a saved case", tried.Questions[0].BindProbe!.NotTriedBecause);
    }

    private static Diagnosis Diagnose(HostSnapshot host, BindProbeResult? probe) => Diagnoser.Diagnose(new DiagnosticCase
    {
        Host = host,
        Questions = [new Question { Bind = BindRequest.Parse("udp/0.0.0.0:69"), BindProbe = probe }],
    });

    private static BindProbeResult Probe(BindOutcome outcome) => new()
    {
        Outcome = outcome,
        NativeError = outcome == BindOutcome.Success ? null : "EADDRINUSE",
        NativeCode = outcome == BindOutcome.Success ? null : 98,
    };

    private static ServiceVerdict Ask(HostSnapshot host, string bind = "tcp/0.0.0.0:80") => Judge(host, bind).Services[0];

    private static Diagnosis Judge(HostSnapshot host, string bind = "tcp/0.0.0.0:80") => Diagnoser.Diagnose(new DiagnosticCase
    {
        Host = host,
        Profile = s_nginx,
        Questions = [new Question { Service = "HTTP", Bind = BindRequest.Parse(bind) }],
    });

    private static HostSnapshot Web(ProcessRow[] processes, params SocketRow[] sockets) =>
        Hosts.Linux(sockets) with { Processes = Table.Complete(processes, "test") };

    private static ProcessRow P(int id, int parent) => new() { ProcessId = id, ParentProcessId = parent, Name = "nginx" };

    private static SocketRow Listen(string local, params ReadOnlySpan<ProcessRow> owners) => new()
    {
        Protocol = TransportProtocol.Tcp,
        Local = NetEndpoint.Parse(local),
        State = TcpState.Listen,
        Owners = [.. owners],
    };

    private static SocketRow Udp(string local, ProcessRow owner) => new()
    {
        Protocol = TransportProtocol.Udp,
        Local = NetEndpoint.Parse(local),
        Owners = [owner],
    };

    private sealed class FixedRule(string id, ImmutableArray<string> dependsOn, ImmutableArray<int> questions) : KnownIssue
    {
        public override KnownIssueInfo Info { get; } = new()
        {
            Id = id, Title = id, Severity = Severity.Warning, Needs = SnapshotTables.None, DependsOn = dependsOn, Grade = SourceGrade.Unverified,
        };

        public override IEnumerable<Finding> Examine(Examination examination) =>
            [new Finding { Issue = Info, Subject = "x", Summary = "x", Certainty = Certainty.Certain, Questions = questions }];
    }

    private sealed class SavedHost(HostSnapshot host) : IHostCapture
    {
        public HostSnapshot Capture(CaptureScope scope, System.Threading.CancellationToken cancellationToken = default) => host;

        public BindProbeResult Probe(BindRequest request, ProbePolicy policy) =>
            new() { Outcome = BindOutcome.Undetermined, NotTriedBecause = "a saved case" };
    }
}
