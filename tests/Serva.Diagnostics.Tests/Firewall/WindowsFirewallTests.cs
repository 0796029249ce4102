using System;
using System.Linq;
using Serva.Diagnostics.Snapshots;
using Xunit;

namespace Serva.Diagnostics.Tests.Firewall;

/// <summary>
/// What Windows Firewall does, derived row by row from the documented order: rules that restrict services, authenticated
/// bypass, block, allow, the profile's default (Microsoft, "Order of Windows Firewall with Advanced Security Rules
/// Evaluation"), and from the grammar of [MS-GPFAS] 2.2.2. Nothing here was compared with Windows.
/// </summary>
public sealed class WindowsFirewallTests
{
    private const FirewallOutcome In = FirewallOutcome.Accept, Drop = FirewallOutcome.Drop, Unknown = FirewallOutcome.Undetermined;
    private const string Tftp = "udp/10.0.0.5:69 from 192.0.2.7", Http = "tcp/10.0.0.5:80 from 192.0.2.7", Nobody = "tcp/10.0.0.5:8080 from 192.0.2.7", Ntp = "udp/10.0.0.5:123 from 192.0.2.7";
    private const string Block = "DefaultInboundAction=1";

    [Theory]
    // --- The default. No rule matches: the default inbound action is block where nobody set another.
    [InlineData("", "", Tftp, Drop, Block)]
    // Set to 0 in the registry it is allow (2.2.3.16).
    [InlineData("Public.DefaultInboundAction=0", "", Tftp, In, "DefaultInboundAction=0")]
    // Set to 1 it is block.
    [InlineData("Public.DefaultInboundAction=1", "", Tftp, Drop, Block)]
    // A value that no document describes says nothing.
    [InlineData("Public.DefaultInboundAction=7", "", Tftp, Unknown, null)]
    // But where a rule decides the default is not asked.
    [InlineData("Public.DefaultInboundAction=7", "Allow|Protocol=17|LPort=69", Tftp, In, "r1")]
    // Another profile's default does not count.
    [InlineData("Domain.DefaultInboundAction=0", "", Tftp, Drop, Block)]
    // The local private profile is the key StandardProfile.
    [InlineData("profile=Private Standard.DefaultInboundAction=0", "", Tftp, In, "DefaultInboundAction=0")]
    // --- Allow and block. An allow rule goes before the default.
    [InlineData("", "Allow|Protocol=17|LPort=69", Tftp, In, "r1")]
    // A block rule goes before an allow rule, behind it or before it.
    [InlineData("", "Allow|Protocol=17|LPort=69\nBlock|Protocol=17|LPort=69", Tftp, Drop, "r2")]
    [InlineData("", "Block|Protocol=17|LPort=69\nAllow|Protocol=17|LPort=69", Tftp, Drop, "r1")]
    // A narrow allow rule does not win against a wide block rule: administrators cannot order rules.
    [InlineData("", @"Allow|Protocol=17|LPort=69|RA4=192.0.2.7|App=C:\Serva\Serva64.exe" + "\nBlock|Protocol=17", Tftp, Drop, "r2")]
    // A block rule goes before a default of allow.
    [InlineData("Public.DefaultInboundAction=0", "Block|Protocol=17|LPort=69", Tftp, Drop, "r1")]
    // A block rule of the local policy goes before an allow rule of group policy: stores are merged, then ordered by action.
    [InlineData("", "G:Allow|Protocol=17|LPort=69\nBlock|Protocol=17|LPort=69", Tftp, Drop, "r2")]
    // --- Which rules count. Inactive rules do not.
    [InlineData("", "v2.31|Action=Allow|Active=FALSE|Dir=In|Protocol=17|LPort=69|", Tftp, Drop, Block)]
    // A missing Active means inactive (2.2.2.19).
    [InlineData("", "v2.31|Action=Allow|Dir=In|Protocol=17|LPort=69|", Tftp, Drop, Block)]
    // Outbound rules are not about inbound packets.
    [InlineData("", "v2.31|Action=Allow|Active=TRUE|Dir=Out|Protocol=17|LPort=69|", Tftp, Drop, Block)]
    // A connection security rule has no direction and is no filter.
    [InlineData("", "v2.33|Action=SecureServer|Name=Auth|Active=TRUE|Auth1Set={E5A5D32A-4BCE-4e4d-B07F-4AB1BA7E5FE3}|", Tftp, Drop, Block)]
    // An inbound rule whose action nobody knows may do anything.
    [InlineData("", "v2.40|Action=Later|Active=TRUE|Dir=In|Protocol=17|LPort=69|", Tftp, Unknown, null)]
    // A text that is no rule is passed over, as Windows does (event 4953).
    [InlineData("", "v2.nonsense\nAllow|Protocol=17|LPort=69", Tftp, In, "r2")]
    // --- Protocols and ports. A missing Protocol is any.
    [InlineData("", "Allow|Name=all", Tftp, In, "r1")]
    // Another protocol does not match.
    [InlineData("", "Allow|Protocol=6|LPort=69", Tftp, Drop, Block)]
    // A protocol without ports is every port of it.
    [InlineData("", "Allow|Protocol=17", Tftp, In, "r1")]
    // Several ports: one must hold.
    [InlineData("", "Allow|Protocol=17|LPort=67|LPort=69", Tftp, In, "r1")]
    // A range holds its ends.
    [InlineData("", "Allow|Protocol=17|LPort2_10=60-69", Tftp, In, "r1")]
    [InlineData("", "Allow|Protocol=17|LPort2_10=70-80", Tftp, Drop, Block)]
    // The corpus: a hardening script's ranges 1-66, 69-55554 hold 69.
    [InlineData("", "Allow|Protocol=17\nBlock|Protocol=17|LPort2_10=1-66|LPort2_10=69-55554|LPort2_10=55557-65535", Tftp, Drop, "r2")]
    // The same with 1-67, 69-65535 leaves 68 out.
    [InlineData("", "Allow|Protocol=6|LPort=68\nBlock|Protocol=6|LPort2_10=1-67|LPort2_10=69-65535", "tcp/10.0.0.5:68 from 192.0.2.7", In, "r1")]
    // A remote port that is given.
    [InlineData("", "Allow|Protocol=17|LPort=69|RPort=2070", Tftp + " sport 2070", In, "r1")]
    [InlineData("", "Allow|Protocol=17|LPort=69|RPort=2070", Tftp + " sport 2071", Drop, Block)]
    // One that is left open is none that a rule names.
    [InlineData("", "Allow|Protocol=17|LPort=69|RPort=2070", Tftp, Drop, Block)]
    // The RPC endpoint mapper is port 135.
    [InlineData("", "Allow|Protocol=6|LPort=RPC-EPMap", "tcp/10.0.0.5:135 from 192.0.2.7", In, "r1")]
    [InlineData("", "Allow|Protocol=6|LPort=RPC-EPMap", Http, Drop, Block)]
    // Which ports RPC servers were given no table shows.
    [InlineData("", @"Allow|Protocol=6|LPort=RPC|App=%SystemRoot%\system32\svchost.exe|Svc=Schedule", "tcp/10.0.0.5:49664 from 192.0.2.7", Unknown, null)]
    // But for another service it does not matter.
    [InlineData("", @"Allow|Protocol=6|LPort=RPC|App=%SystemRoot%\system32\svchost.exe|Svc=policyagent", "tcp/10.0.0.5:49664 from 192.0.2.7", Drop, Block)]
    // IP over HTTPS listens on 443, so its rule for System is not about 80.
    [InlineData("", "Allow|Protocol=6|LPort2_10=IPHTTPSIn|App=System", Http, Drop, Block)]
    // --- ICMP. A rule without types is for all.
    [InlineData("", "Allow|Protocol=1", "icmp/10.0.0.5 from 192.0.2.7", In, "r1")]
    // Type 8 with any code.
    [InlineData("", "Allow|Protocol=1|ICMP4=8:*", "icmp/10.0.0.5 from 192.0.2.7", In, "r1")]
    [InlineData("", "Allow|Protocol=1|ICMP4=8:*", "icmp/10.0.0.5 type 13 from 192.0.2.7", Drop, Block)]
    // With a code that is another.
    [InlineData("", "Allow|Protocol=1|ICMP4=3:4", "icmp/10.0.0.5 type 3 code 1 from 192.0.2.7", Drop, Block)]
    // The system gets it, so App=System holds, and another program does not.
    [InlineData("", "Allow|Protocol=58|ICMP6=128:*|App=System", "icmp/2001:db8::5 from 2001:db8:1::7", In, "r1")]
    [InlineData("", @"Allow|Protocol=1|App=C:\Serva\Serva64.exe", "icmp/10.0.0.5 from 192.0.2.7", Drop, Block)]
    // --- Programs. The owner of the listening socket, without case.
    [InlineData("", @"Allow|App=c:\serva\SERVA64.EXE", Tftp, In, "r1")]
    [InlineData("", @"Allow|App=C:\Other\Serva64.exe", Tftp, Drop, Block)]
    // Variables in the path, whose value is this machine's own.
    [InlineData("", @"Allow|App=%systemroot%\system32\svchost.exe", Ntp, In, "r1")]
    [InlineData("", @"Allow|App=C:\Windows\system32\svchost.exe", Ntp, Drop, Block)]
    // Doubled backslashes: no document says whether Windows reads them as one.
    [InlineData("", @"Allow|App=C:\\Serva\\Serva64.exe", Tftp, Unknown, null)]
    // System is the kernel, which is what listens for http.sys.
    [InlineData("", "Allow|Protocol=6|LPort=80|App=System", Http, In, "r1")]
    [InlineData("", "Allow|Protocol=17|LPort=69|App=System", Tftp, Drop, Block)]
    // Nobody listens: rules for programs are taken not to match.
    [InlineData("", @"Allow|Protocol=6|LPort=8080|App=C:\Serva\Serva64.exe", Nobody, Drop, Block)]
    [InlineData("", "Allow|Protocol=6|LPort=8080", Nobody, In, "r1")]
    // The owner is hidden, so nobody can tell whether the rule is for it ...
    [InlineData("", @"Allow|App=C:\Serva\Serva64.exe", "udp/10.0.0.5:514 from 192.0.2.7", Unknown, null)]
    // ... unless it does not matter.
    [InlineData("", "Allow|Protocol=17|LPort=514\n" + @"Allow|App=C:\Serva\Serva64.exe", "udp/10.0.0.5:514 from 192.0.2.7", In, "r1")]
    [InlineData("", "Block|Protocol=17|LPort=514\n" + @"Allow|App=C:\Serva\Serva64.exe", "udp/10.0.0.5:514 from 192.0.2.7", Drop, "r1")]
    // --- Services.
    [InlineData("", @"Allow|App=%SystemRoot%\System32\svchost.exe|Svc=w32time", Ntp, In, "r1")]
    [InlineData("", @"Allow|App=%SystemRoot%\System32\svchost.exe|Svc=dosvc", Ntp, Drop, Block)]
    // * is any service, but no program that is none.
    [InlineData("", "Allow|Svc=*", Ntp, In, "r1")]
    [InlineData("", "Allow|Svc=*", Tftp, Drop, Block)]
    // One of two services of a process.
    // Which services a program holds is known from all of them alone.
    [InlineData("services=some", "Allow|Svc=serva", Tftp, Unknown, null)]
    [InlineData("services=some", "Allow|Svc=serva|App=%SystemRoot%\\System32\\svchost.exe", Tftp, Drop, Block)]
    [InlineData("services=some", "Allow|Svc=w32time", Ntp, In, "r1")]
    [InlineData("", "Allow|Svc=RPCSS", "tcp/10.0.0.5:135 from 192.0.2.7", In, "r1")]
    // --- Profiles. A missing Profile is all.
    [InlineData("profile=Domain", "Allow|Protocol=17|LPort=69", Tftp, In, "r1")]
    [InlineData("", "Allow|Protocol=17|LPort=69|Profile=Private|Profile=Domain", Tftp, Drop, Block)]
    [InlineData("profile=Domain", "Allow|Protocol=17|LPort=69|Profile=Private|Profile=Domain", Tftp, In, "r1")]
    // Not known: each is weighed, and they differ.
    [InlineData("profile=?", "Allow|Protocol=17|LPort=69|Profile=Private", Tftp, Unknown, null)]
    // Not known, and they do not differ.
    [InlineData("profile=?", "Allow|Protocol=17|LPort=69|Profile=Private\nBlock|Protocol=17", Tftp, Drop, "r2")]
    [InlineData("profile=?", "", Tftp, Drop, Block)]
    // --- Settings of a profile. Off: nothing is filtered.
    [InlineData("Public.EnableFirewall=0", "Block|Protocol=17|LPort=69", Tftp, In, "EnableFirewall=0")]
    // Group policy goes before the local setting.
    [InlineData("Public.EnableFirewall=0 G.Public.EnableFirewall=1", "", Tftp, Drop, Block)]
    [InlineData("Public.EnableFirewall=1 G.Public.EnableFirewall=0", "", Tftp, In, "EnableFirewall=0")]
    // Group policy's StandardProfile is for public and private where neither has a key of its own (2.2.3).
    [InlineData("G.Standard.EnableFirewall=0", "", Tftp, In, "EnableFirewall=0")]
    [InlineData("G.Standard.EnableFirewall=0 G.Private.EnableFirewall=1", "", Tftp, Drop, Block)]
    [InlineData("profile=Domain G.Standard.EnableFirewall=0", "", Tftp, Drop, Block)]
    // Shields up: allow rules do not count.
    [InlineData("Public.DoNotAllowExceptions=1", "Allow|Protocol=17|LPort=69", Tftp, Drop, "DoNotAllowExceptions=1")]
    // Without merge local rules do not count, of either action; those of group policy do.
    [InlineData("G.Public.AllowLocalPolicyMerge=0", "Allow|Protocol=17|LPort=69", Tftp, Drop, Block)]
    [InlineData("G.Public.AllowLocalPolicyMerge=0", "Block|Protocol=17|LPort=69\nG:Allow|Protocol=17|LPort=69", Tftp, In, "r2")]
    [InlineData("G.Domain.AllowLocalPolicyMerge=0", "Allow|Protocol=17|LPort=69", Tftp, In, "r1")]
    // An interface that the firewall leaves alone.
    [InlineData("Public.DisabledInterfaces={0a1b2c3d-0000-1111-2222-333344445555}", "", Tftp, In, "DisabledInterfaces={0a1b2c3d-0000-1111-2222-333344445555}")]
    // --- Addresses. Remote addresses, prefixes, masks, ranges.
    [InlineData("", "Allow|Protocol=17|LPort=69|RA4=192.0.2.0/24", Tftp, In, "r1")]
    [InlineData("", "Allow|Protocol=17|LPort=69|RA4=192.0.2.0/255.255.255.0", Tftp, In, "r1")]
    [InlineData("", "Allow|Protocol=17|LPort=69|RA4=192.0.2.1-192.0.2.6", Tftp, Drop, Block)]
    // A source that is left open is none that a rule names.
    [InlineData("", "Allow|Protocol=17|LPort=69|RA4=192.0.2.0/24", "udp/10.0.0.5:69", Drop, Block)]
    // But all addresses hold it.
    [InlineData("", "Allow|Protocol=17|LPort=69|RA4=0.0.0.0-255.255.255.255", "udp/10.0.0.5:69", In, "r1")]
    // Addresses of the other family alone do not match.
    [InlineData("", "Allow|Protocol=17|LPort=69|RA6=2001:db8:1::/48", Tftp, Drop, Block)]
    // LocalSubnet is 10.0.0.0/24 here.
    [InlineData("", "Allow|Protocol=17|LPort=69|RA4=LocalSubnet|RA6=LocalSubnet", "udp/10.0.0.5:69 from 10.0.0.77", In, "r1")]
    [InlineData("", "Allow|Protocol=17|LPort=69|RA4=LocalSubnet|RA6=LocalSubnet", Tftp, Drop, Block)]
    // The default gateway is a route's.
    [InlineData("", "Allow|Protocol=17|LPort=69|RA4=DefaultGateway", "udp/10.0.0.5:69 from 10.0.0.1", In, "r1")]
    [InlineData("", "Allow|Protocol=17|LPort=69|RA4=DefaultGateway", "udp/10.0.0.5:69 from 10.0.0.2", Drop, Block)]
    // Which servers resolve names no table shows; what is the internet Windows decides itself.
    [InlineData("", "Allow|Protocol=17|LPort=69|RA4=DNS", Tftp, Unknown, null)]
    [InlineData("", "Allow|Protocol=17|LPort=69\nBlock|Protocol=17|RA42=IntErnet", Tftp, Unknown, null)]
    // Local addresses.
    [InlineData("", "Allow|Protocol=17|LPort=69|LA4=10.0.0.5", Tftp, In, "r1")]
    [InlineData("", "Allow|Protocol=17|LPort=69|LA4=10.0.0.6", Tftp, Drop, Block)]
    // --- Interfaces, by identifier without case and by kind.
    [InlineData("", "Allow|Protocol=17|LPort=69|IF={0a1b2c3d-0000-1111-2222-333344445555}", Tftp, In, "r1")]
    [InlineData("", "Allow|Protocol=17|LPort=69|IF={00000000-0000-1111-2222-333344445555}", Tftp, Drop, Block)]
    [InlineData("", "Allow|Protocol=17|LPort=69|IFType=Lan", Tftp, In, "r1")]
    [InlineData("", "Allow|Protocol=17|LPort=69|IFType=Wireless", Tftp, Drop, Block)]
    // --- IPsec. An allow rule that wants it is not met by a plain packet; nor does a bypass rule help it past a block rule.
    [InlineData("", "Allow|Protocol=17|LPort=69|Security=Authenticate", Tftp, Drop, Block)]
    [InlineData("", "ByPass|Protocol=17|Security=Authenticate\nBlock|Protocol=17", Tftp, Drop, "r2")]
    // --- Fields that nobody understands: they matter when the rule would.
    [InlineData("", "Allow|Protocol=17|LPort=69|Later3_1=x", Tftp, Unknown, null)]
    [InlineData("", "Allow|Protocol=6|LPort=69|Later3_1=x", Tftp, Drop, Block)]
    [InlineData("", "Block|Protocol=17|LPort=69|Later3_1=x", Tftp, Drop, Block)]
    // The corpus: a block rule for logons by a descriptor, beside an allow rule.
    [InlineData("", "Allow|Protocol=17|LPort=69\nBlock|LUAuth=O:LSD:(D;;CC;;;S-1-2-1)", Tftp, Unknown, null)]
    // Descriptions say nothing about packets.
    [InlineData("", "Allow|Protocol=17|LPort=69|Name=n|Desc=d|EmbedCtxt=e", Tftp, In, "r1")]
    // A rule of a package is for its container, in which no plain program and no service runs.
    [InlineData("", "Allow|AppPkgId=S-1-15-2-1|LUOwn=S-1-5-21-1", Tftp, Drop, Block)]
    [InlineData("", "Allow|AppPkgId=S-1-15-2-1|LUOwn=S-1-5-21-1", "tcp/10.0.0.5:9000 from 192.0.2.7", Unknown, null)]
    // A rule for other versions of Windows: 6.1 alone, and 6.2 or later.
    [InlineData("", "Allow|Protocol=17|LPort=69|Platform=2:6:1", Tftp, Drop, Block)]
    [InlineData("", "Allow|Protocol=17|LPort=69|Platform=2:6:2|Platform2=GTEQ", Tftp, In, "r1")]
    // A version that nobody told decides nothing.
    [InlineData("assumed=guessed", "Allow|Protocol=17|LPort=69|Platform=2:6:2|Platform2=GTEQ", Tftp, Unknown, null)]
    // Several versions are alternatives.
    [InlineData("", "Allow|Protocol=17|LPort=69|Platform=2:6:1|Platform=2:10:0", Tftp, In, "r1")]
    [InlineData("", "Allow|Protocol=17|LPort=69|Platform=2:6:1|Platform=2:6:2", Tftp, Drop, Block)]
    // --- Edge traversal: packets through Teredo need a rule that says so.
    [InlineData("", "Allow|Protocol=58", "icmp/2001:0:53aa::5 from 2001:db8:1::7", Drop, Block)]
    [InlineData("", "Allow|Protocol=58|Edge=TRUE", "icmp/2001:0:53aa::5 from 2001:db8:1::7", In, "r1")]
    // --- Rules that restrict services come first: they drop what an allow rule lets in ...
    [InlineData("", "H:Block|Svc=W32Time\nAllow|Protocol=17", Ntp, Drop, "r1")]
    // ... unless they allow it themselves; then the others are asked.
    [InlineData("", "H:Block|Svc=W32Time\nH:Allow|Svc=W32Time|Protocol=17|LPort=123\nAllow|Protocol=17", Ntp, In, "r3")]
    [InlineData("", "H:Block|Svc=W32Time\nH:Allow|Svc=W32Time|Protocol=17|LPort=123", Ntp, Drop, Block)]
    // Shipped without Active, nobody knows whether they work.
    [InlineData("", "H:v2.0|Action=Block|Dir=In|Svc=W32Time|\nAllow|Protocol=17", Ntp, Unknown, null)]
    // It matters to nobody where the packet is dropped anyway, and with the firewall off too.
    [InlineData("", "H:v2.0|Action=Block|Dir=In|Svc=W32Time|", Ntp, Drop, Block)]
    [InlineData("Public.EnableFirewall=0", "H:v2.0|Action=Block|Dir=In|Svc=W32Time|", Ntp, Unknown, null)]
    // They work with the firewall off.
    [InlineData("Public.EnableFirewall=0", "H:Block|Svc=W32Time", Ntp, Drop, "r1")]
    // --- Loopback is not filtered, nor what a host sends to itself.
    [InlineData("", "Block|Protocol=17", "udp/127.0.0.1:69", In, null)]
    [InlineData("", "Block|Protocol=17", "udp/10.0.0.5:69 from 10.0.0.5", In, null)]
    // --- Services of the system. Without MpsSvc persistent filters block what nobody asked for, and rules do not count.
    [InlineData("MpsSvc=Stopped", "Allow|Protocol=17|LPort=69", Tftp, Drop, "MpsSvc")]
    // Neighbour solicitations are let in even then.
    [InlineData("MpsSvc=Stopped", "", "icmp/2001:db8::5 type 135 from 2001:db8::7", In, "MpsSvc")]
    // With the firewall off in all profiles the persistent filters are gone too.
    [InlineData("MpsSvc=Stopped Public.EnableFirewall=0 Domain.EnableFirewall=0 Standard.EnableFirewall=0", "", Tftp, In, "MpsSvc")]
    // Without the Base Filtering Engine no document says anything.
    [InlineData("BFE=Stopped", "", Tftp, Unknown, null)]
    // Before Vista the firewall was another one.
    [InlineData("version=5.1.2600", "Allow|Protocol=17|LPort=69", Tftp, Unknown, null)]
    // What is for another host is not judged.
    [InlineData("", "Allow|Protocol=17|LPort=69", "udp/10.0.0.9:69 from 192.0.2.7", Unknown, null)]
    // A broadcast of the subnet is for this one.
    [InlineData("", "Allow|Protocol=17|LPort=69", "udp/10.0.0.255:69 from 10.0.0.7", In, "r1")]
    // Sockets that nobody read: a rule for a program may or may not be meant.
    [InlineData("sockets=none", @"Allow|App=C:\Serva\Serva64.exe", Tftp, Unknown, null)]
    [InlineData("sockets=none", "Allow|Protocol=17|LPort=69", Tftp, In, "r1")]
    public void Evaluate_DocumentedOrder_GivesTheVerdict(string changes, string rules, string packet, FirewallOutcome outcome, string? decidedBy)
    {
        FirewallVerdict verdict = Judge(changes, rules, packet);

        Assert.Equal(outcome, verdict.Outcome);
        if (decidedBy == "MpsSvc")
            Assert.Contains("MpsSvc", verdict.DecidedBy!.Text, StringComparison.Ordinal);
        else
            Assert.Equal(decidedBy, verdict.DecidedBy?.RuleId ?? verdict.DecidedBy?.Text);
        Assert.Equal(outcome == Unknown ? Certainty.None : Certainty.Likely, verdict.Certainty);
        Assert.NotEmpty(verdict.Unseen);
    }

