using Serva.Diagnostics.Addressing;
using Xunit;

namespace Serva.Diagnostics.Tests.Addressing;

/// <summary>Texts with what they mean: written by hand from the RFCs and from the points where well-known parsers disagree.</summary>
public static class EndpointVectors
{
    /// <summary>Text, canonical text. Where the two are the same the row is a canonical form.</summary>
    public static TheoryData<string, string> Addresses { get; } = new()
    {
        { "0.0.0.0", "0.0.0.0" },
        { "255.255.255.255", "255.255.255.255" },
        { "127.0.0.1", "127.0.0.1" },
        { "1.2.3.4", "1.2.3.4" },
        { "10.20.30.40", "10.20.30.40" },
        { "192.168.100.200", "192.168.100.200" },
        { "249.250.251.252", "249.250.251.252" },
        { "::", "::" },
        { "::1", "::1" },
        { "1::", "1::" },
        { "0:0:0:0:0:0:0:0", "::" },
        { "0000:0000:0000:0000:0000:0000:0000:0001", "::1" },
        { "1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8" },
        { "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff" },
        { "ABCD:EF01:2345:6789:ABCD:EF01:2345:6789", "abcd:ef01:2345:6789:abcd:ef01:2345:6789" }, // RFC 4291 2.2
        { "2001:DB8:0:0:8:800:200C:417A", "2001:db8::8:800:200c:417a" }, // RFC 4291 2.2
        { "FF01:0:0:0:0:0:0:101", "ff01::101" }, // RFC 4291 2.2
        { "0:0:0:0:0:0:13.1.68.3", "::d01:4403" }, // RFC 4291 2.2; the dotted tail stays for ::ffff:0:0/96
        { "0:0:0:0:0:FFFF:129.144.52.38", "::ffff:129.144.52.38" }, // RFC 4291 2.2
        { "::13.1.68.3", "::d01:4403" },
        { "::FFFF:129.144.52.38", "::ffff:129.144.52.38" },
        { "::ffff:c000:0201", "::ffff:192.0.2.1" },
        { "::ffff:0.0.0.0", "::ffff:0.0.0.0" },
        { "::fffe:1.2.3.4", "::fffe:102:304" },
        { "::ffff:0:1.2.3.4", "::ffff:0:102:304" }, // RFC 2765 translated
        { "64:ff9b::192.0.2.33", "64:ff9b::c000:221" }, // RFC 6052 2.4
        { "1:2:3:4:5:6:1.2.3.4", "1:2:3:4:5:6:102:304" },
        { "1::1.2.3.4", "1::102:304" },
        { "1:2:3:4:5::1.2.3.4", "1:2:3:4:5:0:102:304" },
        { "2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1" }, // RFC 5952 4.2.3
        { "2001:0db8:0:0:1:0:0:1", "2001:db8::1:0:0:1" }, // RFC 5952 2
        { "2001:db8::1:0:0:1", "2001:db8::1:0:0:1" },
        { "2001:db8::0:1:0:0:1", "2001:db8::1:0:0:1" },
        { "2001:0db8::1:0:0:1", "2001:db8::1:0:0:1" },
        { "2001:db8:0:0:1::1", "2001:db8::1:0:0:1" },
        { "2001:DB8:0:0:1::1", "2001:db8::1:0:0:1" },
        { "2001:db8:aaaa:bbbb:cccc:dddd:eeee:0001", "2001:db8:aaaa:bbbb:cccc:dddd:eeee:1" }, // RFC 5952 2.1
        { "2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1" }, // RFC 5952 4.2.2
        { "2001:db8::1:1:1:1:1", "2001:db8:0:1:1:1:1:1" },
        { "2001:0:0:1:0:0:0:1", "2001:0:0:1::1" }, // RFC 5952 4.2.3
        { "1:0:0:4:5:0:0:8", "1::4:5:0:0:8" }, // leftmost of equals
        { "1:0:0:4:0:0:0:8", "1:0:0:4::8" },
        { "0:0:3:4:5:6:7:8", "::3:4:5:6:7:8" },
        { "1:2:3:4:5:6:0:0", "1:2:3:4:5:6::" },
        { "0:2:3:4:5:6:7:8", "0:2:3:4:5:6:7:8" }, // one group is not a run
        { "1:2:3:4:5:6:7:0", "1:2:3:4:5:6:7:0" },
        { "1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0" }, // "::" for one group, as inet_pton reads it
        { "::2:3:4:5:6:7:8", "0:2:3:4:5:6:7:8" },
        { "1:2:3::5:6:7:8", "1:2:3:0:5:6:7:8" },
        { "1::8", "1::8" },
        { "1:2::7:8", "1:2::7:8" },
        { "::ffff", "::ffff" },
        { "ffff::", "ffff::" },
        { "0::0", "::" },
        { "a:b:c:d:e:f:a:b", "a:b:c:d:e:f:a:b" },
        { "1:10:100:1000:1:10:100:1000", "1:10:100:1000:1:10:100:1000" },
        { "fe80::1%4", "fe80::1%4" },
        { "fe80::1%1", "fe80::1%1" },
        { "fe80::1%4294967295", "fe80::1%4294967295" },
        { "fe80::1%0", "fe80::1" }, // RFC 4007 11.2: zone 0 is the default zone
        { "fe80::1%004", "fe80::1%4" },
        { "::%7", "::%7" },
        { "::1%5", "::1%5" },
        { "::ffff:1.2.3.4%9", "::ffff:1.2.3.4%9" },
        { "1:2:3:4:5:6:7:8%10", "1:2:3:4:5:6:7:8%10" },
        { "ff02::1:2%3", "ff02::1:2%3" },
    };

