using System;
using System.Collections.Generic;
using System.Linq;
using Serva.Diagnostics.Addressing;
using Serva.Diagnostics.Formats.WindowsFirewall;
using Serva.Diagnostics.Snapshots;
using Xunit;

namespace Serva.Diagnostics.Tests.Formats.WindowsFirewall;

/// <summary>Rules written here after the grammar of [MS-GPFAS] 2.2.2, key by key.</summary>
public sealed class WindowsFirewallRuleTests
{
    private const string Full =
        @"v2.31|Action=Block|Active=TRUE|Dir=In|Protocol=17|Profile=Private|Profile=Domain|LPort=69|LPort2_10=4000-4010|LPort=RPC-EPMap"
        + "|RPort=53|LA4=192.0.2.7|LA6=2001:db8::7|RA4=198.51.100.0/255.255.255.0|RA6=2001:db8:1::/48|RA4=LocalSubnet|RA42=IntErnet|RA6=DNS"
        + @"|IF={0A1B2C3D-0000-1111-2222-333344445555}|IFType=Lan|IFType=RemoteAccess|App=%ProgramFiles%\Lab\labd.exe|Svc=labsvc|Name=Lab: (a), b;c"
        + "|Edge=TRUE|Desc=d|EmbedCtxt=e|Later3_1=x|";

    [Fact]
    public void Decode_EveryMember_HasItsValueInOrder()
    {
        WindowsFirewallRule rule = Rule(Full);

        Assert.Equal(new Version(2, 31), rule.Version);
        Assert.Equal(WindowsFirewallAction.Block, rule.Action);
        Assert.True(rule.Active);
        Assert.Equal(FirewallDirection.In, rule.Direction);
        Assert.Equal((byte)17, rule.IPProtocol);
        Assert.Equal([WindowsFirewallProfile.Private, WindowsFirewallProfile.Domain], rule.Profiles);
        Assert.Equal([Ports(69, 69), Ports(4000, 4010), new() { Keyword = WindowsFirewallPortKeyword.RpcEndpointMapper }], rule.LocalPorts);
        Assert.Equal([Ports(53, 53)], rule.RemotePorts);
        Assert.Equal([NetPrefix.Parse("192.0.2.7/32"), NetPrefix.Parse("2001:db8::7/128")], rule.LocalAddresses);
        Assert.Equal([NetPrefix.Parse("198.51.100.0/24"), NetPrefix.Parse("2001:db8:1::/48")], rule.RemoteAddresses);
        Assert.Equal([WindowsFirewallAddressKeyword.LocalSubnet, WindowsFirewallAddressKeyword.Internet], rule.RemoteKeywordsV4);
        Assert.Equal([WindowsFirewallAddressKeyword.Dns], rule.RemoteKeywordsV6);
        Assert.Equal(["{0A1B2C3D-0000-1111-2222-333344445555}"], rule.InterfaceIds);
        Assert.Equal([WindowsFirewallInterfaceType.Lan, WindowsFirewallInterfaceType.RemoteAccess], rule.InterfaceTypes);
        Assert.Equal(@"%ProgramFiles%\Lab\labd.exe", rule.Application);
        Assert.Equal("labsvc", rule.Service);
        Assert.Equal("Lab: (a), b;c", rule.DisplayName);
        Assert.True(rule.EdgeTraversal);
        Assert.Equal([Field("Desc", "d"), Field("EmbedCtxt", "e"), Field("Later3_1", "x")], rule.OtherFields);
    }

    [Fact]
    public void Encode_OrderOfTheEncoder_GivesTheSameText()
    {
        // The keywords of one family stand together there.
        string text = Full.Replace("RA4=LocalSubnet|RA42=IntErnet|RA6=DNS|", "RA4=LocalSubnet|RA42=IntErnet|RA6=DNS|RA62=IntrAnet|", StringComparison.Ordinal);

        Assert.Equal(text, WindowsFirewallRuleEncoder.Encode(Rule(text)));
    }

