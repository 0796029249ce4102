using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using System.Net.NetworkInformation;
using System.Text.Json;
using System.Text.RegularExpressions;
using Serva.Diagnostics.Addressing;
using Serva.Diagnostics.Formats.WindowsFirewall;
using Serva.Diagnostics.Snapshots;
using Serva.Diagnostics.Tests.Snapshots;
using Xunit;

namespace Serva.Diagnostics.Tests.Questions;

public sealed class RedactionTests
{
    private static readonly byte[] s_key = "a key for tests, not for secrets"u8.ToArray();

    private static readonly string[] s_secrets =
    [
        "10.77.5.9", "10.77.5.0", "10.77.5.255", "10.77.5.1", "84.15.201.33", "2a01:4f8:c0c:1234::5", "a00:27ff:fe4e:66a1", "fd3c:91aa::7",
        "bob", "alice", "CORP", "Documents", "secret-project", "08:00:27", "4e:66:a1", "08-00-27", "fileserver",
        "3f2504e04f8911d39a0c0305e82c33013f2504e0",
    ];

    [Fact]
    public void Redact_CaseWithSecrets_NoneRemainsAnywhere()
    {
        string json = WithSecrets().ToJson();
        Assert.All(s_secrets, secret => Assert.Contains(secret, json, StringComparison.OrdinalIgnoreCase));

        string redacted = WithSecrets().Redact(s_key).ToJson();

        Assert.All(s_secrets, secret => Assert.DoesNotContain(secret, redacted, StringComparison.OrdinalIgnoreCase));
    }

    [Fact]
    public void Redact_InterfaceNamedByItsAddress_NameAndAddressStayTheSameInterface()
    {
        DiagnosticCase before = WithSecrets();
        string named = before.Host.Addresses[0].Address.WithoutScope().ToString();
        before = new DiagnosticCase { Host = before.Host with { Interfaces = before.Host.Interfaces.WithRows([before.Host.Interfaces[0] with { Name = named }]) } };

        HostSnapshot after = before.Redact(s_key).Host;

        Assert.NotEqual(named, after.Interfaces[0].Name);
        Assert.Equal(after.Addresses[0].Address.WithoutScope().ToString(), after.Interfaces[0].Name);
    }

    [Fact]
    public void Redact_CaseWithSecrets_KeepsWhatADiagnosisNeeds()
    {
        DiagnosticCase before = WithSecrets();

        DiagnosticCase after = before.Redact(s_key);

        SocketRow socket = after.Host.Sockets[0];
        NetAddress address = after.Host.Addresses[0].Address;
        Assert.Equal(before.Host.Sockets[0].Local.Port, socket.Local.Port);
        Assert.Equal(address, socket.Local.Address);
        Assert.Equal("tftpd.exe", socket.Owners[0].Name);
        Assert.Equal("""C:\Users\user2\...\tftpd.exe""", socket.Owners[0].Path);
        Assert.Equal("""domain1\user1""", socket.Owners[0].User);
        Assert.Equal("""domain1\user1""", after.Host.Identity!.UserName);
        Assert.Equal("""NT AUTHORITY\LOCAL SERVICE""", socket.Owners[1].User);
        Assert.Equal(before.Host.Sockets[1], after.Host.Sockets[1]);
        Assert.Equal(["W32Time"], socket.Owners[1].Services);
        Assert.Equal("3f2504e04f89", socket.Owners[1].ContainerId);
        Assert.Equal("Ethernet 2", after.Host.Interfaces[0].Name);
        Assert.Equal("00:00:00:00:00:00", after.Host.Interfaces[0].PhysicalAddress);
        Assert.True(after.Host.Routes[0].Destination.Contains(address));
        Assert.Equal(24, after.Host.Routes[0].Destination.Length);
        Assert.Equal(after.Host.Routes[0].Destination.LastAddress, after.Host.Addresses[0].Broadcast);
        Assert.Equal(address, after.Questions[0].Bind!.Endpoint.Address);
        Assert.Equal(BindOutcome.AddressInUse, after.Questions[0].BindProbe!.Outcome);
        Assert.Equal(after.Questions[0].Bind, after.Profile!.Services[0].Binds[0]);
        Assert.Contains($"bind {address}:69 failed", after.Questions[0].Error!.Text, StringComparison.Ordinal);
        Assert.Equal(before.Host.Platform, after.Host.Platform);
        Assert.Equal(before.Host.CapturedAt, after.Host.CapturedAt);
    }