    /// <summary>Text, fault, position, length.</summary>
    public static TheoryData<string, EndpointFault, int, int> WrongAddresses { get; } = new()
    {
        { "", EndpointFault.Empty, 0, 0 },
        { new string('1', 129), EndpointFault.TooLong, 128, 1 },
        { "1.2.3.4" + new string(' ', 200), EndpointFault.TooLong, 128, 79 },
        { " ", EndpointFault.UnexpectedCharacter, 0, 1 },
        { " 1.2.3.4", EndpointFault.UnexpectedCharacter, 0, 1 },
        { "1.2.3.4 ", EndpointFault.UnexpectedCharacter, 7, 1 },
        { "1.2.3.4\0", EndpointFault.UnexpectedCharacter, 7, 1 },
        { "1.2.3.4\n", EndpointFault.UnexpectedCharacter, 7, 1 },
        { "localhost", EndpointFault.UnexpectedCharacter, 0, 1 },
        { "deadbeef", EndpointFault.UnexpectedCharacter, 0, 1 },
        { "*", EndpointFault.UnexpectedCharacter, 0, 1 },
        { "-1.2.3.4", EndpointFault.UnexpectedCharacter, 0, 1 },
        { "1.+2.3.4", EndpointFault.UnexpectedCharacter, 2, 1 },
        { "1,2,3,4", EndpointFault.UnexpectedCharacter, 1, 1 },
        { "0x7f.0.0.1", EndpointFault.UnexpectedCharacter, 1, 1 },
        { "0xFFFFFFFF", EndpointFault.UnexpectedCharacter, 1, 1 },
        { "1.2.3.a", EndpointFault.UnexpectedCharacter, 6, 1 },
        { "1.2.3.4a", EndpointFault.UnexpectedCharacter, 7, 1 },
        { "1.2.3.4]", EndpointFault.UnexpectedCharacter, 7, 1 },
        { "1. 2.3.4", EndpointFault.UnexpectedCharacter, 2, 1 },
        { "\u0661.2.3.4", EndpointFault.NotAscii, 0, 1 },
        { "1.2.3.\uff14", EndpointFault.NotAscii, 6, 1 },
        { "1\u30022.3.4", EndpointFault.NotAscii, 1, 1 },
        { "::\u00e9", EndpointFault.NotAscii, 2, 1 },
        { "fe80::1%\u00e9th0", EndpointFault.NotAscii, 8, 1 },
        { "%4", EndpointFault.AddressMissing, 0, 0 },
        { "/8", EndpointFault.AddressMissing, 0, 0 },
        { "0", EndpointFault.OctetMissing, 1, 0 },
        { "1234", EndpointFault.OctetTooLarge, 0, 4 },
        { "127.1", EndpointFault.OctetMissing, 5, 0 },
        { "1.2.3", EndpointFault.OctetMissing, 5, 0 },
        { "1.2.3.", EndpointFault.OctetMissing, 6, 0 },
        { "1..3.4", EndpointFault.OctetMissing, 2, 0 },
        { ".1.2.3.4", EndpointFault.OctetMissing, 0, 0 },
        { "1.2.3:80", EndpointFault.OctetMissing, 5, 0 },
        { "01.2.3.4", EndpointFault.OctetLeadingZero, 0, 2 },
        { "1.2.3.00", EndpointFault.OctetLeadingZero, 6, 2 },
        { "010.0.0.1", EndpointFault.OctetLeadingZero, 0, 3 },
        { "1.2.0003.4", EndpointFault.OctetLeadingZero, 4, 4 },
        { "::192.168.0.010", EndpointFault.OctetLeadingZero, 12, 3 },
        { "256.1.1.1", EndpointFault.OctetTooLarge, 0, 3 },
        { "1.2.3.1000", EndpointFault.OctetTooLarge, 6, 4 },
        { "1.4294967297.3.4", EndpointFault.OctetTooLarge, 2, 10 },
        { "1.18446744073709551618.3.4", EndpointFault.OctetTooLarge, 2, 20 },
        { "::ffff:1.2.3.256", EndpointFault.OctetTooLarge, 13, 3 },
        { "1.2.3.4.5", EndpointFault.TooManyOctets, 7, 1 },
        { "1.2.3.4.", EndpointFault.TooManyOctets, 7, 1 },
        { "::1.2.3.4.5", EndpointFault.TooManyOctets, 9, 1 },
        { ":", EndpointFault.GroupMissing, 0, 0 },
        { ":1", EndpointFault.GroupMissing, 0, 0 },
        { ":1::2", EndpointFault.GroupMissing, 0, 0 },
        { ":::", EndpointFault.GroupMissing, 2, 0 },
        { "1:::2", EndpointFault.GroupMissing, 3, 0 },
        { "1:2:3:4:5:6:7:", EndpointFault.GroupMissing, 14, 0 },
        { "1::2:", EndpointFault.GroupMissing, 5, 0 },
        { "1:2:%4", EndpointFault.GroupMissing, 4, 0 },
        { "12345::", EndpointFault.GroupTooLong, 0, 5 },
        { "::00000", EndpointFault.GroupTooLong, 2, 5 },
        { "::123456789a", EndpointFault.GroupTooLong, 2, 10 },
        { "1::2::3", EndpointFault.SecondDoubleColon, 4, 2 },
        { "::1::", EndpointFault.SecondDoubleColon, 3, 2 },
        { "1:2", EndpointFault.TooFewGroups, 3, 0 },
        { "1:2:3:4:5:6:7", EndpointFault.TooFewGroups, 13, 0 },
        { "1:2:3:4:5:1.2.3.4", EndpointFault.TooFewGroups, 17, 0 },
        { "1:2:3:4:5:6:7%4", EndpointFault.TooFewGroups, 13, 0 },
        { "1:2:3:4:5:6:7:8:9", EndpointFault.TooManyGroups, 16, 1 },
        { "1:2:3:4::5:6:7:8", EndpointFault.TooManyGroups, 15, 1 },
        { "1:2:3:4:5:6:7:8::", EndpointFault.TooManyGroups, 15, 2 },
        { "::1:2:3:4:5:6:7:8", EndpointFault.TooManyGroups, 16, 1 },
        { "1:2:3:4:5:6:7:1.2.3.4", EndpointFault.TooManyGroups, 14, 1 },
        { "1:2:3:4:5:6::1.2.3.4", EndpointFault.TooManyGroups, 13, 1 },
        { "1:g::", EndpointFault.UnexpectedCharacter, 2, 1 },
        { "1:2:3:4:5:6:7:8 ", EndpointFault.UnexpectedCharacter, 15, 1 },
        { "::1]", EndpointFault.UnexpectedCharacter, 3, 1 },
        { "::ab.1.1.1", EndpointFault.UnexpectedCharacter, 2, 1 },
        { "::.1.2.3", EndpointFault.UnexpectedCharacter, 2, 1 },
        { "::1.2.3", EndpointFault.OctetMissing, 7, 0 },
        { "::1.2.3.4:5", EndpointFault.UnexpectedCharacter, 9, 1 },
        { "1::1.2.3.4::", EndpointFault.UnexpectedCharacter, 10, 1 },
        { "::1x", EndpointFault.UnexpectedCharacter, 3, 1 },
        { "[::1]", EndpointFault.BracketsNotAllowed, 0, 1 },
        { "[::1]:80", EndpointFault.BracketsNotAllowed, 0, 1 },
        { "fe80::1%", EndpointFault.ZoneMissing, 8, 0 },
        { "fe80::1%4294967296", EndpointFault.ZoneTooLarge, 8, 10 },
        { "fe80::1%99999999999999999999999999", EndpointFault.ZoneTooLarge, 8, 26 },
        { "fe80::1%eth0", EndpointFault.ZoneNameNeedsHost, 8, 4 },
        { "fe80::1%4x", EndpointFault.ZoneNameNeedsHost, 8, 2 },
        { "fe80::1%-1", EndpointFault.ZoneNameNeedsHost, 8, 2 },
        { "fe80::1%br-lan.10", EndpointFault.ZoneNameNeedsHost, 8, 9 },
        { "fe80::1%1:80", EndpointFault.UnexpectedCharacter, 9, 1 },
        { "fe80::1%%1", EndpointFault.UnexpectedCharacter, 8, 1 },
        { "fe80::1%a]b", EndpointFault.UnexpectedCharacter, 9, 1 },
        { "fe80::1%eth 0", EndpointFault.UnexpectedCharacter, 11, 1 },
        { "fe80::1%4/64", EndpointFault.UnexpectedCharacter, 9, 1 },
        { "127.0.0.53%lo", EndpointFault.ZoneOnIPv4, 10, 3 },
        { "127.0.0.1%1", EndpointFault.ZoneOnIPv4, 9, 2 },
        { "1.2.3.4:80", EndpointFault.PortNotAllowed, 7, 3 },
        { "1.2.3.4/8", EndpointFault.PrefixLengthNotAllowed, 7, 2 },
        { "::/0", EndpointFault.PrefixLengthNotAllowed, 2, 2 },
    };

