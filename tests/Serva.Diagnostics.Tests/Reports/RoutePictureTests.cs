using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Net.NetworkInformation;
using System.Xml.Linq;
using Serva.Diagnostics.Addressing;
using Serva.Diagnostics.Reports;
using Serva.Diagnostics.Snapshots;
using Serva.Diagnostics.Tests.Formats.RoutePrint;
using Xunit;

namespace Serva.Diagnostics.Tests.Reports;

public sealed class RoutePictureTests
{
    private static readonly XNamespace s_svg = "http://www.w3.org/2000/svg";

    [Fact]
    public void ToSvg_SingleHomedWindows_TheWayByItsRouter()
    {
        HostSnapshot host = ImportedHost.Read([new ImportText { Name = "print", Text = RoutePrints.German }], DateTimeOffset.UnixEpoch).Host!;

        string[] texts = Texts(Draw(host, "203.0.113.5", null));

        Assert.StartsWith("A packet to 203.0.113.5 leaves by Intel(R) Wi-Fi 6 to the router 192.0.2.1, with the source 192.0.2.10", string.Join(' ', texts[..2]), StringComparison.Ordinal);
        Assert.Contains("packet", texts);
        Assert.Contains("source 192.0.2.10, chosen by the system", texts);
        Assert.Contains("Intel(R) Wi-Fi 6", texts);
        Assert.Contains("192.0.2.10/24  is the source", texts);
        Assert.Contains("default via 192.0.2.1 metric 30", texts);
        Assert.Equal(["router", "192.0.2.1", "destination", "203.0.113.5"], texts[Array.IndexOf(texts, "router")..][..4]);
        Assert.Equal(1, texts.Count(text => text == "taken"));
    }

    [Fact]
    public void ToSvg_TwoInterfacesWithARule_TheRuleAndWhatLost()
    {
        HostSnapshot host = TwoInterfaces();

        string[] texts = Texts(Draw(host, "203.0.113.5", "198.51.100.10"));

        Assert.Contains("source 198.51.100.10, as asked", texts);
        Assert.Contains("rule 1000: from 198.51.100.10/32 lookup 100", texts);
        Assert.Contains("default via 198.51.100.1 table 100", texts);
        Assert.Contains("default via 192.0.2.1 metric 100", texts);
        Assert.Contains("in table main", texts);
        Assert.True(Array.IndexOf(texts, "eth1") < Array.IndexOf(texts, "eth0"), "the interface of the way comes first");
        Assert.Equal(2, texts.Count(text => text == "router"));
        Assert.Equal(1, texts.Count(text => text == "destination"));
    }

