using System;
using System.Text;
using Serva.Diagnostics.Addressing;
using Xunit;

namespace Serva.Diagnostics.Tests.Addressing;

public sealed class EndpointTextTests
{
    /// <summary>Dialect, text, "host kind, host, zone name, port kind, port text", the endpoint or nothing.</summary>
    public static TheoryData<EndpointDialect, string, string, string> Right { get; } = new()
    {
        { EndpointDialect.UserText, "192.0.2.1:80", "Address 192.0.2.1 - Number 80", "192.0.2.1:80" },
        { EndpointDialect.UserText, "192.0.2.1", "Address 192.0.2.1 - None -", "" },
        { EndpointDialect.UserText, "::1", "Address ::1 - None -", "" },
        { EndpointDialect.UserText, "::1:80", "Address ::1:80 - None -", "" },
        { EndpointDialect.UserText, "[::1]", "Address ::1 - None -", "" },
        { EndpointDialect.UserText, "[::1]:80", "Address ::1 - Number 80", "[::1]:80" },
        { EndpointDialect.UserText, "[fe80::1%4]:80", "Address fe80::1 - Number 80", "[fe80::1%4]:80" },
        { EndpointDialect.UserText, "[fe80::1%eth0]:80", "Address fe80::1 eth0 Number 80", "" },
        { EndpointDialect.UserText, "fe80::1%eth0", "Address fe80::1 eth0 None -", "" },
        { EndpointDialect.UserText, "localhost", "Name localhost - None -", "" },
        { EndpointDialect.UserText, "localhost:8080", "Name localhost - Number 8080", "" },
        { EndpointDialect.UserText, "my-host.example.:53", "Name my-host.example. - Number 53", "" },
        { EndpointDialect.UserText, "*:80", "Any * - Number 80", "" },
        { EndpointDialect.UserText, "*", "Any * - None -", "" },
        { EndpointDialect.UserText, "+:80", "StrongAny + - Number 80", "" },
        { EndpointDialect.UserText, "http://+:80/path/", "StrongAny + - Number 80", "" },
        { EndpointDialect.UserText, "https://*:443/", "Any * - Number 443", "" },
        { EndpointDialect.UserText, "http://[::1]:5000", "Address ::1 - Number 5000", "[::1]:5000" },
        { EndpointDialect.UserText, "http://localhost:5000/a/b", "Name localhost - Number 5000", "" },
        { EndpointDialect.UserText, "http://192.0.2.1/", "Address 192.0.2.1 - None -", "" },
        { EndpointDialect.WindowsNetstat, "0.0.0.0:135", "Address 0.0.0.0 - Number 135", "0.0.0.0:135" },
        { EndpointDialect.WindowsNetstat, "[::]:135", "Address :: - Number 135", "[::]:135" },
        { EndpointDialect.WindowsNetstat, "[fe80::1%12]:546", "Address fe80::1 - Number 546", "[fe80::1%12]:546" },
        { EndpointDialect.WindowsNetstat, "*:*", "Any * - Any *", "" },
        { EndpointDialect.WindowsNetstat, "desktop-1:https", "Name desktop-1 - Name https", "" },
        { EndpointDialect.WindowsNetstat, "192.0.2.7:https", "Address 192.0.2.7 - Name https", "" },
        { EndpointDialect.WindowsNetstat, "ec2-52-1-2-3:443", "Name ec2-52-1-2-3 - Number 443", "" },
        { EndpointDialect.WindowsNetstat, "[::1]:microsoft-ds", "Address ::1 - Name microsoft-ds", "" },
        { EndpointDialect.LinuxSs, "127.0.0.53%lo:53", "Address 127.0.0.53 lo Number 53", "" },
        { EndpointDialect.LinuxSs, "[fe80::1]%eth0:546", "Address fe80::1 eth0 Number 546", "" },
        { EndpointDialect.LinuxSs, "*%eth0:68", "Any * eth0 Number 68", "" },
        { EndpointDialect.LinuxSs, "0.0.0.0:*", "Address 0.0.0.0 - Any *", "" },
        { EndpointDialect.LinuxSs, "[::]:*", "Address :: - Any *", "" },
        { EndpointDialect.LinuxSs, "*:80", "Any * - Number 80", "" },
        { EndpointDialect.LinuxSs, "192.0.2.1:ssh", "Address 192.0.2.1 - Name ssh", "" },
        { EndpointDialect.LinuxSs, "[::ffff:192.0.2.1]:22", "Address ::ffff:192.0.2.1 - Number 22", "[::ffff:192.0.2.1]:22" },
        { EndpointDialect.NetTools, ":::80", "Address :: - Number 80", "[::]:80" },
        { EndpointDialect.NetTools, ":::*", "Address :: - Any *", "" },
        { EndpointDialect.NetTools, "::1:631", "Address ::1 - Number 631", "[::1]:631" },
        { EndpointDialect.NetTools, "0.0.0.0:*", "Address 0.0.0.0 - Any *", "" },
        { EndpointDialect.NetTools, "localhost:ipp", "Name localhost - Name ipp", "" },
        { EndpointDialect.NetTools, "[::]:ssh", "Address :: - Name ssh", "" },
        { EndpointDialect.NetTools, "::ffff:192.0.2.1:22", "Address ::ffff:192.0.2.1 - Number 22", "[::ffff:192.0.2.1]:22" },
        { EndpointDialect.BsdNetstat, "10.0.0.1.80", "Address 10.0.0.1 - Number 80", "10.0.0.1:80" },
        { EndpointDialect.BsdNetstat, "*.80", "Any * - Number 80", "" },
        { EndpointDialect.BsdNetstat, "*.*", "Any * - Any *", "" },
        { EndpointDialect.BsdNetstat, "fe80::1%lo0.123", "Address fe80::1 lo0 Number 123", "" },
        { EndpointDialect.BsdNetstat, "::1.631", "Address ::1 - Number 631", "[::1]:631" },
        { EndpointDialect.BsdNetstat, "localhost.http", "Name localhost - Name http", "" },
        { EndpointDialect.ProcNet, "0100007F:1F90", "Address 0100007F - Number 1F90", "127.0.0.1:8080" },
        { EndpointDialect.ProcNet, "00000000:0016", "Address 00000000 - Number 0016", "0.0.0.0:22" },
        { EndpointDialect.ProcNet, "B80D0120000000000000000001000000:01BB", "Address B80D0120000000000000000001000000 - Number 01BB", "[2001:db8::1]:443" },
        { EndpointDialect.ProcNet, "0000000000000000FFFF00000100007F:1F90", "Address 0000000000000000FFFF00000100007F - Number 1F90", "[::ffff:127.0.0.1]:8080" },
        { EndpointDialect.ProcNetBigEndian, "7F000001:1F90", "Address 7F000001 - Number 1F90", "127.0.0.1:8080" },
        { EndpointDialect.ProcNetBigEndian, "20010DB8000000000000000000000001:01BB", "Address 20010DB8000000000000000000000001 - Number 01BB", "[2001:db8::1]:443" },
        { EndpointDialect.Lsof, "*:8080", "Any * - Number 8080", "" },
        { EndpointDialect.Lsof, "127.0.0.1:ipp", "Address 127.0.0.1 - Name ipp", "" },
        { EndpointDialect.Lsof, "[::1]:631", "Address ::1 - Number 631", "[::1]:631" },
        { EndpointDialect.Lsof, "localhost:631", "Name localhost - Number 631", "" },
        { EndpointDialect.Lsof, "*:*", "Any * - Any *", "" },
    };