    /// <summary>Text, canonical text.</summary>
    public static TheoryData<string, string> Endpoints { get; } = new()
    {
        { "0.0.0.0:0", "0.0.0.0:0" },
        { "1.2.3.4:80", "1.2.3.4:80" },
        { "255.255.255.255:65535", "255.255.255.255:65535" },
        { "1.2.3.4:00080", "1.2.3.4:80" }, // leading zeros of a port are decimal everywhere
        { "1.2.3.4:0000000000000000000000000000065535", "1.2.3.4:65535" },
        { "[::]:53", "[::]:53" },
        { "[::1]:0", "[::1]:0" },
        { "[::1]:000443", "[::1]:443" },
        { "[2001:db8::1]:80", "[2001:db8::1]:80" }, // RFC 5952 6
        { "[::FFFF:1.2.3.4]:443", "[::ffff:1.2.3.4]:443" },
        { "[::127.0.0.1]:22", "[::7f00:1]:22" },
        { "[fe80::1%12]:546", "[fe80::1%12]:546" },
        { "[fe80::1%4294967295]:1", "[fe80::1%4294967295]:1" },
        { "[fe80::1%0]:1", "[fe80::1]:1" },
        { "[1:2:3:4:5:6:7:8]:80", "[1:2:3:4:5:6:7:8]:80" },
        { "[1:2:3:4:5:6:1.2.3.4]:80", "[1:2:3:4:5:6:102:304]:80" },
        { "[0000:0000:0000:0000:0000:ffff:255.255.255.255]:65535", "[::ffff:255.255.255.255]:65535" },
        {
            "[ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff%4294967295]:65535",
            "[ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff%4294967295]:65535"
        },
    };

