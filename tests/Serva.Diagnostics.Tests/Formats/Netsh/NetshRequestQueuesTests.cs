using System.Collections.Generic;
using System.Linq;
using System.Text;
using Serva.Diagnostics.Formats.Netsh;
using Serva.Diagnostics.Snapshots;
using Xunit;

namespace Serva.Diagnostics.Tests.Formats.Netsh;

public class NetshRequestQueuesTests
{
    private const string English = """

        Snapshot of HTTP service state (Request Queue View):
        -----------------------------------------------------

        Request queue name: DefaultAppPool
            Version: 2.0
            Max requests: 1000
            Number of active processes attached: 1
            Controller process ID: 2236
            Process IDs:
                4812

            URL groups:
            URL group ID: FE00000240000001
                State: Active
                Request queue name: DefaultAppPool
                Number of registered URLs: 2
                Registered URLs:
                    HTTP://*:80/
                    HTTPS://[::1]:8443/A B/

        Request queue name: Request queue is unnamed.
            Number of active processes attached: 0
            Registered URLs:
                HTTP://+:5357/BC4BF2BB/

        """;

    [Fact]
    public void Parse_Queues_UrlsWithTheirProcesses()
    {
        var rows = new List<SettingRow>();

        Assert.Null(NetshRequestQueues.Parse(Encoding.UTF8.GetBytes(English), rows));
        HttpRegistration[] found = [.. rows.Select(HttpRegistration.Of).Select(url => url!)];
        Assert.Equal(["HTTP://*:80/", "HTTPS://[::1]:8443/A B/", "HTTP://+:5357/BC4BF2BB/"], found.Select(url => url.Url));
        Assert.Equal([80, 8443, 5357], found.Select(url => url.Port));
        Assert.Equal([2236, 4812], found[0].ProcessIds);
        Assert.Equal([2236, 4812], found[1].ProcessIds);
        Assert.Empty(found[2].ProcessIds);
        Assert.All(found, url => Assert.True(url.ShowsProcesses));
    }

    [Fact]
    public void Parse_AnotherLanguage_TheSameWithoutTheController()
    {
        // Bytes of code page 850, in which a letter with an umlaut is no UTF-8.
        byte[] german = Encoding.Latin1.GetBytes("\r\nMomentaufnahme (Anforderungswarteschlangenansicht):\r\n-----\r\n\r\nName der Anforderungswarteschlange: f\x81r\r\n    Prozess-IDs:\r\n        77\r\n        HTTP://+:80/\r\n");
        var rows = new List<SettingRow>();

        Assert.Null(NetshRequestQueues.Parse(german, rows));
        Assert.Equal("PID 77", Assert.Single(rows).Value);
    }

    [Theory]
    [InlineData("")]
    [InlineData("The following command was not found: http show servicestate view=requestq.\r\n")]
    [InlineData("The requested operation requires elevation (Run as administrator).\r\n")]
    public void Parse_NoQueues_SaysSo(string text)
    {
        var rows = new List<SettingRow>();

        Assert.Equal("no request queues in netsh's answer", NetshRequestQueues.Parse(Encoding.UTF8.GetBytes(text), rows));
        Assert.Empty(rows);
    }

    [Theory]
    [InlineData("http.sys HTTP://+:80/", "PID 4812", 80, 1)]
    [InlineData("http.sys HTTP://10.0.0.1:8080:10.0.0.1/", "process not shown", 8080, 0)]
    [InlineData("http.sys HTTP://+:99999/", "PID 4812", null, 0)]
    [InlineData("http.sys HTTP://nowhere/", "PID 4812", null, 0)]
    [InlineData("http.sys HTTP://[::1/", "", null, 0)]
    [InlineData("http.sys", "PID 4", null, 0)]
    [InlineData(@"HKLM\SYSTEM\x", "1", null, 0)]
    [InlineData("http.sys HTTP://+:80/", "PID 0, PID x, PID 99999999999, , PID 7", 80, 1)]
    public void Of_Setting_PortAndProcesses(string name, string value, int? port, int processes)
    {
        HttpRegistration? url = HttpRegistration.Of(new SettingRow { Name = name, Value = value });

        Assert.Equal(port, url?.Port);
        Assert.Equal(processes, url?.ProcessIds.Length ?? 0);
    }
}
