using System;
using System.Linq;
using System.Net.NetworkInformation;
using Serva.Diagnostics.Addressing;
using Serva.Diagnostics.Rules;
using Serva.Diagnostics.Snapshots;
using Serva.Diagnostics.Tests.Binding;
using Serva.Diagnostics.Tests.Cases;
using Xunit;

namespace Serva.Diagnostics.Tests.Rules;

/// <summary>Sentences that are grammatical, say a thing once, and have one word for it.</summary>
public sealed class WordingTests
{
    private static readonly ProcessRow s_server = new() { ProcessId = 700, Name = "names", User = "root" };

    [Fact]
    public void SeveralSockets_OfOneHolder_AreHeld()
    {
        HostSnapshot host = Hosts.Linux([Row("udp", "127.0.0.1:53"), Row("tcp", "127.0.0.1:53")]);

        Assert.Contains(
            "udp 127.0.0.1:53, tcp 127.0.0.1:53 are held by names (PID 700, root), so they cannot be bound.",
            Assert.Single(Ask(host, null, "udp/0.0.0.0:53", "tcp/0.0.0.0:53").Findings).Summary, StringComparison.Ordinal);
    }

    [Fact]
    public void HiddenOwners_AreCountedByTheirSockets()
    {
        SocketRow hidden = Row("udp", "0.0.0.0:53") with { Owners = [], OwnerMissingBecause = OwnerGap.NeedsElevation };

        Assert.EndsWith("\n1 socket has owners that are not visible without elevation.\n", SocketReport.ToText(Table.Complete([hidden], "test")), StringComparison.Ordinal);
        Assert.EndsWith("\n2 sockets have owners that are not visible without elevation.\n", SocketReport.ToText(Table.Complete([hidden, hidden], "test")), StringComparison.Ordinal);
    }

    [Fact]
    public void LoopbackOnly_OneServerOfTwoProtocols_IsOneFinding()
    {
        HostSnapshot host = Hosts.Linux([Row("udp", "127.0.0.1:53"), Row("tcp", "127.0.0.1:53")]);

        Finding finding = Assert.Single(Ask(host, "names", "udp/0.0.0.0:53", "tcp/0.0.0.0:53").Findings);

        Assert.Equal("SD1010", finding.Issue.Id);
        Assert.Equal([0, 1], finding.Questions);
        Assert.Contains("listens on udp 127.0.0.1:53, tcp 127.0.0.1:53 only", finding.Summary, StringComparison.Ordinal);
    }

    [Fact]
    public void BoundSocket_HasOneNameEverywhere()
    {
        HostSnapshot host = Hosts.Linux([Row("tcp", "127.0.0.1:80") with { State = TcpState.Closed }]);

        Diagnosis diagnosis = Ask(host, null, "tcp/127.0.0.1:80 --reuse-address");
        string all = new BindExplanation(diagnosis).ToText(verbose: true) + diagnosis.ToText(verbose: true) + SocketReport.ToText(host.Sockets);

        Assert.Contains("BOUND", all, StringComparison.Ordinal);
        Assert.DoesNotContain("Closed", all, StringComparison.Ordinal);
        Assert.DoesNotContain("bound but not listening", all, StringComparison.Ordinal);
    }

    [Fact]
    public void TheSameConflict_OfTwoSocketsOfOneProcess_IsOneLine()
    {
        SocketRow one = Row("udp", "0.0.0.0:53");
        string text = new BindExplanation(Ask(Hosts.Linux([one, one with { Inode = 2 }]), null, "udp/0.0.0.0:53")).ToText();

        Assert.Single(text.Split('\n'), line => line.StartsWith("             udp 0.0.0.0:53 holds this very endpoint", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(PlatformFamily.Linux, "udp/0.0.0.0:53 --reuse-address", "serva-diag capture -o case.json 'udp/0.0.0.0:53 --reuse-address'")]
    [InlineData(PlatformFamily.Windows, "udp/0.0.0.0:53 --reuse-address", "serva-diag capture -o case.json \"udp/0.0.0.0:53 --reuse-address\"")]
    [InlineData(PlatformFamily.Linux, "udp/0.0.0.0:53", "serva-diag capture -o case.json udp/0.0.0.0:53")]
    public void Reproducer_OfADisagreement_HasTheWholeRequest(PlatformFamily family, string bind, string command)
    {
        var examination = new DiagnosticCase
        {
            Host = family == PlatformFamily.Windows ? Hosts.Windows([]) : Hosts.Linux([]),
            Questions = [new Question { Bind = BindRequest.Parse(bind), BindProbe = new BindProbeResult { Outcome = BindOutcome.AddressInUse } }],
        };

        RemedyCommand[] commands = [.. TestCases.Commands(Diagnoser.Diagnose(examination))];

        Assert.Equal([command], commands.Select(found => found.Text));
    }

    [Theory]
    [InlineData("udp/[::ffff:10.0.0.5]:50100 --dual-mode", false, true)]
    [InlineData("udp/[::ffff:10.0.0.5]:50100 --dual-mode", true, false)]
    [InlineData("udp/[::]:50100 --dual-mode", false, true)]
    [InlineData("udp/[::]:50100", false, false)]
    public void ExcludedRange_OfAFamily_IsJudgedAsTheEngineDoes(string bind, bool isIPv6, bool expected)
    {
        HostSnapshot host = Hosts.Windows([]) with
        {
            PortRanges = Table.Complete([new PortRangeRow { Kind = PortRangeKind.Excluded, First = 50000, Last = 50200, IsIPv6 = isIPv6 }], "test"),
        };
        Diagnosis diagnosis = Diagnoser.Diagnose(new DiagnosticCase
        {
            Host = host,
            Questions = [new Question { Bind = BindRequest.Parse(bind), BindProbe = new BindProbeResult { Outcome = BindOutcome.AccessDenied, NativeError = "WSAEACCES", NativeCode = 10013 } }],
        });

        Assert.Equal(expected, TestCases.Ids(diagnosis).Contains("SD1006"));
    }

    private static Diagnosis Ask(HostSnapshot host, string? server, params string[] binds) => Diagnoser.Diagnose(new DiagnosticCase
    {
        Host = host,
        Profile = server is null ? null : new ServiceProfile { Name = "server", Services = [], Server = new ServerIdentity { Names = [server] } },
        Questions = [.. binds.Select(bind => new Question { Bind = BindRequest.Parse(bind) })],
    });

    private static SocketRow Row(string protocol, string local) => new()
    {
        Protocol = protocol == "tcp" ? TransportProtocol.Tcp : TransportProtocol.Udp,
        Local = NetEndpoint.Parse(local),
        State = protocol == "tcp" ? TcpState.Listen : null,
        Owners = [s_server],
    };
}