    [Fact]
    public void Redact_FirewallRule_MeansTheSameForTheMappedAddresses()
    {
        const string sid = "S-1-5-21-1004336348-1177238915-682003330-1001";
        const string text =
            @"v2.30|Action=Allow|Active=TRUE|Dir=In|Protocol=17|LPort=69|RA4=10.77.5.9-10.77.5.12|RA6=2a01:4f8:c0c:1234::/64|"
            + @"App=C:\Users\alice\Documents\secret-project\tftpd.exe|Name=bob's TFTP|LUAuth=O:LSD:(A;;CC;;;" + sid + ")(A;;CC;;;S-1-5-18)|";
        DiagnosticCase secrets = WithSecrets();
        WindowsFirewallRuleRow[] rows =
        [
            WindowsFirewallRuleDecoder.Decode(@"TCP Query User{1}C:\users\alice\documents\secret-project\tftpd.exe", WindowsFirewallStore.Local, text),
            WindowsFirewallRuleDecoder.Decode("broken", WindowsFirewallStore.Local, text + "RA4=10.77.5.1"),
        ];
        HostSnapshot host = secrets.Host with { WindowsFirewallRules = Table.Complete(rows, "registry") };

        DiagnosticCase after = new DiagnosticCase { Host = host, Questions = secrets.Questions }.Redact(s_key);

        Assert.All([.. s_secrets, sid], secret => Assert.DoesNotContain(secret, after.ToJson(), StringComparison.OrdinalIgnoreCase));
        Assert.Equal(2, after.Host.WindowsFirewallRules.Count);
        WindowsFirewallRule rule = after.Host.WindowsFirewallRules[0].Rule!;
        using var addresses = new RedactedAddresses(s_key, host.Addresses);
        Assert.Equal(rows[0].Rule!.RemoteAddresses.Select(addresses.Map), rule.RemoteAddresses);
        Assert.Contains(rule.RemoteAddresses, prefix => prefix.Contains(after.Host.Addresses[0].Address));
        Assert.Equal(rows[0].Rule!.LocalPorts, rule.LocalPorts);
        Assert.Equal(@"C:\Users\user2\...\tftpd.exe", rule.Application);
        Assert.Contains("S-1-5-18", Assert.Single(rule.OtherFields).Value, StringComparison.Ordinal);
        Assert.NotNull(after.Host.WindowsFirewallRules[1].Problem);
    }

    [Fact]
    public void Redact_NamesWithAnAccountInThem_SayTheMappedOneEverywhere()
    {
        var process = new ProcessRow { ProcessId = 7, Name = "agent", User = "alice", Unit = "user-alice.service", Services = ["alice-sync"] };
        var before = new DiagnosticCase
        {
            Host = new HostSnapshot
            {
                CapturedAt = default,
                Platform = new HostPlatform { Family = PlatformFamily.Linux, Version = new Version(6, 18) },
                Processes = Table.Complete([process], "test"),
                Interfaces = Table.Complete([new InterfaceRow { Index = 1, Name = "wg-alice", Status = OperationalStatus.Up, Type = NetworkInterfaceType.Ppp }], "test"),
                RoutingRules = Table.Complete([new RoutingRuleRow { Priority = 1, IsIPv6 = false, Action = RoutingRuleAction.Lookup, InputInterface = "wg-alice", OutputInterface = "eth0" }], "test"),
                Services = Table.Complete([new ServiceRow { Name = "alice-sync", State = ServiceState.Running, Start = ServiceStart.Manual }], "test"),
            },
            Profile = new ServiceProfile { Name = "lab", Services = [], Server = new ServerIdentity { Units = ["user-alice.service"] } },
            Questions = [new Question { Service = "alice's TFTP", Bind = BindRequest.Parse("udp/0.0.0.0:69 --device wg-alice") }],
        };

        DiagnosticCase after = before.Redact(s_key);

        Assert.DoesNotContain("alice", after.ToJson(), StringComparison.Ordinal);
        Assert.Equal("user-user1.service", after.Host.Processes[0].Unit);
        Assert.Equal(after.Host.Processes[0].Unit, after.Profile!.Server!.Units[0]);
        Assert.Equal(after.Host.Interfaces[0].Name, after.Questions[0].Bind!.Device);
        Assert.Equal(after.Host.Interfaces[0].Name, after.Host.RoutingRules[0].InputInterface);
        Assert.Equal("eth0", after.Host.RoutingRules[0].OutputInterface);
        Assert.Equal(after.Host.Services[0].Name, after.Host.Processes[0].Services[0]);
        Assert.Equal("agent", after.Host.Processes[0].Name);
    }