    [Fact]
    public void ToSvg_Multipath_EveryWayAndItsSource()
    {
        HostSnapshot host = TwoInterfaces();
        host = host with
        {
            Routes = host.Routes.WithRows(
            [
                .. host.Routes,
                Route("203.0.113.0/24") with
                {
                    NextHops =
                    [
                        new NextHopRow { Gateway = NetAddress.Parse("192.0.2.1"), Interface = 2, Weight = 1, Flags = 0 },
                        new NextHopRow { Gateway = NetAddress.Parse("198.51.100.1"), Interface = 3, Weight = 1, Flags = 0 },
                    ],
                },
            ]),
        };

        XElement svg = Draw(host, "203.0.113.5", null);
        string[] texts = Texts(svg);

        Assert.Equal(2, texts.Count(text => text == "taken"));
        Assert.Equal(["203.0.113.0/24 via 192.0.2.1", "203.0.113.0/24 via 198.51.100.1"], texts.Where(text => text.StartsWith("203.0.113.0/24 ", StringComparison.Ordinal)));
        Assert.Equal(2, texts.Count(text => text.EndsWith("is the source", StringComparison.Ordinal)));
        // Two into the host, two to the routers, two to the destination, and one to the rule.
        Assert.Equal(7, svg.Elements(s_svg + "path").Count(path => ((string)path.Attribute("class")!).Contains("taken-line", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("192.0.2.10", "192.0.2.10/24  is the destination", 676)]
    [InlineData("192.0.2.77", "destination, on the link", 1192)]
    [InlineData("10.9.9.9", "refused: EINVAL", 1192)]
    public void ToSvg_OtherOutcomes_EndWhereThePacketEnds(string destination, string text, int width)
    {
        HostSnapshot host = TwoInterfaces();
        host = host with { Routes = host.Routes.WithRows([.. host.Routes, Route("10.0.0.0/8") with { Kind = RouteKind.Blackhole }]) };

        XElement svg = Draw(host, destination, null);

        Assert.Contains(text, Texts(svg));
        Assert.Equal(width.ToString(CultureInfo.InvariantCulture), (string?)svg.Attribute("width"));
    }

    [Fact]
    public void ToSvg_NothingKnown_SaysSo()
    {
        HostSnapshot host = TwoInterfaces() with { Routes = Table.NotRequested<RouteRow>() };

        string[] texts = Texts(Draw(host, "192.0.2.77", null));

        Assert.Contains("nobody can say which way it goes", texts);
        Assert.DoesNotContain("destination", texts);
    }

    [Theory]
    [InlineData("\"><script>alert(1)</script>")]
    [InlineData("eth0&lt;]]>-->")]
    [InlineData("\u001b[31mred\0\u202egnp.exe\ud800\ufffe\ufb1d")]
    public void ToSvg_HostileName_IsTextAndNothingElse(string name)
    {
        HostSnapshot host = TwoInterfaces();
        host = host with { Interfaces = host.Interfaces.WithRows([.. host.Interfaces.Select(row => row.Index == 2 ? row with { Name = name, Description = name, Kind = name } : row)]) };

        string text = RouteReport.ToSvg(new RouteSelector(host).Select(new Flow { Destination = NetAddress.Parse("203.0.113.5") }), host);

        XElement svg = XElement.Parse(text);
        Assert.All(svg.DescendantsAndSelf(), element => Assert.Contains(element.Name.LocalName, (string[])["svg", "title", "style", "defs", "marker", "path", "rect", "circle", "text"]));
        Assert.All(svg.DescendantsAndSelf().Attributes(), attribute => Assert.False(attribute.Name.LocalName.StartsWith("on", StringComparison.Ordinal) || attribute.Name.LocalName == "href"));
        Assert.DoesNotContain(text, c => char.IsControl(c) && c != '\n');
        Assert.DoesNotContain('\u202e', text);
        Assert.Contains(SafeName(name), string.Concat(Texts(svg)), StringComparison.Ordinal);
    }

    [Fact]
    public void ToSvg_ManyAndLong_IsBoundedAndSaysWhatIsLeftOut()
    {
        HostSnapshot host = TwoInterfaces();
        string longName = new('n', 900);
        host = host with
        {
            Interfaces = host.Interfaces.WithRows([.. host.Interfaces, .. Enumerable.Range(10, 200).Select(index => Link((uint)index, $"{longName}{index}", NetworkInterfaceType.Ethernet))]),
            Addresses = host.Addresses.WithRows(
            [
                .. host.Addresses, .. Enumerable.Range(10, 200).Select(index => Address((uint)index, $"10.0.{index}.1", 24)), .. Enumerable.Range(20, 60).Select(last => Address(2, $"192.0.2.{last}", 24)),
            ]),
            Routes = host.Routes.WithRows([.. host.Routes, .. Enumerable.Range(0, 30).Select(i => Route("0.0.0.0/0") with { Gateway = NetAddress.Parse($"192.0.2.{100 + i}"), Interface = 2, Metric = 300 + (uint)i })]),
        };

        XElement svg = Draw(host, "203.0.113.5", null);
        string[] texts = Texts(svg);

        Assert.Contains("and 191 more interfaces", texts);
        Assert.Contains(texts, text => text.EndsWith(" and 57 more", StringComparison.Ordinal));
        Assert.Contains("and 23 more routes", texts);
        Assert.InRange((int)svg.Attribute("height")!, 500, 1700);
        Assert.All(texts, text => Assert.InRange(text.Length, 1, 160));
        Assert.Contains(svg.Descendants(s_svg + "text").Elements(s_svg + "title"), title => title.Value.StartsWith("nnn", StringComparison.Ordinal) && title.Value.Length <= 301);
        Assert.Contains(texts, text => text.StartsWith("nnn", StringComparison.Ordinal) && text.EndsWith('\u2026'));
    }

    [Fact]
    public void ToSvg_Style_HasBothSchemesAndNothingFromOutside()
    {
        string text = RouteReport.ToSvg(new RouteSelector(TwoInterfaces()).Select(new Flow { Destination = NetAddress.Parse("203.0.113.5") }), TwoInterfaces());

        Assert.Contains("@media (prefers-color-scheme:dark)", text, StringComparison.Ordinal);
        Assert.DoesNotContain("http", text.Replace("http://www.w3.org/2000/svg", "", StringComparison.Ordinal), StringComparison.Ordinal);
        // Every class that is used has a colour of its own in the style, or is one of the marks without.
        string style = XElement.Parse(text).Element(s_svg + "style")!.Value;
        IEnumerable<string> used = XElement.Parse(text).Descendants().Attributes("class").SelectMany(attribute => attribute.Value.Split(' ')).Distinct();
        Assert.All(used, name => Assert.Contains($".{name}{{", style, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("abcdef", 6, "abcdef")]
    [InlineData("abcdefg", 6, "abcde\u2026")]
    [InlineData("\u63a5\u53e3\u5217\u8868", 8, "\u63a5\u53e3\u5217\u8868")]
    [InlineData("\u63a5\u53e3\u5217\u8868", 7, "\u63a5\u53e3\u5217\u2026")]
    [InlineData("", 0, "")]
    public void Cut_LongText_EndsInAnEllipsisWithinItsCells(string text, int cells, string expected) => Assert.Equal(expected, Svg.Cut(text, cells));

    private static string SafeName(string name) => name[0] == '\u001b' ? @"\u001B[31mred\u0000\u202Egnp.exe" : name;

    private static XElement Draw(HostSnapshot host, string destination, string? source)
    {
        var flow = new Flow { Destination = NetAddress.Parse(destination), Source = source is null ? null : NetAddress.Parse(source) };
        return XElement.Parse(RouteReport.ToSvg(new RouteSelector(host).Select(flow), host));
    }

    private static string[] Texts(XElement svg) => [.. svg.Elements(s_svg + "text").Select(text => string.Concat(text.Nodes().OfType<XText>().Select(node => node.Value)))];

    private static HostSnapshot TwoInterfaces() => new()
    {
        CapturedAt = DateTimeOffset.UnixEpoch,
        Platform = new HostPlatform { Family = PlatformFamily.Linux, Version = new Version(6, 18) },
        Interfaces = Table.Complete([Link(1, "lo", NetworkInterfaceType.Loopback), Link(2, "eth0", NetworkInterfaceType.Ethernet), Link(3, "eth1", NetworkInterfaceType.Ethernet)], "test"),
        Addresses = Table.Complete([Address(1, "127.0.0.1", 8) with { Scope = 254 }, Address(2, "192.0.2.10", 24), Address(3, "198.51.100.10", 24)], "test"),
        Routes = Table.Complete(
            [
                Route("0.0.0.0/0") with { Gateway = NetAddress.Parse("192.0.2.1"), Interface = 2, Metric = 100 },
                Route("0.0.0.0/0") with { Gateway = NetAddress.Parse("198.51.100.1"), Interface = 3, Table = 100 },
                Route("192.0.2.0/24") with { Interface = 2, Scope = 253, PreferredSource = NetAddress.Parse("192.0.2.10") },
                Route("198.51.100.0/24") with { Interface = 3, Scope = 253, PreferredSource = NetAddress.Parse("198.51.100.10") },
                Route("192.0.2.10/32") with { Kind = RouteKind.Local, Interface = 2, Table = 255, Scope = 254, PreferredSource = NetAddress.Parse("192.0.2.10") },
                Route("198.51.100.10/32") with { Kind = RouteKind.Local, Interface = 3, Table = 255, Scope = 254, PreferredSource = NetAddress.Parse("198.51.100.10") },
            ],
            "test"),
        RoutingRules = Table.Complete(
            [Rule(0, 255), Rule(1000, 100) with { From = NetPrefix.Parse("198.51.100.10/32") }, Rule(32766, 254), Rule(32767, 253)], "test"),
        Settings = Table.Complete<SettingRow>([], "test"),
    };

    private static InterfaceRow Link(uint index, string name, NetworkInterfaceType type) => new() { Index = index, Name = name, Status = OperationalStatus.Up, Type = type };

    private static AddressRow Address(uint index, string address, int length) =>
        new() { Interface = index, Address = NetAddress.Parse(address), PrefixLength = length, State = AddressState.Preferred, Scope = 0 };

    private static RouteRow Route(string destination) => new() { Destination = NetPrefix.Parse(destination), Kind = RouteKind.Unicast, Metric = 0, Table = 254, Protocol = 4 };

    private static RoutingRuleRow Rule(uint priority, uint table) => new() { Priority = priority, IsIPv6 = false, Action = RoutingRuleAction.Lookup, Table = table };
}
