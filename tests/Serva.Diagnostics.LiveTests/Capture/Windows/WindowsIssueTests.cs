using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using System.Net;
using System.Net.NetworkInformation;
using System.Runtime.Versioning;
using System.Threading;
using Microsoft.Win32;
using Serva.Diagnostics.Addressing;
using Serva.Diagnostics.LiveTests.Cli;
using Serva.Diagnostics.Rules;
using Serva.Diagnostics.Snapshots;
using Xunit;

namespace Serva.Diagnostics.LiveTests.Capture.Windows;

/// <summary>
/// Each issue is made with services, programs and registry values, captured by the Windows calls, and found alone. What a remedy
/// says of its effect is held against the rules; where it stops a service, it is typed in, and taken back.
/// </summary>
/// <remarks>Wine's service manager, registry and socket table answer, not Windows'.</remarks>
[Collection(OneWindows.Name)]
[Trait("Proves", "SD1003")]
[Trait("Proves", "SD1020")]
[Trait("Proves", "SD1021")]
[Trait("Proves", "SD1024")]
[Trait("Proves", "SD1025")]
[Trait("Proves", "SD1026")]
[Trait("Proves", "SD1061")]
[Trait("Proves", "SD3101")]
[Trait("Proves", "SD3102")]
[Trait("Proves", "SD3103")]
[Trait("Proves", "SD3104")]
[Trait("Proves", "SD3105")]
[Trait("System", "Wine")]
[Trait("Privilege", "Any")]
[SupportedOSPlatform("windows")]
public sealed class WindowsIssueTests(ITestOutputHelper output) : IDisposable
{
    private const string LocalFirewall = @"SYSTEM\CurrentControlSet\Services\SharedAccess\Parameters\FirewallPolicy";
    private const string GroupPolicyFirewall = @"SOFTWARE\Policies\Microsoft\WindowsFirewall";

    private static readonly string[] s_profiles = ["DomainProfile", "StandardProfile", "PublicProfile"];

    private readonly List<IDisposable> _planted = [];

    public void Dispose()
    {
        foreach (IDisposable planted in Enumerable.Reverse(_planted))
            planted.Dispose();
    }

    [Theory]
    [InlineData("SD1003", "udp/0.0.0.0:123", "W32Time")]
    [InlineData("SD1020", "udp/0.0.0.0:53", "SharedAccess")]
    [InlineData("SD1021", "udp/0.0.0.0:4011", "WDSServer")]
    [InlineData("SD1022", "udp/0.0.0.0:67", "DHCPServer")]
    [InlineData("SD1023", "tcp/0.0.0.0:53", "DNS")]
    [InlineData("SD1024", "tcp/0.0.0.0:8080", "iphlpsvc")]
    [InlineData("SD1026", "tcp/0.0.0.0:19", "simptcp")]
    [InlineData("SD1034", "tcp/0.0.0.0:21", "FTPSVC")]
    public void Diagnose_ServiceHoldsThePort_FoundAloneStoppedAndStartedAgain(string id, string bind, string service)
    {
        Wine.Require();
        Requires(bind);
        string[] before = Ids(Diagnose(bind));
        _planted.Add(PlantedService.Holding(service, Socket(bind)));
        Diagnosis found = Await(ids => ids.Except(before).SequenceEqual([id]), bind);
        string state = State(found.Case.Host);
        int typed = 0;
        foreach (Remedy remedy in Check(found, id))
        {
            if (remedy.Apply.IsEmpty || !remedy.Apply.All(command => command.Text.StartsWith("net ", StringComparison.Ordinal)))
                continue;
            Type(remedy.Apply);
            Await(ids => ids.SequenceEqual(before), bind);
            Type(remedy.Revert);
            Assert.Equal(state, State(Await(ids => ids.Except(before).SequenceEqual([id]), bind).Case.Host));
            typed++;
        }

        output.WriteLine($"{id}: {typed} remedies typed in and taken back");
        Assert.True(typed > 0 || id == "SD1024", "no remedy stops the service");
    }

    [Theory]
    [InlineData("SD1001", "tcp/0.0.0.0:8080", "other.exe")]
    [InlineData("SD1012", "tcp/0.0.0.0:80", "httpd.exe")]
    [InlineData("SD1025", "tcp/0.0.0.0:8080", "wslrelay.exe")]
    [InlineData("SD1027", "tcp/0.0.0.0:8080", "com.docker.backend.exe")]
    [InlineData("SD1030", "udp/0.0.0.0:123", "ntpd.exe")]
    [InlineData("SD1031", "udp/0.0.0.0:514", "syslogd.exe")]
    [InlineData("SD1032", "udp/0.0.0.0:5353", "mDNSResponder.exe")]
    [InlineData("SD1033", "udp/0.0.0.0:69", "tftpd64.exe")]
    [InlineData("SD1034", "tcp/0.0.0.0:21", "FileZilla Server.exe")]
    public void Diagnose_ProgramHoldsThePort_FoundAlone(string id, string bind, string program)
    {
        Wine.Require();
        Requires(bind);
        string[] before = Ids(Diagnose(bind));
        using (SocketHolder.OnWindows(program, Socket(bind)))
            Check(Await(ids => ids.Except(before).SequenceEqual([id]), bind), id);
        Await(ids => ids.SequenceEqual(before), bind);
    }