    /// <summary>Units are named for addresses and people too; what units, sockets and processes call them stays one name.</summary>
    [Fact]
    public void Redact_NamesOfUnits_LoseAddressesAndAccounts()
    {
        var original = new DiagnosticCase
        {
            Host = new HostSnapshot
            {
                CapturedAt = DateTimeOffset.UnixEpoch,
                Platform = new HostPlatform { Family = PlatformFamily.Linux, Version = new Version(6, 1) },
                Processes = Table.Complete([new ProcessRow { ProcessId = 9, User = "alice", Unit = "tunnel@84.23.1.9.service" }], "test"),
                Services = Table.Complete(
                [
                    Row("tunnel@84.23.1.9.service", "alice_backup.service"), Row("alice_backup.service", "home\\x2dalice.service"), Row("home\\x2dalice.service", "malice.service"),
                ], "test"),
            },
        };

        HostSnapshot host = original.Redact().Host;

        string tunnel = host.Services[0].Name;
        Assert.DoesNotContain("84.23.1.9", tunnel, StringComparison.Ordinal);
        Assert.Equal(tunnel, host.Processes[0].Unit);
        Assert.Equal("user1_backup.service", host.Services[1].Name);
        Assert.Equal(["user1_backup.service"], host.Services[0].DependsOn);
        Assert.Equal("home\\x2duser1.service", host.Services[2].Name);
        Assert.Equal(["malice.service"], host.Services[2].DependsOn);

        static ServiceRow Row(string name, string needs) => new() { Name = name, State = ServiceState.Running, Start = ServiceStart.Manual, DependsOn = [needs] };
    }

    [Fact]
    public void Redact_UrlsOfHttpSys_LoseHostsAndAccounts()
    {
        var diagnosticCase = new DiagnosticCase
        {
            Host = Binding.Hosts.Windows([]) with
            {
                Settings = Table.Complete(
                [
                    new SettingRow { Name = "http.sys HTTP://FILESRV.CORP.EXAMPLE:80/A/", Value = "PID 4812" },
                    new SettingRow { Name = "http.sys HTTP://+:80/", Value = "PID 4812" },
                    new SettingRow { Name = "http.sys HTTP://3ALICE-PC:8080/", Value = "PID 4812" },
                    new SettingRow { Name = "http.sys HTTP://LOCALHOST:8080/", Value = "PID 4812" },
                    new SettingRow { Name = "http.sys note", Value = "Prefix https://\u00e4lice.corp.example:8443/x, see https://learn.microsoft.com/help" },
                    new SettingRow { Name = "http.sys reservation http://filesrv:8080/", Value = @"\Everyone, CORP\bob smith, NT SERVICE\SstpSvc" },
                ], "test"),
            },
        };

        SettingRow[] rows = [.. diagnosticCase.Redact(new byte[16]).Host.Settings];

        Assert.Equal(["http.sys HTTP://host:80/A/", "http.sys HTTP://+:80/", "http.sys HTTP://host:8080/", "http.sys HTTP://LOCALHOST:8080/", "http.sys note", "http.sys reservation http://host:8080/"], rows.Select(row => row.Name));
        Assert.Equal(["PID 4812", "PID 4812", "PID 4812", "PID 4812", "Prefix https://host:8443/x, see https://learn.microsoft.com/help", @"\Everyone, domain2\user2, NT SERVICE\SstpSvc"], rows.Select(row => row.Value));
    }

    [Fact]
    public void Redact_WithoutKey_AnotherMappingEachTime()
    {
        DiagnosticCase one = WithSecrets().Redact(), two = WithSecrets().Redact();

        Assert.NotEqual(one.Host.Routes, two.Host.Routes);
        Assert.Throws<ArgumentException>(() => WithSecrets().Redact(new byte[15]));
    }