    /// <summary>Text, fault, position, length.</summary>
    public static TheoryData<string, EndpointFault, int, int> WrongEndpoints { get; } = new()
    {
        { "", EndpointFault.Empty, 0, 0 },
        { "1.2.3.4:" + new string('0', 125), EndpointFault.TooLong, 128, 5 },
        { "1.2.3.4", EndpointFault.PortMissing, 7, 0 },
        { "1.2.3.4:", EndpointFault.PortMissing, 8, 0 },
        { "[::1]", EndpointFault.PortMissing, 5, 0 },
        { "[::1]:", EndpointFault.PortMissing, 6, 0 },
        { "1.2.3.4:65536", EndpointFault.PortTooLarge, 8, 5 },
        { "[::1]:100000", EndpointFault.PortTooLarge, 6, 6 },
        { "1.2.3.4:99999999999999999999999", EndpointFault.PortTooLarge, 8, 23 },
        { "1.2.3.4:-1", EndpointFault.UnexpectedCharacter, 8, 1 },
        { "1.2.3.4:+80", EndpointFault.UnexpectedCharacter, 8, 1 },
        { "1.2.3.4: 80", EndpointFault.UnexpectedCharacter, 8, 1 },
        { "1.2.3.4:80 ", EndpointFault.UnexpectedCharacter, 10, 1 },
        { "1.2.3.4:80\0", EndpointFault.UnexpectedCharacter, 10, 1 },
        { "1.2.3.4:0x50", EndpointFault.UnexpectedCharacter, 9, 1 },
        { "1.2.3.4:8a", EndpointFault.UnexpectedCharacter, 9, 1 },
        { "1.2.3.4:http", EndpointFault.UnexpectedCharacter, 8, 1 },
        { "1.2.3.4:*", EndpointFault.UnexpectedCharacter, 8, 1 },
        { "1.2.3.4::80", EndpointFault.UnexpectedCharacter, 8, 1 },
        { "1.2.3.4:80:90", EndpointFault.UnexpectedCharacter, 10, 1 },
        { "1.2.3.4:\uff18\uff10", EndpointFault.NotAscii, 8, 1 },
        { "1.2.3.4/24", EndpointFault.UnexpectedCharacter, 7, 1 },
        { ":80", EndpointFault.AddressMissing, 0, 0 },
        { "[]:80", EndpointFault.AddressMissing, 1, 0 },
        { "[%4]:80", EndpointFault.AddressMissing, 1, 0 },
        { "*:80", EndpointFault.UnexpectedCharacter, 0, 1 },
        { "localhost:80", EndpointFault.UnexpectedCharacter, 0, 1 },
        { "1.2.3:80", EndpointFault.OctetMissing, 5, 0 },
        { "1.2.3.4.5:80", EndpointFault.TooManyOctets, 7, 1 },
        { "01.2.3.4:80", EndpointFault.OctetLeadingZero, 0, 2 },
        { "256.1.1.1:80", EndpointFault.OctetTooLarge, 0, 3 },
        { "00000000:0016", EndpointFault.OctetLeadingZero, 0, 8 }, // /proc/net is hexadecimal, and not for guessing
        { "127.0.0.53%lo:53", EndpointFault.ZoneOnIPv4, 10, 6 },
        { "::1", EndpointFault.BracketsMissing, 0, 3 },
        { "::1:80", EndpointFault.BracketsMissing, 0, 6 },
        { ":::80", EndpointFault.BracketsMissing, 0, 5 },
        { "2001:db8::1.80", EndpointFault.BracketsMissing, 0, 14 },
        { "fe80::1%1:80", EndpointFault.BracketsMissing, 0, 12 },
        { "::1]:80", EndpointFault.BracketsMissing, 0, 7 },
        { "[1.2.3.4]:80", EndpointFault.BracketsOnIPv4, 1, 7 },
        { "[1.2.3.4", EndpointFault.BracketsOnIPv4, 1, 7 },
        { "[::1:80", EndpointFault.BracketNotClosed, 7, 0 },
        { "[fe80::1%4", EndpointFault.BracketNotClosed, 10, 0 },
        { "[", EndpointFault.AddressMissing, 1, 0 },
        { "[[::1]]:80", EndpointFault.UnexpectedCharacter, 1, 1 },
        { "[::1]]:80", EndpointFault.UnexpectedCharacter, 5, 1 },
        { "[::1]80", EndpointFault.UnexpectedCharacter, 5, 1 },
        { "[::1]%4:80", EndpointFault.UnexpectedCharacter, 5, 1 },
        { "[::1/64]:80", EndpointFault.UnexpectedCharacter, 4, 1 },
        { "[::1]:80\n", EndpointFault.UnexpectedCharacter, 8, 1 },
        { " [::1]:80", EndpointFault.UnexpectedCharacter, 0, 1 },
        { "[::1%]:80", EndpointFault.ZoneMissing, 5, 0 },
        { "[fe80::1%eth0]:80", EndpointFault.ZoneNameNeedsHost, 9, 4 },
        { "[fe80::1%a]b]:80", EndpointFault.ZoneNameNeedsHost, 9, 1 },
        { "[fe80::1%25en1]:80", EndpointFault.ZoneNameNeedsHost, 9, 5 }, // RFC 6874 is for URLs
        { "[fe80::1%4294967296]:80", EndpointFault.ZoneTooLarge, 9, 10 },
        { "[1:2:3]:80", EndpointFault.TooFewGroups, 6, 0 },
        { "[1:2:3:4:5:6:7:8:9]:80", EndpointFault.TooManyGroups, 17, 1 },
        { "[::1::]:80", EndpointFault.SecondDoubleColon, 4, 2 },
        { "[12345::]:80", EndpointFault.GroupTooLong, 1, 5 },
        { "[1:]:80", EndpointFault.GroupMissing, 3, 0 },
    };

