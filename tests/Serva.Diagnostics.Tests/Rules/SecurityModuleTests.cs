using System;
using System.Linq;
using Serva.Diagnostics.Rules;
using Serva.Diagnostics.Snapshots;
using Serva.Diagnostics.Tests.Binding;
using Serva.Diagnostics.Tests.Cases;
using Xunit;

namespace Serva.Diagnostics.Tests.Rules;

/// <summary>SD1041 and SD1042: a bind that is refused although no right is missing, and what the labels of the processes say of it.</summary>
public sealed class SecurityModuleTests
{
    private const string Confined = "system_u:system_r:httpd_t:s0", Unconfined = "unconfined_u:unconfined_r:unconfined_t:s0-s0:c0.c1023";

    [Theory]
    [InlineData("system_u:system_r:httpd_t:s0", "httpd_t")]
    [InlineData("system_u:system_r:container_t:s0:c12,c900", "container_t")]
    [InlineData("user_u:user_r:my.app_t", "my.app_t")]
    [InlineData("unconfined", null)]
    [InlineData("/usr/sbin/ntpd (enforce)", null)]
    [InlineData(":root://a:b:c (enforce)", null)]
    [InlineData("a:b", null)]
    [InlineData("a:b:$(x):s0", null)]
    [InlineData("::", null)]
    [InlineData(null, null)]
    public void DomainOf_Labels_TheTypeOfSELinuxAlone(string? label, string? domain) => Assert.Equal(domain, SecurityLabels.DomainOf(label));

    [Theory]
    [InlineData("/usr/sbin/ntpd (enforce)", "/usr/sbin/ntpd")]
    [InlineData("snap.multipass.multipassd (enforce)", "snap.multipass.multipassd")]
    [InlineData("docker-default (enforce)", "docker-default")]
    [InlineData("/usr/sbin/ntpd (complain)", null)]
    [InlineData("chrome (unconfined)", null)]
    [InlineData("unconfined", null)]
    [InlineData(" (enforce)", null)]
    [InlineData(Confined, null)]
    public void EnforcedProfileOf_Labels_ThoseThatRefuse(string label, string? profile) => Assert.Equal(profile, SecurityLabels.EnforcedProfileOf(label));

    [Theory]
    [InlineData("snap.adguard-home.adguard-home", "adguard-home")]
    [InlineData("snap.lxd_feature.daemon", "lxd_feature")]
    [InlineData("snap.$(x).a", null)]
    [InlineData("snap.-rf.a", null)]
    [InlineData("snap.", null)]
    [InlineData("snapd", null)]
    public void SnapOf_Profiles_NamesThatMayStandInACommand(string profile, string? snap) => Assert.Equal(snap, SecurityLabels.SnapOf(profile));

    [Theory]
    [InlineData("1", Confined, 13, null, "SD1041")]
    [InlineData("1", null, 13, null, "SD1041")]
    [InlineData("1", Unconfined, 13, null, null)]
    [InlineData("1", "system_u:system_r:spc_t:s0", 13, null, null)]
    [InlineData("0", Confined, 13, null, null)]
    [InlineData(null, Confined, 13, null, null)]
    [InlineData("1", Confined, null, "bind: Permission denied", "SD1041")]
    [InlineData("1", Confined, null, "listen EACCES: permission denied 0.0.0.0:8081", "SD1041")]
    [InlineData("1", Confined, 98, "Address already in use", null)]
    [InlineData("1", Confined, 10013, "permission denied", null)]
    [InlineData("1", Confined, 1, "Operation not permitted", null)]
    [InlineData("1", Confined, null, null, null)]
    public void SELinux_ErrorThatWasSeen_OnlyWhereItMayHaveRefused(string? enforce, string? label, int? code, string? text, string? id)
    {
        HostSnapshot host = With(Hosts.Linux([]), enforce, label);

        Diagnosis diagnosis = Ask(host, new Question { Bind = BindRequest.Parse("tcp/0.0.0.0:8081"), Error = new ObservedError { Code = code, Text = text } });

        Assert.Equal(id is null ? [] : [id], TestCases.Ids(diagnosis));
        Assert.All(diagnosis.Findings, finding => Assert.Equal(Certainty.Likely, finding.Certainty));
    }

