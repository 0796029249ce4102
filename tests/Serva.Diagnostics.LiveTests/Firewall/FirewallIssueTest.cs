using System;
using System.Collections.Immutable;
using System.Globalization;
using System.Linq;
using System.Net;
using System.Net.Sockets;
using System.Runtime.Versioning;
using System.Text.RegularExpressions;
using Serva.Diagnostics.LiveTests.Capture.Linux;
using Serva.Diagnostics.LiveTests.Cli;
using Serva.Diagnostics.Rules;
using Serva.Diagnostics.Snapshots;
using Xunit;

namespace Serva.Diagnostics.LiveTests.Firewall;

/// <summary>
/// A firewall is set up in a namespace by its own tool and found, and found alone; the remedy is typed in, and a real packet from
/// another namespace arrives; the way back is typed in, none arrives, and the rule set is what it was.
/// </summary>
[SupportedOSPlatform("linux")]
public abstract partial class FirewallIssueTest(ITestOutputHelper output)
{
    /// <summary>What is asked for.</summary>
    protected const string Service = "udp/0.0.0.0:69";

    internal string CheckRemedy(ClientNetwork network, string id, Action<string> type)
    {
        using var server = new UdpClient(new IPEndPoint(IPAddress.Any, 69));
        string before = Rules();
        Assert.False(network.Reaches(server, tries: 2));
        string told = Doctor();
        Assert.Contains("firewall: new inbound packets are ", told, StringComparison.Ordinal);
        Assert.Contains($"ERROR {id}", told, StringComparison.Ordinal);
        Assert.EndsWith("1 problem found", told[..told.LastIndexOf(" (", StringComparison.Ordinal)], StringComparison.Ordinal);
        Finding finding = Assert.Single(Diagnose(Service).Findings);
        Assert.Equal(id, finding.Issue.Id);
        Remedy remedy = Assert.Single(finding.Remedies);
        Assert.Equal(FirewallOutcome.Accept, remedy.FirewallAfterwards!.Outcome);

        foreach (RemedyCommand command in remedy.Apply)
            type(command.Text);

        Assert.True(network.Reaches(server), string.Join('\n', remedy.Apply.Select(command => command.Text)));
        string[] question = Recheck().Match(told).Groups[1].Value.Split(' ');
        CommandResult again = ServaDiag.Run(question);
        Assert.Equal(0, again.Status);
        Assert.Contains("is let in.", again.Output, StringComparison.Ordinal);
        string now = Doctor();
        Assert.DoesNotContain("firewall: new", now, StringComparison.Ordinal);
        Assert.Contains("No problem found", now, StringComparison.Ordinal);
        Assert.Empty(Diagnose(Service).Findings);

        foreach (RemedyCommand command in remedy.Revert)
            type(command.Text);

        Assert.False(network.Reaches(server, tries: 2));
        Assert.Equal(before, Rules());
        Assert.Equal(1, ServaDiag.Run(question).Status);
        Assert.Equal(id, Assert.Single(Diagnose(Service).Findings).Issue.Id);
        output.WriteLine($"{id}: {string.Join("; ", remedy.Apply.Select(command => command.Text))}");
        return told;
    }

    protected static string Doctor() => ServaDiag.Run("doctor", Service, "--server", Environment.ProcessId.ToString(CultureInfo.InvariantCulture)).Output;

    protected static void Type(string command) => Tool.Run("sh", "-c", command);

    protected static void Type(ImmutableArray<RemedyCommand> commands) => Assert.All(commands, command => Type(command.Text));

    // Counters move with every packet.
    protected static string Rules() => Counter().Replace(Tool.Run("nft", "list", "ruleset"), "counter");

    [GeneratedRegex("counter packets [0-9]+ bytes [0-9]+")]
    private static partial Regex Counter();

    [GeneratedRegex("check again with: serva-diag (firewall .*)")]
    private static partial Regex Recheck();

    // The server of each test is its own process.
    protected static Diagnosis Diagnose(string service, DataPortPool? data = null)
    {
        var profile = new ServiceProfile
        {
            Name = "lab",
            Server = new ServerIdentity { ProcessId = Environment.ProcessId },
            Services = [new ProfileService { Name = "test", Binds = [BindRequest.Parse(service)], DataPorts = data }],
        };
        return HostDiagnostics.ForThisMachine().Diagnose(profile, ProbePolicy.None, TestContext.Current.CancellationToken);
    }
}