    /// <summary>Text, canonical text with 53 as the default port.</summary>
    public static TheoryData<string, string> EndpointsWithDefaultPort { get; } = new()
    {
        { "1.2.3.4", "1.2.3.4:53" },
        { "1.2.3.4:80", "1.2.3.4:80" },
        { "1.2.3.4:0", "1.2.3.4:0" },
        { "[::1]", "[::1]:53" },
        { "[::1]:80", "[::1]:80" },
        { "::1", "[::1]:53" },
        { "::1:80", "[::1:80]:53" }, // all of it is the address
        { "fe80::1%4", "[fe80::1%4]:53" },
        { "[fe80::1%4]", "[fe80::1%4]:53" },
    };

    /// <summary>Text, fault, position, length, where a default port is given.</summary>
    public static TheoryData<string, EndpointFault, int, int> WrongEndpointsWithDefaultPort { get; } = new()
    {
        { "", EndpointFault.Empty, 0, 0 },
        { "1.2.3.4:", EndpointFault.PortMissing, 8, 0 },
        { "[::1]:", EndpointFault.PortMissing, 6, 0 },
        { "[::1", EndpointFault.BracketNotClosed, 4, 0 },
        { "[1.2.3.4]", EndpointFault.BracketsOnIPv4, 1, 7 },
        { "::1]", EndpointFault.UnexpectedCharacter, 3, 1 },
        { ":80", EndpointFault.AddressMissing, 0, 0 },
        { "fe80::1%1:80", EndpointFault.UnexpectedCharacter, 9, 1 },
        { "fe80::1%eth0", EndpointFault.ZoneNameNeedsHost, 8, 4 },
        { "1.2.3.4:65536", EndpointFault.PortTooLarge, 8, 5 },
    };