    /// <summary>Dialect, text, what a person reads.</summary>
    public static TheoryData<EndpointDialect, string, string> Wrong { get; } = new()
    {
        { EndpointDialect.UserText, "", "text is empty at position 0" },
        { EndpointDialect.UserText, "1.2.3", "octet of the IPv4 address is missing at position 5" },
        { EndpointDialect.UserText, "127.1:80", "octet of the IPv4 address is missing at position 5" },
        { EndpointDialect.UserText, "01.2.3.4:80", "octet has a leading zero at position 0" },
        { EndpointDialect.UserText, "1.2.3.256:80", "octet is above 255 at position 6" },
        { EndpointDialect.UserText, "1.2.3.4:65536", "port is above 65535 at position 8" },
        { EndpointDialect.UserText, "1.2.3.4:", "port is missing at position 8" },
        { EndpointDialect.UserText, "1.2.3.4:http", "unexpected character at position 8" },
        { EndpointDialect.UserText, "1.2.3.4%eth0:80", "IPv4 address has a zone at position 7" },
        { EndpointDialect.UserText, ":80", "address is missing at position 0" },
        { EndpointDialect.UserText, "a..b:80", "host name has an empty label at position 2" },
        { EndpointDialect.UserText, "a b:80", "unexpected character at position 1" },
        { EndpointDialect.UserText, "caf\u00e9:80", "character outside ASCII at position 3" },
        { EndpointDialect.UserText, "[::1:80", "closing bracket is missing at position 7" },
        { EndpointDialect.UserText, "[1.2.3.4]:80", "IPv4 address stands in brackets at position 1" },
        { EndpointDialect.UserText, "[::1]80", "unexpected character at position 5" },
        { EndpointDialect.UserText, "[fe80::1%]:80", "zone is missing at position 9" },
        { EndpointDialect.UserText, "1::2::3", "second \"::\" at position 4" },
        { EndpointDialect.UserText, "http://:80/", "address is missing at position 7" },
        { EndpointDialect.UserText, "ht tp://a:80/", "unexpected character at position 2" },
        { EndpointDialect.WindowsNetstat, "::1:80", "address is missing at position 0" },
        { EndpointDialect.WindowsNetstat, "0.0.0.0", "port is missing at position 7" },
        { EndpointDialect.WindowsNetstat, "[::1%eth/0]:80", "unexpected character at position 8" },
        { EndpointDialect.WindowsNetstat, "127.0.0.1%lo:53", "IPv4 address has a zone at position 9" },
        { EndpointDialect.WindowsNetstat, "+:80", "unexpected character at position 0" },
        { EndpointDialect.LinuxSs, "127.0.0.53%:53", "zone is missing at position 11" },
        { EndpointDialect.LinuxSs, "[::1]%lo", "port is missing at position 8" },
        { EndpointDialect.LinuxSs, "256.0.0.1:80", "octet is above 255 at position 0" },
        { EndpointDialect.NetTools, "80", "port is missing at position 2" },
        { EndpointDialect.NetTools, "::1:", "port is missing at position 4" },
        { EndpointDialect.NetTools, "1:2:3:80", "IPv6 address has too few groups at position 5" },
        { EndpointDialect.BsdNetstat, "fe80::aede:48ff:.8021", "group of the IPv6 address is missing at position 16" },
        { EndpointDialect.BsdNetstat, "10.0.0.80", "octet of the IPv4 address is missing at position 6" },
        { EndpointDialect.BsdNetstat, "*.", "port is missing at position 2" },
        { EndpointDialect.ProcNet, "0100007F:1F9", "not 8 or 32 hexadecimal digits, a colon and 4 digits at position 0" },
        { EndpointDialect.ProcNet, "0100007F1F90", "not 8 or 32 hexadecimal digits, a colon and 4 digits at position 0" },
        { EndpointDialect.ProcNet, "0100007G:1F90", "unexpected character at position 7" },
        { EndpointDialect.ProcNet, "127.0.0.1:8080", "not 8 or 32 hexadecimal digits, a colon and 4 digits at position 0" },
        { EndpointDialect.ProcNet, "0100007F:-F90", "unexpected character at position 9" },
        { EndpointDialect.Lsof, "[::1]:631->", "unexpected character at position 10" },
    };