    [Fact]
    public void Decode_NothingButADirection_AbsentStaysAbsent()
    {
        WindowsFirewallRule rule = Rule("v2.0|Dir=Out|");

        Assert.Equal(new WindowsFirewallRule { Version = new Version(2, 0), Direction = FirewallDirection.Out }, rule);
        Assert.Null(rule.Active);
        Assert.Null(rule.IPProtocol);
        Assert.Empty(rule.Profiles);
    }

    [Theory]
    [InlineData("Action=Allow", WindowsFirewallAction.Allow)]
    [InlineData("Action=Block", WindowsFirewallAction.Block)]
    [InlineData("Action=ByPass", WindowsFirewallAction.Bypass)]
    [InlineData("action=allow", WindowsFirewallAction.Allow)]
    public void Decode_Action_IsRead(string field, WindowsFirewallAction expected) => Assert.Equal(expected, Rule($"v2.0|{field}|").Action);

    [Theory]
    [InlineData("LPort=RPC", WindowsFirewallPortKeyword.Rpc)]
    [InlineData("LPort=RPC-EPMap", WindowsFirewallPortKeyword.RpcEndpointMapper)]
    [InlineData("LPort=Teredo", WindowsFirewallPortKeyword.Teredo)]
    [InlineData("LPort2_10=IPTLSIn", WindowsFirewallPortKeyword.IPTlsIn)]
    [InlineData("LPort2_10=IPHTTPSIn", WindowsFirewallPortKeyword.IPHttpsIn)]
    [InlineData("RPort2_10=IPTLSOut", WindowsFirewallPortKeyword.IPTlsOut)]
    [InlineData("RPort2_10=IPHTTPSOut", WindowsFirewallPortKeyword.IPHttpsOut)]
    [InlineData("LPort2_20=DHCP", WindowsFirewallPortKeyword.Dhcp)]
    [InlineData("LPort2_20=Ply2Disc", WindowsFirewallPortKeyword.PlayToDiscovery)]
    [InlineData("LPort2_25=mDNS", WindowsFirewallPortKeyword.Mdns)]
    [InlineData("RPort2_28=CortanaOut", WindowsFirewallPortKeyword.CortanaOut)]
    [InlineData("LPort2_29=TcpCDPSvc", WindowsFirewallPortKeyword.TcpCdp)]
    public void Decode_PortKeyword_IsReadAndWritten(string field, WindowsFirewallPortKeyword expected)
    {
        string text = $"v2.31|Protocol=6|{field}|";

        WindowsFirewallRule rule = Rule(text);

        Assert.Equal(expected, Assert.Single(field[0] == 'L' ? rule.LocalPorts : rule.RemotePorts).Keyword);
        Assert.Equal(text, WindowsFirewallRuleEncoder.Encode(rule));
    }

    [Theory]
    [InlineData("RA4=LocalSubnet", WindowsFirewallAddressKeyword.LocalSubnet)]
    [InlineData("RA4=DNS", WindowsFirewallAddressKeyword.Dns)]
    [InlineData("RA6=DHCP", WindowsFirewallAddressKeyword.Dhcp)]
    [InlineData("RA4=WINS", WindowsFirewallAddressKeyword.Wins)]
    [InlineData("RA6=DefaultGateway", WindowsFirewallAddressKeyword.DefaultGateway)]
    [InlineData("RA42=IntrAnet", WindowsFirewallAddressKeyword.Intranet)]
    [InlineData("RA62=IntErnet", WindowsFirewallAddressKeyword.Internet)]
    [InlineData("RA42=Ply2Renders", WindowsFirewallAddressKeyword.PlayToRenderers)]
    [InlineData("RA62=RmtIntrAnet", WindowsFirewallAddressKeyword.RemoteIntranet)]
    [InlineData("RA42=CaptivePortal", WindowsFirewallAddressKeyword.CaptivePortal)]
    public void Decode_AddressKeyword_IsReadAndWritten(string field, WindowsFirewallAddressKeyword expected)
    {
        string text = $"v2.31|{field}|";

        WindowsFirewallRule rule = Rule(text);

        Assert.Equal(expected, Assert.Single(field[2] == '4' ? rule.RemoteKeywordsV4 : rule.RemoteKeywordsV6));
        Assert.Equal(text, WindowsFirewallRuleEncoder.Encode(rule));
    }