    [Theory]
    [InlineData(Confined, "SD1041")]
    [InlineData(null, "SD1041")]
    [InlineData(Unconfined, "SD0001")]
    public void SELinux_BindThatWasTried_TheLabelOfWhoTriedCounts(string? label, string id)
    {
        HostSnapshot host = With(Hosts.Linux([]), "1", server: null);
        host = host with { Identity = host.Identity! with { SecurityLabel = label } };

        Assert.Equal([id], TestCases.Ids(Ask(host, Refused("tcp/0.0.0.0:8081"))));
    }

    [Fact]
    public void SELinux_PrivilegedPortOfAnOrdinaryUser_IsAMatterOfRights()
    {
        HostSnapshot host = With(Hosts.Linux([]), "1", Confined) with { Identity = new Identity { UserName = "alice", UserId = 1000, Capabilities = 0 } };

        Assert.Equal(["SD1007"], TestCases.Ids(Ask(host, new Question { Bind = BindRequest.Parse("tcp/0.0.0.0:80"), Error = new ObservedError { Code = 13 } })));
    }

    [Theory]
    [InlineData(Confined, "tcp/0.0.0.0:82", "root", "SD1041")]
    [InlineData(Confined, "tcp/0.0.0.0:82", "webuser", null)]
    [InlineData(Confined, "tcp/0.0.0.0:82", null, null)]
    [InlineData(Confined, "tcp/0.0.0.0:8081", "webuser", "SD1041")]     // needs no right
    [InlineData("docker-default (enforce)", "tcp/0.0.0.0:82", "root", "SD1042")]
    [InlineData("docker-default (enforce)", "tcp/0.0.0.0:82", "webuser", null)]
    [InlineData("docker-default (enforce)", "raw/0.0.0.0:1", "webuser", null)]
    [InlineData("docker-default (enforce)", "tcp/0.0.0.0:8081", "webuser", "SD1042")]
    public void SeenError_PortThatNeedsARight_TheServersUserCountsAndNotWhoCaptured(string label, string bind, string? user, string? id)
    {
        HostSnapshot host = With(Hosts.Linux([]), label == Confined ? "1" : null, label);
        host = host with { Processes = host.Processes.WithRows([host.Processes[0] with { User = user }]) };

        Assert.Equal(id is null ? [] : [id], TestCases.Ids(Ask(host, new Question { Bind = BindRequest.Parse(bind), Error = new ObservedError { Code = 13 } })));
    }

    [Fact]
    public void SeenError_PrivilegedPortOfAServerThatIsNotInTheTable_NobodyIsBlamed()
    {
        HostSnapshot host = With(Hosts.Linux([]), "1", Confined) with { Processes = Table.Complete<ProcessRow>([], "test") };

        Assert.Empty(Ask(host, new Question { Bind = BindRequest.Parse("tcp/0.0.0.0:82"), Error = new ObservedError { Code = 13 } }).Findings);
    }

    [Theory]
    [InlineData("httpd_t", "tcp/0.0.0.0:80")]
    [InlineData("httpd_t", "tcp/0.0.0.0:9000")]
    [InlineData("ftpd_t", "tcp/0.0.0.0:990")]
    [InlineData("named_t", "udp/0.0.0.0:53")]
    [InlineData("tftpd_t", "udp/0.0.0.0:69")]
    [InlineData("dhcpd_t", "tcp/0.0.0.0:7911")]
    [InlineData("dhcpd_t", "udp/0.0.0.0:67")]
    [InlineData("ntpd_t", "udp/0.0.0.0:123")]
    [InlineData("syslogd_t", "tcp/0.0.0.0:20514")]
    public void SELinux_PortThatThePolicyGivesToTheDomain_IsNotBlamed(string domain, string bind) =>
        Assert.Empty(Ask(With(Hosts.Linux([]), "1", $"system_u:system_r:{domain}:s0"), new Question { Bind = BindRequest.Parse(bind), Error = new ObservedError { Code = 13 } }).Findings);