    [Fact]
    public void Redact_AnyCase_KeepsItsShapeAndNoAddress()
    {
        for (int seed = 0; seed < 100; seed++)
        {
            DiagnosticCase before = new AnyValue(seed).Case();

            DiagnosticCase after = before.Redact(s_key);

            Assert.Equal(Shape(before), Shape(after));
            var kept = new HashSet<NetAddress>(AddressesIn(after.ToJson()));
            Assert.DoesNotContain(AddressesIn(before.ToJson()), address => !IsWellKnown(address) && kept.Contains(address));
        }
    }

    [Theory]
    [InlineData("bind to 10.77.5.9:69 failed.", "bind to @10.77.5.9@:69 failed.")]
    [InlineData("(10.77.5.9)", "(@10.77.5.9@)")]
    [InlineData("at 10.77.5.9.", "at @10.77.5.9@.")]
    [InlineData("10.77.5.9,10.77.5.10", "@10.77.5.9@,@10.77.5.10@")]
    [InlineData("src=10.77.5.9", "src=@10.77.5.9@")]
    [InlineData("[2a01:4f8::5]:80", "[@2a01:4f8::5@]:80")]
    [InlineData("fe80::a00:27ff:fe4e:66a1%eth0", "@fe80::a00:27ff:fe4e:66a1@%eth0")]
    [InlineData("::ffff:10.77.5.9", "@::ffff:10.77.5.9@")]
    [InlineData("addr:10.77.5.9", "addr:@10.77.5.9@")]
    [InlineData("http://10.77.5.9/wds", "http://@10.77.5.9@/wds")]
    [InlineData("udp/10.77.5.9:69 --reuse-address", "udp/@10.77.5.9@:69 --reuse-address")]
    [InlineData("version 1.2.3.4.5, build 10.0.19044", "version 1.2.3.4.5, build 10.0.19044")]
    [InlineData("at 12:34:56 std::vector 1000::", "at 12:34:56 std::vector @1000::@")]
    [InlineData("x10.77.5.9 and 10.77.5.9x", "x10.77.5.9 and 10.77.5.9x")]
    [InlineData("0.0.0.0:123 [::]:123 127.0.0.1", "0.0.0.0:123 [::]:123 127.0.0.1")]
    public void RedactAddresses_InText_MapsAddressesAlone(string text, string marked)
    {
        using var addresses = new RedactedAddresses(s_key, Table.NotRequested<AddressRow>());
        var redacted = new RedactedText(addresses, new RedactedAccounts(ignoreCase: true));

        string expected = Regex.Replace(marked, "@([^@]+)@", match => addresses.Map(NetAddress.Parse(match.Groups[1].Value)).ToString());

        Assert.Equal(expected, redacted.RedactAddresses(text));
    }

    [Theory]
    [InlineData("/home/bob/lab/labd", "/home/user1/.../labd")]
    [InlineData("/home/bob/labd", "/home/user1/labd")]
    [InlineData("/home/bob", "/home/user1")]
    [InlineData("/home/bob/my (app), new/x y/labd", "/home/user1/.../labd")]
    [InlineData("/Users/bob/Library/labd", "/Users/user1/.../labd")]
    [InlineData("/opt/labd/labd", "/opt/labd/labd")]
    [InlineData("""C:\Users\bob smith\App Data\labd.exe""", """C:\Users\user1\...\labd.exe""")]
    [InlineData("""d:\documents and settings\bob\labd.exe""", """d:\documents and settings\user1\labd.exe""")]
    [InlineData("""\Device\HarddiskVolume3\Users\bob\x\labd.exe""", """\Device\HarddiskVolume3\Users\user1\...\labd.exe""")]
    [InlineData("""C:\Users\Public\labd\labd.exe""", """C:\Users\Public\...\labd.exe""")]
    [InlineData("""\\fileserver\share\tools\labd.exe""", """\\...\labd.exe""")]
    [InlineData("""C:\Program Files\Serva\Serva64.exe""", """C:\Program Files\Serva\Serva64.exe""")]
    public void RedactPath_OfAProgram_HomeCutNameKept(string path, string expected)
    {
        using var addresses = new RedactedAddresses(s_key, Table.NotRequested<AddressRow>());

        Assert.Equal(expected, new RedactedText(addresses, new RedactedAccounts(ignoreCase: true)).RedactPath(path));
    }