    [Fact]
    public void Evaluate_SourceLeftOpen_SaysWhatWouldBeOtherwise()
    {
        FirewallVerdict verdict = Judge("", "Allow|Protocol=17|LPort=69|RA4=LocalSubnet|Name=Serva TFTP\nAllow|Protocol=17|LPort=69|Security=Authenticate", "udp/10.0.0.5:69");

        Assert.Equal(Drop, verdict.Outcome);
        Assert.Equal(
            ["with a source of LocalSubnet: let in by Serva TFTP", "with IPsec having authenticated it (Security=Authenticate): let in by r2"],
            verdict.Conditions);
    }

    [Fact]
    public void Evaluate_OpenBlockBesideAllow_SaysWhatWouldBeDropped()
    {
        FirewallVerdict verdict = Judge("", "Allow|Protocol=17|LPort=69\nBlock|RA4=198.51.100.0/24|Name=no lab", "udp/10.0.0.5:69");

        Assert.Equal((In, "r1"), (verdict.Outcome, verdict.DecidedBy?.RuleId));
        Assert.Equal("with a source of 198.51.100.0/24: dropped by no lab", Assert.Single(verdict.Conditions));
    }

    [Fact]
    public void Evaluate_NobodyListens_ProgramsForAnyPortAreOneCondition()
    {
        FirewallVerdict verdict = Judge("", """
            Allow|Protocol=6|LPort=8080|App=C:\Serva\Serva64.exe|Name=Serva
            Allow|App=C:\A\a.exe|Name=A
            Allow|App=C:\B\b.exe|Name=B
            """, Nobody);

        Assert.Equal(
            [
                @"with App=C:\Serva\Serva64.exe listening there: let in by Serva",
                "with one of 2 programs listening there that rules name for any port, A among them: let in",
            ],
            verdict.Conditions);
    }