    [Fact]
    public void Diagnose_PortProxyInTheRegistry_IsTheOneToDelete()
    {
        Wine.Require();
        const string bind = "tcp/0.0.0.0:8081";
        Requires(bind);
        Set(@"SYSTEM\CurrentControlSet\Services\PortProxy\v4tov4\tcp", @"SYSTEM\CurrentControlSet\Services\PortProxy", ("*/8081", "192.0.2.5/80"));
        string[] before = Ids(Diagnose(bind));
        _planted.Add(PlantedService.Holding("iphlpsvc", Socket(bind)));

        Diagnosis found = Await(ids => ids.Except(before).SequenceEqual(["SD1024"]), bind);

        Assert.Contains(Check(found, "SD1024"), remedy => remedy.Revert is [{ Text: "netsh interface portproxy add v4tov4 listenport=8081 listenaddress=* connectport=80 connectaddress=192.0.2.5" }]);
    }

    [Fact]
    public void ExplainError_UrlRegisteredTwice_IsFoundAndGoneWithTheOther()
    {
        Wine.Require();
        const string prefix = "http://localhost:8089/boot/";
        using var other = new HttpListener { Prefixes = { prefix } };
        using var server = new HttpListener { Prefixes = { prefix } };
        other.Start();

        HttpListenerException error = Assert.Throws<HttpListenerException>(server.Start);
        ErrorExplanation explanation = HostDiagnostics.ForThisMachine().ExplainError($"HttpListenerException ({error.ErrorCode}): {error.Message} {prefix}");

        Assert.Equal(183, error.ErrorCode);
        Finding finding = Assert.Single(explanation.Findings, entry => entry.Issue.Id == "SD1061");
        Assert.Contains(prefix, finding.Summary, StringComparison.Ordinal);

        // What helps is that the other one ends.
        other.Stop();
        using var again = new HttpListener { Prefixes = { prefix } };
        again.Start();
        Assert.True(again.IsListening);
    }

    /// <summary>Stores and services as setup leaves them: the firewall is on in every profile, and lets in what rules name.</summary>
    [Theory]
    [InlineData("", "", FirewallOutcome.Drop, "SD3101")]
    [InlineData("Allow|Protocol=17|LPort=69", "", FirewallOutcome.Accept, "")]
    [InlineData("Allow|Protocol=6|LPort=69", "", FirewallOutcome.Drop, "SD3101")]
    [InlineData("Allow|Protocol=17|LPort=69\nBlock|Protocol=17|LPort=69", "", FirewallOutcome.Drop, "SD3102")]
    [InlineData("Allow|Protocol=17|LPort=69|Profile=Private", "", FirewallOutcome.Drop, "SD3103")]
    [InlineData("Allow|Protocol=17|LPort=69|Profile=Public", "", FirewallOutcome.Accept, "")]
    [InlineData("Allow|Protocol=17|LPort=69", "AllowLocalPolicyMerge", FirewallOutcome.Drop, "SD3104")]
    public void Diagnose_PlantedFirewall_AnswersAsItsRulesSay(string rules, string merge, FirewallOutcome outcome, string id)
    {
        Wine.Require();
        const string bind = "udp/0.0.0.0:69";
        Requires(bind);
        PlantFirewall(rules);
        if (merge.Length > 0)
        {
            // The local store calls the private profile by its first name.
            foreach (string profile in s_profiles)
                Set($@"{GroupPolicyFirewall}\{profile.Replace("Standard", "Private", StringComparison.Ordinal)}", GroupPolicyFirewall, (merge, 0));
        }

        _planted.Add(PlantedService.Holding("BFE"));
        _planted.Add(PlantedService.Holding("MpsSvc"));

        Diagnosis found = Diagnose(bind);

        FirewallVerdict verdict = new FirewallEvaluator(found.Case.Host).Evaluate(TftpRequest(found.Case.Host));
        Assert.True(outcome == verdict.Outcome, string.Join("; ", [verdict.Outcome.ToString(), .. verdict.Unseen, .. verdict.Conditions, .. verdict.Trace.Select(step => step.Text)]));
        Assert.NotEqual(Certainty.Certain, verdict.Certainty);
        Assert.Equal(id, string.Join(' ', Ids(found).Where(its => its.StartsWith("SD3", StringComparison.Ordinal))));
        if (id.Length > 0)
            Check(found, id);
    }

    [Fact]
    public void Diagnose_FirewallServiceStopped_StartedAsTheRemedySaysAndStoppedAgain()
    {
        Wine.Require();
        const string bind = "udp/0.0.0.0:69";
        Requires(bind);
        PlantFirewall("Allow|Protocol=17|LPort=69");
        _planted.Add(PlantedService.Holding("BFE"));
        _planted.Add(PlantedService.Holding("MpsSvc"));
        Assert.DoesNotContain(Ids(Diagnose(bind)), id => id.StartsWith("SD3", StringComparison.Ordinal));
        Wine.Run("net.exe", "stop", "MpsSvc");

        Diagnosis found = Await(ids => ids.Contains("SD3105"), bind);
        string state = State(found.Case.Host);
        Remedy remedy = Assert.Single(Check(found, "SD3105"));
        Type(remedy.Apply);
        Await(ids => !ids.Contains("SD3105"), bind);
        Type(remedy.Revert);

        Assert.Equal(state, State(Await(ids => ids.Contains("SD3105"), bind).Case.Host));
    }