    [Theory]
    [InlineData("LA4=192.0.2.1", "192.0.2.1/32")]
    [InlineData("LA4=192.0.2.0/24", "192.0.2.0/24")]
    [InlineData("RA4=192.0.2.77/255.255.255.192", "192.0.2.64/26")]
    [InlineData("RA4=0.0.0.0/0", "0.0.0.0/0")]
    [InlineData("RA4=0.0.0.0-255.255.255.255", "0.0.0.0/0")]
    [InlineData("RA4=10.0.0.1-10.0.0.4", "10.0.0.1/32 10.0.0.2/31 10.0.0.4/32")]
    [InlineData("RA4=10.0.0.9-10.0.0.9", "10.0.0.9/32")]
    [InlineData("LA6=fe80::/10", "fe80::/10")]
    [InlineData("RA6=2001:db8::1", "2001:db8::1/128")]
    [InlineData("RA6=2001:db8::fffe-2001:db8::1:1", "2001:db8::fffe/127 2001:db8::1:0/127")]
    [InlineData("RA6=::-ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "::/0")]
    public void Decode_Addresses_BecomePrefixes(string field, string expected)
    {
        WindowsFirewallRule rule = Rule($"v2.31|{field}|");

        Assert.Equal(expected, string.Join(' ', field[0] == 'L' ? rule.LocalAddresses : rule.RemoteAddresses));
        Assert.Empty(rule.OtherFields);
    }

    [Fact]
    public void Decode_AnyRangeOfIPv4_HoldsItsAddressesAlone()
    {
        var random = new Random(7);
        for (int i = 0; i < 2000; i++)
        {
            uint first = (uint)random.NextInt64(1L << 32) & (random.Next(2) == 0 ? uint.MaxValue : 0xffff_ff00);
            uint last = (uint)Math.Min(first + random.NextInt64(1L << random.Next(33)), uint.MaxValue);
            var prefixes = Rule($"v2.0|RA4={NetAddress.FromIPv4(first)}-{NetAddress.FromIPv4(last)}|").RemoteAddresses;

            uint next = first;
            foreach (NetPrefix prefix in prefixes)
            {
                Assert.Equal(NetAddress.FromIPv4(next), prefix.Address);
                next = unchecked(prefix.LastAddress.ToIPv4() + 1);
            }

            Assert.Equal(last, unchecked(next - 1));
            Assert.InRange(prefixes.Length, 1, 62);
        }
    }

    [Theory]
    [InlineData(1, "ICMP4=8:*", 8, null)]
    [InlineData(1, "ICMP4=3:4", 3, 4)]
    [InlineData(58, "ICMP6=135:0", 135, 0)]
    public void Decode_Icmp_IsReadAndWritten(int protocol, string field, int type, int? code)
    {
        string text = $"v2.31|Protocol={protocol}|{field}|";

        WindowsFirewallRule rule = Rule(text);

        Assert.Equal(new WindowsFirewallIcmpType { IcmpType = (byte)type, IcmpCode = (byte?)code }, Assert.Single(rule.IcmpTypes));
        Assert.Equal(text, WindowsFirewallRuleEncoder.Encode(rule));
    }

    [Fact]
    public void Decode_PortsBeforeTheProtocol_AreRead() =>
        Assert.Equal([Ports(443, 443)], Rule("v2.0|RPort=443|Protocol=6|").RemotePorts);

    // The keys of the grammar without a member, and values, repetitions and combinations that are none of it.
    [Theory]
    [InlineData("Security=Authenticate")]
    [InlineData("Security2_9=An-NoEncap")]
    [InlineData("Security2=AnE-Nego")]
    [InlineData("Desc=about this")]
    [InlineData("EmbedCtxt=group")]
    [InlineData("Defer=App")]
    [InlineData("LSM=TRUE")]
    [InlineData("LOM=TRUE")]
    [InlineData("Platform=2:6:1")]
    [InlineData("Platform2=GTEQ")]
    [InlineData("RMauth=O:LSD:(A;;CC;;;WD)")]
    [InlineData("RUAuth=O:LSD:(A;;CC;;;WD)")]
    [InlineData("LUAuth=O:LSD:(A;;CC;;;WD)")]
    [InlineData("LUAuth2_24=TwA=")]
    [InlineData("LUOwn=S-1-5-18")]
    [InlineData("AuthByPassOut=TRUE")]
    [InlineData("SkipVer=2.26")]
    [InlineData("PCross=TRUE")]
    [InlineData("AppPkgId=S-1-15-2-1")]
    [InlineData("TTK=Proximity")]
    [InlineData("TTK2_22=WFDPrint")]
    [InlineData("TTK2_27=UPnP")]
    [InlineData("TTK2_28=WFDCDPSvc")]
    [InlineData("NNm=bGFi")]
    [InlineData("SecurityRealmId={1}")]
    [InlineData("Auth1Set={1}")]
    [InlineData("Action=SecureServer")]
    [InlineData("Active=1")]
    [InlineData("Dir=Sideways")]
    [InlineData("Edge=")]
    [InlineData("Profile=All")]
    [InlineData("IF=eth0")]
    [InlineData("IFType=Any")]
    [InlineData("LPort=80")]
    [InlineData("RPort=80")]
    [InlineData("ICMP4=8:*")]
    [InlineData("ICMP6=8:*")]
    [InlineData("LA4=LocalSubnet")]
    [InlineData("LA4=2001:db8::1")]
    [InlineData("LA6=192.0.2.1")]
    [InlineData("LA6=fe80::1%4")]
    [InlineData("RA4=IntErnet")]
    [InlineData("RA42=LocalSubnet")]
    [InlineData("RA42=192.0.2.1")]
    [InlineData("RA4=192.0.2.9-192.0.2.1")]
    [InlineData("RA4=192.0.2.0/33")]
    [InlineData("RA4=192.0.2.0/255.0.255.0")]
    [InlineData("RA4=192.0.2.0/")]
    [InlineData("RA4=192.0.2.1-")]
    [InlineData("RA6=2001:db8::/129")]
    [InlineData("RA6=2001:db8::/255.0.0.0")]
    [InlineData("RA4=010.0.0.1")]
    [InlineData("Protocol=256")]
    [InlineData("Protocol=+6")]
    [InlineData("Protocol=tcp")]
    public void Decode_FieldWithoutMember_StandsUnderOthersAlone(string field)
    {
        string text = $"v2.31|{field}|";

        WindowsFirewallRule rule = Rule(text);

        string[] parts = field.Split('=', 2);
        Assert.Equal(new WindowsFirewallRule { Version = new Version(2, 31), OtherFields = [Field(parts[0], parts[1])] }, rule);
        Assert.Equal(text, WindowsFirewallRuleEncoder.Encode(rule));
    }

    [Theory]
    [InlineData("LPort=70000")]
    [InlineData("LPort=1-2")]
    [InlineData("LPort=IPTLSIn")]
    [InlineData("LPort2_10=80")]
    [InlineData("LPort2_10=9-1")]
    [InlineData("LPort2_10=1-")]
    [InlineData("LPort2_20=80")]
    [InlineData("RPort=RPC")]
    [InlineData("RPort2_10=IPTLSIn")]
    [InlineData("RPort2_28=80")]
    [InlineData("ICMP4=8:*")]
    [InlineData("Protocol=6")]
    public void Decode_FieldThatDoesNotFitTcp_StandsUnderOthers(string field)
    {
        string[] parts = field.Split('=');

        Assert.Equal([Field(parts[0], parts[1])], Rule($"v2.31|Protocol=6|{field}|").OtherFields);
    }

    [Fact]
    public void Decode_SecondOfWhatMayBeThereOnce_FirstCountsSecondIsKept()
    {
        const string text = "v2.0|Action=Allow|Active=TRUE|Dir=In|App=a|Svc=b|Name=c|Edge=TRUE|Action=Block|Active=FALSE|Dir=Out|App=x|Svc=y|Name=z|Edge=FALSE|";

        WindowsFirewallRule rule = Rule(text);

        Assert.Equal(WindowsFirewallAction.Allow, rule.Action);
        Assert.Equal(
            [Field("Action", "Block"), Field("Active", "FALSE"), Field("Dir", "Out"), Field("App", "x"), Field("Svc", "y"), Field("Name", "z"), Field("Edge", "FALSE")],
            rule.OtherFields);
        Assert.Equal(text, WindowsFirewallRuleEncoder.Encode(rule));
    }

    [Theory]
    [InlineData("", "does not begin with a version like v2.30|")]
    [InlineData("|", "does not begin with a version like v2.30|")]
    [InlineData("v|Dir=In|", "does not begin with a version like v2.30|")]
    [InlineData("2.30|Dir=In|", "does not begin with a version like v2.30|")]
    [InlineData("v2|Dir=In|", "does not begin with a version like v2.30|")]
    [InlineData("v2.256|Dir=In|", "does not begin with a version like v2.30|")]
    [InlineData("v2.30.1|Dir=In|", "does not begin with a version like v2.30|")]
    [InlineData("v2.30", "does not begin with a version like v2.30|")]
    [InlineData("v2.30|", "has no field")]
    [InlineData("v2.30|Dir=In", "does not end with |")]
    [InlineData("v2.30|Dir=In|Act", "does not end with |")]
    [InlineData("v2.30|Dir=In||", "field at position 14 has no =")]
    [InlineData("v2.30|Dir|", "field at position 7 has no =")]
    [InlineData("v2.30|=In|", "key at position 7 is not of letters, digits and _")]
    [InlineData("v2.30|Dir =In|", "key at position 7 is not of letters, digits and _")]
    public void Decode_NoRule_IsKeptWithTheReason(string text, string problem)
    {
        WindowsFirewallRuleRow row = WindowsFirewallRuleDecoder.Decode("lab", WindowsFirewallStore.GroupPolicy, text);

        Assert.Equal(new WindowsFirewallRuleRow { RuleId = "lab", Store = WindowsFirewallStore.GroupPolicy, Text = text, Problem = problem }, row);
    }

    [Fact]
    public void Decode_VeryLong_IsBounded()
    {
        string many = "v2.0|" + string.Concat(Enumerable.Range(0, 3000).Select(i => $"RA4=10.{i / 256}.{i % 256}.9|"));
        string tooMany = "v2.0|" + string.Concat(Enumerable.Repeat("RA4=0.0.0.1-255.255.255.254|", 1000));
        string tooLong = "v2.0|Name=" + new string('x', 70_000) + "|";
        string longValue = "v2.0|Name=" + new string('x', 10_001) + "|";

        WindowsFirewallRuleRow row = Decode(many);
        Assert.Null(row.Text);
        Assert.Equal(3000, row.Rule!.RemoteAddresses.Length);
        WindowsFirewallRule bounded = Decode(tooMany).Rule!;
        Assert.InRange(bounded.RemoteAddresses.Length, 9_900, 10_000);
        Assert.Equal(1000 - bounded.RemoteAddresses.Length / 62, bounded.OtherFields.Length);
        Assert.Equal("longer than 65,536 characters", Decode(tooLong).Problem);
        Assert.Equal(tooLong[..10_000], Decode(tooLong).Text);
        Assert.Equal("has a value longer than 10,000 characters", Decode(longValue).Problem);
        Assert.Equal(1024, WindowsFirewallRuleDecoder.Decode(tooLong, WindowsFirewallStore.Local, "").RuleId.Length);
    }

    [Fact]
    public void Decode_WhateverTheRegistryHolds_FitsIntoACase()
    {
        string worst = "v2.0|Name=" + new string('\u0001', 9_900) + "|X=" + new string('\u4e2d', 70) + "|";
        WindowsFirewallRuleRow[] rows = [Decode(worst), Decode(new string('\u0001', 70_000)), Decode("v2.0|Name=\ud800|"), Decode("\udc00")];
        var host = new HostSnapshot
        {
            CapturedAt = default,
            Platform = new HostPlatform { Family = PlatformFamily.Windows, Version = new Version(10, 0) },
            WindowsFirewallRules = Table.Complete(rows, "registry"),
        };

        Table<WindowsFirewallRuleRow> read = DiagnosticCase.FromJson(new DiagnosticCase { Host = host }.ToJson()).Host.WindowsFirewallRules;

        Assert.Equal(rows[..2], read.Take(2));
        // Half a surrogate pair is no text, and JSON has none.
        Assert.Equal("v2.0|Name=\ufffd|", read[2].Text);
        Assert.Equal("\ufffd", read[3].Text);
    }

    [Fact]
    public void Encode_MemberThatHasNoSpelling_GivesNothing()
    {
        var rule = new WindowsFirewallRule { Version = new Version(2, 0), DisplayName = "a|Action=Allow" };

        Assert.Null(WindowsFirewallRuleEncoder.Encode(rule));
        Assert.Null(WindowsFirewallRuleEncoder.Encode(rule with { DisplayName = null, Action = WindowsFirewallAction.Unknown }));
        Assert.Null(WindowsFirewallRuleEncoder.Encode(rule with { DisplayName = null, OtherFields = [Field("a b", "c")] }));
        Assert.Null(WindowsFirewallRuleEncoder.Encode(rule with { DisplayName = null, RemotePorts = [new() { Keyword = WindowsFirewallPortKeyword.Rpc }] }));
        Assert.Null(WindowsFirewallRuleEncoder.Encode(rule with { DisplayName = null }));
    }

    [Fact]
    public void Decode_OrdinaryRule_AllocatesLittle()
    {
        const string text = @"v2.30|Action=Allow|Active=TRUE|Dir=In|Protocol=6|Profile=Domain|LPort=8080|RA4=LocalSubnet|App=%SystemRoot%\lab.exe|Name=n|Desc=d|EmbedCtxt=e|";
        Decode(text);
        long before = GC.GetAllocatedBytesForCurrentThread();

        for (int i = 0; i < 1000; i++)
            Decode(text);

        Assert.InRange((GC.GetAllocatedBytesForCurrentThread() - before) / 1000, 1, 4096);
    }

    [Theory]
    [InlineData(0u, false, WindowsFirewallAction.Allow)]
    [InlineData(1u, true, WindowsFirewallAction.Block)]
    [InlineData(2u, null, WindowsFirewallAction.Unknown)]
    [InlineData(uint.MaxValue, null, WindowsFirewallAction.Unknown)]
    public void Values_OfAProfile_MeanWhatTheDocumentSays(uint value, bool? isOn, WindowsFirewallAction action)
    {
        Assert.Equal(isOn, WindowsFirewallValues.Switch(value));
        Assert.Equal(action, WindowsFirewallValues.Action(value));
    }

    private static WindowsFirewallRuleRow Decode(string text) => WindowsFirewallRuleDecoder.Decode("lab", WindowsFirewallStore.Local, text);

    private static WindowsFirewallRule Rule(string text)
    {
        WindowsFirewallRuleRow row = Decode(text);
        Assert.Null(row.Problem);
        return row.Rule!;
    }

    private static WindowsFirewallPorts Ports(int first, int last) => new() { First = first, Last = last };

    private static WindowsFirewallRuleField Field(string key, string value) => new() { Key = key, Value = value };
}
