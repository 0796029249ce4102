using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Net;
using System.Net.Sockets;
using System.Runtime.Versioning;
using Serva.Diagnostics.LiveTests.Capture.Linux;
using Serva.Diagnostics.Rules;
using Xunit;

namespace Serva.Diagnostics.LiveTests.Binding;

/// <summary>
/// Data ports in a namespace of their own: as many are said to be held as the kernel refuses to bind, the ones that are proposed can
/// all be bound, and what keeps the system from handing them out is typed in and taken back. FTP behind a real rule set.
/// </summary>
[Trait("Proves", "SD1051")]
[Trait("System", "Linux")]
[Trait("Privilege", "Root")]
[SupportedOSPlatform("linux")]
public sealed class PoolIssueTests : IDisposable
{
    private const int First = 40000, Count = 20;

    private readonly List<Socket> _sockets = [];

    public void Dispose() => _sockets.ForEach(socket => socket.Dispose());

    [Fact]
    public void Diagnose_HeldDataPorts_AreThoseThatTheKernelRefuses()
    {
        if (!PrivateNamespace.Enter(typeof(PoolIssueTests)))
            return;
        Tool.Run("ip", "link", "set", "lo", "up");
        Listen("0.0.0.0", First + 3);
        Listen("127.0.0.1", First + 5);
        Listen("::", First + 7, dual: true);
        Listen("::", First + 8, dual: false);
        Keep(new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp)).Bind(new IPEndPoint(IPAddress.Any, First + 1));
        Socket client = Keep(new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp));
        client.Bind(new IPEndPoint(IPAddress.Loopback, First + 9));
        client.Connect(IPAddress.Loopback, First + 3);

        Finding finding = Assert.Single(Diagnose($"tcp/{First}-{First + Count - 1}").Findings);
        int refused = Enumerable.Range(First, Count).Count(port => !CanBind(port));

        Assert.Equal((4, "SD1051"), (refused, finding.Issue.Id));
        Assert.StartsWith($"{refused} of the {Count} data ports of FTP", finding.Summary, StringComparison.Ordinal);
        Assert.Contains("They lie among the automatic ports", finding.Summary, StringComparison.Ordinal);
        int free = finding.Remedies[0].Recheck!.Endpoint.Port;
        Assert.All(Enumerable.Range(free, Count), port => Assert.True(CanBind(port), port.ToString(CultureInfo.InvariantCulture)));

        Remedy keep = finding.Remedies[1];
        Type(keep.Apply[0].Text);
        Assert.DoesNotContain("automatic ports", Assert.Single(Diagnose($"tcp/{First}-{First + Count - 1}").Findings).Summary, StringComparison.Ordinal);
        Assert.Empty(Diagnose($"tcp/{First + 10}-{First + Count - 1}").Findings);
        Type(keep.Revert[0].Text);
        Assert.Equal(finding.Summary, Assert.Single(Diagnose($"tcp/{First}-{First + Count - 1}").Findings).Summary);
    }

    [Fact]
    public void Diagnose_FtpBehindRules_IsMissedItsDataPortsUntilTheyAreOpen()
    {
        if (!PrivateNamespace.Enter(typeof(PoolIssueTests)))
            return;
        Assert.SkipUnless(Tool.Exists("nft"), "Needs nft.");
        Tool.Run("ip", "link", "set", "lo", "up");
        Tool.Run("ip", "link", "add", "e0", "type", "veth", "peer", "name", "e1");
        Tool.Run("ip", "address", "add", "192.168.1.10/24", "dev", "e0");
        Tool.Run("ip", "link", "set", "e0", "up");
        Tool.Run("ip", "link", "set", "e1", "up");
        Type("printf '%s\\n' 'table inet filter { chain input { type filter hook input priority 0; policy drop; ct state established,related accept; tcp dport 21 accept; }; }' | nft -f -");

        Finding finding = Assert.Single(Diagnose("tcp/2000-2099").Findings);
        Assert.Equal("SD3022", finding.Issue.Id);
        Assert.Equal("nft 'add rule inet filter input tcp dport 2000-2099 accept comment \"serva-diag tcp 2000-2099\"'", finding.Remedies.Single().Apply.Single().Text);

        Type("nft add rule inet filter input tcp dport 2000-2050 accept");
        Assert.Contains("to some of tcp 2000-2099", Assert.Single(Diagnose("tcp/2000-2099").Findings).Summary, StringComparison.Ordinal);
        Type("nft add rule inet filter input tcp dport 2000-2099 accept");
        Assert.Empty(Diagnose("tcp/2000-2099").Findings);

        // A helper makes the data connection a related one, and that is let in.
        Type("nft flush ruleset");
        Type("printf '%s\\n' 'table inet filter { ct helper ftp-standard { type \"ftp\" protocol tcp; }; chain pre { type filter hook prerouting priority 0; tcp dport 21 ct helper set \"ftp-standard\"; }; chain input { type filter hook input priority 0; policy drop; ct state established,related accept; tcp dport 21 accept; }; }' | nft -f - || true");
        if (Tool.Run("nft", "list", "ruleset").Contains("ct helper set", StringComparison.Ordinal))
            Assert.Empty(Diagnose("tcp/2000-2099").Findings);
    }

    private static Diagnosis Diagnose(string pool)
    {
        Assert.True(DataPortPool.TryParse(pool, out DataPortPool? ports, out string? error), error);
        var profile = new ServiceProfile
        {
            Name = "lab",
            Server = new ServerIdentity { Names = ["labd"] },
            Services = [new ProfileService { Name = "FTP", Binds = [BindRequest.Parse("tcp/0.0.0.0:21")], DataPorts = ports }],
        };
        return HostDiagnostics.ForThisMachine().Diagnose(profile, ProbePolicy.None, TestContext.Current.CancellationToken);
    }

    private void Listen(string address, int port, bool dual = false)
    {
        var endpoint = new IPEndPoint(IPAddress.Parse(address), port);
        Socket socket = Keep(new Socket(endpoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp));
        if (endpoint.AddressFamily == AddressFamily.InterNetworkV6)
            socket.DualMode = dual;
        socket.Bind(endpoint);
        socket.Listen();
    }

    private Socket Keep(Socket socket)
    {
        _sockets.Add(socket);
        return socket;
    }

    // A socket of .NET would share the port with a connection (SO_REUSEADDR): the trial sets no option that nobody asked for.
    private static bool CanBind(int port)
    {
        Question question = new() { Bind = BindRequest.Parse(string.Create(CultureInfo.InvariantCulture, $"tcp/0.0.0.0:{port}")) };
        return HostDiagnostics.ForThisMachine().CaptureCase([question], policy: ProbePolicy.Full, cancellationToken: TestContext.Current.CancellationToken).Questions[0].BindProbe!.Outcome == BindOutcome.Success;
    }

    private static void Type(string command) => Tool.Run("sh", "-c", command);
}