    [Theory]
    [InlineData("root", "root")]
    [InlineData("www-data", "www-data")]
    [InlineData("systemd-resolve", "systemd-resolve")]
    [InlineData("1000", "1000")]
    [InlineData("""NT AUTHORITY\SYSTEM""", """NT AUTHORITY\SYSTEM""")]
    [InlineData("""NT SERVICE\MSSQL$LAB""", """NT SERVICE\MSSQL$LAB""")]
    [InlineData("""CORP\bob""", """domain1\user1""")]
    [InlineData("""CORP\Administrator""", """domain1\Administrator""")]
    [InlineData("""bob@corp.example""", """user1@domain1""")]
    [InlineData("""LocalSystem""", "LocalSystem")]
    public void Map_Account_WellKnownOnesStay(string account, string expected) =>
        Assert.Equal(expected, new RedactedAccounts(ignoreCase: true).Map(account));

    [Fact]
    public void Treatments_EveryTextMemberOfACase_IsDecided()
    {
        // Free text; a new member must be put here or into Redaction.Treatments.
        HashSet<string> freeText =
        [
            "adapterId", "comment", "description", "disabledInterfaces", "displayName", "error", "interfaceIds", "modelled", "note", "notTriedBecause", "part", "problem", "reason",
            "ruleId", "securityLabel", "source", "text", "value", "versionAssumedBecause",
        ];
        HashSet<string> members = [];
        CollectTextMembers(typeof(DiagnosticCase), members, []);
        members.UnionWith(["coverage", "source", "note", "endpoints", "dataPorts"]);

        Assert.Equal(members.Order(), freeText.Concat(Redaction.Treatments.Keys).Order());
    }

    private static void CollectTextMembers(Type type, HashSet<string> members, HashSet<Type> seen)
    {
        type = Nullable.GetUnderlyingType(type) ?? type;
        if (type.IsGenericType)
        {
            CollectTextMembers(type.GetGenericArguments()[0], members, seen);
            if (type.GetGenericTypeDefinition() == typeof(Table<>))
            {
                CollectTextMembers(typeof(TableGap), members, seen);
                CollectTextMembers(typeof(TableFilter), members, seen);
            }
        }

        if (type.IsEnum || type.Assembly != typeof(DiagnosticCase).Assembly || !seen.Add(type))
            return;
        foreach (var property in type.GetProperties().Where(p => p.CanWrite))
        {
            Type value = property.PropertyType;
            value = Nullable.GetUnderlyingType(value) ?? value;
            Type element = value.IsGenericType ? value.GetGenericArguments()[0] : value;
            bool isText = element == typeof(string) || element.IsEnum || element == typeof(Version) || element == typeof(DateTimeOffset)
                || element == typeof(TimeSpan) || element.Namespace == typeof(NetAddress).Namespace;
            if (isText)
                members.Add(JsonNamingPolicy.CamelCase.ConvertName(property.Name));
            else
                CollectTextMembers(value, members, seen);
        }
    }

    private static string Shape(DiagnosticCase value)
    {
        using var json = JsonDocument.Parse(value.ToJson());
        var shape = new List<string>();
        Visit(json.RootElement, "$");
        return string.Join('\n', shape);

        void Visit(JsonElement element, string path)
        {
            // An endpoint is text or an object, as the name of its device allows, and that may change.
            if (path.EndsWith(".endpoints[]", StringComparison.Ordinal))
                shape.Add(path);
            else if (element.ValueKind == JsonValueKind.Object)
                element.EnumerateObject().ToList().ForEach(member => Visit(member.Value, $"{path}.{member.Name}"));
            else if (element.ValueKind == JsonValueKind.Array)
                element.EnumerateArray().ToList().ForEach(item => Visit(item, path + "[]"));
            else
                shape.Add(element.ValueKind == JsonValueKind.String ? path : $"{path}={element}");
        }
    }

    // Prefixes are left out: a short one may have no bit that is free to change.
    private static IEnumerable<NetAddress> AddressesIn(string json) => Regex.Matches(json, "[0-9a-f:.]+(?![0-9a-f:./])")
        .Select(match => NetAddress.TryParse(match.Value, out NetAddress address) ? address : NetAddress.None)
        .Where(address => !address.IsNone);

    private static bool IsWellKnown(NetAddress address)
    {
        using var addresses = new RedactedAddresses("some other key, to see what stays"u8, Table.NotRequested<AddressRow>());
        return addresses.Map(address) == address;
    }