    [Fact]
    public void Diagnose_AddressOfNoInterface_IsFound()
    {
        Wine.Require();
        Check(Await(ids => ids.Contains("SD1009"), "udp/192.0.2.77:69"), "SD1009");
    }

    private static ImmutableArray<Remedy> Check(Diagnosis found, string id)
    {
        Finding finding = found.Findings.First(finding => finding.Issue.Id == id);
        Assert.NotEmpty(finding.Remedies);
        foreach (Remedy remedy in finding.Remedies.Where(remedy => remedy.Change is not null))
        {
            Diagnosis after = Diagnoser.Diagnose(new DiagnosticCase { Host = found.Case.Host.With(remedy.Change!), Questions = found.Case.Questions });
            Assert.DoesNotContain(id, Ids(after));
        }

        return finding.Remedies;
    }

    private void PlantFirewall(string rules)
    {
        foreach (string profile in s_profiles)
            Set($@"{LocalFirewall}\{profile}", LocalFirewall, ("EnableFirewall", 1));
        Set(LocalFirewall + @"\FirewallRules", LocalFirewall, [.. rules.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select((rule, number) => ($"r{number}", (object)$"v2.31|Active=TRUE|Dir=In|Action={rule}|Name=r{number}|"))]);
    }

    private static Flow TftpRequest(HostSnapshot host)
    {
        InterfaceRow link = host.Interfaces.First(row => row.Type != NetworkInterfaceType.Loopback && host.Addresses.Any(address => address.Interface == row.Index && address.Address.IsIPv4));
        NetAddress address = host.Addresses.First(row => row.Interface == link.Index && row.Address.IsIPv4).Address;
        return new Flow { Destination = address, Source = NetAddress.Parse("192.0.2.7"), InputInterface = link.Name, IPProtocol = 17, DestinationPort = 69 };
    }

    private void Set(string path, string tree, params (string Name, object Value)[] values)
    {
        using RegistryKey key = Registry.LocalMachine.CreateSubKey(path);
        foreach ((string name, object value) in values)
            key.SetValue(name, value);
        _planted.Add(new Undo(() => Registry.LocalMachine.DeleteSubKeyTree(tree, throwOnMissingSubKey: false)));
    }

    // The sockets of the machine around Wine are on the same ports.
    private static void Requires(string bind)
    {
        BindRequest request = BindRequest.Parse(bind);
        Table<SocketRow> table = SocketTable.Read(new SocketQuery { Owners = OwnerSearch.None }, TestContext.Current.CancellationToken);
        Assert.SkipWhen(table.Any(row => row.Protocol == request.Protocol && row.Local.Port == request.Endpoint.Port), $"needs the free port of {bind}");
    }

    private static string Socket(string bind)
    {
        BindRequest request = BindRequest.Parse(bind);
        return $"{(request.Protocol == TransportProtocol.Udp ? "udp" : "tcp")} {request.Endpoint.Address} {request.Endpoint.Port}";
    }

    private static void Type(IEnumerable<RemedyCommand> commands)
    {
        foreach (RemedyCommand command in commands)
            Assert.Equal(0, Wine.Run("net.exe", command.Text.Split(' ')[1..]));
    }

    private static string State(HostSnapshot host) => string.Join('\n', host.Services.Select(row => $"{row.Name} {row.State} {row.Start} {row.Account}").Order(StringComparer.Ordinal)
        .Concat(host.Sockets.Where(row => row.IsListening || row.Protocol == TransportProtocol.Udp).Select(row => $"{row.Protocol} {row.Local}").Order(StringComparer.Ordinal)));

    private static Diagnosis Await(Func<string[], bool> isThere, string bind)
    {
        Diagnosis diagnosis = Diagnose(bind);
        for (int tries = 0; tries < 50 && !isThere(Ids(diagnosis)); tries++)
        {
            Thread.Sleep(100);
            diagnosis = Diagnose(bind);
        }

        Assert.True(isThere(Ids(diagnosis)), $"{bind}: {diagnosis.ToText()}");
        return diagnosis;
    }

    private static string[] Ids(Diagnosis diagnosis) => [.. diagnosis.Findings.Select(finding => finding.Issue.Id)];

    private static Diagnosis Diagnose(string bind)
    {
        HostSnapshot host = HostDiagnostics.ForThisMachine().Capture(CaptureScope.All, TestContext.Current.CancellationToken);
        return Diagnoser.Diagnose(new DiagnosticCase { Host = host, Questions = [new Question { Service = "test", Bind = BindRequest.Parse(bind) }] });
    }

    private sealed class Undo(Action action) : IDisposable
    {
        public void Dispose() => action();
    }
}
