using Serva.Diagnostics.Addressing;
using Serva.Diagnostics.Snapshots;
using Serva.Diagnostics.Tests.Cases;
using Xunit;

namespace Serva.Diagnostics.Tests.Rules;

/// <summary>SD1043: a server that runs in another network namespace, and what else may serve the port here.</summary>
public sealed class OtherNamespaceTests
{
    [Fact]
    public void Server_WithACopyHere_MayBeTheOne()
    {
        DiagnosticCase before = TestCases.Read("SD1043.hit");
        ProcessRow there = before.Host.Processes[0];

        Assert.Empty(Ask(before, before.Host with { Processes = before.Host.Processes.WithRows([there, there with { ProcessId = 900, ContainerId = null, NetworkNamespace = null }]) }).Findings);
        Assert.Equal(["SD1043"], TestCases.Ids(Ask(before, before.Host with { Processes = before.Host.Processes.WithRows([there, there with { ProcessId = 900, NetworkNamespace = 4026532300 }]) })));
    }

    [Theory]
    [InlineData("docker-proxy", "SD1027")]
    [InlineData("other", "SD1001")]
    public void Port_HeldHere_IsTheHoldersMatter(string name, string id)
    {
        DiagnosticCase before = TestCases.Read("SD1043.hit");
        var socket = new SocketRow { Protocol = TransportProtocol.Udp, Local = NetEndpoint.Parse("0.0.0.0:69"), Owners = [new ProcessRow { ProcessId = 950, Name = name }] };

        Assert.Equal([id], TestCases.Ids(Ask(before, before.Host with { Sockets = before.Host.Sockets.WithRows([socket]) })));
    }

    [Fact]
    public void Sockets_ReadInPart_AreNoProofThatNobodyListens()
    {
        DiagnosticCase before = TestCases.Read("SD1043.hit");
        Table<SocketRow> partial = Table.Partial<SocketRow>([], "test", [new TableGap { Part = "udp", Reason = "timed out" }]);

        Assert.Empty(Ask(before, before.Host with { Sockets = partial }).Findings);
    }

    private static Diagnosis Ask(DiagnosticCase before, HostSnapshot host) =>
        Diagnoser.Diagnose(new DiagnosticCase { Host = host, Profile = before.Profile, Questions = before.Questions });
}