    [Fact]
    public void Evaluate_RulesThatNearlyMatch_StandInTheTraceWithWhatIsMissing()
    {
        FirewallVerdict verdict = Judge("G.Public.AllowLocalPolicyMerge=0", """
            G:Allow|Protocol=17|LPort=69|Profile=Private|Name=other profile
            G:Allow|Protocol=6|App=C:\Serva\Serva64.exe|Name=other protocol
            G:v2.31|Action=Allow|Active=FALSE|Dir=In|Protocol=17|LPort=69|Name=inactive|
            Allow|Protocol=17|LPort=69|Name=not merged
            G:Allow|Protocol=17|LPort=70|Name=another matter
            """, Tftp);

        string[] near = [.. verdict.Trace.Where(step => step.Code == "firewall.near").Select(step => step.Text)];
        Assert.Equal(
            [
                "other profile (Allow): the profile Private does not hold",
                "other protocol (Allow): Protocol=6 does not hold",
                "inactive (Allow): Active=TRUE does not hold",
                "not merged (Allow): AllowLocalPolicyMerge=1 does not hold",
            ],
            near);
        Assert.Equal((Drop, Block, "Public"), (verdict.Outcome, verdict.DecidedBy?.Text, verdict.DecidedBy?.Chain));
    }

    [Fact]
    public void Evaluate_DecidingRule_StandsAsWindowsWritesIt()
    {
        FirewallDecision decision = Judge("", "Allow|Protocol=17|LPort=69|Name=Serva TFTP", Tftp).DecidedBy!;

        Assert.Equal("v2.31|Active=TRUE|Dir=In|Action=Allow|Protocol=17|LPort=69|Name=Serva TFTP|", decision.Text);
        Assert.Equal(("r1", WindowsFirewallStore.Local, "Serva TFTP"), (decision.RuleId, decision.Store, decision.Comment));
    }