    [Theory]
    [MemberData(nameof(Right))]
    public void TryParse_TextOfItsDialect_AnswersItsParts(EndpointDialect dialect, string text, string parts, string endpoint)
    {
        Assert.True(EndpointText.TryParse(text, dialect, out EndpointText read, out EndpointError error), error.Message);
        string Show(Range range) => text[range].Length == 0 ? "-" : text[range];
        Assert.Equal(parts, $"{read.HostKind} {Show(read.Host)} {Show(read.ZoneName)} {read.PortKind} {Show(read.PortText)}");
        Assert.Equal(endpoint.Length > 0, read.TryGetEndpoint(out NetEndpoint value));
        Assert.Equal(endpoint, value.ToString());
        Assert.True(EndpointText.TryParse(Encoding.UTF8.GetBytes(text), dialect, out EndpointText fromUtf8));
        Assert.Equal(read, fromUtf8);
    }

    [Theory]
    [MemberData(nameof(Wrong))]
    public void TryParse_WrongText_SaysWhatAndWhere(EndpointDialect dialect, string text, string message)
    {
        Assert.False(EndpointText.TryParse(text, dialect, out EndpointText read, out EndpointError error));
        Assert.Equal(message, error.Message);
        Assert.Equal(default, read);
        Assert.False(EndpointText.TryParse(Encoding.UTF8.GetBytes(text), dialect, out read, out EndpointError utf8Error));
        Assert.Equal(error, utf8Error);
    }