    private static DiagnosticCase WithSecrets()
    {
        BindRequest bind = BindRequest.Parse("udp/10.77.5.9:69 --reuse-address");
        var holder = new ProcessRow
        {
            ProcessId = 7,
            Name = "tftpd.exe",
            Path = """C:\Users\alice\Documents\secret-project\tftpd.exe""",
            User = """CORP\bob""",
        };
        var clock = new ProcessRow
        {
            ProcessId = 8,
            Name = "svchost.exe",
            Path = """\\fileserver\share\svchost.exe""",
            User = """NT AUTHORITY\LOCAL SERVICE""",
            Services = ["W32Time"],
            ContainerId = "3f2504e04f8911d39a0c0305e82c33013f2504e04f8911d39a0c0305e82c3301",
        };
        return new DiagnosticCase
        {
            Host = new HostSnapshot
            {
                CapturedAt = new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero),
                Platform = new HostPlatform { Family = PlatformFamily.Windows, Version = new Version(10, 0, 19044, 1), Name = "Windows 10 Pro" },
                Identity = new Identity { UserName = """corp\BOB""" },
                Sockets = Table.Partial(
                [
                    new SocketRow { Protocol = TransportProtocol.Udp, Local = bind.Endpoint, Owners = [holder, clock] },
                    new SocketRow { Protocol = TransportProtocol.Tcp, Local = NetEndpoint.Parse("0.0.0.0:80"), State = TcpState.Listen },
                    new SocketRow
                    {
                        Protocol = TransportProtocol.Tcp,
                        Local = NetEndpoint.Parse("[2a01:4f8:c0c:1234::5]:80"),
                        Remote = NetEndpoint.Parse("84.15.201.33:5000"),
                        State = TcpState.Established,
                    },
                ],
                    "GetExtendedTcpTable",
                    new TableGap { Part = "owners of bob", Reason = """cannot open C:\Users\alice\x: CORP\bob may not; peer [fd3c:91aa::7]:1 via 08-00-27-4e-66-a1""" }),
                Interfaces = Table.Complete(
                [
                    new InterfaceRow
                    {
                        Index = 2,
                        Name = "Ethernet 2",
                        Description = "Adapter 08:00:27:4e:66:a1",
                        PhysicalAddress = "08:00:27:4e:66:a1",
                        Status = OperationalStatus.Up,
                        Type = NetworkInterfaceType.Ethernet,
                    },
                ],
                    "GetAdaptersAddresses"),
                Addresses = Table.Complete(
                [
                    new AddressRow
                    {
                        Interface = 2,
                        Address = bind.Endpoint.Address,
                        PrefixLength = 24,
                        State = AddressState.Preferred,
                        Broadcast = NetAddress.Parse("10.77.5.255"),
                    },
                    new AddressRow { Interface = 2, Address = NetAddress.Parse("fe80::a00:27ff:fe4e:66a1%2"), PrefixLength = 64, State = AddressState.Preferred },
                ],
                    "GetAdaptersAddresses"),
                Routes = Table.Complete(
                [
                    new RouteRow { Destination = NetPrefix.Parse("10.77.5.0/24"), Kind = RouteKind.Unicast, Metric = 1 },
                    new RouteRow { Destination = NetPrefix.DefaultIPv4, Kind = RouteKind.Unicast, Gateway = NetAddress.Parse("10.77.5.1"), Metric = 1 },
                ],
                    "GetIpForwardTable2"),
                Settings = Table.Complete([new SettingRow { Name = "NameServer", Value = "84.15.201.33 10.77.5.1,fd3c:91aa::7" }], "registry"),
                Services = Table.Complete([new ServiceRow { Name = "lab", State = ServiceState.Running, Start = ServiceStart.Automatic, Account = """CORP\bob""" }], "scm"),
            },
            Profile = new ServiceProfile { Name = "lab", Services = [new ProfileService { Name = "TFTP", Binds = [bind] }] },
            Questions =
            [
                new Question
                {
                    Service = "TFTP",
                    Bind = bind,
                    BindProbe = new BindProbeResult { Outcome = BindOutcome.AddressInUse, NotTriedBecause = "alice holds 10.77.5.9" },
                    Error = new ObservedError { Code = 10048, Text = "bind 10.77.5.9:69 failed for bob at https://84.15.201.33/" },
                },
            ],
        };
    }
}