    [Fact]
    public void Profile_BindThatWasTriedByWhoseLabelIsUnknown_TheServersLabelIsNotBlamed()
    {
        HostSnapshot host = With(Hosts.Linux([]), null, "docker-default (enforce)");

        Assert.Equal(["SD0001"], TestCases.Ids(Ask(host with { Identity = host.Identity! with { SecurityLabel = null } }, Refused("tcp/0.0.0.0:8081"))));
        Assert.DoesNotContain("httpd_t", Assert.Single(Ask(With(Hosts.Linux([]), "1", Confined), Refused("tcp/0.0.0.0:8081")).Findings).Summary, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("httpd_t", "tcp/0.0.0.0:8081", "semanage port -a -t http_port_t -p tcp 8081")]
    [InlineData("named_t", "udp/0.0.0.0:5300", "semanage port -a -t dns_port_t -p udp 5300")]
    [InlineData("tftpd_t", "udp/0.0.0.0:6900", "semanage port -a -t tftp_port_t -p udp 6900")]
    [InlineData("syslogd_t", "tcp/0.0.0.0:1514", "semanage port -a -t syslogd_port_t -p tcp 1514")]
    [InlineData("httpd_t", "udp/0.0.0.0:8081", null)]      // the policy lets it bind TCP ports alone
    [InlineData("httpd_t", "tcp/0.0.0.0:40000", null)]     // of the automatic range no type is asked for
    [InlineData("myserver_t", "tcp/0.0.0.0:8081", null)]   // a policy that nobody here knows
    [InlineData(null, "tcp/0.0.0.0:8081", null)]
    public void SELinux_TypeOfThePort_IsTypedForDomainsOfTheReferencePolicyAlone(string? domain, string bind, string? command)
    {
        HostSnapshot host = With(Hosts.Linux([]), "1", domain is null ? null : $"system_u:system_r:{domain}:s0");

        Diagnosis diagnosis = Ask(host, new Question { Bind = BindRequest.Parse(bind), Error = new ObservedError { Code = 13 } });

        string[] commands = [.. TestCases.Commands(diagnosis).Select(entry => entry.Text)];
        Assert.Equal("ausearch -m AVC -ts recent", commands[0]);
        Assert.Equal(command is null ? [] : ["semanage port -l -C", command, $"semanage port -d{command[command.IndexOf(" -p ", StringComparison.Ordinal)..]}"], commands[1..]);
    }

    [Fact]
    public void SELinux_SeveralPortsOfOneDomain_AreOneFinding()
    {
        HostSnapshot host = With(Hosts.Linux([]), "1", Confined);

        Diagnosis diagnosis = Ask(host, [.. Enumerable.Range(0, 40).Select(i => new Question { Bind = BindRequest.Parse($"tcp/0.0.0.0:{8100 + i}"), Error = new ObservedError { Code = 13 } })]);

        Finding finding = Assert.Single(diagnosis.Findings);
        Assert.Equal(40, finding.Questions.Length);
        Assert.True(finding.Evidence.Length < 20 && finding.Remedies.Length < 12);
    }

    [Fact]
    public void SELinux_WithoutSettings_SaysWhatIsMissing()
    {
        HostSnapshot host = Hosts.Linux([]) with { Settings = Table<SettingRow>.NotRequested };

        Assert.Contains(Ask(host, Refused("tcp/0.0.0.0:8081")).Skipped, rule => rule is { Id: "SD1041", Because: "table settings was not captured" });
        Assert.DoesNotContain(Ask(host, new Question { Bind = BindRequest.Parse("tcp/0.0.0.0:8081") }).Skipped, rule => rule.Id == "SD1041");
    }

    [Theory]
    [InlineData("/usr/sbin/ntpd (enforce)", "udp/0.0.0.0:123", 13, "aa-complain /usr/sbin/ntpd")]
    [InlineData("labd (enforce)", "udp/0.0.0.0:123", 13, "aa-complain /opt/lab/labd")]
    [InlineData("/opt/lab/{a,b}* (enforce)", "udp/0.0.0.0:123", 13, null)]
    [InlineData("/opt/lab/'; x (enforce)", "udp/0.0.0.0:123", 13, "aa-complain '/opt/lab/'\\''; x'")]
    [InlineData("snap.lab.labd (enforce)", "udp/0.0.0.0:123", 13, "snap connect lab:network-bind")]
    [InlineData("snap.lab.labd (enforce)", "udp/0.0.0.0:123", 1, "snap connect lab:network-bind")]
    [InlineData("snap.lab.labd (enforce)", "raw/0.0.0.0:1", 13, "snap connect lab:network-control")]
    [InlineData("labd (enforce)", "raw/0.0.0.0:1", 1, "aa-complain /opt/lab/labd")]
    public void AppArmor_ProfileThatIsEnforced_IsTold(string label, string bind, int code, string? command)
    {
        Diagnosis diagnosis = Ask(With(Hosts.Linux([]), null, label), new Question { Bind = BindRequest.Parse(bind), Error = new ObservedError { Code = code } });

        Assert.Equal(("SD1042", Certainty.Likely), (Assert.Single(diagnosis.Findings).Issue.Id, diagnosis.Findings[0].Certainty));
        string[] commands = [.. TestCases.Commands(diagnosis).Select(entry => entry.Text)];
        Assert.Equal("journalctl -k --since=-1h --grep=DENIED", commands[0]);
        Assert.Equal(command, commands.FirstOrDefault(text => text.Contains(" connect ", StringComparison.Ordinal) || text.StartsWith("aa-complain", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("unconfined", 13)]
    [InlineData("/usr/sbin/ntpd (complain)", 13)]
    [InlineData("snap.lab.labd (complain)", 13)]
    [InlineData("/usr/sbin/ntpd (enforce)", 1)]
    [InlineData("/usr/sbin/ntpd (enforce)", 98)]
    [InlineData(null, 13)]
    public void AppArmor_WhatRefusesNothing_IsNotBlamed(string? label, int code) =>
        Assert.Empty(Ask(With(Hosts.Linux([]), null, label), new Question { Bind = BindRequest.Parse("udp/0.0.0.0:123"), Error = new ObservedError { Code = code } }).Findings);

    [Fact]
    public void AppArmor_ProfileOfAContainer_HasNoFileToChange()
    {
        HostSnapshot host = With(Hosts.Linux([]), null, "docker-default (enforce)");
        host = host with { Processes = host.Processes.WithRows([host.Processes[0] with { ContainerId = new string('a', 64) }]) };

        Diagnosis diagnosis = Ask(host, new Question { Bind = BindRequest.Parse("raw/0.0.0.0:1"), Error = new ObservedError { Code = 1 } });

        Assert.Equal(["SD1042"], TestCases.Ids(diagnosis));
        Assert.DoesNotContain(TestCases.Commands(diagnosis), command => command.Text.StartsWith("aa-", StringComparison.Ordinal));
    }

    [Fact]
    public void ExplainError_SELinuxEnforces_TheModuleStaysUndetermined()
    {
        HostSnapshot host = With(Hosts.Linux([]), "1", server: null);

        ErrorExplanation explanation = Diagnoser.ExplainError(host, Diagnoser.ReadError("nginx: [emerg] bind() to 0.0.0.0:8081 failed (13: Permission denied)"), text: "bind() to 0.0.0.0:8081 failed (13: Permission denied)");

        Assert.Equal(["SD1041"], TestCases.Ids(explanation.Diagnosis));
        ErrorCause cause = Assert.Single(explanation.Causes, cause => cause.Code == "cause.security-module");
        Assert.Equal(CauseStanding.Undetermined, cause.Standing);
        Assert.Contains("SELinux", cause.Missing, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("system_u:system_r:httpd_t:s0:c1,c2")]
    [InlineData("snap.adguard-home.adguard-home (enforce)")]
    [InlineData("/usr/sbin/ntpd (enforce)")]
    public void Redact_Label_SaysTheSame(string label)
    {
        var before = new DiagnosticCase { Host = With(Hosts.Linux([]), "1", label) };

        Assert.Equal(label, before.Redact(new byte[16]).Host.Processes[0].SecurityLabel);
    }

    private static Question Refused(string bind) =>
        new() { Bind = BindRequest.Parse(bind), BindProbe = new BindProbeResult { Outcome = BindOutcome.AccessDenied, NativeCode = 13, NativeError = "EACCES" } };

    private static HostSnapshot With(HostSnapshot host, string? enforce, string? server) => host with
    {
        Settings = enforce is null ? host.Settings : host.Settings.WithRows([.. host.Settings, new SettingRow { Name = "/sys/fs/selinux/enforce", Value = enforce }]),
        Processes = Table.Complete([new ProcessRow { ProcessId = 700, Name = "labd", Path = "/opt/lab/labd", User = "root", SecurityLabel = server }], "test"),
    };

    private static Diagnosis Ask(HostSnapshot host, params Question[] questions) => Diagnoser.Diagnose(new DiagnosticCase
    {
        Host = host,
        Profile = new ServiceProfile { Name = "lab", Services = [], Server = new ServerIdentity { Names = ["labd"] } },
        Questions = [.. questions],
    });
}