    [Fact]
    public void Evaluate_ProfileNotKnown_SaysWhatEachWouldDo()
    {
        FirewallVerdict verdict = Judge("profile=?", "Allow|Protocol=17|LPort=69|Profile=Private|Name=Serva", Tftp);

        Assert.Equal(
            [
                "the profile of Ethernet is not known",
                "in the profile Domain it is dropped by DefaultInboundAction=1",
                "in the profile Private it is let in by Serva",
                "in the profile Public it is dropped by DefaultInboundAction=1",
            ],
            verdict.Unseen);
    }

    [Fact]
    public void Evaluate_OtherProductRuns_SaysThatItIsNotJudged()
    {
        FirewallVerdict verdict = Judge("AVP21.3=Running", "Allow|Protocol=17|LPort=69", Tftp);

        Assert.Contains("Kaspersky (service AVP21.3) runs and may filter besides: it is not judged", verdict.Unseen);
    }

    [Fact]
    public void Evaluate_RulesNobodyCouldRead_IsUndeterminedWithTheReason()
    {
        HostSnapshot host = WindowsFirewallHost.Host with { WindowsFirewallRules = Table<WindowsFirewallRuleRow>.Unavailable("registry", "access denied") };

        FirewallVerdict verdict = new FirewallEvaluator(host).Evaluate(Flow.Parse("10.0.0.5 ipproto udp dport 69"));

        Assert.Equal(Unknown, verdict.Outcome);
        Assert.Equal("windowsFirewallRules: access denied", Assert.Single(verdict.Unseen));
    }

    private static FirewallVerdict Judge(string changes, string rules, string packet)
    {
        var evaluator = new FirewallEvaluator(WindowsFirewallHost.Change(WindowsFirewallHost.With(rules), changes));
        Assert.True(evaluator.TryParse(packet, out Flow? flow, out string? error), error);
        return evaluator.Evaluate(flow);
    }
}
