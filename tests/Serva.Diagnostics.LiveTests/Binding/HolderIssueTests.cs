using System;
using System.IO;
using System.Linq;
using System.Runtime.Versioning;
using System.Threading;
using Serva.Diagnostics.LiveTests.Capture.Linux;
using Serva.Diagnostics.Rules;
using Serva.Diagnostics.Snapshots;
using Xunit;

namespace Serva.Diagnostics.LiveTests.Binding;

/// <summary>
/// Each issue of binds is made in a namespace, by the real program where it is installed and else by one that has its name; it
/// is found, and found alone. The commands that it offers are typed in and help, what they ended is started again as the first
/// of them told, and the host is as it was, with its issue.
/// </summary>
[Trait("Proves", "SD1001")]
[Trait("Proves", "SD1004")]
[Trait("Proves", "SD1008")]
[Trait("Proves", "SD1009")]
[Trait("Proves", "SD1012")]
[Trait("Proves", "SD1022")]
[Trait("Proves", "SD1023")]
[Trait("Proves", "SD1027")]
[Trait("Proves", "SD1028")]
[Trait("Proves", "SD1030")]
[Trait("Proves", "SD1031")]
[Trait("Proves", "SD1032")]
[Trait("Proves", "SD1033")]
[Trait("Proves", "SD1034")]
[Trait("Proves", "SD1036")]
[Trait("Proves", "SD1037")]
[Trait("Proves", "SD1038")]
[Trait("System", "Linux")]
[Trait("Privilege", "Root")]
[SupportedOSPlatform("linux")]
public sealed class HolderIssueTests(ITestOutputHelper output) : IDisposable
{
    private static readonly string[] s_typed = ["ps ", "kill ", "sysctl "];

    /// <summary>The issue, the bind that is asked for, and what makes it: programs with their arguments, each in its own folder, or commands.</summary>
    private static readonly (string Id, string Service, string[] Plant)[] s_issues =
    [
        ("SD1001", "tcp/0.0.0.0:8080", ["other -4 -k -l 8080"]),
        ("SD1001", "udp/0.0.0.0:6969", ["other -4 -u -k -l 6969"]),
        ("SD1004", "udp/0.0.0.0:53", ["systemd-resolved -4 -u -k -l 127.0.0.53 53"]),
        ("SD1008", "tcp/0.0.0.0:8080", ["other -6 -k -l :: 8080"]),
        ("SD1009", "tcp/192.168.1.99:8080", []),
        ("SD1012", "tcp/0.0.0.0:80", ["/nginx -c {0}/nginx.conf -p {0}"]),
        ("SD1022", "udp/0.0.0.0:67", ["dhcpd -4 -u -k -l 67"]),
        ("SD1022", "udp/0.0.0.0:67", ["kea-dhcp4 -4 -u -k -l 67"]),
        ("SD1023", "tcp/0.0.0.0:53", ["unbound -4 -k -l 53"]),
        ("SD1023", "udp/0.0.0.0:53", ["pihole-FTL -4 -u -k -l 127.0.0.1 53"]),
        ("SD1027", "tcp/0.0.0.0:80", ["docker-proxy -4 -k -l 80"]),
        ("SD1028", "udp/0.0.0.0:53", ["/dnsmasq -k -C /dev/null -p 53 -a 127.0.0.1 -z -R -h -u root -x {0}/dnsmasq.pid"]),
        ("SD1030", "udp/0.0.0.0:123", ["/chronyd -d -x -u root -f {0}/chrony.conf"]),
        ("SD1031", "udp/0.0.0.0:514", ["rsyslogd -4 -u -k -l 514"]),
        ("SD1032", "udp/0.0.0.0:5353", ["avahi-daemon -4 -u -k -l 5353"]),
        ("SD1032", "udp/0.0.0.0:51820", ["avahi-daemon -4 -u -k -l 51820"]),
        ("SD1033", "udp/0.0.0.0:69", ["in.tftpd -4 -u -k -l 69"]),
        ("SD1033", "udp/0.0.0.0:69", ["atftpd -4 -u -k -l 69"]),
        ("SD1034", "tcp/0.0.0.0:21", ["vsftpd -4 -k -l 21"]),
        ("SD1036", "tcp/0.0.0.0:40069", ["other -4 -k -l 127.0.0.1 9999", "client -4 -p 40069 127.0.0.1 9999"]),
        ("SD1037", "udp/192.168.1.99:69", ["$ sysctl -w net.ipv4.ip_nonlocal_bind=1"]),
        ("SD1038", "tcp/[::1]:80", ["$ sysctl -w net.ipv6.conf.all.disable_ipv6=1"]),
    ];

    private readonly PlantedPrograms _programs = new();

    public void Dispose() => _programs.Dispose();