    [Fact]
    public void TryParse_UrlPrefix_KeepsSchemeAndPath()
    {
        const string Text = "http://+:80/path/";
        Assert.True(EndpointText.TryParse(Text, EndpointDialect.UserText, out EndpointText read));
        Assert.Equal(("http", "/path/"), (Text[read.Scheme], Text[read.Path]));
    }

    [Fact]
    public void TryParsePair_Connection_AnswersBothEnds()
    {
        const string Text = "[::1]:631->localhost:40000";
        Assert.True(EndpointText.TryParsePair(Text, EndpointDialect.Lsof, out EndpointText local, out EndpointText remote, out _));
        Assert.Equal(("::1", 631, "localhost", 40000), (Text[local.Host], local.Port, Text[remote.Host], remote.Port));
        Assert.True(EndpointText.TryParsePair("*:80"u8, EndpointDialect.Lsof, out local, out remote, out _));
        Assert.Equal((EndpointHost.Any, EndpointHost.None), (local.HostKind, remote.HostKind));
        Assert.False(EndpointText.TryParsePair("*:80->x", EndpointDialect.Lsof, out local, out _, out EndpointError error));
        Assert.Equal((new EndpointError(EndpointFault.PortMissing, 7, 0), EndpointHost.None), (error, local.HostKind));
    }

    [Fact]
    public void TryParse_AllDialects_AllocatesNothing()
    {
        string[] texts = ["192.0.2.1:80", "[fe80::1%eth0]:80", ":::80", "*.80", "0100007F:1F90", "http://+:80/", "x", "", new('1', 500), "caf\u00e9:80"];
        byte[][] utf8 = Array.ConvertAll(texts, Encoding.UTF8.GetBytes);
        EndpointDialect[] dialects = Enum.GetValues<EndpointDialect>();
        int sum = 0;
        long least = long.MaxValue; // the runtime may allocate for itself while it compiles; a path that allocates does so in every round
        for (int round = 0; round < 5; round++)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            for (int i = 0; i < 100; i++)
            {
                foreach (EndpointDialect dialect in dialects)
                {
                    for (int text = 0; text < texts.Length; text++)
                    {
                        sum += EndpointText.TryParse(texts[text], dialect, out _) ? 1 : 0;
                        sum += EndpointText.TryParse(utf8[text], dialect, out _, out EndpointError _) ? 1 : 0;
                        sum += EndpointText.TryParsePair(texts[text], dialect, out _, out _, out _) ? 1 : 0;
                        sum += NetEndpoint.TryParsePrefix(texts[text], out _, out int consumed) ? consumed : 0;
                    }
                }
            }

            least = long.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        Assert.Equal(0, least);
        Assert.True(sum > 0);
    }
}