    /// <summary>Text, canonical text.</summary>
    public static TheoryData<string, string> Prefixes { get; } = new()
    {
        { "0.0.0.0/0", "0.0.0.0/0" },
        { "10.0.0.0/8", "10.0.0.0/8" },
        { "192.0.2.128/25", "192.0.2.128/25" },
        { "192.0.2.1/32", "192.0.2.1/32" },
        { "::/0", "::/0" },
        { "2001:DB8::/32", "2001:db8::/32" },
        { "fe80::/10", "fe80::/10" },
        { "::ffff:10.0.0.0/104", "::ffff:10.0.0.0/104" },
        { "1:2:3:4::/64", "1:2:3:4::/64" },
        { "1:2:3:4:8000::/65", "1:2:3:4:8000::/65" },
        { "::1/128", "::1/128" },
    };

    /// <summary>Text, fault, position, length.</summary>
    public static TheoryData<string, EndpointFault, int, int> WrongPrefixes { get; } = new()
    {
        { "", EndpointFault.Empty, 0, 0 },
        { "10.0.0.0/" + new string('8', 120), EndpointFault.TooLong, 128, 1 },
        { "10.0.0.0", EndpointFault.PrefixLengthMissing, 8, 0 },
        { "10.0.0.0/", EndpointFault.PrefixLengthMissing, 9, 0 },
        { "::", EndpointFault.PrefixLengthMissing, 2, 0 },
        { "10.0.0.0/33", EndpointFault.PrefixLengthTooLarge, 9, 2 },
        { "::/129", EndpointFault.PrefixLengthTooLarge, 3, 3 },
        { "10.0.0.0/18446744073709551624", EndpointFault.PrefixLengthTooLarge, 9, 20 },
        { "10.0.0.0/08", EndpointFault.PrefixLengthLeadingZero, 9, 2 },
        { "0.0.0.0/00", EndpointFault.PrefixLengthLeadingZero, 8, 2 },
        { "10.0.0.0/-1", EndpointFault.UnexpectedCharacter, 9, 1 },
        { "10.0.0.0/8 ", EndpointFault.UnexpectedCharacter, 10, 1 },
        { "10.0.0.0/8/8", EndpointFault.UnexpectedCharacter, 10, 1 },
        { "10.0.0.0/255.0.0.0", EndpointFault.PrefixLengthTooLarge, 9, 3 },
        { "10.0.0.0]", EndpointFault.UnexpectedCharacter, 8, 1 },
        { "10.0.0.1/8", EndpointFault.HostBitsSet, 0, 8 },
        { "0.0.0.1/0", EndpointFault.HostBitsSet, 0, 7 },
        { "2001:db8::1/64", EndpointFault.HostBitsSet, 0, 11 },
        { "::1/127", EndpointFault.HostBitsSet, 0, 3 },
        { "/8", EndpointFault.AddressMissing, 0, 0 },
        { "10/8", EndpointFault.OctetMissing, 2, 0 },
        { "fe80::%1/64", EndpointFault.ZoneNotAllowed, 6, 5 },
        { "10.0.0.0%1/8", EndpointFault.ZoneOnIPv4, 8, 4 },
        { "[::]/0", EndpointFault.BracketsNotAllowed, 0, 1 },
        { "10.0.0.0:80/8", EndpointFault.PortNotAllowed, 8, 5 },
        { "10.0.0.\uff10/8", EndpointFault.NotAscii, 7, 1 },
    };
}