    [Fact]
    public void Diagnose_PlantedIssue_FoundAloneHelpedAndPutBack()
    {
        if (!PrivateNamespace.Enter(typeof(HolderIssueTests)))
            return;
        Assert.All((string[])["nc.openbsd", "dnsmasq", "chronyd", "nginx"], tool => Assert.SkipUnless(Tool.Exists(tool), $"Needs {tool}."));
        File.WriteAllText(Path.Combine(_programs.Folder, "nginx.conf"), $"daemon off; pid {_programs.Folder}/nginx.pid; error_log /dev/null; events {{ }} http {{ access_log off; server {{ listen 80; }} }}");
        File.WriteAllText(Path.Combine(_programs.Folder, "chrony.conf"), $"allow\nport 123\ncmdport 0\nbindcmdaddress /\npidfile {_programs.Folder}/chrony.pid\n");
        Tool.Run("ip", "link", "set", "lo", "up");
        Tool.Run("ip", "link", "add", "e0", "type", "veth", "peer", "name", "e1");
        Tool.Run("ip", "address", "add", "192.168.1.10/24", "dev", "e0");
        Tool.Run("ip", "link", "set", "e0", "up");
        Tool.Run("ip", "link", "set", "e1", "up");

        foreach ((string id, string service, string[] plant) in s_issues)
        {
            if (id is not ("SD1009" or "SD1037"))
                Await([], service);
            foreach (string line in plant)
                Plant(string.Format(System.Globalization.CultureInfo.InvariantCulture, line, _programs.Folder));
            Diagnosis found = Await([id], service);
            string before = State();

            int typed = 0, rechecked = 0;
            foreach (Remedy remedy in found.Findings[0].Remedies)
            {
                if (remedy.Apply.IsEmpty && remedy.Recheck is { } recheck && recheck.ToString() != found.Case.Questions[0].Bind!.ToString())
                {
                    Assert.Empty(Diagnose(recheck.ToString()).Findings);
                    rechecked++;
                }

                if (!remedy.Apply.IsEmpty && remedy.Apply.All(command => s_typed.Any(word => command.Text.StartsWith(word, StringComparison.Ordinal))))
                {
                    TypeAndTakeBack(remedy, id, service);
                    Assert.Equal(before, State());
                    typed++;
                }
            }

            output.WriteLine($"{id} {service}: {typed} remedies typed in and taken back, {rechecked} asked again");
            Assert.True(typed + rechecked > 0 || id == "SD1027", id);
            _programs.End();
            foreach (string line in plant.Where(line => line.StartsWith('$')))
                Type(line[2..].Replace("=1", "=0", StringComparison.Ordinal));
        }
    }

    private void TypeAndTakeBack(Remedy remedy, string id, string service)
    {
        string? arguments = null;
        foreach (RemedyCommand command in remedy.Apply)
        {
            string printed = Type(command.Text);
            if (command.Text.StartsWith("ps ", StringComparison.Ordinal))
                arguments = printed.Trim();
        }

        // What keeps a port out of the automatic ones helps the next time.
        if (id == "SD1036")
            Assert.Contains("40069", Type("cat /proc/sys/net/ipv4/ip_local_reserved_ports"), StringComparison.Ordinal);
        else
            Await(id == "SD1009" ? ["SD1037"] : [], service);
        if (arguments is not null)
            _programs.Start(arguments.Replace("nginx: master process ", "", StringComparison.Ordinal).Split(' '));
        else
            Assert.All(remedy.Revert, command => Type(command.Text));
        Await([id], service);
    }

    /// <summary>A command behind a dollar; a program as it is installed behind a slash; else one with its name, which nc plays.</summary>
    private void Plant(string line)
    {
        if (line.StartsWith('$'))
        {
            Type(line[2..]);
            return;
        }

        string[] words = line.Split(' ');
        words[0] = words[0].StartsWith('/') ? words[0][1..] : _programs.Image(words[0]);
        _programs.Start(words);
        if (words[0].EndsWith("/other", StringComparison.Ordinal))
            Thread.Sleep(100);
    }

    private static Diagnosis Await(string[] ids, string service) => PlantedPrograms.Await(ids, () => Diagnose(service));

    private static string Type(string command) => Tool.Run("sh", "-c", command);

    private static string State() => Tool.Run("sh", "-c", "ss -Htuln | sort; sysctl net.ipv4.ip_local_reserved_ports net.ipv4.ip_nonlocal_bind net.ipv6.conf.all.disable_ipv6 net.ipv6.conf.lo.disable_ipv6");

    private static Diagnosis Diagnose(string service)
    {
        HostSnapshot host = HostDiagnostics.ForThisMachine().Capture(CaptureScope.All, TestContext.Current.CancellationToken);
        return Diagnoser.Diagnose(new DiagnosticCase { Host = host, Questions = [new Question { Service = "test", Bind = BindRequest.Parse(service) }] });
    }
}
